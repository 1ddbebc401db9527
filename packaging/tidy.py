#!/usr/bin/env python3
"""Runs clang-tidy over every source of a build directory, and remembers what was clean.

In a build that compiles many sources together they are checked together, which is several times
faster: that is the build to give. A source is checked again only when its content, a header of ours
that it includes, its command, the list of checks or clang-tidy itself has changed. The memory lies beside
ccache's, in $XDG_CACHE_HOME/oxd-tidy (~/.cache/oxd-tidy), and serves every clone; it may be removed at any
time, and what was not asked for in 30 days is.

usage: tidy.py BUILD [JOBS]        exit code 1 when anything was found
"""

import concurrent.futures
import hashlib
import json
import os
import pathlib
import re
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
OBJECT = re.compile(r" -o (\S+)")
DAYS_REMEMBERED = 30
# Of our own files; a source that is compiled together with others counts as a header.
OURS = rf"^{re.escape(str(ROOT))}/(common|proto|oxd|oxctl|oxview|oxingest|packaging|tests)/"


def dependencies(build):
    """Object file -> the files of this repository that it was made from, by ninja's log."""
    text = subprocess.run(["ninja", "-C", str(build), "-t", "deps"], text=True, check=True,
                          capture_output=True).stdout
    found = {}
    for block in text.split("\n\n"):
        first, _, rest = block.partition("\n")
        paths = [(build / line.strip()).resolve() for line in rest.splitlines() if line.strip()]
        found[first.split(":")[0]] = [p for p in paths if p.is_relative_to(ROOT)]
    return found


def anywhere(text):
    """The same for every place the repository may be in."""
    return text.replace(str(ROOT).encode(), b".")


class Tidy:
    def __init__(self, build):
        self.build = build
        self.memory = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "oxd-tidy"
        self.memory.mkdir(parents=True, exist_ok=True)
        for mark in self.memory.iterdir():
            if mark.stat().st_mtime < time.time() - DAYS_REMEMBERED * 86400:
                mark.unlink()
        version = subprocess.run(["clang-tidy", "--version"], check=True, capture_output=True)
        self.salt = version.stdout + (ROOT / ".clang-tidy").read_bytes()
        self.contents = {}

    def digest_of(self, path):
        if path not in self.contents:
            self.contents[path] = hashlib.sha256(anywhere(path.read_bytes())).digest()
        return self.contents[path]

    def key(self, entry, paths):
        digest = hashlib.sha256(self.salt + anywhere(entry["command"].encode()))
        for path in sorted(set(paths)):
            if path.is_file():
                digest.update(str(path.relative_to(ROOT)).encode() + self.digest_of(path))
        return digest.hexdigest()

    def check(self, entry, paths):
        """What clang-tidy says about one source; "" when it is, or was known to be, clean."""
        mark = self.memory / self.key(entry, paths)
        if mark.exists():
            mark.touch()
            return ""
        done = subprocess.run(["clang-tidy", "--quiet", f"--header-filter={OURS}", "-p",
                               str(self.build), entry["file"]], text=True, check=False, capture_output=True)
        if done.returncode == 0:
            mark.touch()
            return ""
        return done.stdout + done.stderr


def main():
    build = pathlib.Path(sys.argv[1]).resolve()
    jobs = int(sys.argv[2]) if len(sys.argv) > 2 else os.cpu_count()
    tidy = Tidy(build)
    deps = dependencies(build)
    work, checked = {}, set()
    for entry in json.loads((build / "compile_commands.json").read_text(encoding="utf-8")):
        source = pathlib.Path(entry["file"])
        together = source.is_relative_to(build) and source.name.startswith("unity_")
        # Once per source: the same file may be compiled into several programs.
        if together or source.is_relative_to(ROOT) and not source.is_relative_to(build):
            made_from = deps.get(OBJECT.search(entry["command"])[1], [])
            work.setdefault(source, (entry, [source] + made_from))
            checked.update(path for path in made_from if path.suffix == ".cc")
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        complaints = [c for c in pool.map(lambda job: tidy.check(*job), work.values()) if c]
    print("\n".join(complaints))
    print(f"{len(checked)} sources in {len(work)} runs, {len(complaints)} with findings")
    sys.exit(1 if complaints or not work else 0)


if __name__ == "__main__":
    main()
