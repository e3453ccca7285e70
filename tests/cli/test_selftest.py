# SPDX-License-Identifier: GPL-2.0-only
"""selftest: what it says, by a VM and a kernel that can be made to lie."""
import json
import time
from pathlib import Path

from tool import FAILED, KNOB, OK, USAGE, ToolTest

UNTRIED = 3
FAKE = str(Path(__file__).with_name("fake_vm.py"))
NATIVE = "[native] device-nGnRE normal-nc policy\n"
POLICY = "native device-nGnRE normal-nc [policy]\n"
STATE = "run/s2memattr/layers"
PREFETCH, MEMORY = 0x2000, 0x200
DEVICE = "0000:00:06.0"


class Selftest(ToolTest):
    def setUp(self):
        super().setUp()
        self.put("proc/sys/kernel/arch", "aarch64\n")
        self.put("proc/sys/kernel/osrelease", "6.1.0-56-arm64\n")
        self.put("dev/kvm")
        self.put("dev/vfio/vfio")
        self.knob(mode=NATIVE)

    def device(self, address=DEVICE, driver="vfio-pci", flags=PREFETCH | MEMORY):
        self.pci(address, driver=driver, bars=[(2, 0x8000400000, 0x400000, flags)])
        self.put(f"sys/bus/pci/devices/{address}/iommu_group/type", "DMA\n")

    def run_fake(self, *args, wrong="", status=OK, more_env=None, **more):
        """Run it over the fake VM."""
        env = {"S2MEMATTR_VM": FAKE, "WRONG": wrong, **(more_env or {})}
        return self.gives("selftest", *args, status=status, env=env, **more)

    def fails(self, wrong, *lines, status=FAILED):
        """With this wrong, it says these things, among others, and puts everything back."""
        result = self.run_fake("--emulate", wrong=wrong, status=status)
        for line in lines:
            self.assertRegex(result.out, f"(?m)^{line}")
        self.assertEqual(self.get(f"{KNOB}/policy"), "\n")
        self.assertIn(self.get(f"{KNOB}/mode"), (NATIVE, "native"))
        self.assertEqual(self.get(STATE).count("layer"), 0)


class Shown(Selftest):
    def setUp(self):
        super().setUp()
        self.device()

    def test_all(self):
        """all is as it has to be: a line each, status 0, and nothing is left"""
        result = self.run_fake("--write", "--emulate")
        for line in ("module: version 9.9 is loaded, kernel 6.1.0", "hook: armed, at kvm_pg",
                     f"device: {DEVICE} .1af4:1110., BAR 2, 4M, prefetchable, opened by group",
                     "native: this kernel's KVM gives device-nGnRE, in leaves of 4K",
                     "device-nGnRE: stage 2 says so", "device-GRE: stage 2 says so",
                     "device-GRE: an unaligned load takes an alignment fault of the guest's own",
                     "normal-nc: an unaligned load works$", "switches: 10 in a row",
                     "unaligned: an unaligned load works, carried out by the module",
                     "counter: stored and read back", "native again: stage 2 says so",
                     "others: of 1 ranges .* 1 are there", "put back: mode native"):
            self.assertRegex(result.out, f"(?m)^ok {line}")
        self.assertNotRegex(result.out, "(?m)^(?!ok |$)")
        self.assertEqual(self.get(f"{KNOB}/policy"), "\n")
        self.assertEqual(self.get(f"{KNOB}/mode"), NATIVE)

    def test_table_kept(self):
        """a table and layers of somebody are there afterwards as before"""
        self.put(f"{KNOB}/mode", POLICY)
        self.put(f"{KNOB}/policy", "normal-nc bar=5\n")
        self.put(STATE, "layer set vm1\nnormal-nc bar=5\n")
        self.run_fake("--emulate")
        self.assertEqual(self.get(f"{KNOB}/policy"), "normal-nc bar=5\n")
        self.assertEqual(self.get(f"{KNOB}/mode"), POLICY)
        self.assertEqual(self.get(STATE), "layer set vm1\nnormal-nc bar=5\n")

    def test_json(self):
        """--json is one value with everything in it"""
        result = json.loads(self.run_fake("--write", "--bench", "--report", "--emulate",
                                          "--json").out)
        self.assertEqual(result["status"], 0)
        self.assertEqual({v["verdict"] for v in result["verdicts"]}, {"ok"})
        self.assertEqual((result["device"], result["bar"], result["native"]),
                         (DEVICE, 2, "device-nGnRE"))
        cells = result["bench"]["cells"]
        self.assertEqual(len(cells), 12 * 3 + 6 * 2)
        self.assertEqual({cell["ns"] for cell in cells}, {4000.0})
        self.assertEqual(len([cell for cell in cells if cell["emulated"]]), 6)
        self.assertEqual(result["machine"]["kernel"], "6.1.0-56-arm64")

    def test_bench(self):
        """--bench prints a table and draws it"""
        picture = self.root / "bench.svg"
        out = self.run_fake("--write", "--bench", "--emulate", "--svg", str(picture)).out
        self.assertRegex(out, r"(?m)^device +store +64 B +4000.0 +4000.0 +1.00x +4000.0 +1.00x$")
        self.assertRegex(out, r"(?m)^write-combining +load +4088 B odd +4000.0 +- +4000.0 +1.00x$")
        self.assertIn("Not measured", out)
        self.assertTrue(picture.read_text().startswith("<svg"))
        self.assertEqual(picture.read_text().count("<rect"), 1 + 48)
        self.run_fake("--write", "--bench", "--emulate", "--svg", "/nonexistent/x",
                      status=FAILED, err="s2memattr: /nonexistent/x: No such.*")

    def test_report(self):
        """--report tells of the machine, and not who it is"""
        self.put("sys/devices/system/cpu/cpu0/regs/identification/midr_el1", "0x411fd401\n")
        self.put("sys/devices/system/cpu/online", "0-71\n")
        self.put("sys/devices/soc0/machine", "A SoC\n")
        self.put("sys/class/dmi/id/product_name", "A Server\n")
        self.put("sys/class/dmi/id/product_serial", "SECRET\n")
        self.put("etc/os-release", 'NAME=x\nPRETTY_NAME="A System 12"\n')
        self.put("etc/hostname", "SECRET\n")
        self.put("proc/version", "Linux version 6.1.0 (SECRET@SECRET)\n")
        out = self.run_fake("--report", "--emulate").out
        for line in ("cpu +MIDR_EL1 0x411fd401, online 0-71", "soc +A SoC", "machine +A Server",
                     "system +A System 12", "kernel +6.1.0-56-arm64", "module +9.9, srcversion ",
                     r"hook +kvm_pgtable_stage2_map\+0x94, by ftrace", "kvm ", "fwb ", "errata "):
            self.assertRegex(out, f"(?m)^{line}")
        self.assertNotIn("SECRET", out)

    def test_fuse(self):
        """a device whose fuse has blown shows nothing, and is left alone"""
        self.put(f"{KNOB}/fuses", f"dev={DEVICE} since=1795870800 error=fatal by=0000:00:0b.0 phys=- rule=-\n")
        out = self.run_fake("--emulate", status=UNTRIED).out
        self.assertRegex(out, f"(?m)^untried fuse: the fuse of {DEVICE} has blown, .*s2memattr fuse reset")
        self.assertNotRegex(out, "(?m)^ok (native|normal-nc|put back)")
        self.assertFalse((self.root / STATE).exists())
        self.put(f"{KNOB}/fuses", "dev=0000:07:00.0 since=1795870800 error=fatal by=- phys=- rule=-\n")
        self.run_fake("--emulate")

    def test_mode_with_fuse(self):
        """the fuse of mode normal-nc stays everybody's while a rule stands for the mode"""
        for fuse, word in (("Y", "normal-nc fuse"), ("N", "normal-nc")):
            self.put(f"{KNOB}/mode", "native device-nGnRE [normal-nc] policy\n")
            self.put("sys/module/s2memattr/parameters/fuse", f"{fuse}\n")
            seen = self.root / f"seen.{fuse}"
            self.run_fake("--emulate", more_env={"SEEN": str(seen)})
            self.assertEqual({line for line in seen.read_text().splitlines() if " pid=" not in line}, {word})

    def test_beside(self):
        """beside a VM with device memory, unaligned is not changed unless asked for"""
        self.put("proc/77/comm", "qemu\n")
        self.put(f"{KNOB}/mappings", "pid=77 ipa=0x800000000 size=0x1000 phys=0x99000000 "
                 "leaf=0x1000 level=3 type=device-nGnRE dev=0000:00:07.0 bar=2 rule=-\n")
        out = self.run_fake(status=UNTRIED).out
        self.assertRegex(out, "(?m)^untried unaligned: .*process 77 .*--emulate")
        self.assertEqual(out.count("untried"), 1)


class Wrong(Selftest):
    def setUp(self):
        super().setUp()
        self.device()

    def test_hook(self):
        """a hook that is lost"""
        self.fails("hook", "FAIL hook: lost")

    def test_type(self):
        """a type in the tables that is another one"""
        self.fails("type", "FAIL device-GRE: stage 2 says device-nGnRE", "ok normal-nc: stage 2")

    def test_view(self):
        """a type in the tables that the guest does not see"""
        self.fails("view", "FAIL normal-nc: an unaligned load takes an alignment fault")

    def test_value(self):
        """an unaligned load of another value"""
        self.fails("value", "FAIL normal-nc: an unaligned load gives 0x0, which has to be 0x11443322")

    def test_survival(self):
        """an alignment fault that ends the VM"""
        self.fails("survival", "FAIL device-nGnRE: an unaligned load ends the VM: hook/survival is")

    def test_uncounted(self):
        """something else than the module carries accesses out"""
        self.fails("uncounted", "FAIL unaligned: stats/emulated does not count it")

    def test_lost(self):
        """a load that was lost in a switch"""
        self.fails("lost", "FAIL normal-nc: a switch under the running guest: .* 1$")

    def test_dies(self):
        """a VM that does not survive"""
        self.fails("dies", "FAIL normal-nc: a switch under the running guest: the VM has ended")

    def test_others(self):
        """a mapping of another VM that changes"""
        self.fails("others", "FAIL others: the VM of process 77 had device-nGnRE at 0x800000000 and has normal-nc")

    def test_blind(self):
        """a CPU that lets a guest see no type"""
        self.fails("blind", "untried guest's view: .*QEMU before 9.0", status=UNTRIED)

    def test_refused(self):
        """a BAR that does not answer"""
        self.fails("refused", "untried BAR: a load does not work .*--offset", status=UNTRIED)

    def test_killed(self):
        """killed: its watcher puts everything back"""
        self.put(f"{KNOB}/policy", "normal-nc bar=5\n")
        self.run_fake(wrong="killed", status=-9)
        for _ in range(100):
            if self.get(f"{KNOB}/policy") == "normal-nc bar=5\n":
                break
            time.sleep(0.05)
        time.sleep(0.2)
        self.assertEqual(self.get(f"{KNOB}/policy"), "normal-nc bar=5\n")
        self.assertIn(self.get(f"{KNOB}/mode"), (NATIVE, "native"))
        self.assertNotIn("selftest", self.get(STATE))


    def test_unwatched(self):
        """without its watcher it puts everything back by itself, and says so"""
        self.fails("unwatched", "FAIL put back: its watcher was killed; put back by")

    def test_two(self):
        """while another one is under way it does not begin, and leaves that alone"""
        state = "layer selftest 41 4711 native keep\nnative pid=42 comm=s2mabc\nnative\n"
        self.put("proc/41/stat", "41 (a) S 1 " + " ".join("0" for _ in range(17)) + " 4711 0\n")
        self.put(STATE, state)
        self.put(f"{KNOB}/policy", "native pid=42 comm=s2mabc\nnative\n")
        self.put(f"{KNOB}/mode", POLICY)
        self.assertIn("untried policy: another selftest is under way, process 41",
                      self.run_fake(status=UNTRIED).out)
        self.assertEqual(self.get(STATE), state)
        self.assertEqual(self.get(f"{KNOB}/mode"), POLICY)


class Untried(Selftest):
    def test_no_device(self):
        """without a device it says how to give it one"""
        self.assertIn("this machine has no PCI bus", self.run_fake(status=UNTRIED).out)
        self.pci(DEVICE, driver="nouveau", bars=[(2, 0x8000400000, 0x400000, PREFETCH | MEMORY)])
        self.pci("0000:00:07.0", driver=None,
                 bars=[(2, 0x9000400000, 0x400000, PREFETCH | MEMORY)])
        out = self.run_fake(status=UNTRIED).out
        self.assertRegex(out, "(?m)^untried device: .*0000:00:07.0 .it has no driver.: modprobe "
                         "vfio-pci; echo vfio-pci > /sys/bus/pci/devices/0000:00:07.0/driver_override;")
        out = self.run_fake("--device", DEVICE, status=UNTRIED).out
        self.assertIn(f"echo {DEVICE} > /sys/bus/pci/devices/{DEVICE}/driver/unbind", out)

    def test_no_such_device(self):
        """a device that is not there is a mistake"""
        self.device()
        self.assertIn("FAIL device: 0000:01:00.0: no such",
                      self.run_fake("--device", "0000:01:00.0", status=FAILED).out)

    def test_side_effects(self):
        """a BAR that is not prefetchable is read only when told"""
        self.device(flags=MEMORY)
        self.assertIn("untried device", self.run_fake("--device", DEVICE, status=UNTRIED).out)
        self.run_fake("--device", DEVICE, "--bar", "2", status=UNTRIED)
        self.assertIn("not prefetchable", self.run_fake("--device", DEVICE, "--bar", "2",
                                                        "--side-effects", "--emulate").out)

    def test_busy(self):
        """a device that somebody has is not taken; the next one is"""
        self.device()
        self.assertRegex(self.run_fake(wrong="busy", status=UNTRIED).out,
                         "(?m)^untried device: .*busy")

    def test_no_iommu(self):
        """a device without an IOMMU is taken only when told"""
        self.device()
        self.put(f"sys/bus/pci/devices/{DEVICE}/iommu_group/name", "vfio-noiommu\n")
        self.assertIn("--no-iommu", self.run_fake(status=UNTRIED).out)
        self.assertIn("opened by noiommu", self.run_fake("--no-iommu", "--emulate").out)

    def test_cdev(self):
        """a device is tried by both interfaces of vfio, or by the one that there is"""
        self.device()
        self.put(f"sys/bus/pci/devices/{DEVICE}/vfio-dev/vfio0/dev", "1:2\n")
        self.put("dev/vfio/devices/vfio0")
        out = self.run_fake("--emulate").out
        self.assertIn("opened by group", out)
        self.assertIn("opened by cdev", out)
        self.assertRegex(out, "(?m)^ok cdev: normal-nc: stage 2 says so")
        self.assertFalse((self.root / "bar").exists())
        self.run_fake("--emulate", "--write")
        self.assertEqual(set(json.loads(self.get("bar")).values()), {"0x1122334455667788"})
        (self.root / "dev/vfio/vfio").unlink()
        out = self.run_fake("--emulate").out
        self.assertNotIn("opened by group", out)
        self.assertIn("opened by cdev", out)

    def test_no_vm(self):
        """a host that makes no VM says why"""
        self.device()
        self.assertIn("KVM_CREATE_VM: Invalid argument",
                      self.run_fake(wrong="no-vm", status=UNTRIED).out)

    def test_host(self):
        """where there is no module, no KVM, or no arm64"""
        (self.root / "dev/kvm").unlink()
        self.assertIn("untried host: there is no /dev/kvm", self.run_fake(status=UNTRIED).out)
        self.put("proc/sys/kernel/arch", "x86_64\n")
        self.assertIn("untried host: this is x86_64", self.run_fake(status=UNTRIED).out)

    def test_not_loaded(self):
        """a module that is not loaded, or was built for another kernel"""
        (self.root / KNOB / "mode").unlink()
        self.assertRegex(self.run_fake(status=UNTRIED).out,
                         "untried module: not installed for kernel 6.1.0-56-arm64; .*doctor")
        self.install()
        self.assertRegex(self.run_fake(status=UNTRIED).out,
                         "untried module: not loaded, built for this kernel; .*load")
        self.install(release="6.1.0-55-arm64")
        self.assertRegex(self.run_fake(status=FAILED).out,
                         "FAIL module: not loaded; the one installed was built for 6.1.0-55-arm64")

    def test_usage(self):
        """options that need others, or are none of its"""
        for args in (["--bench"], ["--svg", "x", "--write"], ["--bar", "1"], ["--file", "x"],
                     ["--device", "x", "--bar", "6"], ["--device", "x", "--bar", "2", "--offset", "5"],
                     ["extra"], ["--device", ""]):
            with self.subTest(args):
                self.gives("selftest", *args, status=USAGE, out="", err="s2memattr: .*")
        self.gives("status", "--write", status=USAGE, out="", err=".*takes no --write.*")

    def test_root(self):
        """it acts on the running kernel, so --root is refused"""
        self.gives("selftest", status=FAILED, out="", err=".*running kernel.*--root.*")


class Dead(ToolTest):
    """A selftest that was killed with its watcher."""

    def setUp(self):
        super().setUp()
        self.put("proc/41/stat", "41 (a) b) S 1 " + " ".join("0" for _ in range(17)) + " 4711 0\n")
        self.knob(mode=POLICY, policy="device-GRE pid=42 comm=s2mabc\nnative\n")

    def left(self, pid, start, mode="native"):
        self.put(STATE, f"layer selftest {pid} {start} {mode} keep\ndevice-GRE pid=42 comm=s2mabc\n"
                 f"native\nlayer set vm1\nnormal-nc bar=1\n")

    def test_next_command(self):
        """the next command that changes anything puts back what it had changed"""
        for pid, start in ((40, 4711), (41, 4712)):
            self.setUp()
            self.left(pid, start)
            self.gives("layer", "set", "vm2", "-", stdin="native bar=3\n", err=None)
            self.assertEqual(self.get(f"{KNOB}/mode"), "native")
            self.assertEqual(self.get(f"{KNOB}/policy"), "normal-nc bar=1\nnative bar=3\n")
            self.assertNotIn("selftest", self.get(STATE))

    def test_alive(self):
        """one that is alive stays, and its rules come first, alone in any mode but policy"""
        self.left(41, 4711)
        self.gives("layer", "set", "vm2", "-", stdin="native bar=3\n")
        self.assertEqual(self.get(f"{KNOB}/mode"), POLICY)
        self.assertEqual(self.get(f"{KNOB}/policy"), "device-GRE pid=42 comm=s2mabc\nnative\n")
        self.put(STATE, "layer selftest 41 4711 policy keep\ndevice-GRE pid=42 comm=s2mabc\n")
        self.put(f"{KNOB}/policy", "device-GRE pid=42 comm=s2mabc\n")
        self.gives("layer", "set", "vm2", "-", stdin="native bar=3\n")
        self.assertEqual(self.get(f"{KNOB}/policy"), "device-GRE pid=42 comm=s2mabc\nnative bar=3\n")
        self.assertRegex(self.gives("layer", "list").out, "(?m)^selftest +1 +41 4711 policy keep$")

    def test_configuration(self):
        """config apply ends it: what an administrator says is in force"""
        self.left(41, 4711)
        self.put("etc/s2memattr.conf", "mode = device-nGnRE\n")
        self.gives("config", "apply")
        self.assertEqual(self.get(f"{KNOB}/mode"), "device-nGnRE")
        self.assertEqual(self.get(f"{KNOB}/policy"), "normal-nc bar=1\n")

    def test_status(self):
        """config status tells of it"""
        self.put("etc/s2memattr.conf", "mode = normal-nc\n")
        self.left(41, 4711)
        self.assertIn("a selftest is under way, process 41",
                      self.gives("config", "status", status=FAILED).out)
        self.left(40, 4711)
        self.assertIn("a selftest was killed", self.gives("config", "status", status=FAILED).out)
