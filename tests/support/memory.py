"""What a process takes of the machine's memory."""
import os
from typing import NamedTuple

# A sanitizer's runtime keeps what was freed, and more: there, sizes tell nothing about the program. The tests
# that ask for sizes check everything else there, and the sizes in the everyday build.
MEASURABLE = not os.environ.get("OX_SANITIZE")


class Resident(NamedTuple):
    now: int  # bytes
    most: int


def resident(process):
    with open(f"/proc/{process.pid}/status") as status:
        fields = dict(line.split(":", 1) for line in status)
    return Resident(*(int(fields[name].split()[0]) * 1024 for name in ("VmRSS", "VmHWM")))


def assert_grew_less(process, before, limit):
    """`before`: an earlier resident(). Its largest size since then counts, where sizes can be measured."""
    grown = resident(process).most - before.now
    assert grown < limit or not MEASURABLE, f"{grown >> 20} MiB more"
