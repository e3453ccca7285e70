# SPDX-License-Identifier: GPL-2.0-only
"""Running the tool, on a tree of files that stands for a system.

The files are plain ones: what the tool writes is seen in them, but nothing
answers as a kernel would. tests/cases/cli.sh runs the tool on real ones.
"""
import json
import os
import subprocess
import tempfile
import unittest
from pathlib import Path

PROGRAM = None
SUPPRESSIONS = Path(__file__).with_name("leaks.supp")
KNOB = "sys/kernel/s2memattr"
RELEASE = "6.1.0-56-arm64"
ABI = Path(__file__).parents[2] / "docs/ABI/sysfs-kernel-s2memattr"

OK, FAILED, USAGE, NOT_LOADED = range(4)


def documented():
    """The module's files, below KNOB, as docs/ABI has them."""
    what = [line.split()[1] for line in ABI.read_text(encoding="utf-8").splitlines()
            if line.startswith("What:")]
    return [path.removeprefix(f"/{KNOB}/") for path in what if path.startswith(f"/{KNOB}/")]


class Result:
    """How one run of the tool ended."""

    def __init__(self, done):
        self.status = done.returncode
        self.out = done.stdout
        self.err = done.stderr


class ToolTest(unittest.TestCase):
    """A test with a tree of its own, empty at first."""

    def setUp(self):
        # pylint: disable-next=consider-using-with
        self.tmp = tempfile.TemporaryDirectory(prefix="s2m-cli-")
        self.addCleanup(self.tmp.cleanup)
        self.root = Path(self.tmp.name)

    def put(self, path, text=""):
        """A file of the system."""
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(text, bytes):
            target.write_bytes(text)
        else:
            target.write_text(text, encoding="utf-8")
        return target

    def get(self, path):
        """What a file of the system says now."""
        return (self.root / path).read_text(encoding="utf-8")

    def knob(self, **files):
        """The module is loaded: its files, with those given in place of the usual."""
        given = {name.replace("__", "/"): text for name, text in files.items()}
        mode = given.get("mode", "[native] device-nGnRE normal-nc policy\n")
        hooked = "off\n" if "[native]" in mode else "armed\n"
        state = given.get("hook/state", hooked)
        usual = {
            "mode": mode, "policy": "", "unaligned": "[fault] emulate\n",
            "policy_hits": "0 (no rule)\n", "policy_stage": "", "policy_commit": "",
            "mappings": "", "last_error": "ok\n", "generation": "0\n",
            "hook/transport": "ftrace\n", "hook/site": "kvm_pgtable_stage2_map+0x94\n",
            "hook/armed": "1\n" if state == "armed\n" else "0\n", "hook/missed": "0\n",
            "hook/state": state, "hook/survival": hooked, "hook/coherent": "off\n",
            "hook/fuse": "off\n", "fuses": "",
        }
        for stat in ("faults", "rewritten", "kept", "retried", "refused", "reconciled",
                     "alignment", "coherent", "emulated", "bus_errors", "blown"):
            usual[f"stats/{stat}"] = "0\n"
        for name, text in {**usual, **given}.items():
            self.put(f"{KNOB}/{name}", text)
        self.put("sys/module/s2memattr/version", "9.9\n")

    def install(self, release=RELEASE, **info):
        """A module that has nothing but .modinfo."""
        info = {"version": "9.9", "srcversion": "ABCD", **info,
                "vermagic": f"{release} SMP mod_unload aarch64"}
        text = "".join(f"{key}={value}\\0" for key, value in info.items())
        where = self.root / f"lib/modules/{RELEASE}/updates"
        where.mkdir(parents=True, exist_ok=True)
        subprocess.run(["cc", "-c", "-x", "c", "-", "-o", where / "s2memattr.ko"], check=True,
                       text=True, input="static const char info[] __attribute__((used, "
                       f"section(\".modinfo\"))) = \"{text}\";\n")
        self.depmod()

    def depmod(self):
        subprocess.run(["depmod", "-b", self.root, RELEASE], check=True, capture_output=True)

    def run_tool(self, *args, stdin=None, env=None, **more):
        """Run it on the tree. A sanitizer's complaint is a failure of its own."""
        # libpci forgets what it asked udev with for names.
        environment = {"LSAN_OPTIONS": f"suppressions={SUPPRESSIONS}:print_suppressions=0",
                       "PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8",
                       "S2MEMATTR_ROOT": str(self.root), **(env or {})}
        done = subprocess.run([PROGRAM, *args], input=stdin, capture_output=True, text=True,
                              env=environment, timeout=60, check=False, **more)
        self.assertNotIn("Sanitizer", done.stderr)
        self.assertNotIn("runtime error", done.stderr)
        return Result(done)

    def gives(self, *args, status=OK, out=None, err="", **more):
        """Run it, and it ends with this status and says this."""
        result = self.run_tool(*args, **more)
        if status is not None:
            self.assertEqual(result.status, status, result.err)
        if out is not None:
            self.assertEqual(result.out, out)
        if err is not None:
            self.assertRegex(result.err, f"^(?s:{err})$" if err else "^$")
        return result

    def json(self, *args, status=OK, **more):
        """Run it with --json, and what it prints is one JSON value."""
        return json.loads(self.gives(*args, "--json", status=status, **more).out)

    def pci(self, address, ids="1af4:1110:1af4:1100", cls=0x050000, driver="vfio-pci", bars=()):
        """A PCI function; bars are (number, start, size, flags)."""
        base = f"sys/bus/pci/devices/{address}"
        for name, value in zip(("vendor", "device", "subsystem_vendor", "subsystem_device"),
                               ids.split(":")):
            self.put(f"{base}/{name}", f"0x{value}\n")
        self.put(f"{base}/class", f"0x{cls:06x}\n")
        self.put(f"{base}/irq", "0\n")
        lines = ["0x0000000000000000 0x0000000000000000 0x0000000000000000"] * 13
        for number, start, size, flags in bars:
            lines[number] = f"0x{start:016x} 0x{start + size - 1:016x} 0x{flags:016x}"
        self.put(f"{base}/resource", "\n".join(lines) + "\n")
        if driver:
            where = self.root / "sys/bus/pci/drivers" / driver
            where.mkdir(parents=True, exist_ok=True)
            (self.root / base / "driver").symlink_to(f"../../drivers/{driver}")
