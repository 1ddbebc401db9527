#!/usr/bin/env python3
"""Writes what CPython makes of literals, %-formats and times, for the tests to compare with.

Each line of a *.jsonl file is one case. `--check` compares instead of writing. What differs from
CPython by design (common/ingest/model/python_literal.h) is left out here, or put right below.
"""
import ast
import datetime
import json
import math
import pathlib
import random
import sys
import warnings

HERE = pathlib.Path(__file__).resolve().parent
warnings.simplefilter("ignore")

LITERALS = r"""
1
0
-1
+1
- 1
--1
+-1
-(1)
-(-1)
((1))
007
00
0_0
0_7
1_000
1__0
1_
_1
0x1f
0X1F
0x_f
0x
0xg
0b101
0B1_0
0b12
0b2
0o17
0o8
0o1_7
1e3
1E3
1e+3
1e-3
1e
1e+
1.
.5
1.5
1._5
1_0.0_1e1_0
1e400
-1e400
1e-400
0.1
1e16
1e15
123456789012345678
1e22
-0.0
0123.5
09.5
09e1
09j
09
1if
1 if 1 else 2
9223372036854775807
9223372036854775808
18446744073709551615
18446744073709551616
-9223372036854775808
-9223372036854775809
123456789012345678901234567890
0xffffffffffffffffffffffffffffffff
0b1111111111111111111111111111111111111111111111111111111111111111111111
0o7777777777777777777777777777
1j
1.5j
-1j
0j
-0j
1+2j
1-2j
1 + 2j
-1+2j
-1.5-2.5j
1+2
2j+1
1j+2j
(1)+2j
1+(2j)
(1+2j)
-(1+2j)
1+-2j
1+2j+3j
1e400j
True
False
None
true
false
null
TRUE
NaN
nan
inf
Infinity
-True
...
. . .
Ellipsis
'a'
"a"
'it''s'
'a' "b"
'a' b'b'
u'x'
U"x"
ur'x'
r'\n'
R"\d"
r'\''
r'\'
b'x'
B"x"
br'\x'
rb"\x"
Rb'\n'
bR''
bu''
b'\xff\x00'
b'a\'b'
b'a"b'
b'a\'b"c'
b'é'
f'x'
f'{1}'
'a' f'b'
rf'x'
''
""
'''a'''
'''a'b'''
'''a''b'''
\"\"\"a\"\"\"
'''a
'a
a'
'a' b
'a'.b
'\a\b\f\n\r\t\v\\\'\"'
'\0\12\123\1234\400'
'\x41'
'\x4'
'\xg1'
'\u00e9'
'\u00e'
'\U0001F600'
'\U00110000'
'\q'
'\8'
'\
'
'é'
'日本'
'😀'
b'\u0041'
b'\777'
()
(1)
(1,)
(1, 2)
(1, 2,)
(,)
(1,,2)
1,
1,2
1, 2, 
,
,1
(1 2)
[]
[1]
[1,]
[,]
[1, 'a', None, True, 1.5]
[1
1]
[[[]]]
[1][0]
{}
{1}
{1,}
{,}
{1: 2}
{1: 2,}
{1: 2, 3}
{1, 2: 3}
{1:}
{:1}
{'a': 1, 'b': [1, 2]}
{'a': 1, 'a': 2}
{1: 'a', 1.0: 'b', True: 'c'}
{1: 'a', '1': 'b'}
{0: 1, False: 2, -0.0: 3, 0j: 4}
{1.5: 1}
{True: 1}
{None: 1}
{(1, 2): 3}
{(1,): 3}
{(): 3}
{b'k': 1}
{1j: 1}
{...: 1}
{[]: 1}
{{}: 1}
{[1]}
{(1, [])}
{(1, 'a')}
{'it"s'}
{"it's"}
{"it's\""}
{'\x00\x7f\xa0\xad\u200b\u2028\ue000'}
{'é日😀'}
{b"it's"}
{1.5}
{1e400}
{1e16}
{()}
{None}
{(None, True, 1j, b'x', ...)}
{1, 1}
{1, 1.0, True}
{'a', 'a'}
{18446744073709551616: 1}
{1e300: 1}
{1e400: 1}
{-1e400: 1}
{10000000000000000000000000: 1, 1e25: 2}
{**{}}
[*[]]
*[1]
set()
set ( )
set( # x
)
set([1])
set
frozenset()
dict()
int('1')
a
a.b
not True
1 < 2
1 == 1
lambda: 1
(a := 1)
[x for x in []]
1;
1 # comment
# comment
1 #
'a' # b
'#'
[1, # one
2]
[1
, 2]
(1
)
1
,2
('a'
'b')
'a' \
'b'
1 \
[
]
\
1
  1
	1
1  
1	
	 	'a'
@a
$
?
`1`
!
1 !
a=1
print(1)
print 1
<class 'ZeroDivisionError'>
(<class 'ZeroDivisionError'>, 1)
[{1: 2}, ('123', '234')]
(8, 'arg2')
('w',)
hi w
2017-07-14
2017-07-14 02:40:00
12:30
10.0.0.1
1.2.3
1e3e3
0x1.8
1_a
1a
0x1p3
1L
0777L
'a'b'c'
'a''b'
b'a'b'b'
b'a'r'\b'
b'a'u'b'
"a"if 1 else 2
 'a'
[1,2
{'a':1
{'a'
('a'
{1:2}{3:4}
[][]
()()
None None
True False
None,
(None)
(True,)
-None
+1.5
-1.5
+1j
-'a'
~1
1**2
2*3
1/2
1|2
1<<2
...,
(...)
[...]
é
'é' 'à'
 1
'a b'
1 000
+ 1
-
+
.
..
....
.e1
._1
"""
EXTRA = ["", " ", "\n", "\n1", "\n 1", "\f1", " \f1", "\f 1", "1\n", "1\n\n", "1\n # c\n", "1\n2",
         "1\r\n", "'''a\r\nb'''", "'''a\rb'''", "'''a\nb'''", "'a\nb'", "'a\\\nb'", "'a\\\r\nb'",
         "[1,\r\n2]", "#c\n1", "# c\n\n  # d\n1", "  # c\n1", "1 # c\n", "1 # c\n2", "'\x00'", "\x00",
         "1\x00", "'\x01'", "\x0b1", "1\f", "[1,\f2]", "\u00a01", "1\u00a0", "'\u00a0'", "\ufeff1",
         "1\\\n", "1 \\\n+2j", "1+ \\\n 2j", "(\n1\n,\n2\n)\n", "{1:\n2}", "'a'\n'b'", "('a'\n'b')",
         "(" * 90 + ")" * 90, "[" * 90 + "]" * 90, "[" * 99 + "1" + "]" * 99, "1" * 4300,
         "1" * 4301, "0x" + "f" * 3571, "-" + "9" * 40, "1" * 400 + ".5", "0." + "0" * 400 + "1",
         "1" * 400 + "+1j", "'" + "x" * 40 + "'", "[" + "1," * 20 + "]",
         "{" + ",".join(f"{n}: {n}" for n in range(20)) + "}"]


def convert(value):
    """The value as JSON has it."""
    if isinstance(value, bool) or value is None or isinstance(value, (str, float)):
        return value
    if isinstance(value, int):
        return value if -2**63 <= value < 2**64 else str(value)
    if isinstance(value, (list, tuple)):
        return [convert(item) for item in value]
    if isinstance(value, dict):
        return Pairs([(key(k), convert(v)) for k, v in value.items()])
    return str(value)


def key(k):
    if isinstance(k, str):
        return k
    if k is None or isinstance(k, (bool, int, float)):
        return json.dumps(k)
    return str(k)


class Pairs:
    """A dict whose keys may be equal after they became text."""

    def __init__(self, pairs):
        self.pairs = pairs


def ordered(value):
    """Nothing in it depends on the order of a set."""
    if isinstance(value, (set, frozenset)):
        return len(value) < 2 and all(map(ordered, value))
    if isinstance(value, (list, tuple)):
        return all(map(ordered, value))
    if isinstance(value, dict):
        return all(ordered(k) and ordered(v) for k, v in value.items())
    return True


def literal_case(text):
    try:
        value = ast.literal_eval(text)
        if not ordered(value):
            return None
        expected = dumps(convert(value))
    except (ValueError, SyntaxError, TypeError, OverflowError, MemoryError, RecursionError):
        expected = None
    return {"text": text, "json": expected}


def dumps(value):
    if isinstance(value, Pairs):
        return "{" + ", ".join(f"{json.dumps(k)}: {dumps(v)}" for k, v in value.pairs) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(dumps, value)) + "]"
    return json.dumps(value)


def random_value(rng, depth=0):
    kind = rng.randrange(10 if depth < 4 else 7)
    if kind == 0:
        return rng.choice([0, 1, -1, 255, 65536, 2**63, -2**63, 2**64, rng.randrange(10**9)])
    if kind == 1:
        return rng.choice([0.0, 1.5, -2.25, 1e100, rng.random(), rng.uniform(-1e20, 1e20)])
    if kind == 2:
        return rng.choice([True, False, None, ...])
    if kind in (3, 4):
        return "".join(rng.choice("ab'\"\\\n\t é日😀{}[](),:#") for _ in range(rng.randrange(8)))
    if kind == 5:
        return bytes(rng.randrange(256) for _ in range(rng.randrange(5)))
    if kind == 6:
        return complex(rng.randrange(-3, 3), rng.randrange(1, 9))
    items = [random_value(rng, depth + 1) for _ in range(rng.randrange(4))]
    if kind == 7:
        return items
    if kind == 8:
        return tuple(items)
    return {repr(item) if not isinstance(item, (str, int, float, bytes, tuple)) or
            "[" in repr(item) or "{" in repr(item) else item: item for item in items}


def literals():
    texts = LITERALS.replace('\\"\\"\\"', '"""').split("\n")[1:-1] + EXTRA
    rng = random.Random(20171130)
    for _ in range(150):
        text = repr(random_value(rng))
        texts.append(text)
        for _ in range(2):
            at = rng.randrange(len(text) + 1)
            cut = rng.randrange(2)
            added = rng.choice(["", "'", '"', "\\", "(", ")", "[", "]", "{", "}", ",", ":", "1", " ",
                                "-", "+", "j", "b", "\n", "#"])
            texts.append(text[:at] + added + text[at + cut:])
    seen = set()
    for text in texts:
        if text in seen or "\\N" in text:
            continue
        seen.add(text)
        case = literal_case(text)
        if case:
            yield case


FORMATS = [
    ("plain", []), ("a %s b %d", ["x", 3]), ("%(k)s", {"k": 1}), ("100%", ["x"]), ("100%%", [1]),
    ("100%%", []), ("%s", []), ("%s", [1, 2]), ("%s %s", [1]), ("%s", ["x"]), ("%r", ["it's"]),
    ("%a", ["é日😀"]), ("%s", [None]), ("%s", [True]), ("%s", [1.0]), ("%s", [1e16]), ("%s", [-0.0]),
    ("%s", [[1, "a", None]]), ("%s", [{"a": [1], "b": {"c": "d"}}]), ("%s", {"a": 1}),
    ("%s %s", {"a": 1}), ("%(a)s %(b)r", {"a": 1, "b": "x"}), ("%(c)s", {"a": 1}), ("%(a)s", [1]),
    ("%(a)s", ["x"]), ("%(a", {"a": 1}), ("%(a)", {"a": 1}), ("%(a(b))s", {"a(b)": 1}),
    ("%()s", {"": 7}), ("%(a)s %s", {"a": 1}), ("%s %(a)s", {"a": 1}), ("%(a)%", {"a": 1}),
    ("%(b)%", {"a": 1}), ("%(a)5d|", {"a": 1}), ("%(a)*d", {"a": 1}), ("none", {"a": 1}),
    ("%d", [3]), ("%d", [-3]), ("%d", [3.9]), ("%d", [-3.9]), ("%d", [True]), ("%d", ["3"]),
    ("%d", [None]), ("%d", [[1]]), ("%i", [7]), ("%u", [-7]), ("%d", [2**63 - 1]), ("%d", [-2**63]),
    ("%d", [2**64 - 1]), ("%d", [1e300]), ("%d", [1e22]), ("%5d|", [3]), ("%-5d|", [3]), ("%05d|", [3]),
    ("%05d|", [-3]), ("%+d", [3]), ("%+d", [-3]), ("% d", [3]), ("%+ d", [3]), ("% +d", [3]),
    ("%-05d|", [3]), ("%.3d", [7]), ("%.3d", [-7]), ("%8.3d|", [7]), ("%08.3d|", [7]), ("%-8.3d|", [7]),
    ("%x", [255]), ("%X", [255]), ("%o", [8]), ("%#x", [255]), ("%#X", [255]), ("%#o", [8]), ("%#d", [8]),
    ("%#010x|", [255]), ("%#10x|", [255]), ("%-#10x|", [255]), ("%#010x|", [-255]), ("%+#x", [255]),
    ("%x", [-1]), ("%x", [1.5]), ("%x", ["a"]), ("%x", [True]), ("%#.4x", [10]), ("%o", [None]),
    ("%#08.4x|", [-10]), ("%.0d|", [0]), ("%x", [2**64 - 1]),
    ("%f", [1.5]), ("%f", [1]), ("%f", [True]), ("%f", ["1"]), ("%.2f", [2.675]), ("%.0f", [2.5]),
    ("%#.0f", [2.5]), ("%8.2f|", [3.14159]), ("%-8.2f|", [3.14159]), ("%08.2f|", [-3.14159]),
    ("%+.1f", [1]), ("% .1f", [1]), ("%e", [12345.678]), ("%E", [12345.678]), ("%.3e", [0]),
    ("%g", [1e10]), ("%g", [1e-5]), ("%g", [100000]), ("%g", [1000000]), ("%#g", [1]), ("%G", [1e-10]),
    ("%.0g", [12]), ("%.10g", [1 / 3]), ("%g", [0.0]), ("%g", [-0.0]), ("%f", [1e300]), ("%.20f", [0.1]),
    ("%.400g", [0.1]), ("%.1200g", [5e-324]), ("%f", [2**64 - 1]), ("%f", [None]), ("%F", [1.5]),
    ("%f", [math.inf]), ("%F", [math.inf]), ("%f", [-math.inf]), ("%010f|", [-math.inf]), ("%f", [math.nan]),
    ("%G", [math.nan]), ("%+f", [math.inf]), ("%d", [math.nan]), ("%d", [math.inf]), ("%s", [math.nan]),
    ("%s", [-math.inf]),
    ("%c", [65]), ("%c", ["x"]), ("%c", ["é"]), ("%c", ["xy"]), ("%c", [""]), ("%c", [0x1F600]),
    ("%c", [-1]), ("%c", [0x110000]), ("%c", [1.0]), ("%c", [None]), ("%3c|", ["x"]), ("%-3c|", ["é"]),
    ("%5s|", ["é"]), ("%-5s|", ["日本"]), ("%.2s|", ["日本語"]), ("%5.1s|", ["abc"]), ("%05s|", ["a"]),
    ("%.1r", ["abc"]), ("%.0s|", ["abc"]), ("%.s|", ["abc"]), ("%+s", ["a"]), ("%#s", ["a"]),
    ("%*d|", [5, 3]), ("%-*d|", [5, 3]), ("%*d|", [-5, 3]), ("%.*f", [2, 3.14159]), ("%*.*f|", [8, 2, 3.14159]),
    ("%.*f", [-2, 3.14159]), ("%*d", [1]), ("%*d", ["x", 1]), ("%*d", [1.5, 1]), ("%*d|", [True, 3]),
    ("%.*s|", [1, "abc"]), ("%**d", [1, 2, 3]),
    ("%ld", [3]), ("%hd", [3]), ("%Ld", [3]), ("%lld", [3]), ("%5%|", []), ("%-5%|", [1]), ("%", []),
    ("%", [1]), ("%5", [1]), ("%.", [1]), ("%l", [1]), ("%z", [1]), ("%é", [1]), ("%y %s", ["a"]), ("% ", [1]),
    ("%s%%%s", ["a", "b"]), ("%%%%", [1]), ("%%s", ["a"]), ("é %s 日", ["😀"]), ("%s", ["%s"]),
    ("%(a)s%(a)s", {"a": "x"}), ("%(a)d %(b).2f %(c)-5s|", {"a": 1, "b": 2, "c": "z"}),
    ("%(a) d", {"a": 1}), ("%(a)(b)s", {"a": 1, "b": 2}), ("%-+ #05d|", [3]), ("%0-5d|", [3]),
    ("%r", ["\n\t\x00\x7f\xa0"]), ("%r", ["\"'"]), ("%r", ["\""]), ("%r", [["'", 'é', "\u200b"]]),
    ("%s", [{}]), ("%s", [[]]), ("%s %s %s", [1, 2, 3]), ("%s", [2**64 - 1]), ("%s", [0.1]), ("%s", [1e-5]),
]


def formats():
    for msg, args in FORMATS:
        try:
            text = msg % (tuple(args) if isinstance(args, list) else args)
        except (TypeError, ValueError, KeyError, OverflowError):
            text = None
        yield {"msg": msg, "args": args, "text": text}


def times():
    utc = datetime.timezone.utc
    rng = random.Random(4)
    seconds = [0.0, 1.5, 1500000000.25, 1500000000.0, 0.0000005, 0.0000015, 0.0000025, -0.0000005, -1.5,
               1e10, 0.9999995, 0.9999996, 1.9999995, 1512042930.1234565, 253402300799.0, -62135596800.0]
    seconds += [rng.uniform(1e9, 2e9) for _ in range(40)] + [rng.randrange(10**9) + 0.0000005 for _ in range(20)]
    for value in seconds:
        yield {"seconds": value, "text": str(datetime.datetime.fromtimestamp(value, utc))}
    for text in ["2017-07-14T02:40:00Z", "2017-07-14T02:40:00.25Z", "2017-07-14T02:40:00.123456+02:00",
                 "2017-07-14 02:40:00,789", "2017-07-14 02:40", "2017-07-14", "20170714T024000Z", "20170714",
                 "2017-07-14T02:40:00-0930", "2017-07-14T02:40:00+02", "2017-07-14T02:40:00.123456789Z",
                 "2016-02-29T00:00:00Z", "1969-12-31T23:59:59.999999Z", "0001-01-01T00:00:00Z",
                 "9999-12-31T23:59:59.999999Z", "2000-01-01T00:00:00+23:59"]:
        when = datetime.datetime.fromisoformat(text)
        when = when.replace(tzinfo=utc) if when.tzinfo is None else when.astimezone(utc)
        yield {"iso": text, "text": str(when)}


def main():
    bad = False
    for name, cases in (("literals", literals), ("formats", formats), ("times", times)):
        path = HERE / f"python_{name}.jsonl"
        text = "".join(json.dumps(case) + "\n" for case in cases())
        if "--check" not in sys.argv:
            path.write_text(text, encoding="ascii")
        elif path.read_text(encoding="ascii") != text:
            print(f"{path.name} is not what this Python makes of it")
            bad = True
    return bad


if __name__ == "__main__":
    sys.exit(main())
