#!/usr/bin/env python3
"""Writes the seed corpora, corpus/<target>/, from the golden vectors of proto/vectors.

Inputs that a fuzzer or a user found are kept in the same folders under names of their own; this
script writes only the files that begin with "seed-".
"""

import json
import pathlib
import struct
import zlib

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


def index_description(binding, types, blocks):
    covered = sum(block[0] for block in blocks)
    out = struct.pack("<BBQIQIH", binding, 1, covered, 7, covered, 9, len(types))
    for name in types:
        out += struct.pack("<H", len(name)) + name
    out += struct.pack("<I", len(blocks))
    for length, events, kind, pages, counts in blocks:
        out += struct.pack("<IIdddHIQH", length, events, 1.5e9, 1.6e9, 40.0, kind, 5, 8, pages)
        out += b"".join(struct.pack("<I", page) for page in range(pages))
        out += struct.pack("<H", 0xFFFF if counts is None else len(counts))
        out += b"".join(struct.pack("<ihI", *count) for count in counts or ())
    return out


write("log_index", [
    index_description(1, [], []),
    index_description(2, [b"web", b"web.db"], [(500, 3, 1, 2, [(1700000, 20, 2), (-2**31, -2**15, 1)]),
                                               (70, 1, 0xFFFE, 0, None)]),
])
write("log_name", only("log_name.txt", "type", "file_name"))
write("address", [b"log-master", b"log-master:3514", b"*", b"[::1]:3514", b"[::1]", b"off",
                  b"ipc:///run/oxd/collect", b"tcp://h:1", b"h:65536", b":1", b"[", b"a:b:c"])
write("quantity", [b"0", b"64KiB", b"1.5 GB", b"unlimited", b"5ms", b"7d", b"10", b"-1", b"1e9",
                   b"nan", b"inf", b"99999999999TiB", b"9e18us", b"0.0000001us"])

# The first byte chooses the reader: authfile_fuzz.cc.
USER = (b'{"username":"bob","pbkdf2":"f57ef1e3e8f90cb367dedd44091f251b5b15c9c36ddd7923731fa7ee41cbaa82"'
        b',"hashname":"sha256","salt":"c0139cff","iterations":32,"roles":["writer","basic-reader"]}')
V1 = b"bd18de0925e779c915487d2e141185ee0867cd6d82aba3feb69e72372f341b18"
write("authfile", [
    b"u[" + USER + b"]", b"u[" + USER + b"," + USER.replace(b"bob", b"o\\u0062o") + b"]",
    b"u[" + USER.replace(b"sha256", b"sha1") + b"]", b"u[" + USER.replace(b"32,", b"2000001,") + b"]",
    b"u[{}]", b"u{}", b"u[[[[", b"u[" + USER.replace(b'"writer"', b"null") + b"]", b"u",
    b"aBasic QWxhZGRpbjpvcGVuIHNlc2FtZQ==", b"aBasic Og==", b"aBasic dGVzdDoxMjOj", b"aBasic YWI=",
    b"aBasic !", b"aBearer token", b"atoken", b"aApiKey dG9rZW4=", b"aSplunk x", b"a",
    b"ssha256=" + V1, b"sv2=" + V1, b"sHMAC " + V1, b"shmac v2=" + V1, b"s" + V1, b"ssha256=00",
    b"n10.0.0.0/8", b"n::ffff:10.0.0.0/104", b"n2001:db8::/33", b"n0.0.0.0/0", b"n::1",
    b"nfe80::1%eth0", b"n10.0.0.1/8", b"n10.0.0.0/33", b"n127.0.0.1, ::1 10.0.0.0/8",
    b"t# web\nalpha\nbeta writer admin\n\n gamma\r\n", b"talpha wirter", b"talpha\nalpha",
    b't\xff', b'f{"web":"s3cret","db":"x"}', b'f{"web":""}', b'f{"a":"b","a":"c"}', b"f[]",
])

HTTP = b" HTTP/1.1\r\nHost: x\r\n"
CHUNKED = b"POST /e" + HTTP + b"Transfer-Encoding: chunked\r\n"
write("http_request", [
    b"GET /a/b?x=1&y=%20+z&x=2" + HTTP + b"\r\n", b"GET /a%2Fb/b/c%zz" + HTTP + b"\r\n",
    b"GET http://h:1/p?q" + HTTP + b"\r\n", b"OPTIONS *" + HTTP + b"\r\n", b"\r\n\r\n",
    b"POST /a/b/c/d" + HTTP + b"Content-Length: 5\r\n\r\nhelloGET",
    b"POST /" + HTTP + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
    b"POST /" + HTTP + b'Content-Type: text/plain; charset="utf-8"; a=b\r\nContent-Length: 0\r\n\r\n',
    CHUNKED + b"\r\n5\r\nhello\r\n6;a=\"b\\\"\"\r\n world\r\n0\r\nX: y\r\n\r\n",
    CHUNKED + b"\r\n0\r\nX: y\r\n z\r\n\r\n", CHUNKED + b"\r\nffffffffffffffff\r\n",
    CHUNKED + b"\r\n5\nhello\r\n0\r\n\r\n", CHUNKED + b"Content-Length: 3\r\n\r\n",
    b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", b"GET / HTTP/1.1\nHost: x\n\n",
    b"GET /" + HTTP + b"A: b\r\n c\r\n\r\n", b"GET /" + HTTP + b"A : b\r\n\r\n",
    b"GET /" + HTTP + b"Expect: 100-continue\r\n\r\n", b"a=1&b=%4&c=%41+&&=",
    b'application/json; charset="a;\\"b"; x=y',
])


def gzip(text):
    deflater = zlib.compressobj(9, zlib.DEFLATED, 31)
    return deflater.compress(text) + deflater.flush()


def raw_deflate(text):
    deflater = zlib.compressobj(9, zlib.DEFLATED, -15)
    return deflater.compress(text) + deflater.flush()


def zstd_block(kind, size):
    return (1 | kind << 1 | size << 3).to_bytes(3, "little")


# The first byte modulo 3 is the encoding, the rest of it the size of the output: http_content_fuzz.cc.
ZSTD = b"\x28\xb5\x2f\xfd"
TEXT = b"some text, some text, some more text"
write("http_content", [
    b"\x00" + gzip(TEXT), b"\x03" + gzip(TEXT) + gzip(b"more"), b"\x09" + gzip(bytes(100_000)),
    b"\x00" + gzip(TEXT)[:-5], b"\x00" + gzip(TEXT) + b"rest", b"\x01" + zlib.compress(TEXT),
    b"\x04" + raw_deflate(TEXT), b"\x01" + raw_deflate(bytes(3000)), b"\x01x", b"\x01",
    b"\x02" + ZSTD + b"\x20\x05" + zstd_block(0, 5) + b"hello",
    b"\x08" + (ZSTD + b"\x20\xff" + zstd_block(1, 255) + b"z") * 2,
    b"\x02" + ZSTD + b"\x20\x05" + zstd_block(0, 5) + b"hel",
    b"\x02" + ZSTD + b"\x00\xf8" + zstd_block(0, 1) + b"w", b"\x02" + b"\x50\x2a\x4d\x18\x02\0\0\0ab",
])

# The first byte chooses the model and the format: record_fuzz.cc.
FORM = (b"name=app.db&msg=hi+%25s&message=hi+w&args=%28%27w%27%2C%29&levelname=INFO&levelno=20"
        b"&exc_info=None&exc_text=None&lineno=12&created=1500000000.25&process=7&foo=387")
RECORD = (b'{"name": "n", "created": 1500000000, "levelno": 20, "message": "m", "msg": "%s",'
          b' "args": [1], "exc_text": "T", "exc_info": null, "asctime": "x", "k": {"a": [null]}')
write("record", [
    b"\x00" + RECORD + b"}", b"\x01" + RECORD + b"}", b"\x02" + RECORD + b"}",
    b"\x00" + RECORD + b', "name": "o", "levelname": [], "exc_info": 1, "logrec": 2, "": 3}',
    b"\x00{}", b"\x01[]", b"\x01" + b"[" * 250 + b"]" * 250, b"\x02{}", b"\x01\"x\"",
    b'\x02{"msg": "%(a)s %d", "args": {"a": 1.5}}', b'\x02{"msg": "%d", "args": ["x"]}',
    b'\x02{"created": 1e300}', b'\x00{"a": "\xff"}', b'\x01{"x": NaN, "y": 1e999, "z": "\\ud800"}',
    b"\x03" + FORM, b"\x04" + FORM + b"&raw=1&x=007&y=1e3&z={1: 2}&w=true", b"\x05" + FORM[50:],
    b"\x03" + FORM + b"&exc_text=T&a=1&a=2&exc_info=(%3Cclass+'E'%3E,)", b"\x03a=%ff", b"\x05",
    b"\x05msg=%25s&args=(1,{2:b'x'},{3,4},1j,...)&name=None&pathname=None", b"",
])

write("eventlog_document", [
    b'{"name":"python_log","tstamp":1500000000.25,"version":1,"host":"h","pid":7,"level":-1,'
    b'"target":"logger:my-app","message":"m","value":0,"fields":{"level":"info"}}',
    b'{"version":[0,1],"level":40,"fields":[["a",1],["b","x"]],"tags":"one"}',
    b'{"version":"0.9","level":"2","fields":[{"key":"a","value":1},{"name":"b","fval":0.5}]}',
    b'{"action":"account.create","labels":["a"],"metrics":{"value":3.5},"extra":{"error":1}}',
    b'{"name":"log","server":{"host":"h","pid":3},"log":{"level":"WARNING"},"http":{"status":200}}',
    b'{"fields":{"exc_info":"[\\"E\\", \\"v\\", \\"t\\"]"},"tstamp":"2017-07-14T02:40:00Z"}',
    b'{"name":"","name":"x","level":null,"level":1e300,"fields":[["a"]],"tags":{},"host":""}', b"[]"])
MAP = b"\x82\xa1a\x01\xa3log\xa2hi"
write("fluent_body", [
    b'\0json=%7B%22a%22%3A1%7D&time=3', b"\0ndjson=%7B%7D%0A%7B%7D", b"\0msgpack=%81%A1a%01",
    b'\1[{"message":"m","level":"info","host":"h"},null]', b'\2{"log":{"level":3}}\n\n{"tag":1}\n',
    b"\3" + MAP, b"\3\x92" + MAP + MAP, b"\4json={}", b"\1[3]", b"\3\xc1", b"\0a=1", b""])
LINES = b'{"a":1}\r\n\n{\n"' + b"x" * 80 + b'"\n[2]\n"\xff"'
write("upload_items", [bytes([choice]) + LINES for choice in (0, 1, 2, 4, 9, 14)] + [
    b"\3" + MAP + b"\x92" + MAP + b"\x03" + MAP, b"\x07\xdc\0\2" + MAP + MAP, b"\x0b\xdd\0\0",
    b"\3\x92" + MAP, b"\x13" + MAP + b"\xc1", b"\x0f\xda\1\0" + b"y" * 70, b"\3" + MAP[:4]])



def pb_number(value):
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7f | 0x80)
        value >>= 7
    return bytes(out) + bytes([value])


def pb(number, value):
    if isinstance(value, int):
        return pb_number(number << 3) + pb_number(value)
    return pb_number(number << 3 | 2) + pb_number(len(value)) + value


def pb_pair(key, value):
    return pb(1, key) + pb(2, value)


FIXED64 = (1_700_000_000_123_456_789).to_bytes(8, "little")
write("protobuf", [
    b"", pb(1, 150), pb(2, b"testing"), b"\x09" + FIXED64, b"\x15" + FIXED64[:4], b"\x0b\x0c",
    pb(1, pb(1, pb(1, b"deep") + pb(2, 1))), b"\x08" + b"\xff" * 10, b"\x0a\xff\xff\xff\xff\xff\xff\xff",
    pb((1 << 29) - 1, 2**64 - 1), b"\0\1"])

# The first byte says which encoding it is: otlp_fuzz.cc.
OTLP_VALUES = [pb(1, b"text"), pb(2, 1), pb(3, 2**64 - 1), b"\x21" + FIXED64, pb(7, b"\xff"), b"",
               pb(5, pb(1, pb(3, 1)) + pb(1, b"")), pb(6, pb(1, pb_pair(b"a", pb(1, b"b"))))]
OTLP_RECORD = (b"\x09" + FIXED64 + b"\x59" + FIXED64 + pb(2, 9) + pb(3, b"Info") + pb(5, OTLP_VALUES[0]) +
               pb(9, bytes(16)) + pb(10, bytes(8)) + b"\x45" + FIXED64[:4] + pb(7, 1) + pb(12, b"e") +
               b"".join(pb(6, pb_pair(b"k", value)) for value in OTLP_VALUES) + pb(20, b"new"))
OTLP_JSON = b"""{"resourceLogs":[{"resource":{"attributes":[{"key":"host.name","value":{"stringValue":"h"}},
{"key":"process.pid","value":{"intValue":"7"}}],"new":1},"schemaUrl":"r","scope_logs":[{"scope":{"name":"n"},
"logRecords":[{"timeUnixNano":"1700000000123456789","severityNumber":"SEVERITY_NUMBER_WARN2","body":
{"arrayValue":{"values":[{"doubleValue":"NaN"},{"bytesValue":"aGk="},{"boolValue":true},null,5]}},
"attributes":[{"key":"k","value":{"kvlistValue":{"values":[{"key":"a","value":{}}]}}}],"traceId":"ab"}]}]}]}"""
write("otlp", [
    b"\0" + pb(1, pb(2, pb(2, OTLP_RECORD) + pb(1, pb(1, b"s") + pb(3, pb_pair(b"k", pb(3, 1)))) + pb(3, b"u")) +
                  pb(1, pb(1, pb_pair(b"host.name", pb(1, b"h"))) + pb(2, 1)) + pb(3, b"u") + pb(9, 1)),
    b"\0", b"\1" + OTLP_JSON, b"\1{}", b"\1[]"] +
    [b"\0" + pb(1, pb(2, pb(2, pb(5, value)))) for value in OTLP_VALUES] +
    [b'\1{"resourceLogs":[{"scopeLogs":[{"logRecords":[' + record + b"]}]}]}" for record in (
        b'{"body":"bare"}', b'{"time_unix_nano":1.5e9}', b'{"attributes":{}}', b'{"flags":-1}', b"5")])

# The first byte chooses the encoding: loki_fuzz.cc.
LOKI_ENTRY = pb(1, pb(1, 1_700_000_000) + pb(2, 5)) + pb(2, b"line") + pb(3, pb_pair(b"level", b"warn"))
LOKI = pb(1, pb(1, b'{job="a", instance="h:9100", level="x"}') + pb(2, LOKI_ENTRY + pb(4, pb_pair(b"p", b"q"))) +
          pb(2, pb(2, b"") + pb(9, b"new")) + pb(3, 7))
write("loki", [
    b'\0{"streams":[{"stream":{"job":"a","host":"h"},"values":[["1700000000123456789","x",{"level":"info"},5]]}]}',
    b'\0{"streams":[{"labels":"{a=\\"b\\"}","entries":[{"ts":"2019-10-11T18:23:58.1Z","line":"x","y":1}]}]}',
    b'\0{"streams":[{"values":[["now","x"]]}]}', b'\0{"streams":[{}, 5]}', b"\0{}", b"\1" + LOKI, b"\1" + LOKI[:-9],
    b"\2" + pb_number(len(LOKI)) + b"\xf0" + bytes([len(LOKI) - 1]) + LOKI, b"\2\x0c\x04ab\x26\x02\0",
    b"\2\x80\x80\x80\x08", b"\3{}", b'\3{a="b", c=`d`, "e f"="\\x41\\101\\u00e9\\U0001F600\\n",}', b'\3{a="\\q"}',
    b'\3{a=b}', b"\3{"])

# An odd first byte makes it raw: splunk_fuzz.cc.
write("splunk", [
    b'\0{"time":1426279439.25,"host":"h","source":"s","sourcetype":"t","index":"i","event":"x","fields":{"level":"warn"}}',
    b'\0{"event":{"message":"m","severity":"ERROR"},"time":"1426279439123","x":[1]}', b'\0{"event":5,"host":7}',
    b'\0{"event":""}', b'\0{"event":null}', b"\0[]", b'\0{"event":"a","event":"b","time":"now"}',
    b"\1host=h&source=s&sourcetype=t&time=1426279439.5&channel=c&token=x&a=b\na line", b"\1\n",
    b"\1FE0ECFAD-13D5-401B-847D-77833BD77131"])

# The first byte is the size of the pieces in which it comes: forward_fuzz.cc.
FORWARD = [bytes.fromhex(text) for text in (
    "93aa6170702e616363657373ce59682f0081a76d657373616765a26869",
    "93aa6170702e616363657373d70059682f000ee6b28081a76d657373616765a26869",
    "93a174c42792ce59682f0081a76d657373616765a16192d70059682f000ee6b28081a76d657373616765a16282a473697a6502a56368756e"
    "6ba26331",
    "93a174c4311f8b08000000000002039b742e32439fa171796e6a7171627aeac2c449d71940227ccf3635204493001d7ee57b2700000083a4"
    "73697a6502aa636f6d70726573736564a4677a6970a56368756e6ba26331")]
write("forward", [b"\x3f" + data for data in FORWARD] + [b"\2" + FORWARD[2] * 2, b"\7" + b"".join(FORWARD)] + [
    b"\x3f\xc0\5\x80" + FORWARD[0],
    b"\x3f" + bytes.fromhex("92a174929292d70059682f000ee6b2808081a16101") + b"\x92\xcb\x3f\xf0\0\0\0\0\0\0\x80",
    b'\x3f["t",[[1,{"level":"warn","log":{"level":"x"},"tag":5}]],{"chunk":"c"}] x\n{}["t",0,{"tstamp":5,"name":"n"}]',
    b"\x3f\x93\xa1t\xce\x59\x68\x2f\0\x84\xa5level\xa5ERROR\xa3msg\xa1x\xa4name\xa1n\xa7message\5"])

# The same: lumberjack_fuzz.cc.
BEATS = [bytes.fromhex(text) for text in (
    "325700000001324a00000001000000107b226d657373616765223a226869227d",
    "325700000001324300000020789c33f2626060600462816aa5dcd4e2e2c4f454252ba58c4ca55a003dc805fe")]
PAIRS = b"1W\0\0\0\1" + b"1D\0\0\0\1\0\0\0\2" + b"".join(
    len(text).to_bytes(4, "big") + text for text in (b"line", b"hi", b"host", b"h"))
write("lumberjack", [b"\x3f" + data for data in BEATS] + [b"\4" + b"".join(BEATS) + PAIRS, b"\x3f" + PAIRS,
      b"\1" + BEATS[0] * 2, b"\x3f2W\0\0\0\1" + b"2C\0\0\0\4none", b"\x3f2W\0\0\xff\xff",
      b"\x3f" + BEATS[0][:6] + b"2J\0\0\0\1\0\0\0\x02{}",
      b'\x3f2W\0\0\0\1' b'2J\0\0\0\1\0\0\0\x20{"@metadata":{"beat":"f"},"n":"x"}',
      b"\x3f2W\0\0\0\2" + BEATS[1][6:]])

CLICK = bytes.fromhex(
    "000000001c0000000000000005000d00000010c00b5ad6410000000014000000" + "0" * 48 + "3100000032000000" + "0" * 48 +
    "2500000052000000" + "0" * 112 + "0d00000027000000636c69636b0000006d792d627574746f6e00000000000000"
    "040000000200020001000000000000000300000000000000050000001200000000000000000000006e00000000000000")
write("capnp_event", [CLICK, CLICK * 2, CLICK[:100], CLICK[:16] + b"\xff" * 40 + CLICK[56:]])

MODEL = HERE.parent / "unit" / "model"


def records(name):
    return [json.loads(line) for line in (MODEL / name).read_text(encoding="ascii").splitlines()]


def every(number, items):
    return items[::max(1, len(items) // number)]


write("json_input", [
    b"{}", b"[1, -1, 1.5, 1e5, -0, 18446744073709551616, 1e400]", b"[NaN, Infinity, -Infinity]",
    b'{"a": {"b": [1, {"c": null}]}, "a": true}', b'"\\ud800 \\ud83d\\ude00 \\n \\/"', b'"\xff"',
    b'\xef\xbb\xbf{"x": "\xc3\xa9"}', b'{"a":1}{"b":2}\n[3]\n', b'{"a":1\n{"b":2}\n', b"[" * 20,
    b'{\n  "a": [\n    1,\n    {"x": "}]"}\n  ]\n}\n{}', b'{"a": nope} {"x":1}\n{"b":2}\n',
    b"garbage\n{}\n", b'{"a":"x\n{"b":2}\n', b'"' + b"x" * 40 + b'"', b"[" + b"1," * 20 + b"1]",
    b"\x82\xa1a\x01\xa1b\x93\x01\xc0\xcb\x3f\xf0\0\0\0\0\0\0"])
write("python_literal", [case["text"].encode() for case in every(40, records("python_literals.jsonl"))] +
      [case["msg"].encode() + b"\n" + json.dumps(case["args"]).encode()
       for case in every(40, records("python_formats.jsonl"))])
write("timestamp", [case["iso"].encode() for case in records("python_times.jsonl") if "iso" in case] +
      [b"1500000000.25", b"1500000000250", b"15000000002500000000", b"-1.5", b"warning", b"40", b"",
       b"\xcb\x41\xd6\x5a\x0b\xc0\x10\0\0", b"app.{name}.{level|x}", b"{{x}}{type|}", b"a b\xff..c"])

SYSLOG = [b'<34>1 2003-10-11T22:14:15.003Z host su - ID47 [ex@1 a="b\\"c"] \xef\xbb\xbfhi',
          b"<13>Feb  5 17:32:18 10.0.0.99 app[42]: x", b"<13>1 - - - - - - x", b"hello",
          b"<13>2003-10-11T22:14:15.003+02:00 host app: x", b"<11>app: boom 3\0",
          b"<13>Feb  5 17:32:18 app: x", b"<192>x", b"<13>1 - - app - - [a x=\"1\" hello",
          b'<165>1 - h a p m [a b="c"][d e="\\]" f="\\n"] m', b"Feb 29 00:00:00 h t: m"]
write("syslog", [b"\xff" + message for message in SYSLOG] + [
    b"\x05" + b"".join(message + b"\n" for message in SYSLOG),
    b"\x09" + b"".join(b"%d %s" % (len(message), message) for message in SYSLOG),
    b"\x08" + b"".join(message + b"\0" for message in SYSLOG),
    b"\x03<13>a\r\n3 b\nc<13>d", b"\xff99999999999 x", b"\xff2000 x", b"\xff" + b"x" * 2500 + b"\n",
    b"\xff\0\0\1\xd3}q\0(X", b"\xff\0\0\0\x10\x80\4\x95\0", b"\xff\0<13>a\n"])
write("relp", [b"1 open 85 relp_version=0\nrelp_software=librelp,1.11.0,http://librelp.adiscon.com"
               b"\ncommands=syslog\n2 syslog 10 <13>hello!\n3 close 0\n", b"1 rsp 6 200 OK\n",
               b"0 serverclose 0\n", b"1 syslog 0 \n", b"1 syslog 1001 x", b"1234567890 a 0\n"])
