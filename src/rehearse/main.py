# SPDX-License-Identifier: GPL-2.0-only
"""s2memattr rehearse: will this module work on a kernel that does not run yet?"""
import argparse
import concurrent.futures
import contextlib
import json
import os
import platform
import signal
import sys
import tempfile
import threading
import time
from pathlib import Path

from . import kernel as kernels, own, record, text
from .image import Refused
from .modules import Modules
from .stage import Emulator, Stage, scenes
from .verdicts import NOT_BEGUN, OK, FAILED, UNTRIED, Verdicts

ARM64 = "/" if platform.machine() == "aarch64" else "/var/lib/s2memattr/arm64"

USAGE = """\
s2memattr rehearse [OPTION]... KERNEL

Boots that kernel at EL2 under emulation, with the module for it, and tries the module:
by both transports, with KVM in both modes, on devices with small and large BARs. KERNEL
is a release that is installed, a package's unpacked tree, or an image; see
s2memattr-rehearse(8)."""

EXIT = """\
Exit status: 0 all was shown; 1 something failed; 2 nothing was rehearsed, and why;
3 nothing failed, but not all could be tried."""


class Ended(BaseException):
    """By a signal."""

    def __init__(self, number):
        super().__init__()
        self.number = number


def arguments(argv):
    """The command line."""
    parser = argparse.ArgumentParser(prog="s2memattr rehearse", usage=USAGE, epilog=EXIT,
                                     formatter_class=argparse.RawDescriptionHelpFormatter,
                                     allow_abbrev=False)
    add = parser.add_argument
    add("kernel", nargs="?", metavar="KERNEL", help="what to boot")
    add("--json", action="store_true", help="print JSON")
    add("--quiet", action="store_true", help="print what is not ok, and the last line")
    add("--pending", action="store_true",
        help="every kernel that was built for since and not rehearsed")
    add("--modules", metavar="DIR", help="the kernel's modules: a lib/modules/RELEASE")
    add("--headers", metavar="DIR", help="what to build the module with, if it has to be")
    add("--module", metavar="FILE", help="this s2memattr.ko, whatever is installed")
    add("--source", metavar="DIR", help="build the module from here (default: /usr/src)")
    add("--build", action="store_true", help="build it, even if it is installed")
    add("--release", metavar="RELEASE", help="of several kernels in a tree this one")
    add("--append", metavar="WORDS", default="", help="to the kernel's command line")
    add("--arm64", metavar="DIR", default=ARM64,
        help=f"a tree with busybox and s2memattr for arm64 (default: {ARM64})")
    add("--tool", metavar="FILE", default="", help="this s2memattr for arm64")
    add("--qemu", metavar="PROGRAM", help="this emulator (default: qemu-system-aarch64)")
    add("--jobs", metavar="N", type=int, default=min(2, os.cpu_count() or 1),
        help="machines at a time (default: 2, or one for each CPU)")
    add("--timeout", metavar="SECONDS", type=int, default=600, help="of each machine")
    add("--keep", metavar="DIR", help="keep the machines' consoles here")
    add("--no-record", action="store_true", help="do not write down what came of it")
    add("--root", metavar="DIR", default=os.environ.get("S2MEMATTR_ROOT") or "/",
        help="releases are those of the system below DIR")
    args = parser.parse_args(argv)
    if bool(args.kernel) == args.pending:
        parser.error("one kernel has to be named" if not args.pending else
                     "--pending names its kernels itself")
    for name in ("jobs", "timeout"):
        if getattr(args, name) < 1:
            parser.error(f"--{name}: not a number from 1 on")
    for name in ("modules", "headers", "module", "source", "release", "tool", "qemu", "keep",
                 "root", "arm64"):
        if getattr(args, name) == "" and (name != "tool" or "--tool" in argv):
            parser.error(f"--{name} is empty")
    return args


@contextlib.contextmanager
def workplace(args):
    """A directory that is gone afterwards, unless it is to be kept."""
    if args.keep:
        path = Path(args.keep)
        try:
            path.mkdir(parents=True, exist_ok=True)
            if any(path.iterdir()):
                raise Refused(f"--keep {path}: it has files already")
        except OSError as error:
            raise Refused(f"--keep {path}: {error.strerror}") from error
        yield path
        for name in ("Image", "initramfs"):
            (path / name).unlink(missing_ok=True)
        return
    with tempfile.TemporaryDirectory(prefix="s2m-rehearse-") as path:
        yield Path(path)


def play(stage, which, verdicts, jobs):
    """All machines, some at a time. Interrupted, none is left."""
    stop = threading.Event()
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        runs = [pool.submit(stage.play, scene, verdicts, stop.is_set) for scene in which]
        try:
            return [run.result() for run in runs]
        except BaseException:
            stop.set()
            for run in runs:
                run.cancel()
            raise


def on_stage(kernel, emulator, args, workdir, verdicts):
    """What the machines say; the module, if there was one."""
    kernel.all_modules = Modules(kernel.modules) if kernel.modules else Modules("/nonexistent")
    module = None
    try:
        module = own.find(kernel, args, workdir)
        verdicts.ok("module", f"{module.how}, version {module.version or '?'}, for "
                              f"{module.release}")
    except own.Missing as why:
        verdicts.untried("module", str(why))
    if module and not kernel.all_modules:
        verdicts.remark("modules", "none are here: what is not built into the kernel is missed")
    stage = Stage(kernel, module, emulator, args, workdir)
    if module and stage.no_tool:
        verdicts.untried("selftest", stage.no_tool)
    if not emulator.sees_types:
        verdicts.untried("emulator", f"QEMU {emulator.version} does not always show types of "
                                     "memory to guests, 10 does")
    listings = play(stage, scenes(emulator, kernel.page_size), verdicts, args.jobs)
    if not module:
        there, missing = text.look(stage.image, listings[0], workdir)
        for sentence in there:
            verdicts.ok("text", sentence)
        for sentence in missing:
            verdicts.fail("text", sentence)
    return module


def rehearse(word, args):
    """One kernel; the exit status."""
    start = time.monotonic()
    emulator = Emulator(args.qemu)
    kernel = kernels.find(word, args)
    verdicts = Verdicts(prints=() if args.json else
                        ("FAIL", "untried", "#") if args.quiet else ("ok", "FAIL", "untried", "#"))
    verdicts.ok("image", f"{kernel.path}: {kernel.release}, pages of {kernel.page_size} KiB")
    with workplace(args) as workdir:
        module = on_stage(kernel, emulator, args, workdir, verdicts)
    status = verdicts.status()
    seconds = time.monotonic() - start
    # What was tried is the host's own kernel as it would boot, or nobody's.
    if not args.no_record and not args.append and kernel.root == Path(args.root).absolute():
        remember(args.root, kernel, module, emulator, status)
    args.reports.append({
        "kernel": kernel.release, "image": str(kernel.path), "sha256": kernel.checksum,
        "page_size": kernel.page_size * 1024,
        "module": {"file": str(module.path), "from": module.how, "version": module.version,
                   "srcversion": module.srcversion} if module else None,
        "qemu": emulator.version, "sees_types": emulator.sees_types,
        "verdicts": verdicts.all, "remarks": verdicts.remarks,
        "status": status, "seconds": round(seconds, 1)})
    if not args.json:
        print(conclusion(kernel, verdicts, status, seconds))
    return status


def remember(root, kernel, module, emulator, status):
    """Write down what came of it; somebody without the right to has no need to."""
    try:
        record.write(root, kernel, module, emulator, status)
    except OSError as error:
        if not isinstance(error, PermissionError) or os.geteuid() == 0:
            complain(f"what came of it is not written down: {error}")


def conclusion(kernel, verdicts, status, seconds):
    """The last line."""
    count = {word: sum(one["verdict"] == word for one in verdicts.all)
             for word in ("ok", "FAIL", "untried")}
    said = {OK: "works in the rehearsal", FAILED: "does not work",
            UNTRIED: "nothing failed, but not all could be tried"}[status]
    return (f"{kernel.release}: {said}: {count['ok']} ok, {count['FAIL']} failed, "
            f"{count['untried']} untried, {seconds:.0f} s")


def rehearse_waiting(args):
    """Every kernel that waits; the worst of their statuses."""
    worst = OK
    for release in record.waiting(args.root):
        try:
            status = rehearse(release, args)
        except Refused as why:
            complain(f"{release}: {why}")
            status = NOT_BEGUN
            args.reports.append({"kernel": release, "status": status, "why": str(why)})
        record.waits_no_more(args.root, release)
        worst = max(worst, status, key=[OK, UNTRIED, NOT_BEGUN, FAILED].index)
    return worst


def complain(sentence):
    """On standard error."""
    print(f"s2memattr: {sentence}", file=sys.stderr)


def ended(number, _frame):
    """The first signal ends it, the others must not disturb that."""
    for other in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(other, signal.SIG_IGN)
    raise Ended(number)


def attempt(args):
    """(the exit status, why nothing was rehearsed to its end)"""
    try:
        return rehearse_waiting(args) if args.pending else rehearse(args.kernel, args), None
    except Refused as why:
        return NOT_BEGUN, f"nothing was rehearsed: {why}"
    except BrokenPipeError:
        raise
    except OSError as error:
        return NOT_BEGUN, f"broke off: {error}"
    except Ended as by:
        return 128 + by.number, f"ended by {signal.Signals(by.number).name}: nothing was " \
                                "rehearsed to its end"


def print_json(args, status, why):
    """One object, whatever came of it."""
    if args.pending:
        said = {"kernels": args.reports, "status": status}
    else:
        said = args.reports[0] if args.reports else {"kernel": args.kernel, "status": status}
    print(json.dumps({**said, "why": why} if why else said, indent=2))


def with_standard_files():
    """Somebody may have closed them, and names of files need not be text."""
    while os.open(os.devnull, os.O_RDWR) < 3:
        pass
    for name, number in (("stdout", 1), ("stderr", 2)):
        if not getattr(sys, name):
            setattr(sys, name, os.fdopen(number, "w"))
        getattr(sys, name).reconfigure(errors="backslashreplace")


def main(argv):
    """The exit status."""
    with_standard_files()
    args = arguments(argv)
    args.reports = []
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, ended)
    why = None
    try:
        status, why = attempt(args)
        if why:
            complain(why)
        if args.json:
            print_json(args, status, why)
        sys.stdout.flush()
        return status
    except OSError as error:
        # Nobody takes what it says.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        if isinstance(error, BrokenPipeError):
            return FAILED
        if not why:
            complain(f"broke off: {error}")
        return NOT_BEGUN
