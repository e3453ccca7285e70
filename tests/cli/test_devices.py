# SPDX-License-Identifier: GPL-2.0-only
"""devices, policy test, mappings, explain."""
from tool import FAILED, NOT_LOADED, OK, USAGE, KNOB, ToolTest

MEM, MEM64_PREFETCH, IO, UNSET = 0x40200, 0x14220c, 0x40101, 0x20040200
POLICY = "native device-nGnRE normal-nc [policy]\n"


class Bars(ToolTest):
    def setUp(self):
        super().setUp()
        self.pci("0000:00:06.0", bars=[(0, 0x10001000, 0x100, MEM),
                                       (2, 0x8000400000, 0x400000, MEM64_PREFETCH)])
        self.pci("0000:00:07.0", ids="15b3:101b:15b3:0001", cls=0x020000, driver="mlx5_core",
                 bars=[(0, 0x8100000000, 0x2000000, MEM64_PREFETCH), (4, 0x1000, 0x20, IO)])
        self.pci("0001:81:00.1", ids="1234:1111:1af4:1100", driver=None,
                 bars=[(1, 0, 0x1000, UNSET), (3, 0x20000000, 0x4000, MEM)])

    def answers(self, *args, **more):
        """{(device, bar): [(type, rule)...]} of what is printed."""
        return {(bar["device"], bar["bar"]): [(part["type"], part["rule"])
                                              for part in bar["answers"]]
                for bar in self.json(*args, **more)}


class Devices(Bars):
    def test_native(self):
        """every memory BAR that has an address, and no other"""
        self.knob()
        answers = self.answers("devices")
        self.assertEqual(answers, {bar: [("native", None)] for bar in (
            ("0000:00:06.0", 0), ("0000:00:06.0", 2), ("0000:00:07.0", 0), ("0001:81:00.1", 3))})

    def test_facts(self):
        """what is known of a BAR"""
        self.knob()
        bar = self.json("devices")[1]
        del bar["answers"], bar["name"]
        self.assertEqual(bar, {"device": "0000:00:06.0", "id": "1af4:1110", "driver": "vfio-pci",
                               "bar": 2, "start": "0x8000400000", "end": "0x80007fffff",
                               "size": 0x400000, "prefetchable": True})

    def test_modes(self):
        """the mode answers for all of them"""
        for word, mode in (("device-nGnRE", "native [device-nGnRE] normal-nc policy\n"),
                           ("normal-nc", "native device-nGnRE [normal-nc] policy\n")):
            self.knob(mode=mode, policy="native\n")
            self.assertEqual(set(map(tuple, self.answers("devices").values())),
                             {((word, None),)})

    def test_table(self):
        """in mode policy the table answers"""
        self.knob(mode=POLICY, policy="normal-nc id=15b3:* prefetch=1\ndevice-GRE class=0500xx"
                  " bar=2\nnative pci=*:81:*.1\n")
        self.assertEqual(self.answers("devices"), {
            ("0000:00:06.0", 0): [("native", None)], ("0000:00:06.0", 2): [("device-GRE", 2)],
            ("0000:00:07.0", 0): [("normal-nc", 1)], ("0001:81:00.1", 3): [("native", 3)]})

    def why(self, *args, **more):
        """As answers(): (type, wanted, why)."""
        return {(bar["device"], bar["bar"]): [(part["type"], part["wanted"], part["why"])
                                              for part in bar["answers"]]
                for bar in self.json(*args, **more)}

    def test_erratum(self):
        """what an erratum of the host forbids is not granted, unless by force=1"""
        self.pci("000c:00:01.0", ids="1def:e100:0000:0000", cls=0x060400, driver=None)
        rules = "normal-nc bar=0\ndevice-GRE bar=2\ndevice-nGnRE\n"
        self.knob(mode=POLICY, policy=rules)
        wanted = {("0000:00:06.0", 0): [("native", "normal-nc", "erratum")],
                  ("0000:00:06.0", 2): [("native", "device-GRE", "erratum")],
                  ("0000:00:07.0", 0): [("native", "normal-nc", "erratum")],
                  ("0001:81:00.1", 3): [("device-nGnRE", "device-nGnRE", "rule")]}
        self.assertEqual(self.why("devices"), wanted)
        self.assertEqual(self.why("policy", "test", "*:*:*.*", "--file", "-", stdin=rules),
                         wanted)
        self.assertRegex(self.gives("policy", "test", "00:07.0").out,
                         r"native  rule 1: normal-nc bar=0  \(normal-nc is not granted: erratum\)")
        self.knob(mode="native device-nGnRE [normal-nc] policy\n")
        self.assertEqual(set(map(tuple, self.why("devices").values())),
                         {(("native", "normal-nc", "erratum"),)})
        self.put("sys/module/s2memattr/parameters/force", "Y\n")
        self.assertEqual(set(map(tuple, self.why("devices").values())),
                         {(("normal-nc", "normal-nc", "mode"),)})

    def test_text(self):
        """a line for each"""
        self.knob(mode=POLICY, policy="normal-nc phys=0x8000400000-0x8000400fff\n")
        lines = self.gives("devices").out.splitlines()
        self.assertEqual(len(lines), 5)
        self.assertRegex(lines[2], r"^0000:00:06.0 +2 +4M yes +vfio-pci +several +- ")
        self.assertRegex(lines[4], r"^0001:81:00.1 +3 +16K no +- +native +- ")

    def test_not_loaded(self):
        """without the module there is no answer"""
        self.gives("devices", status=NOT_LOADED, err=".*not loaded.*")


class PolicyTest(Bars):
    def test_parts(self):
        """a rule for a part of a BAR cuts it, to the page"""
        rules = "device-nGnRE phys=0x8000405010-0x80004060ff\nnormal-nc\n"
        bars = self.json("policy", "test", "00:06.0", "--file", "-", stdin=rules)
        self.assertEqual([(part["start"], part["end"], part["type"], part["rule"])
                          for part in bars[1]["answers"]],
                         [("0x8000400000", "0x8000404fff", "normal-nc", 2),
                          ("0x8000405000", "0x8000406fff", "device-nGnRE", 1),
                          ("0x8000407000", "0x80007fffff", "normal-nc", 2)])
        self.assertEqual(bars[1]["answers"][0]["text"], "normal-nc")

    def test_rules_apart(self):
        """parts with one type but two rules stay two"""
        rules = "normal-nc phys=0x8000400000-0x8000400fff\nnormal-nc\n"
        self.assertEqual(self.answers("policy", "test", "00:06.0", "--file", "-", stdin=rules)
                         [("0000:00:06.0", 2)], [("normal-nc", 1), ("normal-nc", 2)])

    def test_live(self):
        """the table in force answers, whatever the mode"""
        self.knob(policy="device-GRE bar=2\n")
        answers = self.answers("policy", "test", "0000:00:06.0",
                               err=".*mode is native: the table does not decide now\n")
        self.assertEqual(answers, {("0000:00:06.0", 0): [("native", None)],
                                   ("0000:00:06.0", 2): [("device-GRE", 1)]})

    def test_wb(self):
        """normal-wb is not granted to what vfio-pci maps"""
        self.assertEqual(self.answers("policy", "test", "00:07.0", "--file", "-",
                                      stdin="normal-wb\n"),
                         {("0000:00:07.0", 0): [("native", 1)]})

    def test_address(self):
        """an address means what it means in a rule: no domain is domain 0"""
        self.pci("0001:00:06.0", bars=[(2, 0x9000400000, 0x400000, MEM64_PREFETCH)])
        args = ("policy", "test")
        for address, devices in (("00:06.0", {"0000:00:06.0"}), ("0001:00:06.0", {"0001:00:06.0"}),
                                 ("*:00:06.0", {"0000:00:06.0", "0001:00:06.0"}),
                                 ("0:*:7.*", {"0000:00:07.0"})):
            with self.subTest(address):
                found = self.answers(*args, address, "--file", "-", stdin="native\n")
                self.assertEqual({device for device, _ in found}, devices)
                rule = self.answers(*args, "*:*:*.*", "--file", "-",
                                    stdin=f"device-nGnRE pci={address}\n")
                self.assertEqual({device for (device, _), parts in rule.items()
                                  if parts[0][0] == "device-nGnRE"}, devices)
        self.gives(*args, "81:00.1", "--file", "-", stdin="native\n", status=FAILED,
                   err=".*no such PCI device.*")
        for address in ("06.0", "00:06.0 bar=2", "00:06.0#", "0000:00:06"):
            self.gives(*args, address, "--file", "-", stdin="native\n", status=USAGE, out="",
                       err=".*is not .*\n")

    def process(self, groups="0::/machine/one\n"):
        self.put("proc/812/status", "Name:\tqemu\nTgid:\t812\nUid:\t0\t1000\t0\t0\n")
        self.put("proc/812/comm", "qemu-system-aar\n")
        self.put("proc/812/cgroup", groups)

    def test_process(self):
        """rules about processes, for one process and for any"""
        self.process()
        for key in ("uid=1000", "pid=812", "comm=qemu-system-aar", "cgroup=/machine"):
            rules = f"normal-nc {key}\ndevice-nGnRE\n"
            args = ("policy", "test", "00:07.0", "--file", "-")
            with self.subTest(key):
                bar = self.json(*args, stdin=rules)[0]["answers"][0]
                self.assertEqual((bar["type"], bar["asks_process"]), ("device-nGnRE", True))
                bar = self.json(*args, "--pid", "812", stdin=rules)[0]["answers"][0]
                self.assertEqual((bar["type"], bar["asks_process"]), ("normal-nc", False))

    def test_groups(self):
        """the group is that of the v2 hierarchy"""
        for groups, kind in (("1:name=x:/machine\n0::/other\n", "native"),
                             ("3:cpu:/x\n0::/machine\n", "normal-nc"), ("0::/\n", "native"),
                             ("0::/machine-x\n", "native"), ("", "native")):
            self.process(groups)
            self.assertEqual(self.answers("policy", "test", "00:07.0", "--file", "-", "--pid",
                                          "812", stdin="normal-nc cgroup=/machine\n")
                             [("0000:00:07.0", 0)][0][0], kind, groups)

    def test_wrong(self):
        """no such device, process, file, table"""
        args = ("policy", "test")
        self.gives(*args, "00:1f.0", "--file", "-", stdin="native\n", status=FAILED,
                   err=".*no such PCI device.*")
        self.gives(*args, "what", "--file", "-", stdin="native\n", status=USAGE, err=".*what.*")
        self.gives(*args, "00:06.0", "--file", "-", "--pid", "99", stdin="", status=FAILED,
                   err=".*no process 99\n")
        self.gives(*args, "00:06.0", "--file", "/nowhere", status=FAILED, err=".*No such file.*")
        self.gives(*args, "00:06.0", "--file", "-", stdin="x\n", status=FAILED, err=".*line 1.*")
        self.gives(*args, "00:06.0", status=NOT_LOADED, err=".*not loaded.*")

    def test_text(self):
        """in words: the rule that decided"""
        out = self.gives("policy", "test", "00:07.0", "--file", "-",
                         stdin="normal-nc uid=5\ndevice-GRE id=15b3:*\n").out
        self.assertRegex(out, r"device-GRE  rule 2: device-GRE id=15b3:\*  \(rules about")


class Mappings(ToolTest):
    LINES = ("pid=812 ipa=0x800000000 size=0x400000 phys=0x8000400000 leaf=0x200000 level=2"
             " type=normal-nc dev=0000:00:06.0 bar=2 rule=3\n"
             "pid=7 ipa=0x10000000 size=0x3000 phys=0x9000000 leaf=0x1000 level=3"
             " type=device-nGnRE dev=- bar=- rule=-\n")
    BUSY = ("pid=9 ipa=0x20000000 size=0x1000 phys=0xa000000 leaf=0x1000 level=3"
             " type=device-nGnRE dev=- bar=- rule=?\n")

    def test_json(self):
        """each line of the kernel, with the process's name"""
        self.knob(mappings=self.LINES + self.BUSY)
        self.put("proc/812/comm", "qemu \"x\"\n")
        self.assertEqual(self.json("mappings"), [
            {"pid": 812, "process": 'qemu "x"', "ipa": "0x800000000", "size": 4194304,
             "phys": "0x8000400000", "leaf_size": 2097152, "level": 2, "type": "normal-nc",
             "device": "0000:00:06.0", "bar": 2, "rule": 3, "rule_known": True},
            {"pid": 7, "process": None, "ipa": "0x10000000", "size": 12288,
             "phys": "0x9000000", "leaf_size": 4096, "level": 3, "type": "device-nGnRE",
             "device": None, "bar": None, "rule": None, "rule_known": True},
            {"pid": 9, "process": None, "ipa": "0x20000000", "size": 4096,
             "phys": "0xa000000", "leaf_size": 4096, "level": 3, "type": "device-nGnRE",
             "device": None, "bar": None, "rule": None, "rule_known": False}])

    def test_text(self):
        """as a list"""
        self.knob(mappings=self.LINES + self.BUSY)
        lines = self.gives("mappings").out.splitlines()
        self.assertEqual(len(lines), 4)
        self.assertRegex(lines[2], r"^ +7 .* - +- +-$")
        self.assertRegex(lines[3], r"^ +9 .* - +- +\?$")
        self.assertRegex(lines[1], r"^ +812 - +0x800000000 +4M 0x8000400000 +normal-nc +2M 0000")

    def test_none(self):
        """none, and none to be had, are two things"""
        self.knob(mappings="")
        self.assertEqual(self.json("mappings"), [])
        self.knob(mappings="# this kernel offers no kvm_vm_ioctl to find VMs by\n")
        self.assertEqual(self.json("mappings", status=FAILED, err=".*kvm_vm_ioctl.*"), [])

    def test_old_module(self):
        """a module without that file"""
        self.knob()
        (self.root / KNOB / "mappings").unlink()
        self.gives("mappings", status=FAILED, err=".*mappings: No such file.*")


class Explain(ToolTest):
    def types(self, *args):
        return [effect["type"] for effect in self.json("explain", *args)["effects"]]

    def test_types(self):
        """what comes out, without and with FEAT_S2FWB"""
        for s1, s2, without, fwb in (
                ("normal-nc", "device-nGnRE", "device-nGnRE", "device-nGnRE"),
                ("NORMAL_NC", "normal-nc", "normal-nc", "normal-nc"),
                ("device-nGnRnE", "normal-nc", "device-nGnRnE", "device-nGnRnE"),
                ("normal-wb", "device_gre", "device-GRE", "device-GRE"),
                ("device-nGnRE", "normal-wb", "device-nGnRE", "normal-wb"),
                ("normal-nc", "stage-1", None, "normal-nc")):
            with self.subTest((s1, s2)):
                self.assertEqual(self.types(s1, s2), [without, fwb])

    def test_permits(self):
        """what it means for accesses"""
        effect = self.json("explain", "normal-nc", "device-GRE")["effects"][0]
        self.assertEqual(effect["permits"], ["early-ack", "reordering", "gathering"])

    def test_text(self):
        """in words"""
        out = self.gives("explain", "normal-nc", "device-nGnRE", status=OK).out
        self.assertRegex(out, r"without FEAT_S2FWB: device-nGnRE, outer-shareable; permits early")

    def test_wrong(self):
        """words that are no types"""
        self.gives("explain", "normal", "normal-nc", status=FAILED, err='.*"normal" is no stage-1.*')
        self.gives("explain", "normal-nc", "nc", status=FAILED, err='.*"nc" is no stage-2.*')
