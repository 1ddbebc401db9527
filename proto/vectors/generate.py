#!/usr/bin/env python3
"""Writes the golden vectors beside this file, from proto/README.md alone.

It shares no code with the C++ that reads the vectors: only struct and a CRC written out below.
Run it without arguments to write the files, with --check to compare them (exit 1 when one
differs).

A file is made of cases, separated by empty lines. A line is "key: value"; a key may come more than
once. A value that begins with "hex:" is bytes in hexadecimal; every other value is plain text.
Lines that begin with '#' are comments.
"""

import datetime
import pathlib
import struct
import sys
import uuid

HERE = pathlib.Path(__file__).resolve().parent

RUN = uuid.UUID("01234567-89ab-4def-8123-456789abcdef")
RUN_2 = uuid.UUID("fedcba98-7654-4210-bfed-cba987654321")
NODE = uuid.UUID("11111111-2222-4333-8444-555555555555")
BOOT = uuid.UUID("66666666-7777-4888-9999-aaaaaaaaaaaa")
SEALED_AT = 1_500_000_000_250_000  # microseconds: 2017-07-14T02:40:00.25Z


# --- building blocks ------------------------------------------------------------------------------

def crc32c(data):
    """Castagnoli, bit by bit: slow, and as short as its definition."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def fnv1a(data):
    value = 0xCBF29CE484222325
    for byte in data:
        value = (value ^ byte) * 0x100000001B3 % 2**64
    return value


def raw(text):
    """A string in the old MessagePack specification: no str8, no bin."""
    data = text if isinstance(text, bytes) else text.encode()
    if len(data) < 32:
        return bytes([0xA0 | len(data)]) + data
    return b"\xda" + struct.pack(">H", len(data)) + data


def pack(value):
    """The few MessagePack kinds that the vectors need; Raw() passes ready bytes through."""
    if isinstance(value, Raw):
        return value.data
    if value is None:
        return b"\xc0"
    if value is True or value is False:
        return b"\xc3" if value else b"\xc2"
    if isinstance(value, (str, bytes)):
        return raw(value)
    if isinstance(value, float):
        return b"\xcb" + struct.pack(">d", value)
    if isinstance(value, int):
        if 0 <= value < 128:
            return bytes([value])
        if 0 <= value < 2**16:
            return b"\xcd" + struct.pack(">H", value)
        return b"\xd3" + struct.pack(">q", value)
    if isinstance(value, list):
        return bytes([0x90 | len(value)]) + b"".join(map(pack, value))
    return bytes([0x80 | len(value)]) + b"".join(pack(k) + pack(v) for k, v in value.items())


class Raw:
    def __init__(self, hexadecimal):
        self.data = bytes.fromhex(hexadecimal)


def uint(value):
    """In the shortest form, as MessagePack libraries write it."""
    for first, form, limit in (("cc", ">B", 2**8), ("cd", ">H", 2**16), ("ce", ">I", 2**32)):
        if value < limit:
            short_form = struct.pack(form, value).hex()
            return Raw(short_form if value < 128 else first + short_form)
    return Raw("cf" + struct.pack(">Q", value).hex())


def meta(end, host, kind):
    """Big-endian; struct's own Pascal strings."""
    return struct.pack(">Bd64p64p", 3, end, host, kind)


def short(text):
    data = text if isinstance(text, bytes) else text.encode()
    return bytes([len(data)]) + data


def batch(run, seq, sealed_at, payload, count, codec=0, raw_length=None, stored_length=None,
          magic=b"OXB1"):
    """The header's first eight bytes are the magic and the CRC of the 56 behind them."""
    stored = len(payload) if stored_length is None else stored_length
    rest = struct.pack("<16sQqIB3xIII4x", run.bytes, seq, sealed_at, count, codec,
                       stored if raw_length is None else raw_length, stored, crc32c(payload))
    assert len(rest) == 56
    return magic + struct.pack("<I", crc32c(rest)) + rest + payload


def payload(pairs, events):
    out = struct.pack("<H", len(pairs))
    for kind, host in pairs:
        out += short(kind) + short(host)
    for pair, end, body in events:
        out += struct.pack("<HdI", pair, end, len(body)) + body
    return out


def link_header(command, session, frame, version=1, magic=b"OXLK"):
    return magic + struct.pack("<BBHQQ", version, command, 0, session, frame)


def nodes(ids):
    return struct.pack("<H", len(ids)) + b"".join(i.bytes for i in ids)


def tail(boot, sequence, offset, name, version=1):
    data = name.encode()
    return struct.pack("<B16sQQH", version, boot.bytes, sequence, offset, len(data)) + data


def encode_type(kind):
    out = b""
    for i, c in enumerate(kind):
        plain = c > 0x1F and c != 0x7F and c not in b"/%" and not (c == 0x2E and i == 0)
        out += bytes([c]) if plain else b"%%%02X" % c
    if len(out) > 200:
        out = out[:183] + b"~%016x" % fnv1a(kind)
    return out


def log_path(kind, seconds, rotate):
    t = datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc)
    day = t.strftime("%Y%m%d").encode()
    hour = b"%02d" % (t.hour - t.hour % rotate) if rotate else b""
    return day + b"/" + encode_type(kind) + b"-" + day + hour + b".log"


# --- the vectors ----------------------------------------------------------------------------------

EVENT = {
    "id": "59682f00" + "0" * 24, "type": "request.db", "host": "web-1", "pid": 4242,
    "start": 1500000000.0, "end": 1500000000.25, "body": {"query": "SELECT 1"},
}


def meta_cases():
    plain = meta(1500000000.25, b"web-1", b"request.db")
    yield [("name", "a plain frame"), ("frame", plain), ("end", "1500000000.25"),
           ("host", "web-1"), ("type", "request.db")]
    yield [("name", "empty names"), ("frame", meta(0.0, b"", b"")), ("end", "0"), ("host", ""),
           ("type", "")]
    yield [("name", "names of 63 bytes"), ("frame", meta(-1.5, b"h" * 63, b"t" * 63)),
           ("end", "-1.5"), ("host", "h" * 63), ("type", "t" * 63)]
    yield [("name", "names that are not UTF-8"), ("frame", meta(1.0, b"\xff\x00\x01", b"\xc3")),
           ("end", "1"), ("host", b"\xff\x00\x01"), ("type", b"\xc3")]
    clamped = bytearray(plain)
    clamped[9] = 200
    yield [("name", "a length byte of 200 reads as 63"), ("decode_only", "yes"),
           ("frame", bytes(clamped)), ("end", "1500000000.25"),
           ("host", b"web-1" + b"\0" * 58), ("type", "request.db")]
    yield [("name", "136 bytes"), ("frame", plain[:-1]), ("error", "length")]
    yield [("name", "138 bytes"), ("frame", plain + b"\0"), ("error", "length")]
    yield [("name", "no bytes"), ("frame", b""), ("error", "length")]
    yield [("name", "version 2"), ("frame", b"\x02" + plain[1:]), ("error", "version")]
    yield [("name", "the 133 bytes of version 2"), ("frame", b"\x02" + plain[5:]),
           ("error", "version")]
    yield [("name", "version 0"), ("frame", b"\x00" + plain[1:]), ("error", "version")]


def event_case(name, event, **shown):
    lines = [("name", name), ("body", event if isinstance(event, bytes) else pack(event))]
    return lines + list(shown.items())


def event_cases():
    yield event_case("an event of a client with the old MessagePack", EVENT,
                     id="59682f00" + "0" * 24, type="request.db", host="web-1", pid="4242",
                     start="1500000000", end="1500000000.25", kind="map")
    new = dict(EVENT, id=Raw("d920" + EVENT["id"].encode().hex()),
               host=Raw("c405" + b"web-1".hex()))
    yield event_case("str8 and bin8", new, id="59682f00" + "0" * 24, type="request.db",
                     host="web-1", pid="4242", start="1500000000", end="1500000000.25", kind="map")
    yield event_case("a body of nil, an integer id", dict(EVENT, id=1, body=None), id_number="1",
                     type="request.db", host="web-1", pid="4242", start="1500000000",
                     end="1500000000.25", kind="nil")
    yield event_case("raw that is not UTF-8", dict(EVENT, type=b"caf\xe9"),
                     id="59682f00" + "0" * 24, type=b"caf\xe9", host="web-1", pid="4242",
                     start="1500000000", end="1500000000.25", kind="map")
    yield event_case("an extension inside the body",
                     dict(EVENT, body={"at": Raw("d6ff59682f00")}), id="59682f00" + "0" * 24,
                     type="request.db", host="web-1", pid="4242", start="1500000000",
                     end="1500000000.25", kind="map")
    yield event_case("whole numbers as times", {"type": "t", "start": 5, "end": 7}, type="t",
                     start="5", end="7")
    yield event_case("no map", [1, 2])
    yield event_case("an empty map", {})
    whole = pack(EVENT)
    yield event_case("a byte that MessagePack does not use", b"\xc1", error="corrupt")
    yield event_case("cut in the last string", whole[:-1], error="unavailable")
    yield event_case("no bytes", b"", error="unavailable")
    yield event_case("an array that announces four thousand million values",
                     b"\xdd\xff\xff\xff\xff\x01\x02", error="unavailable")
    yield event_case("a string that announces four thousand million bytes",
                     b"\xdb\xff\xff\xff\xffabc", error="unavailable")
    yield event_case("256 arrays, one in the other", b"\x91" * 255 + b"\x90")
    yield event_case("257 arrays, one in the other", b"\x91" * 256 + b"\x90", error="too large")


def control_cases():
    for command in ("STATUS", "SOCK_STREAM", "SOCK_COLLECT", "SOCK_LINK", "SOCK_TAIL", "PING",
                    "SHUTDOWN", "FLUSH", "LOG_LEVEL", "FORWARD", "NOPE"):
        yield [("name", f"request {command}"), ("request", pack({"cmd": command})),
               ("cmd", command)]
    yield [("name", "a command as bin"), ("request", b"\x81\xa3cmd\xc4\x04PING"), ("cmd", "PING"),
           ("decode_only", "yes")]
    yield [("name", "a command behind other keys"), ("decode_only", "yes"),
           ("request", pack({"op": "set", "targets": ["b:3514"], "cmd": "FORWARD"})),
           ("cmd", "FORWARD")]
    yield [("name", "no MessagePack"), ("request", b"\xc1"), ("error", "invalid")]
    yield [("name", "no bytes"), ("request", b""), ("error", "invalid")]
    yield [("name", "an empty map"), ("request", b"\x80"), ("error", "invalid")]
    yield [("name", "no map"), ("request", pack(["cmd", "STATUS"])), ("error", "invalid")]
    yield [("name", "a command that is no text"), ("request", pack({"cmd": 1})),
           ("error", "invalid")]
    yield [("name", "a cut map"), ("request", pack({"cmd": "STATUS"})[:-1]), ("error", "invalid")]
    yield [("name", "reply to SOCK_STREAM"), ("reply", pack({"port": 35123})), ("port", "35123")]
    yield [("name", "reply of an error"), ("reply", pack({"error": "Unknown Command"})),
           ("text", "Unknown Command")]
    yield [("name", "STATUS of a node that has seen nothing"),
           ("reply", pack({"last": None, "lag": None, "events": {}, "hosts": {}}))]


def record_id_cases():
    for tick, lane, sequence in ((1, 0, 0), (822_000_000, 5, 1023), (2**33 - 1, 1023, 1023)):
        yield [("name", f"the id {sequence} of lane {lane} in tick {tick}"), ("tick", str(tick)),
               ("lane", str(lane)), ("sequence", str(sequence)),
               ("time_ms", str(1_577_836_800_000 + 256 * tick)),
               ("id", str(tick * 2**20 + lane * 2**10 + sequence))]

    keys = ("lanes", "after", "extend", "release", "used")

    def request(name, *values):
        sent = {key: uint(value) for key, value in zip(keys, values) if value}
        return [("name", name), *((key, str(value)) for key, value in zip(keys, values)),
                ("request", pack({"cmd": "RECORD_IDS", **sent}))]

    yield request("the first lease", 4, 0, 0, 0, 0)
    yield request("a longer lease", 4, 822_000_123, 2**64 - 1, 0, 0)
    yield request("a lease for another", 32, 822_000_123, 0, 77, 822_000_123)
    yield request("the end of a lease", 0, 0, 0, 77, 822_000_123)
    for name, sent in (("neither lease nor release", {}), ("three lanes", {"lanes": 3}),
                       ("512 lanes", {"lanes": 512}), ("lanes as text", {"lanes": "4"}),
                       ("a negative tick", {"lanes": 4, "after": -1})):
        yield [("name", name), ("request", pack({"cmd": "RECORD_IDS", **sent})),
               ("error", "invalid")]

    def reply(name, error=None, ok=True, now=822_000_007, first={}, **lease):
        lines = [(key, str(value)) for key, value in (*lease.items(), ("now", now), *first.items())]
        return [("name", name), *([("error", error)] if error else lines),
                ("reply", pack({"ok": ok, **{key: uint(value) for key, value in lease.items()},
                                "now": uint(now), **first}))]

    good = {"lease": 2**63 + 5, "lane": 8, "lanes": 4, "from": 822_000_007, "until": 822_002_350}
    yield reply("a lease", **good)
    yield reply("all lanes up to the last tick", **{**good, "lane": 0, "lanes": 1024,
                                                    "until": 2**33})
    yield reply("the first lease of all", first={"first": 1}, **good)
    yield reply("released")
    for name, wrong in (("lanes behind the last", {"lane": 1021}), ("no lanes", {"lanes": 0}),
                        ("id 0", {"from": 0}), ("no tick", {"until": 822_000_007}),
                        ("a tick that is none", {"until": 2**33 + 1}),
                        ("a lane that wraps around", {"lane": 2**64 - 2})):
        yield reply(name, error="corrupt", **{**good, **wrong})
    yield reply("not ok", error="corrupt", ok=False, **good)


def batch_cases():
    one = [("request.db", "web-1")], [(0, 1500000000.25, pack(EVENT))]
    two = [("request.db", "web-1"), ("nginx-error", "web-2")], [
        (0, 1500000000.25, pack(EVENT)), (1, 1500000001.5, b"\xff\xff"), (0, -0.5, b"")]

    def good(name, seq, pairs, events):
        data = batch(RUN, seq, SEALED_AT, payload(pairs, events), len(events))
        lines = [("name", name), ("run", str(RUN)), ("seq", str(seq)),
                 ("sealed_at_us", str(SEALED_AT)), ("count", str(len(events)))]
        for pair, end, body in events:
            kind, host = pairs[pair]
            lines += [("type", kind), ("host", host), ("end", repr(end)), ("body", body)]
        return lines + [("batch", data)]

    yield good("one event", 1, *one)
    yield good("two pairs and three events, one that is no MessagePack and one empty", 2, *two)
    yield good("an empty host, the largest seq", 2**64 - 1, [("t", "")], [(0, 0.0, b"\xc0")])
    yield good("no event", 3, [], [])
    unused = payload(one[0] + [("never", "used")], one[1])
    yield [("name", "a pair that no event names"), ("decode_only", "yes"), ("run", str(RUN)),
           ("seq", "4"), ("sealed_at_us", str(SEALED_AT)), ("count", "1"), ("type", "request.db"),
           ("host", "web-1"), ("end", "1500000000.25"), ("body", pack(EVENT)),
           ("batch", batch(RUN, 4, SEALED_AT, unused, 1))]

    plain = payload(*one)
    whole = batch(RUN, 1, SEALED_AT, plain, 1)

    def bad(name, error, data):
        return [("name", name), ("batch", data), ("error", error)]

    yield bad("no bytes", "corrupt", b"")
    yield bad("63 bytes", "corrupt", whole[:63])
    yield bad("a header alone", "corrupt", whole[:64])
    yield bad("the last byte is missing", "corrupt", whole[:-1])
    yield bad("a byte too many", "corrupt", whole + b"\0")
    yield bad("another magic", "unsupported", batch(RUN, 1, SEALED_AT, plain, 1, magic=b"OXB9"))
    yield bad("a codec we do not know", "unsupported", batch(RUN, 1, SEALED_AT, plain, 1, codec=9))
    yield bad("the header's CRC is wrong", "corrupt", whole[:24] + b"\x02" + whole[25:])
    yield bad("the payload's CRC is wrong", "corrupt", whole[:-1] + b"\x02")
    yield bad("the payload announces more than 16 MiB", "too_large",
              batch(RUN, 1, SEALED_AT, plain, 1, stored_length=2**24))
    yield bad("raw and stored length differ without a codec", "malformed",
              batch(RUN, 1, SEALED_AT, plain, 1, raw_length=len(plain) + 1))
    yield bad("one event announced too many", "malformed", batch(RUN, 1, SEALED_AT, plain, 2))
    yield bad("an event names no pair", "malformed",
              batch(RUN, 1, SEALED_AT, payload(one[0], [(1, 0.0, b"x")]), 1))
    yield bad("a pair without a type", "malformed",
              batch(RUN, 1, SEALED_AT, payload([("", "web-1")], [(0, 0.0, b"x")]), 1))
    yield bad("the pair table is cut", "malformed", batch(RUN, 1, SEALED_AT, plain[:10], 1))
    yield bad("a payload of one byte", "malformed", batch(RUN, 1, SEALED_AT, b"\x01", 0))
    yield bad("an event is cut in its head", "malformed",
              batch(RUN, 1, SEALED_AT, plain + b"\0" * 13, 2))
    long_event = struct.pack("<HdI", 0, 0.0, 2**32 - 1) + b"xyz"
    yield bad("an event announces four thousand million bytes", "malformed",
              batch(RUN, 1, SEALED_AT, plain + long_event, 2))


def link_cases():
    names = ("HELLO", "WELCOME", "BATCH", "ACK", "REJECT", "RESET", "BYE")
    for number, name in enumerate(names, 1):
        frame = 7 if name == "BATCH" else 0
        yield [("name", f"header of {name}"), ("header", link_header(number, 2**63 + 5, frame)),
               ("command", str(number)), ("session", str(2**63 + 5)), ("frame", str(frame))]

    def bad(name, data, error):
        return [("name", name), ("header", data), ("error", error)]

    whole = link_header(1, 5, 0)
    yield bad("a header of 23 bytes", whole[:-1], "corrupt")
    yield bad("a header of 25 bytes", whole + b"\0", "corrupt")
    yield bad("another magic", link_header(1, 5, 0, magic=b"OXLL"), "corrupt")
    yield bad("version 2", link_header(1, 5, 0, version=2), "unsupported")
    yield bad("command 0", link_header(0, 5, 0), "corrupt")
    yield bad("command 8", link_header(8, 5, 0), "corrupt")

    hello = b"\x01" + NODE.bytes + BOOT.bytes + short("agent-1") + short("web-1")
    yield [("name", "HELLO of an agent"), ("hello", hello + nodes([RUN, RUN_2])), ("version", "1"),
           ("node_id", str(NODE)), ("boot_id", str(BOOT)), ("node_name", "agent-1"),
           ("host", "web-1"), ("downstream", str(RUN)), ("downstream", str(RUN_2))]
    yield [("name", "HELLO with bytes of a later revision"), ("decode_only", "yes"),
           ("hello", hello + nodes([]) + b"\xaa\xbb"), ("version", "1"), ("node_id", str(NODE)),
           ("boot_id", str(BOOT)), ("node_name", "agent-1"), ("host", "web-1")]
    yield [("name", "HELLO that announces more nodes than it has"),
           ("hello", hello + b"\xff\xff" + RUN.bytes), ("error", "corrupt")]

    for meaning, word in enumerate(("none", "relayed", "stored")):
        welcome = (b"\x01" + NODE.bytes + BOOT.bytes + short("collector")
                   + struct.pack("<QQB", 8 << 20, 43, meaning) + nodes([RUN]))
        yield [("name", f"WELCOME, an ACK means {word}"), ("welcome", welcome), ("version", "1"),
               ("node_id", str(NODE)), ("boot_id", str(BOOT)), ("node_name", "collector"),
               ("window", str(8 << 20)), ("next_frame", "43"), ("ack_meaning", word),
               ("downstream", str(RUN))]

    ranges = [(RUN, 1, 1), (RUN, 3, 9), (RUN_2, 2**64 - 1, 2**64 - 1)]
    ack = struct.pack("<QI", 1 << 20, len(ranges))
    for run, first, last in ranges:
        ack += run.bytes + struct.pack("<QQ", first, last)
    yield ([("name", "ACK of three ranges"), ("ack", ack), ("window", str(1 << 20))]
           + [("range", f"{run} {first} {last}") for run, first, last in ranges])
    yield [("name", "ACK that only closes the window"), ("ack", struct.pack("<QI", 0, 0)),
           ("window", "0")]
    yield [("name", "ACK of a range that runs backwards"),
           ("ack", struct.pack("<QI", 0, 1) + RUN.bytes + struct.pack("<QQ", 9, 3)),
           ("error", "corrupt")]
    yield [("name", "ACK that announces more ranges than it has"),
           ("ack", struct.pack("<QI", 0, 2**32 - 1) + ack[12:44]), ("error", "corrupt")]

    reasons = ("corrupt", "too_large", "unsupported", "malformed", "unknown_version", "forbidden",
               "loop", "identity_conflict")
    for number, word in enumerate(reasons, 1):
        session = word in ("unknown_version", "forbidden", "loop")
        run, seq = (uuid.UUID(int=0), 0) if session else (RUN, 7)
        yield [("name", f"REJECT for {word}"),
               ("reject", run.bytes + struct.pack("<QB", seq, number) + short("why")),
               ("run", str(run)), ("seq", str(seq)), ("reason", word), ("detail", "why"),
               ("concerns_batch", "no" if session else "yes")]


def tail_cases():
    def good(name, sequence, offset, path):
        return [("name", name), ("position", tail(BOOT, sequence, offset, path)),
                ("boot_id", str(BOOT)), ("sequence", str(sequence)), ("file_offset", str(offset)),
                ("file", path)]

    yield good("a position in a file", 1, 0, "20170714/request.db-20170714.log")
    yield good("a node that writes no files", 2**40, 0, "")
    yield good("far into a large file", 2**63, 2**62, "20170714/x-2017071402.log")
    whole = tail(BOOT, 1, 0, "x")
    yield [("name", "version 2"), ("position", tail(BOOT, 1, 0, "x", version=2)),
           ("error", "unsupported")]
    yield [("name", "cut"), ("position", whole[:-1]), ("error", "corrupt")]
    yield [("name", "no bytes"), ("position", b""), ("error", "corrupt")]


def log_name_cases():
    kinds = [b"request.db", b"nginx-error", b"oxingest.", b"../../evil", b"a/b", b"a\0b", b".",
             b"..", b".hidden", b"100%", b"%2F", b"tab\there", b"del\x7f", b"a b", b"_overflow",
             "größe".encode(), b"\xff\xfe", b"x" * 200, b"x" * 201, b"/" * 100, b"y" * 255]
    for kind in kinds:
        yield [("type", kind), ("encoded", encode_type(kind))]
    times = [0, 1_499_990_399, 1_499_990_400, 1_500_000_000, 1_500_036_900, 1_500_076_799]
    for seconds in times:
        for rotate in (0, 1, 5, 6, 12):
            yield [("type", "request.db"), ("seconds", str(seconds)), ("rotate_hours", str(rotate)),
                   ("path", log_path(b"request.db", seconds, rotate))]
    yield [("type", "../../evil"), ("seconds", "1500000000"), ("rotate_hours", "0"),
           ("path", log_path(b"../../evil", 1_500_000_000, 0))]

    def parsed(name, kind, start, hours, host="", compression="none"):
        return [("file_name", name), ("type", kind), ("start", start), ("hours", str(hours)),
                ("host", host), ("compression", compression)]

    day = "2017-07-14T00:00:00.000000Z"
    hour = "2015-05-21T20:00:00.000000Z"
    yield parsed("request.db-20170714.log", "request.db", day, 24)
    yield parsed("request.db-2015052120.log", "request.db", hour, 1)
    yield parsed("request.db-20170714.log.gz", "request.db", day, 24, compression="gzip")
    yield parsed("request.db-20170714.log.bz2", "request.db", day, 24, compression="bzip2")
    yield parsed("request.db-20170714.log.zst", "request.db", day, 24, compression="zstd")
    yield parsed("foo-2015052120-ip-192-168-1-1.compute.internal.log", "foo", hour, 1,
                 host="ip-192-168-1-1.compute.internal")
    yield parsed("foo-20170714-web-1.log.bz2", "foo", day, 24, host="web-1", compression="bzip2")
    yield parsed("a-20150521-20170714.log", "a-20150521", day, 24)
    yield parsed("nginx-error-20170714.log", "nginx-error", day, 24)
    yield parsed("%2E./evil".replace("/", "%2F") + "-20170714.log", "../evil", day, 24)
    yield parsed("100%25-20170714.log", "100%", day, 24)
    yield parsed("100%-20170714.log", "100%", day, 24)
    yield parsed("-x-20170714.log", "-x", day, 24)
    for name in ("", "request.db.log", "request.db-20170714", "request.db-20170714.txt",
                 "request.db-201707141.log", "request.db-2017071.log", "request.db-20171314.log",
                 "request.db-20170230.log", "request.db-2017071424.log", "-20170714.log",
                 "request.db-20170714.log.xz", "request.db-20170714.idx", "20170714.log",
                 "request.db-2017O714.log"):
        yield [("file_name", name), ("error", "no log file")]


FILES = {
    "meta.txt": ("Meta frame", meta_cases),
    "event.txt": ("Event", event_cases),
    "control.txt": ("Control", control_cases),
    "record_id.txt": ("Record ids", record_id_cases),
    "batch.txt": ("Batch", batch_cases),
    "link.txt": ("Link", link_cases),
    "tail.txt": ("Tail", tail_cases),
    "log_name.txt": ("Log files", log_name_cases),
}


def line(key, value):
    if isinstance(value, bytes):
        try:
            text = value.decode("ascii")
            if key in ("host", "type", "encoded", "path") and text.isprintable():
                value = text
        except UnicodeDecodeError:
            pass
    if isinstance(value, bytes):
        value = "hex:" + value.hex()
    return f"{key}: {value}".rstrip(" ") + "\n"


def render(section, cases):
    out = f'# Written by generate.py. See "{section}" in proto/README.md.\n'
    for case in cases():
        out += "\n" + "".join(line(key, value) for key, value in case)
    return out


def main():
    check = sys.argv[1:] == ["--check"]
    if sys.argv[1:] and not check:
        sys.exit("usage: generate.py [--check]")
    assert crc32c(b"123456789") == 0xE3069283
    differing = []
    for name, (section, cases) in FILES.items():
        text = render(section, cases)
        path = HERE / name
        if not check:
            path.write_text(text, encoding="utf-8")
        elif not path.exists() or path.read_text(encoding="utf-8") != text:
            differing.append(name)
    if differing:
        sys.exit("not what generate.py writes: " + ", ".join(differing))


if __name__ == "__main__":
    main()
