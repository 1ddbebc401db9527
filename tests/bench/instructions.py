#!/usr/bin/python3
"""Instructions of the loops that every event goes through, against those recorded: they do not depend on load.

    tests/bench/instructions.py [--record] [--events N] [LOOP...]

Each loop of bench_loops runs under callgrind with N events and with 2 N; the difference is what N events take,
without what is needed before. A loop that takes more than the record and its tolerance fails; one that takes less
says so, for the record to be lowered with --record, in the commit that earned it. Counts of another compiler,
other flags, another C library or another kind of machine say nothing about ours: nothing is compared then, and
the exit status is 77, which ctest shows as skipped. OX_BIN names the directory of the programs.
"""
import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import figures  # noqa: F401  makes tests/support importable
import processes

RECORD = Path(__file__).resolve().with_name("instructions.json")
TOLERANCE = 0.03
SKIPPED = 77
# The C library chooses memcpy() and its like by the processor: one choice for all.
TUNABLES = ("glibc.cpu.hwcaps=-AVX512F,-AVX512VL,-AVX2,-AVX2_Usable,-AVX,-ERMS,-FSRM,-RTM"
            ":glibc.cpu.x86_non_temporal_threshold=0x10000000")


def bench_loops(*args, **options):
    return subprocess.run([processes.binary("bench_loops"), *map(str, args)], check=True,
                          stdout=subprocess.PIPE, text=True, **options).stdout


def count(loops, events):
    """{loop: instructions per event}"""
    with tempfile.TemporaryDirectory(prefix="ox-bench.") as directory:
        profile = Path(directory) / "callgrind"
        done = subprocess.run(
            ["valgrind", "--tool=callgrind", f"--callgrind-out-file={profile}", "--dump-before=ox_bench_mark",
             processes.binary("bench_loops"), *loops, "--events", str(events), "--directory", directory],
            capture_output=True, text=True, env={"PATH": os.environ["PATH"], "GLIBC_TUNABLES": TUNABLES})
        if done.returncode != 0:
            sys.exit(f"instructions.py: bench_loops under valgrind ended with {done.returncode}:\n{done.stderr}")
        counts = {}
        # Of each loop three dumps: up to the run with N events, of that run, of the one with 2 N.
        for number, line in enumerate(done.stdout.splitlines()):
            loop, some, more = line.split("\t")
            few, many = (instructions_in(f"{profile}.{3 * number + part}") for part in (2, 3))
            counts[loop] = (many - few) / (int(more) - int(some))
    assert list(counts) == list(loops), f"{list(counts)} instead of {loops}"
    return counts


def instructions_in(dump):
    return int(re.search(r"^totals: (\d+)", Path(dump).read_text(), re.MULTILINE)[1])


def compare(counts, record):
    """Prints each; returns the loops that take too much."""
    too_many = []
    for loop, now in counts.items():
        was = record["instructions"].get(loop)
        if was is None:
            print(f"{loop:<22} {now:>8.1f}  is not in the record: use --record")
            too_many.append(loop)
            continue
        change = now / was - 1
        verdict = "ok"
        if change > record["tolerance"]:
            verdict = f"TOO MANY: at most {100 * record['tolerance']:.0f} % more are allowed"
            too_many.append(loop)
        elif change < -record["tolerance"]:
            verdict = "fewer: lower the record with --record"
        print(f"{loop:<22} {now:>8.1f}  recorded {was:>8.1f}  {100 * change:+6.1f} %  {verdict}")
    return too_many


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--record", action="store_true", help="write what is counted into instructions.json")
    parser.add_argument("--events", type=int, default=20_000)
    parser.add_argument("loops", nargs="*", metavar="LOOP")
    arguments = parser.parse_args()
    known = bench_loops("--list").splitlines()
    if unknown := set(arguments.loops) - set(known):
        parser.error(f"no such loop: {', '.join(unknown)} (there are: {', '.join(known)})")
    if not shutil.which("valgrind"):
        sys.exit("instructions.py: valgrind is missing (packaging/debian-packages.txt)")
    toolchain = json.loads(bench_loops("--toolchain"))
    record = json.loads(RECORD.read_text()) if RECORD.exists() else {"toolchain": toolchain, "instructions": {}}
    differs = {key: (record["toolchain"].get(key), now) for key, now in toolchain.items()
               if record["toolchain"].get(key) != now}
    if differs and not arguments.record:
        for key, (was, now) in differs.items():
            print(f"{key}: recorded with \"{was}\", this is \"{now}\"")
        print("NOTHING WAS COMPARED: instruction counts of another toolchain say nothing about the code")
        sys.exit(SKIPPED)
    counts = count(arguments.loops or known, arguments.events)
    if arguments.record:
        kept = {} if differs else {loop: was for loop, was in record["instructions"].items() if loop in known}
        merged = {**kept, **{loop: round(now, 1) for loop, now in counts.items()}}
        RECORD.write_text(json.dumps({"toolchain": toolchain, "tolerance": TOLERANCE,
                                      "instructions": merged}, indent=2) + "\n")
        print("\n".join(f"{loop:<22} {now:>8.1f}" for loop, now in counts.items()))
        return
    print("instructions per event")
    if too_many := compare(counts, record):
        sys.exit(f"more instructions than recorded: {', '.join(too_many)}")


if __name__ == "__main__":
    main()
