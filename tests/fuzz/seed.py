#!/usr/bin/env python3
"""Writes the seed corpora, corpus/<target>/, from the golden vectors of proto/vectors.

Inputs that a fuzzer or a user found are kept in the same folders under names of their own; this
script writes only the files that begin with "seed-".
"""

import pathlib

HERE = pathlib.Path(__file__).resolve().parent
VECTORS = HERE.parent.parent / "proto" / "vectors"


def cases(name):
    for block in (VECTORS / name).read_text(encoding="utf-8").split("\n\n"):
        lines = [line for line in block.splitlines() if line and not line.startswith("#")]
        if lines:
            yield [tuple(line.split(":", 1)) for line in lines]


def values(name, *keys):
    for case in cases(name):
        for key, value in case:
            if key in keys:
                value = value.removeprefix(" ")
                yield key, bytes.fromhex(value[4:]) if value.startswith("hex:") else value.encode()


def only(name, *keys):
    return [data for _, data in values(name, *keys)]


def write(target, inputs):
    folder = HERE / "corpus" / target
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("seed-*"):
        old.unlink()
    for number, data in enumerate(sorted(set(inputs)), 1):
        (folder / f"seed-{number:02}").write_bytes(data)


LINK = {"header": b"\0", "hello": b"\1", "welcome": b"\2", "ack": b"\3", "reject": b"\4"}

write("meta", only("meta.txt", "frame"))
write("event", only("event.txt", "body"))
batches = only("batch.txt", "batch")
write("batch", [b"\1" + b for b in batches] + [b"\0" + b[40:44] + b[64:] for b in batches])
write("link", [LINK[key] + data for key, data in values("link.txt", *LINK)])
write("tail", only("tail.txt", "position"))
write("control", only("control.txt", "request", "reply"))
write("log_name", only("log_name.txt", "type", "file_name"))
write("address", [b"log-master", b"log-master:3514", b"*", b"[::1]:3514", b"[::1]", b"off",
                  b"ipc:///run/oxd/collect", b"tcp://h:1", b"h:65536", b":1", b"[", b"a:b:c"])
write("quantity", [b"0", b"64KiB", b"1.5 GB", b"unlimited", b"5ms", b"7d", b"10", b"-1", b"1e9",
                   b"nan", b"inf", b"99999999999TiB", b"9e18us", b"0.0000001us"])
