"""Every rule of docs/rules.md has a test that names it, and every name in a test is a rule."""
import pathlib
import re
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[3]
NAMED = re.compile(r"(?://|#) Rules?: ([a-z, -]+)$", re.MULTILINE)


def rules():
    text = (ROOT / "docs" / "rules.md").read_text()
    return re.findall(r"^\| `([a-z-]+)` \|", text, re.MULTILINE)


def named_in_tests():
    """rule -> the files that name it."""
    found = {}
    for path in sorted((ROOT / "tests").rglob("*_test.*")):
        if path.suffix not in (".cc", ".py"):
            continue
        for names in NAMED.findall(path.read_text()):
            for name in names.split(", "):
                found.setdefault(name, []).append(path.relative_to(ROOT))
    return found


class Rules(unittest.TestCase):
    def test_no_rule_stands_twice(self):
        self.assertEqual(len(rules()), len(set(rules())))
        self.assertGreater(len(rules()), 30, "docs/rules.md has another form than this test knows")

    def test_every_rule_has_a_test(self):
        self.assertEqual(sorted(set(rules()) - set(named_in_tests())), [])

    def test_every_name_in_a_test_is_a_rule(self):
        unknown = {name: paths for name, paths in named_in_tests().items() if name not in rules()}
        self.assertEqual(unknown, {})


if __name__ == "__main__":
    unittest.main()
