"""A sender of Elasticsearch's bulk requests, as simple as one gets; for oxingest's Elasticsearch API."""
import json

NDJSON = "application/x-ndjson"


def bulk_lines(documents, index="logs", op="index", id_of=None):
    """The text of a bulk request."""
    lines = []
    for document in documents:
        action = {"_index": index}
        if id_of:
            action["_id"] = id_of(document)
        lines += [json.dumps({op: action}), json.dumps(document)]
    return "".join(line + "\n" for line in lines)


def numbered_documents(numbers):
    return [{"message": f"event {n}", "n": n} for n in numbers]


def post_bulk(oxingest, text, path="/_bulk", method="POST", headers=None, **kwargs):
    return oxingest.request(method, path, text, {"Content-Type": NDJSON, **(headers or {})},
                            user=None, **kwargs)


def statuses(answer):
    """Of each action, in order."""
    return [result["status"] for item in answer.json["items"] for result in item.values()]
