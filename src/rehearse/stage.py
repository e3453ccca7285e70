# SPDX-License-Identifier: GPL-2.0-only
"""The machines of a rehearsal, and what is made of what they say."""
import re
import shutil
import subprocess
from pathlib import Path

from . import text
from .image import Refused
from .initramfs import Initramfs, NotFound, asks_loader_for, settings
from .machine import EMULATOR, PCI, UART, Machine, tied

HERE = Path(__file__).resolve().parent

# The first that lets the type of memory be seen: an unaligned access to Device memory
# faults there.
SEES_TYPES = (10, 0)
SECOND_UART = (9, 1)
# Only what was said after this word counts against the module.
BEGINS = "s2memattr-rehearse: begins"
CMDLINE = "console=ttyAMA0 panic=-1 oops=panic log_buf_len=2M"

# What vfio and KVM need; what is not there as a module is built in.
MODULES = ["arm_smmu_v3", "vfio_pci", "vfio_iommu_type1", "iommufd"]
DEVICES = {"2M": ("0000:00:06.0", "2M"), "1G": ("0000:00:07.0", "1G")}
BUSYBOX = ["bin/busybox", "usr/bin/busybox", "usr/sbin/busybox", "bin/busybox.static",
           "usr/bin/busybox.static"]
TOOL = ["usr/sbin/s2memattr", "usr/bin/s2memattr", "usr/local/sbin/s2memattr"]
# The VM of its selftest.
VM = "s2memattr-vm"
# Of the module, for a transport that this kernel does not have.
NOT_OFFERED = "this kernel offers no hook for transport="


class Emulator:
    """What the distribution's QEMU can do."""

    def __init__(self, program):
        self.program = program or EMULATOR
        if not shutil.which(self.program):
            raise Refused(f"{self.program} is not installed (qemu-system-arm, or "
                          "qemu-system-aarch64)")
        found = re.search(r"version (\d+)\.(\d+)(\S*)", self._says("--version"))
        if not found:
            raise Refused(f"{self.program} does not say its version: it is no QEMU")
        self.version = "".join((found.group(1), ".", found.group(2), found.group(3)))
        self.number = (int(found.group(1)), int(found.group(2)))
        self.sees_types = self.number >= SEES_TYPES
        self.result_by = UART if self.number >= SECOND_UART else PCI
        self.cpus = set(re.findall(r"^\s+(\S+)", self._says("-cpu", "help"), re.M))
        self.has_device = '"ivshmem-plain"' in self._says("-device", "help")

    def _says(self, *words):
        try:
            return subprocess.run(tied([self.program, *words]), stdin=subprocess.DEVNULL,
                                  capture_output=True, text=True, errors="replace", timeout=60,
                                  check=False).stdout
        except (OSError, subprocess.TimeoutExpired) as error:
            raise Refused(f"{self.program} does not run: {error}") from error


class Scene:
    """A CPU, and the mode in which KVM runs on it."""

    def __init__(self, name, cpu, says, cmdline=""):
        self.name, self.cpu, self.says, self.cmdline = name, cpu, says, cmdline


def scenes(emulator, page_size):
    """One with the host kernel at EL2, one with it at EL1 and KVM's own code at EL2. A CPU
    without the extension for the first has no choice; but none of these has pages of 16 KiB."""
    vhe = next((cpu for cpu in ("neoverse-v1", "neoverse-n1") if cpu in emulator.cpus), "max")
    found = [Scene("vhe", vhe, "VHE ")]
    if page_size == 16:
        found.append(Scene("nvhe", "neoverse-n1", "Hyp ", "kvm-arm.mode=nvhe"))
    else:
        found.append(Scene("nvhe", "cortex-a72", "Hyp "))
    return found


def devices():
    """Two, whose BAR 2 is memory."""
    args = []
    for name, (address, size) in DEVICES.items():
        args += ["-object", f"memory-backend-ram,id=bar{name},size={size},share=on",
                 "-device", f"ivshmem-plain,memdev=bar{name},addr={address[-4:-2]}"]
    return args


class Stage:
    """What is the same for all machines of a rehearsal."""

    def __init__(self, kernel, module, emulator, args, workdir):
        self.kernel, self.module, self.emulator = kernel, module, emulator
        self.args, self.workdir = args, workdir
        self.image = workdir / "Image"
        self.image.write_bytes(kernel.image)
        self.no_tool = ""
        self.initramfs = self._pack()

    def _there(self, what, places, given=""):
        """A file below the tree of arm64 programs."""
        root = Path(self.args.arm64)
        for path in [Path(given)] if given else [root / place for place in places]:
            if path.exists():
                return path
        raise NotFound(f"{given or what} for arm64 is not here" +
                       ("" if given else f" (below {root}; see --arm64)"))

    def _pack(self):
        initramfs = Initramfs()
        try:
            busybox = self._there("busybox", BUSYBOX)
            if asks_loader_for(busybox)[0]:
                raise NotFound(f"{busybox} is not static")
        except NotFound as error:
            raise Refused(str(error)) from error
        initramfs.shell(busybox)
        initramfs.add(HERE / "init", "init", 0o755)
        names = []
        self._with_modules(initramfs)
        if self.module:
            self._with_module(initramfs)
            names = ["auto", "kprobe", "ftrace"]
        elif not Path(text.PROGRAM).exists():
            raise Refused(f"{text.PROGRAM} is missing")
        initramfs.write("rehearse/settings", settings({
            "RESULT": "/dev/ttyAMA1" if self.emulator.result_by == UART else "/dev/ttyS0",
            "TRANSPORTS": " ".join(names),
            "DEVICES": " ".join(f"{name}={address}" for name, (address, _) in DEVICES.items())
                       if self.module and not self.no_tool else "",
            "SYMBOLS": "" if self.module else "|".join(text.WANTED + text.OTHERS),
            "AROUND": "|".join(text.AROUND)}))
        return initramfs.pack(self.workdir / "initramfs")

    def _with_modules(self, initramfs):
        """Those of the kernel's own that are wanted, with what they need."""
        wanted = MODULES + (["8250_pci"] if self.emulator.result_by == PCI else [])
        for number, (name, data) in enumerate(self.kernel.all_modules.with_dependencies(wanted)):
            initramfs.write(f"rehearse/modules/{number:03}-{name}.ko", data)

    def _with_module(self, initramfs):
        """The module, and the tool that tries it."""
        initramfs.write("rehearse/s2memattr.ko", self.module.data)
        try:
            tool = self._there("s2memattr", TOOL, self.args.tool)
            initramfs.program(tool, self.args.arm64, "usr/sbin/s2memattr")
            for place in (tool.parent / "../libexec" / VM, tool.parent / VM):
                if place.exists():
                    initramfs.program(place, self.args.arm64, f"usr/libexec/{VM}")
                    break
        except NotFound as error:
            self.no_tool = str(error)
        if not self.emulator.has_device:
            self.no_tool = f"{self.emulator.program} has no ivshmem-plain, whose BAR is memory"

    def play(self, scene, verdicts, stopped):
        """One machine, from its boot to its end; what it prints of the kernel's symbols."""
        performance = Performance(self, scene, verdicts)
        machine = Machine(self.image, self.initramfs, self.workdir / scene.name, cpu=scene.cpu,
                          devices=devices() if self.emulator.has_device else (),
                          cmdline=f"{CMDLINE} {scene.cmdline} {self.args.append}".strip(),
                          emulator=self.emulator.program, result_by=self.emulator.result_by)
        outcome = machine.run(self.args.timeout, performance.line, stopped)
        performance.ends(outcome)
        return performance.listing


class Performance:
    """What one machine says, as verdicts."""

    def __init__(self, stage, scene, verdicts):
        self.stage, self.name, self.says = stage, scene.name, scene.says
        self.verdicts = verdicts
        self.listing = []
        self.refused = {}
        self.said = set()
        self.tried = set()
        self.loaded = {}
        self.ended = False

    def line(self, line):
        """A line of the result port, as it comes."""
        word, _, rest = line.partition(" ")
        where, _, said = rest.partition(": ")
        if word in ("ok", "FAIL", "untried"):
            self.verdict(word, where, said)
        elif word == "#":
            self.verdicts.remark(f"{self.name}/{where}", said)
        elif word == "running" and rest != self.stage.kernel.release:
            self.verdicts.fail(self.name, f"the kernel says that it is {rest}")
        elif word == "kvm":
            self.kvm(rest)
        elif word == "refused":
            self.refused[where.rstrip(":")] = said or "it does not say why"
        elif word == "loaded":
            self.loaded[where] = said
            self.verdicts.ok(f"{self.name}/{where}", f"loads, {said}")
        elif word == "unloaded":
            self.verdicts.ok(f"{self.name}/{rest}", "unloads")
        elif word == "status":
            self.counted(*rest.partition(" ")[::2])
        elif line == "end":
            self.ended = True
        else:
            self.listing.append(line)

    def verdict(self, word, where, said):
        """One of the selftest's, which finds out for itself if its guest sees types. What an
        emulator does not show, or not always, it cannot refute either."""
        self.said.add((where, word))
        if not self.stage.emulator.sees_types and word == "FAIL" and "unaligned" in said:
            word, said = "untried", f"{said} (on QEMU {self.stage.emulator.version})"
        self.verdicts.add(word, f"{self.name}/{where}", said)

    def kvm(self, said):
        """Is KVM up, and in the mode that this machine is for?"""
        if not said or "initialized successfully" not in said:
            self.verdicts.fail(self.name, f"KVM does not come up at EL2: {said or 'not a word'}")
        elif not said.startswith(self.says) and not self.stage.args.append:
            self.verdicts.fail(self.name, f"KVM is in another mode than it should be: {said}")
        else:
            self.verdicts.ok(self.name, f"boots at EL2, KVM says: {said}")

    def counted(self, where, status):
        """The selftest's lines, and its status: one without the other is worth nothing."""
        self.tried.add(where)
        if (where, {"0": "ok", "1": "FAIL", "3": "untried"}.get(status)) not in self.said:
            self.verdicts.fail(f"{self.name}/{where}", f"the selftest ends with status {status}, "
                               "and says nothing that explains it")

    def transports(self):
        """Refusals: of all, or of one that this kernel does not have."""
        if "auto" in self.refused:
            self.verdicts.fail(self.name, f"the module does not load: {self.refused['auto']}")
            return
        for name in ("kprobe", "ftrace"):
            if name in self.refused and self.refused[name].startswith(NOT_OFFERED):
                self.verdicts.ok(f"{self.name}/{name}", "not on this kernel, and the module says "
                                                        f"so: {self.refused[name]}")
            elif name in self.refused:
                self.verdicts.fail(f"{self.name}/{name}", "the module does not load: "
                                                          f"{self.refused[name]}")
        if self.ended and not {"kprobe", "ftrace"} & set(self.loaded):
            self.verdicts.fail(self.name, "the module loads by no transport")
        self.passed_over()

    def passed_over(self):
        """Of each device by each transport something has to be said."""
        if not self.ended or self.stage.no_tool:
            return
        for where in (f"{name}/{device}" for name in self.loaded if name != "auto"
                      for device in DEVICES):
            if where not in self.tried and (where, "untried") not in self.said:
                self.verdicts.untried(f"{self.name}/{where}", "not a word of its selftest's end")

    def ends(self, outcome):
        """What the machine leaves behind."""
        said = (self.stage.workdir / self.name / "qemu").read_text(errors="replace")
        if outcome.status and not outcome.killed and not outcome.console.strip():
            self.verdicts.untried(self.name, "the emulator does not start: " + " ".join(
                said.split()[:40] or [f"status {outcome.status}"]))
            return
        if self.stage.module:
            self.transports()
        troubles = outcome.troubles(BEGINS)
        if not self.ended:
            troubles = troubles or ["it ended early"]
        for trouble in troubles:
            self.verdicts.fail(self.name, trouble)
        if not troubles:
            self.verdicts.ok(self.name, f"no complaint of the kernel's, off after "
                                        f"{outcome.seconds:.0f} s")
        shown = outcome.excerpt(BEGINS)[1:] if self.ended else \
            [line.strip() for line in outcome.console.splitlines()][-20:]
        if troubles:
            for line in shown:
                self.verdicts.remark(self.name, line)
            for line in said.splitlines()[:5]:
                self.verdicts.remark(self.name, line)
