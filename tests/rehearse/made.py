# SPDX-License-Identifier: GPL-2.0-only
"""Kernels, modules and an emulator that are made up: files that look like them."""
import bz2
import gzip
import lzma
import os
import signal
import struct
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

PROGRAM = Path(__file__).resolve().parents[2] / "src/rehearse/__main__.py"
RELEASE = "6.1.0-9-arm64"
OK, FAILED, NOT_BEGUN, UNTRIED = range(4)


def image(release=RELEASE, pages=1, big_endian=0):
    """A plain Image, as far as anybody looks before it is booted."""
    head = b"\0" * 24 + struct.pack("<Q", pages << 1 | big_endian) + b"\0" * 24 + b"ARM\x64"
    return head + b"\0" * 64 + f"Linux version {release} (somebody@there) ".encode() + \
        os.urandom(4096)


def compressed(kind, data):
    """By a library, or by the program of that name."""
    if kind == "lz4":
        return b"\x02\x21\x4c\x18" + gzip.compress(data)
    if kind == "zstd":
        return subprocess.run([kind, "-qc"], input=data, capture_output=True, check=True).stdout
    return {"gzip": gzip.compress, "xz": lzma.compress, "bzip2": bz2.compress,
            "lzma": lambda plain: lzma.compress(plain, lzma.FORMAT_ALONE)}[kind](data)


def zboot(kind, data, behind=b""):
    """An EFI program that unpacks a kernel."""
    name = {"xz": "xzkern", "zstd": "zstd22"}.get(kind, kind).encode()
    payload = compressed(kind, data) + behind
    return b"MZ\0\0zimg" + struct.pack("<II", 128, len(payload)) + b"\0" * 8 + \
        name.ljust(32, b"\0") + b"\xcd\x23\x82\x81" + b"\0" * 68 + payload


def unified(data):
    """An EFI program with a kernel as one of its sections."""
    offset = 512
    pe = b"PE\0\0" + struct.pack("<HHIIIHH", 0xaa64, 2, 0, 0, 0, 0, 0)
    for name, size in ((b".text", 0), (b".linux", len(data))):
        pe += name.ljust(8, b"\0") + struct.pack("<IIII", size, 0x1000, size, offset) + b"\0" * 16
    head = b"MZ" + b"\0" * 58 + struct.pack("<I", 64) + pe
    return head.ljust(offset, b"\0") + data


def module(name, depends="", release=RELEASE, machine=183):
    """A module, as far as modinfo looks."""
    words = f"version=0.1.0\0srcversion=0123\0depends={depends}\0name={name}\0" \
            f"vermagic={release} SMP mod_unload aarch64\0".encode()
    strings = b"\0.modinfo\0.shstrtab\0"
    at, behind = 64, 64 + len(words)
    table = behind + len(strings)
    head = b"\x7fELF\x02\x01\x01" + b"\0" * 9 + struct.pack(
        "<HHIQQQIHHHHHH", 1, machine, 1, 0, 0, table, 0, 64, 0, 0, 64, 3, 2)

    def section(name, offset, size):
        return struct.pack("<IIQQQQIIQQ", name, 1, 0, 0, offset, size, 0, 0, 1, 0)
    return head + words + strings + section(0, 0, 0) + section(1, at, len(words)) + \
        section(10, behind, len(strings))


# A program for arm64 that loads nothing.
STATIC = b"\x7fELF\x02\x01\x01" + b"\0" * 9 + struct.pack(
    "<HHIQQQIHHHHHH", 2, 183, 1, 0, 64, 0, 0, 64, 56, 0, 0, 0, 0)

# Stands for the program where that is not installed: what it takes is none of its own.
LZ4 = f"""#!{sys.executable}
import gzip, sys
sys.stdout.buffer.write(gzip.decompress(sys.stdin.buffer.read()[4:]))
"""

# Says its version, and what a machine would have said.
EMULATOR = f"""#!{sys.executable}
import os, re, sys, time
from pathlib import Path
here = Path(__file__).parent
if "--version" in sys.argv:
    print((here / "version").read_text())
elif "help" in sys.argv:
    print((here / ("cpus" if "-cpu" in sys.argv else "devices")).read_text())
else:
    (here / f"pid.{{os.getpid()}}").touch()
    ports = [re.sub("^file.*[:=]", "", sys.argv[n + 1]) for n, word in enumerate(sys.argv)
             if word in ("-serial", "-chardev")]
    console, result = ports
    scene = Path(console).parent.name
    def said(name):
        path = here / f"{{name}}.{{scene}}"
        return (path if path.exists() else here / name).read_text()
    (here / f"command.{{scene}}").write_text(chr(10).join(sys.argv))
    Path(console).write_text(said("console"))
    Path(result).write_text(said("result"))
    time.sleep(float((here / "sleep").read_text()))
    sys.exit(int((here / "status").read_text()))
"""

KVM = {"vhe": "VHE mode initialized successfully", "nvhe": "Hyp mode initialized successfully"}
CONSOLE = "[1.0] hello\n[2.0] s2memattr-rehearse: begins\n[3.0] reboot: Power down\n"


def result(scene, body=None, release=RELEASE):
    """What the init of a machine says, if all is well."""
    lines = [f"running {release}", f"kvm {KVM[scene]}"]
    if body is None:
        body = ["loaded auto: hook at kvm_pgtable_stage2_map+0x94 by ftrace, ok", "unloaded auto"]
        for transport in ("kprobe", "ftrace"):
            body.append(f"loaded {transport}: hook at x+0x94 by {transport}, ok")
            for device in ("2M", "1G"):
                body += [f"ok {transport}/{device}: the guest sees normal-nc",
                         f"status {transport}/{device} 0"]
            body.append(f"unloaded {transport}")
    return "\n".join(lines + body + ["end"]) + "\n"


class RehearseTest(unittest.TestCase):
    """A test with a system of its own below self.root: a kernel, the module, and an emulator
    that says what it is told to."""

    def setUp(self):
        # pylint: disable-next=consider-using-with
        self.tmp = tempfile.TemporaryDirectory(prefix="s2m-test-")
        self.addCleanup(self.tmp.cleanup)
        self.top = Path(self.tmp.name)
        self.root = self.top / "root"
        self.put(f"boot/vmlinuz-{RELEASE}", image())
        self.modules = f"lib/modules/{RELEASE}"
        self.put(f"{self.modules}/kernel/vfio/vfio-pci.ko.xz",
                 lzma.compress(module("vfio_pci", "vfio_core,iommufd")))
        self.put(f"{self.modules}/kernel/vfio/vfio-core.ko", module("vfio_core", "iommufd"))
        self.put(f"{self.modules}/kernel/vfio/iommufd.ko.gz", gzip.compress(module("iommufd")))
        self.own = self.put(f"{self.modules}/updates/dkms/s2memattr.ko.xz",
                            lzma.compress(module("s2memattr")))
        self.put("arm64/bin/busybox", STATIC)
        self.put("arm64/usr/sbin/s2memattr", STATIC)
        self.put("bin/lz4", LZ4).chmod(0o755)
        self.put("qemu/emulator", EMULATOR).chmod(0o755)
        self.emulator(version="QEMU emulator version 10.0.2 (Debian)", cpus="  cortex-a72\n  "
                      "neoverse-n1\n  neoverse-v1\n", devices='name "ivshmem-plain", bus PCI\n',
                      console=CONSOLE, sleep="0", status="0")
        for scene in KVM:
            self.emulator(**{f"result.{scene}": result(scene)})

    def put(self, path, data):
        """A file below self.root."""
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data if isinstance(data, bytes) else data.encode())
        return target

    def emulator(self, **says):
        """What it says when."""
        for name, text in says.items():
            self.put(f"qemu/{name}", text)

    def command(self, scene="vhe"):
        """How the emulator was started."""
        return (self.root / f"qemu/command.{scene}").read_text().split("\n")

    def words(self, *args):
        """The command line of a run."""
        return [sys.executable, "-B", str(PROGRAM), "--root", str(self.root), "--arm64",
                str(self.root / "arm64"), "--qemu", str(self.root / "qemu/emulator"), *args]

    def environment(self):
        """With a place of its own for temporary files, to see what is left there."""
        (self.top / "tmp").mkdir(exist_ok=True)
        return {"PATH": f"{self.root}/bin:{os.environ['PATH']}", "TMPDIR": str(self.top / "tmp")}

    def gives(self, *args, status=OK, out="", err="", env=None):
        """Run it, and it ends so and says this, and leaves nothing behind."""
        done = subprocess.run(self.words(*args), capture_output=True, text=True, timeout=120,
                              env={**self.environment(), **(env or {})}, check=False)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        self.assertRegex(done.stdout, f"(?sm){out}")
        self.assertRegex(done.stderr, f"^(?s:{err})$" if err else "^$")
        self.assertEqual(list((self.top / "tmp").iterdir()), [])
        return done

    def started(self, *args):
        """In the background, when it has started both emulators."""
        self.emulator(sleep="100")
        run = subprocess.Popen(self.words(*args), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                               text=True, env=self.environment())
        for _ in range(600):
            if len(self.emulators()) == 2:
                return run
            time.sleep(0.05)
        run.kill()
        raise AssertionError("two emulators do not start")

    def emulators(self):
        """Those that run: numbers of processes, which become others' only after long."""
        pids = [int(path.suffix[1:]) for path in (self.root / "qemu").glob("pid.*")]
        return [pid for pid in pids if Path(f"/proc/{pid}/cmdline").exists()
                and b"emulator" in Path(f"/proc/{pid}/cmdline").read_bytes()]

    def no_emulator(self):
        """None is left, or the last one is about to go."""
        for _ in range(100):
            if not self.emulators():
                return
            time.sleep(0.05)
        left = self.emulators()
        for pid in left:
            os.kill(pid, signal.SIGKILL)
        self.fail(f"emulators are left: {left}")

