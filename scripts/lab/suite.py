#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""The tests that need the emulated server: which machine runs which cases.

Runs inside the bookworm tool root; scripts/test calls it and counts the lines
"ok - ..." and "not ok - ..." that it prints.
"""
import argparse
import base64
import collections
import concurrent.futures
import contextlib
import fcntl
import os
import random
import re
import shutil
import sys
import tempfile
import threading
from pathlib import Path

import choose
import matrix
import real
from machine import CACHE, SLOW, SRC, Initramfs, Kernel, Machine, archive, with_settings
from monitor import Monitor
from stuck import Stuck

STOCK_MODULES = ["vfio-pci", "vfio_iommu_type1", "fuse", "aer_inject",
                 "virtio_pci", "virtio_console"]    # these for scripts/lab/breakdown.py


class Traits:
    """What the cases know of a line of kernels, whatever the flavour."""

    def __init__(self, native, twice, walk="kvm_pgtable_walk", fault_ipa="", cacheable="ignored",
                 standby="yes", somebody="kvm_pgtable_stage2_map", something="memset",
                 slots="once", bars="by-fault", inlined="no"):
        # What a BAR that vfio-pci maps has without us: forced Device up to 6.8,
        # Normal-NC from 6.9.
        self.native = native
        # A function with a name no longer than @walk that kvm_handle_guest_abort()
        # calls more than once.
        self.twice = twice
        # What kvm_pgtable_stage2_map() calls.
        self.walk = walk
        # "yes" if that is not kvm_pgtable_walk(): this one's text is in its callers, and
        # they hand over the walk's own data, in which the walker is.
        self.inlined = inlined
        # A function that calls the other once, and without a barrier after it.
        self.somebody = somebody
        self.something = something
        # "known" if KVM knows the IPA of an alignment fault; then the trace names
        # the device.
        self.fault_ipa = fault_ipa
        # What KVM makes of a cacheable mapping of memory that is none of the
        # kernel's.
        self.cacheable = cacheable
        # Can the hook be out while nobody faults on device memory?
        self.standby = standby
        # How often KVM looks up the memslot of a fault. If it finds it the first
        # time only, KVM_RUN fails with EFAULT.
        self.slots = slots
        # When KVM maps a BAR: if at once, before any fault, VFIO does not know of it
        # and takes nothing away when it resets the device.
        self.bars = bars


TRAITS = {
    "5.10": Traits("device-nGnRE", "up_read", walk="_kvm_pgtable_walk", inlined="yes",
                   standby="no", somebody="kvm_handle_guest_abort",
                   something="kvm_inject_vabt", slots="twice", bars="at-once"),
    "6.1": Traits("device-nGnRE", "kvm_inject_dabt"),
    "6.12": Traits("normal-nc", "kvm_inject_dabt"),
    "newest": Traits("normal-nc", "kvm_inject_sea", fault_ipa="known", cacheable="honoured"),
}
TRAITS["next"] = TRAITS["newest"]
TRAITS["5.10-by-fault"] = Traits("device-nGnRE", "up_read", somebody="kvm_handle_guest_abort",
                                 something="kvm_inject_vabt", slots="twice")
# Names of scripts/lab/pools begin with the line of kernels.
for line in ("7.2", "7.3"):
    TRAITS[line] = TRAITS["newest"]

# For cells that each line of kernels has once.
LINES = ("5.10", "6.1", "6.12", "newest")


def traits_of(kernel):
    """What is known of a kernel of any name; of a line not heard of, as of the newest."""
    return TRAITS.get(kernel) or TRAITS.get(kernel.split("-")[0], TRAITS["newest"])


def page_size(kernel):
    """In bytes, by the kernel's name."""
    flavour = re.search(r"-(16|64)k$", kernel)
    return int(flavour[1]) * 1024 if flavour else 4096


# CPU models with FEAT_S2FWB.
WITH_FWB = ("neoverse-v1", "cortex-a710", real.CPU, "max,pauth-impdef=on,lpa2=off")

ALL_CASES = ("stock knob eligible trace alignment unaligned between steps coherent live "
             "beside standby unload refuse policy blocks table rebind overlap abi closed hang devices piece")

# What is made of texts, and of what a kernel does not offer: the oldest and the newest.
INTERFACE = " leak changes losses mappings odd cli outofdate churn"

# For a kernel's second machine: by the other transport, in the other mode of the CPU.
# What is made of the table is the same on both.
HOOK_CASES = "knob alignment steps coherent live beside standby unload closed"

# For kernels that differ in their configuration only.
SHORT = "knob alignment standby unload"

# And for flavours of one whose other flavour runs everything.
FLAVOUR = "knob standby"

# Of the case "soak": with what comes before and after, half a minute more; hours on demand.
SOAK_SECONDS = int(os.environ.get("S2M_SOAK_SECONDS") or 30)
SOAK_SEED = int(os.environ.get("S2M_SOAK_SEED") or random.randrange(10 ** 9))

# For kernels that size blocks of device memory from the VMA: what depends on it.
GEOMETRY = "knob policy blocks geometry piece"

# For large pages: rules' edges and tables of a page are in units of 4 KiB there, and so is
# the oracle of the case "coherent". "beside" asks for a tracer that 6.12-64k is without.
LARGE_PAGES = " ".join(case for case in ALL_CASES.split()
                       if case not in ("between", "beside", "coherent", "policy", "table", "leak"))

EL2 = "virt,virtualization=on,gic-version=3,iommu=smmuv3"
WITHOUT_IOMMU = "virt,virtualization=on,gic-version=3"
GIC2 = "virt,virtualization=on,gic-version=2"
NO_EL2 = "virt,gic-version=3"


class Cell:
    """One kernel on one machine, and the cases it runs."""

    def __init__(self, kernel, cpu, cases=ALL_CASES, timeout=900, machine=EL2, cmdline="",
                 refusal="", label="", transport="", guest=False, selftests="", watchers="",
                 full=False, port=False, sriov=False, large=False, errors=False, flips=300,
                 loads=8, steps=5000, slips="ftrace:2 kprobe:4",
                 kills="2 3 4 5 6 9 12 15 18"):
        self.kernel = kernel
        self.cpu = cpu
        self.cases = cases
        self.timeout = timeout
        self.machine = machine
        self.cmdline = cmdline
        self.refusal = refusal
        self.transport = transport
        self.guest = guest
        self.selftests = selftests
        self.watchers = watchers
        self.full = full
        self.port = port
        self.sriov = sriov
        self.large = large
        self.errors = errors
        self.flips = flips
        self.loads = loads
        self.slips = slips
        # Accesses of the case "steps" that the module has to carry out.
        self.steps = steps
        self.kills = kills
        self.name = "-".join(filter(None, [kernel, cpu.split(",")[0], transport, label]))

    def settings(self):
        """What the cases need to know of their machine."""
        traits = traits_of(self.kernel)
        return {"CASES": self.cases, "NATIVE": traits.native, "TWICE": traits.twice,
                "WALK": traits.walk, "INLINED": traits.inlined, "CPU": self.cpu.split(",")[0],
                "SOMEBODY": traits.somebody, "SOMETHING": traits.something,
                "REFUSAL": self.refusal, "TRANSPORT": self.transport,
                "FAULT_IPA": traits.fault_ipa, "CACHEABLE": traits.cacheable,
                "SELFTESTS": self.selftests, "WATCHERS": self.watchers,
                "FLIPS": str(self.flips), "LOADS": str(self.loads), "STEPS": str(self.steps),
                "KILLS": self.kills,
                "SOAK_SECONDS": str(SOAK_SECONDS), "SOAK_SEED": str(SOAK_SEED),
                "SLOW": str(SLOW),
                "SLIPS": self.slips, "SLOTS": traits.slots, "BARS": traits.bars,
                "THP": "".join(re.findall(r"transparent_hugepage=(\w+)", self.cmdline)),
                "PAGE": str(page_size(self.kernel)),
                "STANDBY": "no" if "-rt" in self.kernel else traits.standby,
                "FWB": "1" if self.cpu in WITH_FWB else ""}


def second(kernel, cpu, cases=HOOK_CASES, **more):
    """A kernel's second machine."""
    return Cell(kernel, cpu, cases, steps=1000, **more)


def both(kernel, cpu, cases, **more):
    """A kernel between the oldest and the newest: these cases, and all others in a cell of
    its own that takes long."""
    rest = [case for case in (ALL_CASES + INTERFACE + " probed").split()
            if case not in cases.split()]
    return [Cell(kernel, cpu, cases, **more),
            Cell(kernel, cpu, " ".join(rest), label="rest", full=True, **more)]


def many_steps(kernel, cpu, label="steps", **more):
    """A share of a million accesses, each by the CPU and by the module: with those of all
    cells of this kind it is more than that."""
    return Cell(kernel, cpu, "steps", timeout=5400, label=label, steps=130000, full=True, **more)


def real_guest(kernel, full=False):
    """Debian's QEMU as the VMM, a stock kernel as the guest."""
    return Cell(kernel, real.CPU, "real", guest=True, label="real", full=full)


def without_fwb(kernel, cpu, cases, full=True):
    """The same on a CPU that needs coherent-ram. It is slow, see real.CPU."""
    return Cell(kernel, cpu, cases, timeout=1800, guest=True, label=cases, full=full)


def with_errors(kernel, cpu="neoverse-v1", **more):
    """Devices behind ports, and somebody who makes their errors."""
    return Cell(kernel, cpu, "fuse", errors=True, label="fuse", **more)


def must_not_touch_gic(kernel, full=False):
    """A machine with a GICv2, whose VCPU interface KVM maps into guests."""
    return Cell(kernel, "cortex-a72", "gic", machine=GIC2, label="gicv2", full=full)


def selftests(kernel, which):
    """The kernel's own tests of KVM, or of VFIO: what they say must not change."""
    quick = which == "quick"
    return Cell(kernel, "neoverse-n1", "selftests", timeout=900 if quick else 5400,
                selftests=which, label=f"selftests-{which}", full=not quick)


def watched(kernel, watchers, transport, more="", cases=ALL_CASES):
    """A kernel of scripts/lab/debug-kernel: what it sees beside us is a failure."""
    return Cell(kernel, "neoverse-n1", f"{cases}{more} reports", timeout=5400,
                watchers=watchers, transport=transport, full=True)


def counted(kernel):
    """A kernel that counts which lines and branches of the module run (scripts/coverage)."""
    def cell(cpu, cases, **more):
        return Cell(kernel, cpu, f"{cases} reached", full=True, **{"timeout": 1800, **more})

    return [
        cell("neoverse-v1", "split standby geometry blocks unaligned", transport="ftrace",
             large=True),
        # Errors on the bus, or nobody who reports them.
        cell("neoverse-v1", "fuse", label="fuse", errors=True),
        cell("neoverse-v1", "fuse_refused", label="noaer", cmdline="pci=noaer"),
        # Memory that is none of the kernel's, errata; a GICv2; no FEAT_VHE.
        cell("neoverse-v1", "types platform", label="types", cmdline="mem=896M"),
        cell("cortex-a72", "gic", label="gicv2", machine=GIC2),
        cell("cortex-a72", "alignment unaligned steps coherent", transport="kprobe"),
        # Where it must not load. In protected mode EL2 cannot count, and the kernel with it.
        cell("neoverse-v1", "protected", label="no-el2", machine=NO_EL2,
             refusal="ENODEV:KVM is not running on this machine"),
        cell("neoverse-n1", ALL_CASES.replace(" hang", "") + " leak changes losses mappings odd "
             "churn coherent_many slip busy dma storm comeandgo throttled", timeout=5400,
             transport="kprobe"),
        # All calls by chance; no memory; a VMM that is stuck.
        cell("neoverse-n1", "noise", label="noise"),
        cell("neoverse-v1", "failslab", timeout=3600, label="failslab"),
        cell("neoverse-n1", "hang", label="hang"),
    ]


def huge_pages(kernel, which):
    """What the host maps of a BAR, and KVM with it, may change from 6.12 on with this
    setting; everywhere else it is as Debian has it, "always"."""
    return Cell(kernel, "neoverse-v1", "blocks", cmdline=f"transparent_hugepage={which}",
                label=f"thp-{which}", full=True)


def of_the_pools(kernel):
    """A kernel that scripts/lab/pools has found, and no cell is about."""
    return Cell(kernel, "neoverse-v1", cases=SHORT, full=True)


def soak(kernel, cpu, full=True):
    """Everything at once, by both transports."""
    return Cell(kernel, cpu, "soak", timeout=SOAK_SECONDS + 600, label="soak", full=full,
                port=True)


def noisy(kernel, watchers):
    """Calls by chance, on kernels that watch themselves, too."""
    cases = "noise reports" if watchers else "noise"
    return Cell(kernel, "neoverse-n1", cases, timeout=SOAK_SECONDS + 900, label="noise",
                watchers=watchers, full=True)


def stays_out(kernel, full=False):
    """The machines on which the module must refuse to load."""
    return [
        Cell(kernel, "neoverse-v1", "protected", cmdline="kvm-arm.mode=protected",
             refusal="EOPNOTSUPP:KVM is in protected mode", label="protected", full=full),
        Cell(kernel, "neoverse-v1", "protected disabled", machine=NO_EL2,
             cmdline="s2memattr.disable", label="no-el2",
             refusal="ENODEV:KVM is not running on this machine", full=full),
    ]


def every_type(kernel, cpu, cases="types", machine=EL2, full=False):
    """A machine with memory that the kernel was told to leave alone."""
    return Cell(kernel, cpu, cases, machine=machine, cmdline="mem=896M",
                label=cases.split()[0], full=full)


CELLS = [
    *both("5.10", "neoverse-n1", "stock knob eligible alignment unaligned steps coherent live "
          "standby unload refuse policy blocks closed hang devices piece swallowed probed"),
    second("5.10", "cortex-a72", transport="kprobe", full=True),
    *both("6.1", "cortex-a72", ALL_CASES + " losses mappings outofdate churn layers comeandgo "
          "swallowed", transport="kprobe", loads=50),
    second("6.1", "neoverse-v1", "knob alignment steps coherent standby closed"),
    *both("6.12", "neoverse-n1", "knob alignment steps coherent live standby "
          "unload closed devices comeandgo swallowed literal", transport="ftrace",
          flips=500, loads=50),
    second("6.12", "neoverse-n1", "knob alignment steps coherent standby",
           transport="kprobe", cmdline="kvm-arm.mode=nvhe"),
    Cell("newest", "neoverse-v1", cases=ALL_CASES + INTERFACE + " layers throttled storm "
         "swallowed literal probed"),
    second("newest", "cortex-a72", "knob alignment steps coherent standby", transport="ftrace"),
    # From before KVM sized blocks by the host's own leaves.
    Cell("6.1-old", "neoverse-v1", cases=GEOMETRY, transport="kprobe", large=True),
    Cell("6.12-old", "neoverse-v1", cases=GEOMETRY + " split", large=True),
    *(Cell(kernel, "neoverse-v1", cases="geometry" + split, label="geometry", large=True,
           full=kernel == "6.12")
      for kernel, split in (("6.1", ""), ("6.12", " split"), ("newest", " split"))),
    # Guests that are hypervisors.
    Cell("newest", "max,pauth-impdef=on", cases="nested", label="nested", timeout=1800,
         cmdline="kvm-arm.mode=nested"),
    # VHE without FEAT_S2FWB; and memory for a VMM to map cacheable.
    Cell("6.1", "neoverse-n1", cases="coherent coherent_many slip busy dma"),
    Cell("newest", "neoverse-n1", cases="coherent", cmdline="mem=896M"),
    Cell("6.12-rt", "neoverse-n1", cases=FLAVOUR + " unload"),
    Cell("6.12-cloud", "neoverse-v1", cases=FLAVOUR),
    Cell("newest-16k", "neoverse-v1", cases=FLAVOUR),
    # A release candidate warns early.
    Cell("next", "neoverse-v1"),
    Cell("5.10-old", "neoverse-n1", cases=FLAVOUR + " alignment"),
    real_guest("5.10", full=True),
    real_guest("6.1"),
    real_guest("6.12", full=True),
    real_guest("newest"),
    without_fwb("6.1", "neoverse-n1", "coherent_efi", full=False),
    *(without_fwb(kernel, "neoverse-n1", "coherent_real") for kernel in LINES),
    *(without_fwb(kernel, "cortex-a72", "coherent_efi") for kernel in LINES),
    *(without_fwb(kernel, "neoverse-n1", "coherent_efi") for kernel in LINES if kernel != "6.1"),
    must_not_touch_gic("5.10"),
    must_not_touch_gic("6.1", full=True),
    must_not_touch_gic("newest"),
    selftests("6.12", "quick"),
    *(selftests(kernel, "full") for kernel in LINES),
    selftests("newest", "vfio"),
    selftests("6.12-iommufd", "vfio"),
    watched("6.12-locks", "lockdep kmemleak", "kprobe", more=" failslab"),
    watched("6.12-locks", "lockdep kmemleak", "ftrace"),
    watched("6.12-kasan", "kasan", "kprobe"),
    watched("6.12-kasan", "kasan", "ftrace"),
    *counted("6.12-gcov"),
    # The only one with pages of 64 KiB, built here. mem=512M: half of its two sections.
    Cell("6.12-64k", "neoverse-v1", cmdline="mem=512M", large=True,
         cases="knob types unaligned standby unload blocks geometry mappings closed"),
    watched("6.12-64k", "", "", cases=LARGE_PAGES),
    with_errors("6.1"),
    with_errors("6.12", "neoverse-n1", transport="ftrace", full=True),
    with_errors("newest"),
    Cell("newest", "neoverse-v1", "fuse_refused", cmdline="pci=noaer", label="noaer"),
    Cell("6.1", "neoverse-v1", cases="sriov", label="sriov", sriov=True),
    Cell("newest", "neoverse-v1", cases="sriov", label="sriov", sriov=True, full=True),
    # What a guest without FEAT_S2FWB can do to mmu_lock, and others in standby.
    *(Cell(kernel, "neoverse-n1", cases="slip busy throttled dma comeandgo", label="standby",
           full=True,
           slips="ftrace:2 ftrace:4 kprobe:2 kprobe:4")
      for kernel in ("6.1", "6.1-old", "6.12", "newest")),
    soak("6.12", "neoverse-v1", full=False),
    soak("5.10", "neoverse-n1"),
    soak("6.1", "cortex-a72"),
    soak("newest", "neoverse-v1"),
    *(noisy(kernel, watchers) for kernel, watchers in
      (("6.1", ""), ("newest", ""), ("6.12-kasan", "kasan"), ("6.12-locks", "lockdep"))),
    *(many_steps(kernel, cpu) for kernel in LINES for cpu in ("neoverse-n1", "cortex-a72")),
    # Calls by address are checked against types, entries by jumps against landing pads.
    Cell("6.12-cfi", "max,pauth-impdef=on,lpa2=off", full=True, timeout=1800,
         cases="stock knob eligible trace alignment unaligned steps live standby unload policy blocks "
               "table swallowed split"),
    # Functions of KVM's and of ours become part of others, of whatever file.
    Cell("6.12-lto", "neoverse-v1", full=True,
         cases="stock knob eligible trace alignment unaligned live standby unload policy blocks table"),
    # mmu_lock and the number of invalidations of 5.14 to 5.19, of which Debian has none.
    Cell("5.10-by-fault", "neoverse-n1", full=True, transport="kprobe",
         cases="stock knob eligible live standby unload devices"),
    # kvm_pgtable_walk() has become part of its callers, and the site is none that is known.
    Cell("6.12-inlined", "neoverse-n1", "protected", full=True,
         refusal="ENOTUNIQ:found 2 calls of _kvm_pgtable_walk in kvm_pgtable_stage2_map instead of one"),
    *(huge_pages(kernel, which) for kernel in ("6.12-old", "6.12", "newest")
      for which in ("madvise", "never")),
    # What users run on theirs. No kernel of Debian's has iommufd, or does without an IOMMU.
    Cell("5.10", "neoverse-n1", cases="selftest", label="selftest", kills="5 15"),
    Cell("6.1", "cortex-a72", cases="selftest", label="selftest", transport="kprobe",
         full=True),
    Cell("6.12", "neoverse-n1", cases="selftest", label="selftest", full=True),
    Cell("newest", "neoverse-v1", cases="selftest", label="selftest"),
    Cell("6.12-iommufd", "neoverse-v1", cases="selftest", label="selftest", full=True),
    Cell("6.12-iommufd", "neoverse-v1", cases="selftest_noiommu", label="noiommu", full=True,
         machine=WITHOUT_IOMMU),
    *stays_out("6.1", full=True),
    *stays_out("newest"),
    every_type("6.1", "neoverse-v1", "types platform"),
    every_type("6.1", "cortex-a72", full=True),     # nVHE, no FEAT_S2FWB
    every_type("6.12", "neoverse-v1", full=True),
    every_type("6.12", "cortex-a710"),      # FEAT_S2FWB, no CTR_EL0.DIC
    every_type("6.12", "max,pauth-impdef=on", "tags", machine=EL2 + ",mte=on"),
    every_type("newest", "neoverse-v1", "types platform"),
]


def mistakes(cells, there):
    """What is wrong with the list of cells, whose cases are files in @there: nothing, or
    a case would be missed and nobody told."""
    for cell in cells:
        for case in cell.cases.split():
            if case not in there:
                yield f"{cell.name}: tests/cases/{case}.sh is missing"
    for case in sorted(there - {case for cell in cells for case in cell.cases.split()}):
        yield f"tests/cases/{case}.sh: no machine runs it"
    names = collections.Counter(cell.name for cell in cells)
    for name in sorted(name for name in names if names[name] > 1):
        yield f"{name}: two machines have this name, and one folder"


@contextlib.contextmanager
def built(kernel):
    """What scripts/lab/build and build-tests have made of a kernel's modules, and the programs:
    until this ends, another run makes no other."""
    with contextlib.ExitStack() as stack:
        for name in (f"build.{kernel.name}", "build.tests"):
            fcntl.flock(stack.enter_context((CACHE / "lock" / name).open("a")), fcntl.LOCK_EX)
        yield CACHE / "build"


def build_initramfs(kernel, workdir):
    """Everything that the cases of a kernel use."""
    initramfs = Initramfs(kernel)
    initramfs.busybox()
    initramfs.stock_modules(STOCK_MODULES)
    with built(kernel) as build:
        initramfs.own_module(build / kernel.name / "s2memattr.ko")
        for source in sorted((SRC / "tests/modules").glob("*/Kbuild")):
            for name in re.findall(r"(\w+)\.o", source.read_text()):
                path = build / f"{kernel.name}.tests" / source.parent.name / f"{name}.ko"
                # Some need what a kernel of ours may be without.
                if path.exists():
                    initramfs.own_module(path)
        for program in (build / "programs").iterdir():
            if program.is_file():
                initramfs.add(program, f"bin/{program.name}", 0o755)
        for path in real.libraries(build / "programs/s2memattr"):
            initramfs.add(real.GUEST_ROOT / path, path, 0o755)
    initramfs.add(SRC / "tests/host/init", "init", 0o755)
    for directory in ("tests/host", "tests/cases", "tests/bench"):
        for script in (SRC / directory).iterdir():
            if script.name == "run" or script.suffix == ".sh":
                initramfs.add(script, f"cases/{script.name}")
    initramfs.add(SRC / "conf", "conf")
    initramfs.add(SRC / "docs/ABI", "docs/ABI")
    return initramfs.pack(workdir / f"{kernel.name}.cpio")


def with_selftests(image, kernel, which):
    """Append what scripts/lab/build-selftests has made."""
    # Those of VFIO are the newest kernel's, whatever they run on.
    made = "newest.selftests-vfio" if which == "vfio" else f"{kernel}.selftests"
    with tempfile.TemporaryDirectory(prefix="s2m-selftests-") as tmp:
        Path(tmp).chmod(0o755)
        (Path(tmp) / "selftests").mkdir()
        shutil.copytree(CACHE / "build" / made / "bin",
                        Path(tmp) / "selftests" / "bin")
        shutil.copy(SRC / "tests/selftests/list", Path(tmp) / "selftests" / "list")
        archive(tmp, image, "ab")


class Report:
    """Prints checks, from several machines at once."""

    def __init__(self):
        self.failed = False
        self.counts = collections.defaultdict(lambda: [0, 0])
        # What the case "reached" says of each cell: parts of an archive.
        self.archives = collections.defaultdict(str)
        self.lock = threading.Lock()

    def say(self, text):
        with self.lock:
            print(text, flush=True)

    def check(self, cell, good, text):
        self.failed |= not good
        with self.lock:
            self.counts[cell][0 if good else 1] += 1
        self.say(f"{'ok' if good else 'not ok'} - {cell}: {text}")

    def line(self, cell, line, monitor):
        """A line from the result port."""
        if line.startswith("monitor "):
            self.say(f"# {cell}: {monitor.ask(line.removeprefix('monitor '))}")
        for start in ("ok - ", "not ok - "):
            if line.startswith(start):
                self.check(cell, start == "ok - ", line[len(start):])
        if line.startswith("archive "):
            self.archives[cell] += line.removeprefix("archive ").strip()
        if line.startswith("#"):
            self.say(f"# {cell}: {line[1:].strip()}")


def shared_memory(workdir, number, where, size="4M"):
    """A device whose BAR is a file here."""
    return ["-object", f"memory-backend-file,id=shm{number},size={size},share=on,"
                       f"mem-path={workdir / f'shm{number}'}",
            "-device", f"ivshmem-plain,memdev=shm{number},{where}"]


def virtual_functions():
    """PF0 and PF1 of the case "sriov": a network card, a disk with more functions."""
    return ["-device", "pcie-root-port,id=sriov.0,chassis=10,hotplug=off,addr=0xc",
            "-device", "igb,bus=sriov.0,romfile=",
            "-device", "pcie-root-port,id=sriov.1,chassis=11,hotplug=off,addr=0xd",
            "-device", "nvme-subsys,id=subsys",
            "-device", "nvme,bus=sriov.1,serial=1,subsys=subsys,sriov_max_vfs=127,"
                       "sriov_vq_flexible=254,sriov_vi_flexible=127,max_ioqpairs=256,"
                       "msix_qsize=129"]


def devices_with_errors(workdir):
    """FUSE0 and RNG of the case "fuse", one device with two functions, and FUSE1 behind
    another port. Of these only RNG and the ports report errors."""
    return ["-device", "pcie-root-port,id=fuse.0,chassis=20,hotplug=off,addr=0x10",
            *shared_memory(workdir, 4, "bus=fuse.0,addr=0.0,multifunction=on"),
            "-device", "virtio-rng-pci,id=rng,bus=fuse.0,addr=0.1,aer=on,disable-legacy=on",
            "-device", "pcie-root-port,id=fuse.1,chassis=21,hotplug=off,addr=0x11",
            *shared_memory(workdir, 5, "bus=fuse.1")]


def devices(workdir, port=False, sriov=False, large=False, errors=False):
    """The PCI devices of tests/host/lib.sh: SHM0, SHM1, EDU, GPU, BIG; with @port, SHM2;
    with @sriov, PF0 and PF1; with @large, GIB."""
    args = shared_memory(workdir, 0, "addr=6") + shared_memory(workdir, 1, "addr=7")
    if port:
        args += ["-device", "pcie-root-port,id=pcie.1,hotplug=off,addr=0xb"]
        args += shared_memory(workdir, 2, "bus=pcie.1")
    if sriov:
        args += virtual_functions()
    if large:
        args += shared_memory(workdir, 3, "addr=0xe", "1G")
    if errors:
        args += devices_with_errors(workdir)
    return args + ["-device", "edu,addr=8", "-device", "bochs-display,romfile=,addr=9",
                   "-device", "pci-testdev,membar=1G,addr=0xa"]


def run(cell, initramfs, workdir, report):
    """Boot one cell and judge it."""
    where = workdir / cell.name
    where.mkdir(parents=True, exist_ok=True)
    image = with_settings(initramfs, where / "initramfs", cell.settings())
    if cell.guest:
        real.with_guest(image, Kernel(cell.kernel))
    if cell.selftests:
        with_selftests(image, cell.kernel, cell.selftests)
    monitor = Monitor(where / "monitor")
    machine = Machine(Kernel(cell.kernel), image, where, cpu=cell.cpu, machine=cell.machine,
                      devices=devices(where, cell.port, cell.sriov, cell.large, cell.errors) +
                      monitor.args,
                      cmdline=cell.cmdline,
                      memory="2G" if cell.selftests else "1G")
    stuck = Stuck(machine, monitor)
    outcome = machine.run(cell.timeout, lambda line: report.line(cell.name, line, monitor),
                          stuck=stuck, before_kill=stuck.tell)
    image.unlink()
    if cell.name in report.archives:
        (where / "counts.tar.gz").write_bytes(base64.b64decode(report.archives[cell.name]))

    spent, before = [], 0
    for name in cell.cases.split():
        report.check(cell.name, name in outcome.done, f"{name}: runs to its end")
        now = outcome.done.get(name, before)
        spent.append(f"{name} {now - before:.0f}")
        before = now
    troubles = outcome.troubles()
    report.check(cell.name, not troubles, "healthy kernel, clean power-off" +
                 "".join(f"\n#   {line}" for line in troubles + outcome.excerpt()[1:]))
    report.say(f"# {cell.name}: {outcome.seconds:.0f} s; of CPU: {', '.join(spent)}")


def arguments():
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kernels", nargs="*", help="only cells of these kernels")
    parser.add_argument("-j", "--jobs", type=int, default=2, help="machines at a time")
    parser.add_argument("--only", default="", help="cells whose name matches this")
    parser.add_argument("--case", action="append", default=[], help="of their cases this one, ...")
    parser.add_argument("--full", action="store_true", help="also cells that take long")
    parser.add_argument("--cases", help="these cases instead of each cell's own")
    parser.add_argument("--list", action="store_true",
                        help="run nothing: kernel, name and cases of each cell, a line each")
    parser.add_argument("--table", type=Path, help="write what came of it here, for matrix.py")
    parser.add_argument("--workdir", type=Path, default=CACHE / "work")
    return parser.parse_args()


def chosen(args):
    """The cells that the command line asks for. Without a kernel's name: of those in the
    cache, unless they are only listed."""
    if args.list:
        return choose.choose(CELLS, args.kernels, args.only, args.case, args.full)
    named = {cell.kernel for cell in CELLS}
    cells = CELLS + [of_the_pools(kernel) for kernel in args.kernels if kernel not in named]
    cells = choose.choose(cells, args.kernels, args.only, args.case, args.full)
    if args.cases:
        for cell in cells:
            cell.cases = args.cases
    return [cell for cell in cells if args.kernels or Kernel.is_here(cell.kernel)]


def main():
    args = arguments()
    wrong = list(mistakes(CELLS, {file.stem for file in (SRC / "tests/cases").glob("*.sh")}))
    for mistake in wrong:
        print(f"not ok - the list of machines: {mistake}")
    if wrong:
        return 1
    try:
        cells = chosen(args)
    except choose.Refused as refused:
        print(refused, file=sys.stderr)
        return 2
    if args.list:
        for cell in cells:
            print(cell.kernel, cell.name, cell.cases)
        return 0
    args.workdir.mkdir(parents=True, exist_ok=True)
    images = {name: build_initramfs(Kernel(name), args.workdir)
              for name in sorted({cell.kernel for cell in cells})}
    report = Report()
    with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        for future in [pool.submit(run, cell, images[cell.kernel], args.workdir, report)
                       for cell in cells]:
            future.result()
    if args.table:
        matrix.write(args.table, matrix.measured(cells, report.counts))
    return 1 if report.failed or not cells else 0


if __name__ == "__main__":
    sys.exit(main())
