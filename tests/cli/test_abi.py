# SPDX-License-Identifier: GPL-2.0-only
"""Every file of the module is known to the tool and told of in the manual.

docs/ABI says which there are; tests/cases/abi.sh holds that against a real kernel.
"""
import re

from tool import ABI, KNOB, ToolTest, documented

MANUAL = ABI.parents[1] / "man/s2memattr.4"


class Abi(ToolTest):
    def test_tree(self):
        """the tree of these tests has all documented files and no other"""
        self.knob()
        tree = self.root / KNOB
        self.assertEqual(sorted(documented()),
                         sorted(str(path.relative_to(tree)) for path in tree.rglob("*")
                                if path.is_file()))

    def test_status(self):
        """status has each hook and counter, in JSON and in words"""
        self.knob()
        status, words = self.json("status"), self.gives("status").out
        for path in documented():
            group, _, name = path.rpartition("/")
            if not group:
                continue
            self.assertIsNotNone(status[group].get(name), path)
            value = str(status[group][name])
            if name == "armed":
                continue  # in words, a part of the hook's state
            self.assertRegex(words, rf"(?m)^ *({name} +|hook .*){re.escape(value)}", path)

    def test_metrics(self):
        """metrics have each hook and counter, and say what it is"""
        self.knob()
        text = self.gives("metrics").out
        for path in documented():
            group, _, name = path.rpartition("/")
            if group == "stats":
                self.assertRegex(text, rf"(?m)^s2memattr_{name}_total 0$", path)
                self.assertRegex(text, rf"(?m)^# HELP s2memattr_{name}(?:_total)? (?!Counted by)", path)
            elif group == "hook":
                self.assertRegex(text, rf"(?m)^s2memattr_(hook_{name}[{{_ ]|build_info.*\b{name}=)",
                                 path)

    def test_manual(self):
        """s2memattr(4) tells of each file and each parameter of the module"""
        words = set(re.split(r"[\s,]+", MANUAL.read_text(encoding="utf-8")))
        for path in documented():
            self.assertIn(path, words)
        for line in ABI.read_text(encoding="utf-8").splitlines():
            if line.startswith("What:") and "/parameters/" in line:
                self.assertIn(line.rpartition("/")[2], words)
