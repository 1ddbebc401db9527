"""The questions of docs/query.md, each with oxview's arguments that answer it."""
import re
import shlex
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
LOG_PATH = "/var/log/oxd"


class Question(NamedTuple):
    text: str
    args: list  # of oxview
    source: str  # "files", "live" or "stdin"

    def on(self, log_path):
        """The arguments for the log files of this directory; none for standard input."""
        args = [str(log_path) if arg == LOG_PATH else arg for arg in self.args]
        if self.source == "live":
            at = args.index("-H")
            args[at:at + 2] = ["--log-path", str(log_path)]
        return args


def questions():
    text = (ROOT / "docs" / "query.md").read_text(encoding="utf-8")
    found = []
    for asked, command in re.findall(r"^(\S[^\n]*\?)\n\n    ([^\n]*oxview [^\n]*)$", text, re.MULTILINE):
        args = shlex.split(command.split("oxview ", 1)[1])
        source = "files" if LOG_PATH in args else "live" if "-H" in args else "stdin"
        found.append(Question(asked, args, source))
    return found
