# SPDX-License-Identifier: GPL-2.0-only
"""policy show, check, apply, and the configuration file."""
import os

from tool import FAILED, KNOB, OK, ToolTest

RULES = "NORMAL_NC id=15B3:* prefetch=1 # mlx5\n\ndevice-nGnRE pci=81:00.0\n"
CANONICAL = "normal-nc id=15b3:* prefetch=1\ndevice-nGnRE pci=0000:81:00.0\n"


class Check(ToolTest):
    def file(self, text):
        return str(self.put("rules", text))

    def test_good(self):
        """a good table, without the module"""
        name = self.file(RULES)
        self.gives("policy", "check", name, out=f"{name}: 2 rules, no error\n")
        self.assertEqual(self.json("policy", "check", name),
                         {"file": name, "valid": True, "rules": 2})

    def test_bad(self):
        """a bad table: its line and its word"""
        name = self.file("native\nnormal-nc prefetsh=1\n")
        self.gives("policy", "check", name, status=FAILED, out="",
                   err='s2memattr: .*rules: line 2: "prefetsh" is not a key.*')
        answer = self.json("policy", "check", name, status=FAILED)
        self.assertEqual((answer["valid"], answer["line"]), (False, 2))
        self.assertIn("prefetsh", answer["error"])

    def test_endless(self):
        """a file without an end is no table"""
        self.gives("policy", "check", "/dev/zero", status=FAILED, err=".*File too large\n")
        self.gives("config", "check", "/dev/zero", status=FAILED, err=".*File too large\n")
        rules = self.put("rules", "")
        for size, words in ((64 << 20, "line 1: .*"), ((64 << 20) + 1, "File too large")):
            os.truncate(rules, size)
            self.gives("policy", "check", str(rules), status=FAILED, err=f".*{words}\n")

    def test_keys_as_words(self):
        """keys are read as words are: in any case"""
        self.knob()
        self.gives("policy", "apply", "-", stdin="Normal_NC PREFETCH=1 Driver=vfio-pci\n")
        self.assertEqual(self.get(f"{KNOB}/policy"), "normal-nc prefetch=1 driver=vfio-pci\n")
        self.gives("policy", "check", "-", stdin="native bar=1 BAR=2\n", status=FAILED,
                   err=".*bar is given twice\n")

    def test_matches_nothing(self):
        """a rule that loosens and can match nothing is refused"""
        for rule, words in (("normal-nc driver=vfio-platform", "only by phys="),
                            ("device-GRE driver=vfio-amba phys=0x1000-0x1fff", "without driver="),
                            ("normal-wb pgprot=normal-nc phys=0x1000-0x1fff", "cacheable")):
            self.gives("policy", "check", "-", stdin=f"native bar=1\n{rule}\n", status=FAILED,
                       out="", err=f".*line 2: .*{words}.*")
        self.gives("policy", "check", "-", stdin="device-nGnRE driver=vfio-platform\n",
                   out="-: 1 rule, no error\n")

    def test_remark(self):
        """normal-wb without an address is most likely not what is meant"""
        rules = "native bar=1\nnormal-wb driver=nvgrace-gpu-vfio-pci\n"
        self.gives("policy", "check", "-", stdin=rules, out="-: 2 rules, no error\n",
                   err=".*rule 2: .*phys= names it\n")
        answer = self.json("policy", "check", "-", stdin=rules)
        self.assertEqual([remark["rule"] for remark in answer["remarks"]], [2])
        self.gives("policy", "check", "-", stdin="normal-wb phys=0x1000-0x1fff\n",
                   out="-: 1 rule, no error\n")

    def test_stdin(self):
        """a table from stdin"""
        self.gives("policy", "check", "-", stdin="native bar=1\n", out="-: 1 rule, no error\n")
        self.gives("policy", "check", "-", stdin="nativ\n", status=FAILED, err=".*line 1.*")

    def test_absent(self):
        """a file that is not there"""
        self.gives("policy", "check", "/nowhere", status=FAILED, err=".*No such file.*\n")
        self.assertEqual(self.json("policy", "check", "/nowhere", status=FAILED)["line"], 0)

    def test_bytes(self):
        """bytes that are no text"""
        self.put("rules", b"native comm=\xff\xfe\n\x00")
        name = str(self.root / "rules")
        self.gives("policy", "check", name, status=FAILED, err=".*line 2.*")
        self.assertFalse(self.json("policy", "check", name, status=FAILED)["valid"])


class Live(ToolTest):
    def test_show(self):
        """policy show prints a table that can be read again"""
        self.knob(policy=CANONICAL)
        self.gives("policy", "show", out=CANONICAL)
        self.gives("policy", "check", "-", stdin=CANONICAL, out="-: 2 rules, no error\n")

    def test_show_json(self):
        """policy show --json: rules, types, hits"""
        self.knob(policy="normal-nc id=15b3:*\nnative comm=%ff\n",
                  policy_hits="12 normal-nc id=15b3:*\n3 native comm=%ff\n4 (no rule)\n")
        self.assertEqual(self.json("policy", "show"), {"no_rule_hits": 4, "rules": [
            {"rule": 1, "type": "normal-nc", "text": "normal-nc id=15b3:*", "hits": 12,
             "layer": None},
            {"rule": 2, "type": "native", "text": "native comm=?", "hits": 3, "layer": None}]})

    def test_apply(self):
        """policy apply: one write of the canonical table"""
        self.knob()
        self.gives("policy", "apply", str(self.put("rules", RULES)), out="")
        self.assertEqual(self.get(f"{KNOB}/policy"), CANONICAL)
        self.assertEqual(self.get(f"{KNOB}/policy_stage"), "")

    def test_apply_bad(self):
        """policy apply of a bad table writes nothing"""
        self.knob(policy="native\n")
        self.gives("policy", "apply", "-", stdin="native\nrubbish\n", status=FAILED,
                   err=".*line 2.*rubbish.*")
        self.assertEqual(self.get(f"{KNOB}/policy"), "native\n")

    def test_apply_empty(self):
        """policy apply of no rules is a write all the same"""
        self.knob(policy="native\n")
        self.gives("policy", "apply", "-", stdin="# nothing\n")
        self.assertEqual(self.get(f"{KNOB}/policy"), "\n")

    def test_apply_large(self):
        """policy apply of a large table stages and commits it"""
        self.knob(policy="native\n")
        rules = "".join(f"normal-nc phys=0x{i:x}000-0x{i:x}fff\n" for i in range(4096, 14096))
        self.gives("policy", "apply", "-", stdin=rules)
        self.assertEqual(self.get(f"{KNOB}/policy_stage"), rules)
        self.assertEqual(self.get(f"{KNOB}/policy_commit"), "1")
        self.assertEqual(self.get(f"{KNOB}/policy"), "native\n")

    def test_apply_page(self):
        """the longest table for one write has 4095 bytes"""
        self.knob()
        for size, staged in ((4095, False), (4096, True)):
            rules = "native comm=abcde\n" * 226
            rest = size - len(rules)
            rules += "native comm=" + "x" * (rest - 13) + "\n"
            self.assertEqual(len(rules), size)
            self.put(f"{KNOB}/policy_stage", "")
            self.gives("policy", "apply", "-", stdin=rules)
            self.assertEqual(self.get(f"{KNOB}/policy_stage") == rules, staged)


class Config(ToolTest):
    def config(self, text):
        self.put("etc/s2memattr.conf", text)

    def applied(self):
        return self.get(f"{KNOB}/mode"), self.get(f"{KNOB}/policy")

    def test_default_file(self):
        """config check reads /etc/s2memattr.conf"""
        self.config("# comment\nmode = normal_nc\n")
        self.gives("config", "check",
                   out="/etc/s2memattr.conf: mode normal-nc, unaligned fault, 0 rules, no error\n")

    def test_check_unaligned(self):
        """config check says what unaligned accesses get, and where that does nothing"""
        self.config("mode = device-nGnRE\nunaligned = Emulate\n")
        self.gives("config", "check", err="", out="/etc/s2memattr.conf: mode device-nGnRE, "
                                                  "unaligned emulate, 0 rules, no error\n")
        self.assertEqual(self.json("config", "check")["unaligned"], "emulate")
        self.config("unaligned = emulate\n")
        self.gives("config", "check", err=".*not carried out in mode native.*")
        self.config("unaligned = fault\n")
        self.gives("config", "check", err="")

    def test_spellings(self):
        """the ways to write the mode"""
        for line in ("mode=policy", "mode = policy", "mode\t=\tPOLICY # why", "  mode= policy",
                     "mode =policy\r", "Mode = Policy", "MODE=policy"):
            with self.subTest(line):
                self.config(f"native\n{line}\nnormal-nc bar=0\n")
                self.assertEqual(self.json("config", "check"),
                                 {"file": "/etc/s2memattr.conf", "valid": True, "mode": "policy",
                                  "unaligned": "fault", "rules": 2, "warnings": []})

    def test_default_mode(self):
        """without a mode it is policy if there are rules"""
        for text, mode in (("native bar=1\n", "policy"), ("# x\n", "native")):
            self.config(text)
            self.assertEqual(self.json("config", "check")["mode"], mode)

    def test_bad(self):
        """what is no configuration: the line, and nothing done"""
        self.knob(policy="native\n")
        for text, line, word in (
                ("mode = normal-wt\n", 1, "normal-wt"), ("mode\n", 1, "mode = WORD"),
                ("mode policy\n", 1, "mode = WORD"), ("mode =\n", 1, "mode = WORD"),
                ("mode x = policy\n", 1, "mode = WORD"),
                ("mode = policy native\n", 1, "mode = WORD"),
                ("mode = native\n\nmode = native\n", 3, "line 1"),
                ("\nmode = native\nnative bar=7\n", 3, "7"), ("modes = native\n", 1, "modes"),
                ("mode = native \x01\n", 1, "control"), ("model=1\n", 1, "model"),
                ("native\nunaligned = maybe\n", 2, "fault, emulate"),
                ("unaligned\n", 1, "unaligned = WORD"),
                ("unaligned=fault\nunaligned=emulate\n", 2, "line 1")):
            with self.subTest(text):
                self.config(text)
                answer = self.json("config", "check", status=FAILED)
                self.assertEqual((answer["valid"], answer["line"]), (False, line))
                self.assertIn(word, answer["error"])
                self.gives("config", "apply", status=FAILED, err=f".*line {line}: .*")
        self.assertEqual(self.applied()[1], "native\n")
        self.assertIn("[native]", self.applied()[0])

    def test_absent(self):
        """no configuration file"""
        self.knob()
        self.gives("config", "apply", status=FAILED, err=".*s2memattr.conf: No such file.*")

    def test_apply(self):
        """config apply sets table and mode"""
        self.knob()
        self.config("normal-nc id=15b3:*\nmode = policy\n")
        self.gives("config", "apply", out="")
        self.assertEqual(self.applied(), ("policy", "normal-nc id=15b3:*\n"))

    def test_apply_unaligned(self):
        """config apply sets what unaligned accesses get, both ways"""
        self.knob()
        self.config("mode = device-nGnRE\nunaligned = emulate\n")
        self.gives("config", "apply", out="")
        self.assertEqual(self.applied(), ("device-nGnRE", "\n"))
        self.assertEqual(self.get(f"{KNOB}/unaligned"), "emulate")
        self.knob(unaligned="fault [emulate]\n")
        self.config("mode = device-nGnRE\n")
        self.gives("config", "apply", out="")
        self.assertEqual(self.get(f"{KNOB}/unaligned"), "fault")
        self.knob(unaligned="fault [emulate]\n")
        self.gives("config", "reset", out="")
        self.assertEqual(self.get(f"{KNOB}/unaligned"), "fault")

    def test_apply_older_module(self):
        """config apply with a module that does not have it, where it is not asked for"""
        self.knob()
        (self.root / KNOB / "unaligned").unlink()
        self.config("mode = device-nGnRE\nunaligned = fault\n")
        self.gives("config", "apply", out="")
        self.knob()
        (self.root / KNOB / "unaligned").unlink()
        self.config("mode = device-nGnRE\nunaligned = emulate\n")
        self.gives("config", "apply", status=FAILED, err=".*unaligned.*")

    def test_apply_file(self):
        """config apply FILE"""
        self.knob()
        self.gives("config", "apply", str(self.put("other", "mode=device-nGnRE\n")))
        self.assertEqual(self.applied(), ("device-nGnRE", "\n"))

    def test_reset(self):
        """config reset gives everything back"""
        self.knob(mode="native device-nGnRE normal-nc [policy]\n", policy="normal-nc\n")
        self.gives("config", "reset", out="")
        self.assertEqual(self.applied(), ("native", "\n"))

    def test_reset_not_loaded(self):
        """config reset without the module has nothing to do"""
        self.gives("config", "reset", status=OK, out="")
