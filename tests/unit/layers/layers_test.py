#!/usr/bin/env python3
"""Who may include whom, checked over every #include of the repository.

    base <- proto <- {spool, store, link, http}      no edges between these four
    query -> store              client -> link      ingest -> http, link, spool
    oxd -> spool store link     oxctl -> spool store link
    read -> query, ingest
    oxview -> query ingest client read      oxingest -> ingest

The tables below are the rules; a layer may also use whatever the layers it names may use. A .cc includes
its own header before anything else: so the preset "alone" (packaging/test --soak), which compiles each
source by itself, sees whether a header can be compiled alone. With --headers, in place of the other tests,
the headers that have no .cc are given to the compiler one by one.

usage: layers_test.py [--headers] [--compiler CXX] [--include DIR]...
"""

import argparse
import concurrent.futures
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[3]

# Folder -> the layers it may use. The longest folder that a file lies in counts.
LAYERS = {
    "common/base": [],
    "proto": ["common/base"],
    "common/spool": ["proto"],
    "common/store": ["proto"],
    "common/link": ["proto"],
    "common/http": ["proto"],
    "common/query": ["common/store"],
    "common/client": ["common/link"],
    "common/ingest": ["common/http", "common/link", "common/spool"],
    "oxd": ["common/spool", "common/store", "common/link",
            "oxd/collect", "oxd/link", "oxd/forward", "oxd/write", "oxd/stream", "oxd/control"],
    "oxctl": ["common/spool", "common/store", "common/link"],
    "common/read": ["common/query", "common/ingest"],
    "oxview": ["common/query", "common/ingest", "common/client", "common/read"],
    "oxingest": ["common/ingest"],
    "oxstash": ["common/query", "common/ingest", "common/client"],
    "packaging/examples": ["common/client"],

    # The stages of oxd know neither each other nor the daemon that joins them; only the writer,
    # which keeps the files and the spool in step, uses both spool and store.
    "oxd/collect": ["common/spool"],
    "oxd/link": ["common/spool", "common/link"],
    "oxd/forward": ["common/spool", "common/link"],
    "oxd/write": ["common/spool", "common/store"],
    "oxd/stream": ["common/spool"],
    "oxd/control": ["common/spool", "common/link"],
}

# Headers at the top of oxd that its stages share: they know no stage themselves.
SHARED_BY_STAGES = re.compile(r"^oxd/[^/]+\.h$")
STAGE = re.compile(r"^oxd/(collect|link|forward|write|stream|control)/")

# proto/ says what bytes mean, and does no I/O.
NOT_FROM_PROTO = {f"common/base/{name}.h"
                  for name in ("event_loop", "file_system", "log", "options", "signals", "socket",
                               "unique_fd")}

# Third-party headers that are kept behind one layer.
BEHIND_A_WALL = {
    "boost/beast": "common/http",
    "boost/asio": "common/http",
    "openssl/": "common/http",
    "CLI/": "common/base",
    "toml++/": "common/base",
    "sqlite3.h": "common/query",
    "date/": "common/read",
}

# Made by the build, not lying in the tree.
GENERATED = {"ox_version.h"}

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')


def reachable(layer):
    """The layer itself and all that it may use, directly or through others."""
    seen, todo = set(), [layer]
    while todo:
        name = todo.pop()
        if name not in seen:
            seen.add(name)
            todo += LAYERS[name]
    return seen


def layer_of(path):
    while "/" in path:
        path = path.rsplit("/", 1)[0]
        if path in LAYERS:
            return path
    return None


def includes_of(root, path):
    for number, line in enumerate((root / path).read_text(encoding="utf-8").splitlines(), 1):
        match = INCLUDE.match(line)
        if match:
            yield number, match[1] == '"', match[2]


def sources(root):
    tops = {layer.split("/")[0] for layer in LAYERS}
    for top in sorted(tops):
        for path in sorted((root / top).rglob("*")):
            if path.suffix in (".h", ".cc") and path.is_file():
                yield path.relative_to(root).as_posix()


def check_edge(root, path, layer, target):
    """What is wrong with `path` including "target", or None."""
    if target in GENERATED:
        return None
    if not (root / target).is_file():
        return "no such file from the root of the repository"
    to = layer_of(target)
    if to is None:
        return "that lies in no layer"
    if layer == "proto" and target in NOT_FROM_PROTO:
        return "proto does no I/O"
    if STAGE.match(path) and SHARED_BY_STAGES.match(target):
        known = sorted(t for t in closure(root, target) if STAGE.match(t))
        return f"it knows the stage of {known[0]}" if known else None
    if to not in reachable(layer):
        return f"{layer} may not use {to}"
    return None


def closure(root, path):
    """Every file of the repository that `path` includes, directly or not."""
    seen, todo = set(), [path]
    while todo:
        for _, quoted, target in includes_of(root, todo.pop()):
            if quoted and target not in seen and (root / target).is_file():
                seen.add(target)
                todo.append(target)
    return seen


def check_wall(layer, target):
    for prefix, owner in BEHIND_A_WALL.items():
        if target.startswith(prefix) and layer != owner:
            return f"only {owner} may use <{prefix}>"
    return None


def violations(root):
    for path in sources(root):
        layer = layer_of(path)
        if layer is None:
            yield f"{path}: lies in no layer of the table"
            continue
        for number, quoted, target in includes_of(root, path):
            wrong = check_edge(root, path, layer, target) if quoted else check_wall(layer, target)
            if wrong:
                yield f"{path}:{number}: includes {target}: {wrong}"
        if path.endswith(".cc"):
            own = path[:-3] + ".h"
            first = next((target for _, _, target in includes_of(root, path)), None)
            if (root / own).is_file() and first != own:
                yield f"{path}: must include {own} first"


def unpaired_headers(root):
    return [path for path in sources(root)
            if path.endswith(".h") and not (root / (path[:-2] + ".cc")).is_file()]


def compile_alone(root, header, compiler, include):
    """The compiler's complaint about a header on its own, or None."""
    command = [compiler, "-std=c++20", "-fsyntax-only", "-Wall", "-Wextra", "-I", str(root),
               *(flag for each in include for flag in ("-I", each)), "-x", "c++", "-"]
    done = subprocess.run(command, input=f'#include "{header}"\n', text=True, check=False,
                          capture_output=True)
    return f"{header}: does not compile alone:\n{done.stderr}" if done.returncode else None


class TheRepository(unittest.TestCase):
    def test_keeps_its_layers(self):
        found = list(violations(ROOT))
        self.assertGreater(len(list(sources(ROOT))), 20)
        self.assertEqual(found, [], "\n" + "\n".join(found))


class Headers(unittest.TestCase):
    compiler = "g++"
    include = []

    def test_without_a_source_compile_alone(self):
        headers = unpaired_headers(ROOT)
        self.assertGreater(len(headers), 20)
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            results = pool.map(
                lambda h: compile_alone(ROOT, h, self.compiler, self.include), headers)
            found = [complaint for complaint in results if complaint]
        self.assertEqual(found, [], "\n" + "\n".join(found))

    def test_one_that_needs_another_is_found(self):
        with tempfile.TemporaryDirectory() as directory:
            header = pathlib.Path(directory) / "x.h"
            header.write_text("inline std::string f() { return {}; }\n", encoding="utf-8")
            complaint = compile_alone(header.parent, "x.h", self.compiler, [])
            self.assertIn("does not compile alone", complaint or "")
            header.write_text("#include <string>\ninline std::string f() { return {}; }\n", encoding="utf-8")
            self.assertIsNone(compile_alone(header.parent, "x.h", self.compiler, []))


class APlantedViolation(unittest.TestCase):
    """Each rule, broken in a small tree of its own."""

    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.root = pathlib.Path(directory.name)
        self.plant("common/base/status.h", "")
        self.plant("common/base/socket.h", "")
        self.plant("proto/meta.h", '#include "common/base/status.h"')
        self.plant("common/spool/spool.h", '#include "proto/meta.h"')
        self.plant("common/store/log_file.h", "")
        self.plant("oxd/collect/collector.h", '#include "common/spool/spool.h"')
        self.plant("oxd/write/writer.h", "")
        self.plant("oxd/settings.h", '#include "common/base/status.h"')
        self.plant("oxd/daemon.h", '#include "oxd/write/writer.h"')
        self.plant("oxd/main.cc", '#include "oxd/daemon.h"\n#include "oxd/collect/collector.h"')
        self.assertEqual(list(violations(self.root)), [])

    def plant(self, path, text):
        (self.root / path).parent.mkdir(parents=True, exist_ok=True)
        (self.root / path).write_text(text + "\n", encoding="utf-8")

    def assert_found(self, path, text, part):
        self.plant(path, text)
        found = list(violations(self.root))
        self.assertEqual(len(found), 1, found)
        self.assertIn(path, found[0])
        self.assertIn(part, found[0])

    def test_upwards(self):
        self.assert_found("common/base/x.h", '#include "proto/meta.h"',
                          "common/base may not use proto")

    def test_sideways(self):
        self.assert_found("common/spool/x.h", '#include "common/store/log_file.h"',
                          "common/spool may not use common/store")

    def test_a_stage_and_its_neighbour(self):
        self.assert_found("oxd/collect/x.h", '#include "oxd/write/writer.h"',
                          "oxd/collect may not use oxd/write")

    def test_a_stage_and_the_store(self):
        self.assert_found("oxd/stream/x.h", '#include "common/store/log_file.h"',
                          "oxd/stream may not use common/store")

    def test_a_stage_and_the_daemon(self):
        self.assert_found("oxd/collect/x.h", '#include "oxd/daemon.h"', "knows the stage")
        self.plant("oxd/collect/x.h", '#include "oxd/settings.h"')
        self.assertEqual(list(violations(self.root)), [])

    def test_a_library_and_a_program(self):
        self.assert_found("common/link/x.h", '#include "oxd/settings.h"',
                          "common/link may not use oxd")

    def test_input_and_output_in_proto(self):
        self.assert_found("proto/x.h", "#  include  \"common/base/socket.h\"", "does no I/O")

    def test_a_path_that_is_not_from_the_root(self):
        self.assert_found("proto/x.h", '#include "meta.h"', "no such file")

    def test_a_walled_library(self):
        self.assert_found("oxd/x.h", "#include <boost/beast.hpp>", "only common/http")

    def test_a_folder_without_a_layer(self):
        self.assert_found("common/misc/x.h", "", "no layer")

    def test_a_header_that_is_not_first(self):
        self.assert_found("proto/meta.cc", '#include <string>\n#include "proto/meta.h"',
                          "must include proto/meta.h first")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--headers", action="store_true")
    parser.add_argument("--compiler", default="g++")
    parser.add_argument("--include", action="append", default=[])
    options, rest = parser.parse_known_args()
    Headers.compiler = options.compiler
    Headers.include = options.include
    chosen = ["Headers"] if options.headers else ["TheRepository", "APlantedViolation"]
    unittest.main(argv=sys.argv[:1] + rest + chosen)
