#!/usr/bin/env python3
"""Adds up the tests in JUnit files of ctest, and prints "PASSED FAILED".

A ctest that runs many cases says how many: doctest and pytest end with a line of counts, which is
taken; any other ctest is one test. A ctest that failed counts as one failure at least.
"""

import re
import sys
import xml.etree.ElementTree

DOCTEST = re.compile(r"\[doctest\] test cases:\s*\d+ \|\s*(\d+) passed \|\s*(\d+) failed")
PYTEST = re.compile(r"^=*\s*((?:\d+ \w+(?:, )?)+) in [\d.]+s", re.MULTILINE)


def counts(case):
    output = case.findtext("system-out") or ""
    failed_itself = case.get("status") != "run"
    passed, failed = (0, 1) if failed_itself else (1, 0)
    if match := DOCTEST.search(output):
        passed, failed = int(match[1]), int(match[2])
    elif match := PYTEST.search(output):
        words = dict(reversed(part.split(" ")) for part in match[1].split(", "))
        passed = int(words.get("passed", 0))
        failed = int(words.get("failed", 0)) + int(words.get("errors", words.get("error", 0)))
    return passed, max(failed, 1 if failed_itself else 0)


def main():
    passed = failed = 0
    for name in sys.argv[1:]:
        for case in xml.etree.ElementTree.parse(name).getroot().iter("testcase"):
            if case.get("status") in ("disabled", "notrun"):
                continue
            p, f = counts(case)
            passed += p
            failed += f
    print(passed, failed)


if __name__ == "__main__":
    main()
