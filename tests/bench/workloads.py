#!/usr/bin/python3
"""One way of an event into the files, by what the events are, how large, of how many types and senders.

    tests/bench/workloads.py [--events N] [--agent] [--v3] [--rounds N] [--results DIR] [--smoke] [--list] [ROW...]

Figures as of core.py. Without --agent the way is link -> collector; events are over the link, or v3 with --v3.
"""
import core
import figures
from figures import Column, Row, Table

KINDS = {"web": "access log", "json": "application log", "counter": "counters", "traceback": "tracebacks"}
USUAL = {"workload": "web", "size": 200, "types": 10, "senders": 1}


COLUMNS = [Column("ratio", "MB/s, of the first", 2, of="megabytes") if column.key == "ratio" else column
           for column in core.COLUMNS]


def make_tables(arguments):
    events = 20_000 if arguments.smoke else arguments.events
    scheme = core.BLUEOX if arguments.v3 else core.LINK
    names = ["agent", "collector"] if arguments.agent else ["collector"]

    def row(name, **workload):
        chosen = {**USUAL, **workload}
        # About as many bytes for each, so that large events do not take ten times as long.
        share = 200 / max(200, chosen["size"] or 600)
        count = max(1000, int(events * share))
        return Row(name, lambda: core.run_way(scheme, names, count, **chosen), "200 bytes, 10 types, 1 sender")

    rows = [row("200 bytes, 10 types, 1 sender"), row("500 bytes", size=500), row("2,000 bytes", size=2000),
            row("1 type", types=1), row("50 types", types=50), row("16 senders", senders=16),
            *(row(f"{name}, as long as they are", workload=kind, size=0) for kind, name in KINDS.items())]
    way = " -> ".join(["v3" if arguments.v3 else "link", *names])
    return [Table(f"Workloads ({way}, {events * 200 / 1e6:,.0f} MB of each)", COLUMNS, rows,
                  "Each row differs from the first one, which all are compared with, in what it names.")]


def add_options(parser):
    parser.add_argument("--events", type=int, default=2_000_000, help="of 200 bytes; fewer of larger ones")
    parser.add_argument("--agent", action="store_true", help="through an agent")
    parser.add_argument("--v3", action="store_true", help="as BlueOx clients send")


if __name__ == "__main__":
    figures.main("workloads", __doc__, make_tables, add_options=add_options)
