# SPDX-License-Identifier: GPL-2.0-only
"""fuse list, fuse reset; and a blown fuse as other verbs tell of it."""
from tool import FAILED, KNOB, NOT_LOADED, USAGE, ToolTest

from test_devices import MEM64_PREFETCH, POLICY


class Fuses(ToolTest):
    LINES = ("dev=0000:01:00.0 since=1795870800 error=fatal by=0000:00:0b.0 phys=- rule=2 "
             "normal-nc comm=tenant fuse\n"
             "dev=0001:02:00.1 since=1795870801 error=cpu by=- phys=0x8000400000 rule=-\n"
             "dev=0000:7f:00.0 since=1795870802 error=unnamed by=- phys=- rule=1 native fuse\n")

    def test_list(self):
        """what is blown, since when and why"""
        self.knob(fuses=self.LINES)
        self.assertEqual(self.json("fuse", "list"), [
            {"device": "0000:01:00.0", "since": 1795870800, "error": "fatal",
             "by": "0000:00:0b.0", "phys": None, "rule": 2, "text": "normal-nc comm=tenant fuse"},
            {"device": "0001:02:00.1", "since": 1795870801, "error": "cpu", "by": None,
             "phys": "0x8000400000", "rule": None, "text": None},
            {"device": "0000:7f:00.0", "since": 1795870802, "error": "unnamed", "by": None,
             "phys": None, "rule": 1, "text": "native fuse"}])
        out = self.gives("fuse", "list", env={"TZ": "UTC"}).out
        self.assertEqual(out.splitlines()[1:], [
            "0000:01:00.0 2026-11-28 13:00:00 fatal    0000:00:0b.0      2  "
            "normal-nc comm=tenant fuse",
            "0001:02:00.1 2026-11-28 13:00:01 cpu      0x8000400000      -  "
            "mode normal-nc, fuse=1",
            "0000:7f:00.0 2026-11-28 13:00:02 unnamed  -                 1  native fuse"])

    def test_none(self):
        """none"""
        self.knob()
        self.assertEqual(self.json("fuse", "list"), [])
        self.assertEqual(len(self.gives("fuse", "list").out.splitlines()), 1)

    def test_unreadable(self):
        """a file that cannot be read is not an empty list"""
        self.knob()
        (self.root / KNOB / "fuses").unlink()
        self.gives("fuse", "list", status=FAILED, out="", err=".*fuses: No such file.*")
        self.gives("fuse", "reset", "all", status=FAILED, out="", err=".*fuses: No such file.*")

    def test_reset(self):
        """a word is written as it is; what it is, the kernel says"""
        self.knob(fuses=self.LINES)
        self.gives("fuse", "reset", "0000:01:00.0", out="")
        self.assertEqual(self.get(f"{KNOB}/fuses"), "0000:01:00.0")

    def test_usage(self):
        """arguments, and the module"""
        self.gives("fuse", status=USAGE, out="", err=".*after fuse comes one of list, reset.*")
        self.gives("fuse", "reset", status=USAGE, out="", err=".*usage: .*fuse reset DEVICE.*")
        for words in (("list",), ("reset", "all")):
            self.gives("fuse", *words, status=NOT_LOADED, out="", err=".*not loaded.*")

    def answers(self, *args, **more):
        return {bar["device"]: (bar["answers"][0]["type"], bar["answers"][0]["why"])
                for bar in self.json(*args, **more)}

    def test_devices(self):
        """a device whose fuse has blown, and another one, in each mode"""
        for address, start in (("0000:01:00.0", 0x8000000000), ("0000:02:00.0", 0x9000000000)):
            self.pci(address, bars=[(2, start, 0x400000, MEM64_PREFETCH)])
        for mode, blown, other in (
                (POLICY, ("device-nGnRE", "fuse"), ("normal-nc", "rule")),
                ("native device-nGnRE [normal-nc] policy\n", ("device-nGnRE", "fuse"),
                 ("normal-nc", "mode")),
                ("[native] device-nGnRE normal-nc policy\n", ("native", "mode"),
                 ("native", "mode"))):
            self.knob(mode=mode, policy="normal-nc fuse\n", fuses=self.LINES)
            self.assertEqual(self.answers("devices"),
                             {"0000:01:00.0": blown, "0000:02:00.0": other})
        self.knob(mode=POLICY, policy="normal-nc fuse\n", fuses=self.LINES)
        self.assertRegex(self.gives("devices").out, r"(?m)^0000:01:00.0 .* device-nGnRE +fuse ")
        self.assertRegex(self.gives("policy", "test", "01:00.0").out,
                         r"device-nGnRE  its fuse has blown\n")
        # What a table says of a device, and not what became of it.
        self.assertEqual(self.answers("policy", "test", "01:00.0", "--file", "-",
                                      stdin="normal-nc fuse\n"),
                         {"0000:01:00.0": ("normal-nc", "rule")})
