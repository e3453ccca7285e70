# SPDX-License-Identifier: GPL-2.0-only
"""The command line itself."""
import os
import pty
import re
import shutil
import subprocess

import tool
from tool import FAILED, NOT_LOADED, USAGE, ToolTest


class Usage(ToolTest):
    def test_no_verb(self):
        """without a verb it says what there is"""
        result = self.gives(status=USAGE, out="", err=None)
        for verb in ("status", "policy apply FILE", "config apply [FILE]"):
            self.assertIn(verb, result.err)

    def test_half_a_verb(self):
        """after the first word of two it says which may follow"""
        self.gives("policy", status=USAGE, err=".*comes one of show, check, apply, test .*")
        self.gives("config", "x", status=USAGE, err=r'.*"config x" is no verb.*check, apply.*')

    def test_help(self):
        """--help"""
        self.assertIn("usage: s2memattr", self.gives("--help").out)

    def test_version(self):
        """--version is the module's"""
        self.assertRegex(self.gives("--version").out, r"^s2memattr \d+\.\d+\.\d+\n$")

    def test_wrong(self):
        """wrong command lines end with 2 and one sentence"""
        for args in (["frobnicate"], ["policy"], ["policy", "frobnicate"], ["policy", "check"],
                     ["policy", "check", "a", "b"], ["mode", "native", "now"], ["status", "x"],
                     ["--pid", "0", "status"], ["--pid", "x", "status"], ["status", "--nope"],
                     ["status", "--count", "3"], ["load", "--json"], ["--count", "-1", "status"]):
            with self.subTest(args):
                result = self.gives(*args, status=USAGE, out="", err=".*")
                self.assertEqual(result.err.count("\n"), 1)
                self.assertTrue(result.err.startswith("s2memattr: "), result.err)

    def test_empty_words(self):
        """an empty word is no word: nothing is written, nothing is loaded"""
        self.knob()
        for args in (["mode", ""], ["load", ""], ["policy", "test", ""], ["policy", "check", ""],
                     ["explain", "", "normal-nc"], [""]):
            with self.subTest(args):
                self.gives(*args, status=USAGE, out="", err="s2memattr: .* empty .*\n")
        self.assertEqual(self.get("sys/kernel/s2memattr/mode"),
                         "[native] device-nGnRE normal-nc policy\n")

    def test_root(self):
        """--root is honoured, or refused by what acts on the running kernel"""
        self.knob()
        for args in (["load"], ["load", "mode=native"], ["unload"]):
            self.gives(*args, status=FAILED, out="", err=".*running kernel.*--root.*")
            self.gives("--root", str(self.root), *args, env={"S2MEMATTR_ROOT": ""},
                       status=FAILED, out="", err=".*running kernel.*")
        # What a script says whose variable was not set: not the running system.
        self.gives("--root", "", "mode", "native", status=USAGE, out="", err=".*--root is empty.*")
        self.gives("--root", "/nowhere", "status", status=USAGE, out="",
                   err=".*/nowhere: no such directory.*")

    def test_all_verbs_know_root(self):
        """no verb looks at the real system when it is given another"""
        source = (tool.ABI.parents[2] / "src/cli/main.c").read_text(encoding="utf-8")
        for words, run in re.findall(r'{ "([a-z ]+)", .*\n\t  (cli_\w+),', source):
            files = [path for path in (tool.ABI.parents[2] / "src/cli").glob("*.c")
                     if re.search(rf"(?m)^int {run}\(", path.read_text(encoding="utf-8"))]
            self.assertEqual(len(files), 1, words)
            opens = re.findall(r'(?:open|fopen|opendir)\("(/[^"]*)"',
                               files[0].read_text(encoding="utf-8"))
            self.assertEqual(opens, [], words)

    def test_not_loaded(self):
        """verbs that need the module end with 3 without it"""
        self.put("rules", "native\n")
        rules = str(self.root / "rules")
        for args in (["status"], ["mode"], ["mode", "native"], ["policy", "show"],
                     ["policy", "apply", rules], ["config", "apply", rules]):
            with self.subTest(args):
                self.gives(*args, status=NOT_LOADED, out="", err=".*is not loaded.*")

    def test_full_disk(self):
        """a full disk is an error"""
        self.knob()
        for args in (["status"], ["status", "--json"], ["--help"], ["--version"], ["doctor"]):
            with open("/dev/full", "w", encoding="utf-8") as full:
                done = subprocess.run([tool.PROGRAM, *args], stdout=full, stderr=subprocess.PIPE,
                                      env={"S2MEMATTR_ROOT": str(self.root)}, check=False)
            self.assertEqual(done.returncode, FAILED)
            self.assertIn(b"No space", done.stderr)

    def test_closed_files(self):
        """standard files that are closed: told, and nothing goes into other files"""
        self.knob(policy="native\n")
        self.put("etc/s2memattr.conf", "native bar=1\nnormal-nc phys=0-0xfff\n")
        rules = str(self.put("rules", "native bar=2\n"))
        for args in (["status"], ["--help"], ["policy", "show"], ["watch"], ["metrics"],
                     ["layer", "set", "vm1", rules], ["layer", "set", "vm2", "-"],
                     ["policy", "apply", "/nowhere"], ["config", "check"], ["config", "apply"],
                     ["layer", "list"], ["policy", "check", "-"]):
            for closed in ((0,), (1,), (2,), (0, 1), (1, 2), (0, 1, 2)):
                says = args[0] in ("status", "--help", "watch", "metrics") or \
                    args[-1] in ("show", "check", "list")
                with self.subTest((args, closed)):
                    done = subprocess.run([tool.PROGRAM, *args], stdin=subprocess.DEVNULL,
                                          stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                          env={"S2MEMATTR_ROOT": str(self.root)}, check=False,
                                          preexec_fn=lambda fds=closed: list(map(os.close, fds)))
                    if 1 in closed and says:
                        self.assertEqual(done.returncode, FAILED)
                    if 0 in closed and "-" in args:
                        self.assertEqual(done.returncode, FAILED)
                    self.assertEqual(self.get("run/s2memattr/layers.lock")
                                     if (self.root / "run/s2memattr/layers.lock").exists() else "",
                                     "")
                    for path in tool.documented():
                        self.assertNotIn("s2memattr", self.get(f"{tool.KNOB}/{path}"), path)

    def test_rehearse(self):
        """rehearse is a program of its own, and where it is not installed that is said"""
        said = "s2memattr: nothing was rehearsed: it is not installed .*-rehearse.*\n"
        for args in ([], ["--help"], ["--json", "6.1"], ["--root", "/x", "6.1"], [""]):
            with self.subTest(args):
                self.gives("rehearse", *args, status=USAGE, out="", err=said)
        self.gives("--root", "/x", "rehearse", "6.1", status=USAGE, out="", err=".*no such directory.*")
        self.gives("--root", "/", "rehearse", "6.1", status=USAGE, out="", err=".*its own --root.*")

    def test_rehearse_is_found(self):
        """rehearse is found from where the tool is, gets every word as it is, and its status counts"""
        place = self.root / "usr/sbin/s2memattr"
        place.parent.mkdir(parents=True)
        shutil.copy(tool.PROGRAM, place)
        program = self.put("usr/libexec/s2memattr/rehearse/__main__.py",
                           "#!/bin/sh\nprintf '[%s]' \"$@\"\nexit 3\n")
        program.chmod(0o755)
        done = subprocess.run([place, "rehearse", "--json", "a b", ""], capture_output=True,
                              text=True, check=False)
        self.assertEqual((done.returncode, done.stdout), (3, "[--json][a b][]"))

    def on_terminal(self, **env):
        master, slave = pty.openpty()
        subprocess.run([tool.PROGRAM, "status"], stdout=slave, check=True,
                       env={"S2MEMATTR_ROOT": str(self.root), **env})
        text = os.read(master, 65536)
        os.close(master)
        os.close(slave)
        return text

    def test_colours(self):
        """colours on a terminal and nowhere else"""
        self.knob()
        self.assertIn(b"\033[", self.on_terminal())
        self.assertNotIn(b"\033[", self.on_terminal(NO_COLOR="1"))
        self.assertNotIn("\033", self.gives("status").out)
