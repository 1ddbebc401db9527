#!/usr/bin/python3
"""One document of what the parts of a run have left: results.md and results.json.

    tests/bench/gather.py DIR --command TEXT PART...

Of each part it takes PART.json and PART.md in DIR. packaging/bench calls it.
"""
import argparse
import json
import sys
from pathlib import Path

TITLES = {"core": "Core", "workloads": "Workloads", "backlog": "Backlog", "live": "Live streams",
          "clients": "Many clients, and none", "reading": "Reading", "ingest": "Ingest", "peers": "Peers"}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("directory", type=Path, metavar="DIR")
    parser.add_argument("--command", required=True, help="that was run")
    parser.add_argument("parts", nargs="+", metavar="PART", help=", ".join(TITLES))
    arguments = parser.parse_args()
    documents = {}
    for part in arguments.parts:
        try:
            documents[part] = json.loads((arguments.directory / f"{part}.json").read_text())
        except OSError as error:
            sys.exit(f"gather.py: {error}")
    first = next(iter(documents.values()))
    lines = ["# Benchmarks of oxd", "", f"`{arguments.command}`", "",
             *(f"- {name}: {value}" for name, value in first["machine"].items()), "",
             f"Medians of {first['rounds']} rounds, rows interleaved, after one round to warm up. docs/benchmarks.md "
             "says what each row means, and how to read it."]
    if first["smoke"]:
        lines[-1] = "**A short run, to see that everything works: these figures mean nothing.**"
    for part in documents:
        lines += ["", f"## {TITLES.get(part, part)}", "", (arguments.directory / f"{part}.md").read_text().rstrip()]
    (arguments.directory / "results.md").write_text("\n".join(lines) + "\n")
    (arguments.directory / "results.json").write_text(json.dumps(
        {"command": arguments.command, "machine": first["machine"], "parts": list(documents.values())},
        indent=1) + "\n")


if __name__ == "__main__":
    main()
