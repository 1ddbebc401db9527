#!/usr/bin/env python3
"""Installs a build into an empty directory, and checks that what belongs there is there and works.

usage: install_test.py BUILD
"""

import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

BUILD = pathlib.Path()
PROGRAMS = ("oxd", "oxctl", "oxview", "oxingest")


class AnInstallation(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.directory.cleanup)
        cls.prefix = pathlib.Path(cls.directory.name)
        subprocess.run(["cmake", "--install", str(BUILD), "--prefix", str(cls.prefix)], check=True,
                       stdout=subprocess.DEVNULL)

    def test_has_programs_that_tell_their_version(self):
        for program in PROGRAMS:
            done = subprocess.run([self.prefix / "bin" / program, "--version"], text=True,
                                  check=False, capture_output=True, timeout=60)
            self.assertEqual(done.returncode, 0, program)
            self.assertRegex(done.stdout, rf"^{program} \d+\.\d+\.\d+\n$")

    def test_has_services_completions_and_examples(self):
        for path in ("lib/systemd/system/oxd-agent.service",
                     "lib/systemd/system/oxd-collector.service", "lib/sysusers.d/oxd.conf",
                     "lib/tmpfiles.d/oxd.conf", "share/bash-completion/completions/oxctl"):
            self.assertTrue((self.prefix / path).is_file(), path)
        self.assertEqual(len(list(self.prefix.glob("share/doc/*/examples/*.toml"))), 2)

    @unittest.skipUnless(shutil.which("scdoc"), "manuals are built only where scdoc is")
    def test_has_manuals(self):
        for page in ("man8/oxd.8", "man1/oxctl.1", "man1/oxview.1", "man1/oxingest.1"):
            self.assertTrue((self.prefix / "share/man" / page).is_file(), page)

    @unittest.skipUnless(shutil.which("systemd-analyze"), "there is no systemd here")
    def test_has_services_that_systemd_understands(self):
        for service in ("oxd-agent.service", "oxd-collector.service"):
            lines = (self.prefix / "lib/systemd/system" / service).read_text().splitlines()
            # The configured prefix is not this one, and manuals are not looked up here.
            lines = [f"ExecStart={self.prefix}/bin/oxd --config /etc/oxd/x.toml"
                     if line.startswith("ExecStart=") else line
                     for line in lines if not line.startswith("Documentation=")]
            copy = self.prefix / service
            copy.write_text("\n".join(lines) + "\n", encoding="utf-8")
            done = subprocess.run(["systemd-analyze", "verify", "--man=no", copy], text=True,
                                  check=False, capture_output=True, timeout=60)
            self.assertEqual((done.returncode, done.stderr), (0, ""))


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    BUILD = pathlib.Path(sys.argv.pop(1)).resolve()
    unittest.main()
