#!/usr/bin/env python3
"""Checks that manuals, example configurations and --help name the same options.

usage: help_test.py DIRECTORY_OF_THE_PROGRAMS
"""

import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
EXAMPLES = HERE.parent / "examples"
MANUALS = {"oxd": "oxd.8", "oxctl": "oxctl.1", "oxview": "oxview.1", "oxingest": "oxingest.1"}
OPTION_LINE = re.compile(r"^\s*-")
LONG = re.compile(r"--([a-z0-9][a-z0-9-]*)")
KEY = re.compile(r"^(?:# )?([a-z-]+) = ", re.MULTILINE)

BIN = pathlib.Path()


def run(program, *arguments):
    return subprocess.run([BIN / program, *arguments], text=True, check=False, capture_output=True,
                          timeout=60, stdin=subprocess.DEVNULL)


def options_of_help(program, *command):
    """The long options that begin a line of --help: a command's own, and those below it."""
    done = run(program, *command, "--help")
    if done.returncode != 0 or not done.stdout:
        raise AssertionError(f"{program} --help: exit {done.returncode}: {done.stderr}")
    found, commands, section = set(), [], ""
    for line in done.stdout.splitlines():
        if line and not line[0].isspace():
            section = line.strip().rstrip(":").lower()
        elif OPTION_LINE.match(line):
            found |= set(LONG.findall(re.split(r"\s{2,}", line.strip())[0]))
        elif section in ("subcommands", "commands") and (word := re.match(r"  (\S+)", line)):
            commands.append(word[1])
    for each in commands:
        found |= options_of_help(program, *command, each)
    return found


def options_of_manual(program):
    """The long options that a line of the manual's source defines."""
    text = (HERE / f"{MANUALS[program]}.scd").read_text(encoding="utf-8")
    return {name for line in text.splitlines() if line.startswith("*-")
            for name in LONG.findall(line)}


class Manuals(unittest.TestCase):
    def test_each_describes_the_options_of_its_program_and_no_others(self):
        for program in MANUALS:
            with self.subTest(program):
                shown = options_of_help(program)
                self.assertIn("version", shown)
                self.assertEqual(sorted(shown), sorted(options_of_manual(program)))


class Examples(unittest.TestCase):
    def test_keys_are_options_of_oxd(self):
        options = options_of_help("oxd")
        for example in ("agent.toml", "collector.toml"):
            keys = KEY.findall((EXAMPLES / example).read_text(encoding="utf-8"))
            self.assertGreater(len(keys), 10)
            self.assertEqual([key for key in keys if key not in options], [], example)

    def test_between_them_they_show_every_option_of_a_file(self):
        shown = {key for example in ("agent.toml", "collector.toml")
                 for key in KEY.findall((EXAMPLES / example).read_text(encoding="utf-8"))}
        only_flags = {"config", "check-config", "help", "version", "print-ports"}
        self.assertEqual(sorted(options_of_help("oxd") - only_flags - shown), [])

    def test_are_right_as_they_are_and_with_every_comment_taken_away(self):
        for example in ("agent.toml", "collector.toml"):
            text = (EXAMPLES / example).read_text(encoding="utf-8")
            full = re.sub(r"^# ([a-z-]+ = )", r"\1", text, flags=re.MULTILINE)
            for content in (text, full):
                with tempfile.NamedTemporaryFile("w", suffix=".toml") as file:
                    file.write(content)
                    file.flush()
                    done = run("oxd", "--config", file.name, "--check-config")
                    self.assertEqual((done.returncode, done.stderr), (0, ""), example)

    def test_a_misspelt_key_is_a_configuration_error(self):
        with tempfile.NamedTemporaryFile("w", suffix=".toml") as file:
            file.write("forwrad = ['log-master']\n")
            file.flush()
            done = run("oxd", "--config", file.name, "--check-config")
            self.assertEqual(done.returncode, 78)
            self.assertIn("forward", done.stderr)


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    BIN = pathlib.Path(sys.argv.pop(1)).resolve()
    unittest.main()
