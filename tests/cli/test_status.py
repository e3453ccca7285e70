# SPDX-License-Identifier: GPL-2.0-only
"""status and mode."""
from tool import KNOB, NOT_LOADED, FAILED, ToolTest

POLICY = "native device-nGnRE normal-nc [policy]\n"


class Status(ToolTest):
    def version(self):
        return self.gives("--version").out.split()[1]

    def test_version(self):
        """tool and module of different versions are told"""
        self.knob()
        self.assertRegex(self.gives("status").out,
                         rf"version +9.9 \(this tool is {self.version()}\)\n")
        self.put("sys/module/s2memattr/version", self.version() + "\n")
        self.assertRegex(self.gives("status").out, rf"version +{self.version()}\n")

    def test_unreadable(self):
        """a table that is not for this user is not an empty one"""
        self.knob(mode=POLICY)
        (self.root / KNOB / "policy").unlink()
        self.assertIsNone(self.json("status")["rules"])
        self.assertRegex(self.gives("status").out, r"rules +not for this user to read\n")

    def test_json(self):
        """status --json has every file's value"""
        self.knob(mode=POLICY, policy="normal-nc id=15b3:*\nnative\n", generation="7\n",
                  hook__armed="1\n", hook__missed="2\n", hook__state="armed\n",
                  hook__survival="off\n",
                  hook__coherent="not-needed\n", stats__faults="31\n", stats__coherent="4\n",
                  stats__alignment="5\n", last_error='mode: "x" is none of these\n')
        self.assertEqual(self.json("status"), {
            "loaded": True, "version": "9.9", "tool_version": self.version(), "mode": "policy",
            "in_force": True,
            "unaligned": "fault", "rules": 2, "generation": 7,
            "last_error": 'mode: "x" is none of these',
            "hook": {"transport": "ftrace", "state": "armed", "survival": "off",
                     "coherent": "not-needed", "fuse": "off", "site": "kvm_pgtable_stage2_map+0x94",
                     "armed": True, "missed": 2},
            "stats": {"alignment": 5, "blown": 0, "bus_errors": 0, "coherent": 4, "emulated": 0, "faults": 31, "kept": 0, "reconciled": 0,
                      "refused": 0, "retried": 0, "rewritten": 0}})

    def test_text(self):
        """status in words"""
        self.knob(mode=POLICY, hook__missed="2\n")
        out = self.gives("status").out
        self.assertRegex(out, r"mode +policy\n")
        self.assertRegex(out, r"unaligned +fault\n")
        self.assertRegex(out, r"hook +armed, ftrace at kvm_pgtable_stage2_map\+0x94\n")
        self.assertRegex(out, r"missed +2\n")
        self.assertRegex(out, r"coherent +off\n(.*\n)*counters\n(  .*\n)*  coherent +0\n")

    def test_json_not_loaded(self):
        """status --json without the module"""
        self.assertEqual(self.json("status", status=NOT_LOADED), {"loaded": False})


class Mode(ToolTest):
    def test_read(self):
        """mode reads"""
        self.knob(mode="native [device-nGnRE] normal-nc policy\n")
        self.gives("mode", out="device-nGnRE\n")
        self.assertEqual(self.json("mode"), {"mode": "device-nGnRE", "in_force": True})

    def test_not_in_force(self):
        """a mode in parentheses: every verb knows it, and none calls it in force"""
        self.knob(mode="native device-nGnRE (normal-nc) policy\n", hook__state="lost\n")
        self.put("etc/s2memattr.conf", "mode = normal-nc\n")
        self.put("run/s2memattr/layers", "mode normal-nc\nlayer file /etc/s2memattr.conf\n")
        self.gives("mode", out="normal-nc\n", err=".*not in force for all guests\n")
        self.assertEqual(self.json("mode", err=None), {"mode": "normal-nc", "in_force": False})
        self.assertFalse(self.json("status")["in_force"])
        self.assertRegex(self.gives("status").out, r"mode +normal-nc \(not in force for all guests\)\n")
        self.assertRegex(self.gives("metrics").out, r'(?m)^s2memattr_mode\{mode="normal-nc"\} 1$')
        self.assertRegex(self.gives("metrics").out, r"(?m)^s2memattr_mode_in_force 0$")
        self.assertRegex(self.gives("config", "status", status=FAILED).out,
                         "mode normal-nc is not in force for all guests\n")
        hook = next(f for f in self.json("doctor", status=FAILED) if f["check"] == "hook")
        self.assertEqual(hook["state"], "failure")
        self.pci("0000:00:06.0", bars=[(2, 0x10000000, 0x1000, 0x200)])
        self.gives("devices", err=".*mode normal-nc is not in force for all guests\n")
        self.gives("config", "apply")
        self.assertEqual(self.get(f"{KNOB}/mode"), "normal-nc")

    def test_not_in_force_yet(self):
        """guests are still following: the hook is there"""
        self.knob(mode="(native) device-nGnRE normal-nc policy\n", hook__state="armed\n")
        self.gives("mode", out="native\n", err=".*not in force for all guests\n")
        hook = next(f for f in self.json("doctor", status=None) if f["check"] == "hook")
        self.assertEqual(hook["state"], "warning")
        self.knob(mode="native device-nGnRE (normal-nc) policy\n", hook__state="armed\n")
        hook = next(f for f in self.json("doctor", status=None) if f["check"] == "hook")
        self.assertEqual(hook["state"], "warning")
        self.assertIn("not in force for all guests yet", hook["finding"])

    def test_write(self):
        """mode WORD writes the word as it is"""
        self.knob()
        self.gives("mode", "NORMAL_NC", out="")
        self.assertEqual(self.get(f"{KNOB}/mode"), "NORMAL_NC")

    def test_cannot_open(self):
        """a file that cannot be opened is not blamed on the last write"""
        self.knob(last_error="policy: something old\n")
        (self.root / KNOB / "policy").unlink()
        self.gives("policy", "show", status=FAILED, err=".*policy: No such file.*")


class Unaligned(ToolTest):
    def test_read(self):
        """unaligned reads"""
        self.knob(unaligned="fault [emulate]\n")
        self.gives("unaligned", out="emulate\n")
        self.assertEqual(self.json("unaligned"), {"unaligned": "emulate"})

    def test_write(self):
        """unaligned WORD writes the word as it is"""
        self.knob()
        self.gives("unaligned", "emulate", out="")
        self.assertEqual(self.get(f"{KNOB}/unaligned"), "emulate")

    def test_older_module(self):
        """a module without it"""
        self.knob()
        (self.root / KNOB / "unaligned").unlink()
        self.gives("unaligned", status=FAILED, err=".*unaligned: not understood.*")
        self.assertIsNone(self.json("status")["unaligned"])
