#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""The demo: two servers with real guests, told as they happen, in order.

Runs inside the bookworm tool root; scripts/demo calls it. Ends with status 0
only if both stories (tests/real/given.sh and taken.sh) happened to their end.
"""
import argparse
import queue
import sys
import threading
import time
from pathlib import Path

from machine import CACHE, SRC, Initramfs, Kernel, Machine, with_settings
from real import CPU, with_guest
from suite import STOCK_MODULES

# SHM0 of tests/host/lib.sh: BAR 2 is memory, 64-bit, prefetchable.
DEVICE = ["-object", "memory-backend-ram,id=shm0,size=1M,share=on",
          "-device", "ivshmem-plain,memdev=shm0,addr=6"]

STORIES = [("6.1", "given"), ("newest", "taken")]

# Kind of line -> what stands before it, and its colour.
STYLE = {
    "text": ("# ", "2"),
    "host": ("host# ", "1"),
    "more": ("    ", "1"),
    "out": ("", ""),
    "guest": ("        guest# ", "36"),
    "said": ("        ", "36"),
    "fail": ("FAILED: ", "31"),
    "last": ("  console: ", ""),
}


class Story(threading.Thread):
    """One server; its lines come out of a queue that ends with None."""

    def __init__(self, kernel, case):
        super().__init__(daemon=True)
        self.kernel, self.case = Kernel(kernel), case
        self.workdir = CACHE / "work" / f"demo-{kernel}"
        self.lines = queue.Queue()

    def initramfs(self):
        """The server's init and words, the module, VMM and guest, and the story."""
        initramfs = Initramfs(self.kernel)
        initramfs.busybox()
        initramfs.stock_modules(STOCK_MODULES)
        initramfs.own_module(CACHE / "build" / self.kernel.name / "s2memattr.ko")
        initramfs.add(SRC / "tests/host/init", "init", 0o755)
        for script in ("host/run", "host/lib.sh", "host/guest.sh", "real/story.sh",
                       f"real/{self.case}.sh"):
            initramfs.add(SRC / "tests" / script, f"cases/{Path(script).name}")
        base = initramfs.pack(self.workdir / "base")
        image = with_settings(base, self.workdir / "initramfs", {"CASES": self.case})
        base.unlink()
        return with_guest(image, self.kernel)

    def tell(self):
        """From boot to the end of the story."""
        self.workdir.mkdir(parents=True, exist_ok=True)
        image = self.initramfs()
        # One CPU is faster than two that wait for each other's TLB flushes; the emulator
        # shows memory types only if there could be a second one.
        machine = Machine(self.kernel, image, self.workdir, cpu=CPU, smp="1,maxcpus=2",
                          devices=DEVICE, cmdline="cryptomgr.notests slub_debug=-")
        outcome = machine.run(300, self.lines.put)
        image.unlink()
        for trouble in outcome.troubles():
            self.lines.put(f"fail {trouble} (see work/{self.workdir.name}/console in the cache)")
        if not any(line.startswith(("done ", "fail ")) for line in outcome.lines):
            self.lines.put("fail the story did not come to its end")

    def run(self):
        try:
            self.tell()
        except Exception as error:  # pylint: disable=broad-except # told like any other
            self.lines.put(f"fail {error!r}")
        finally:
            self.lines.put(None)


def show(story, colour):
    """Print a story as it comes. True if nothing failed."""
    good, last = True, "text"
    print(f"\n== Linux {story.kernel.release} (Debian {story.kernel.version}), booted at EL2",
          flush=True)
    for line in iter(story.lines.get, None):
        kind, _, text = line.partition(" ")
        if line.startswith("not ok"):
            kind, text = "fail", line[6:]
        if kind not in STYLE:
            continue
        if kind == "text" != last:
            print()
        last = kind
        good = good and kind != "fail"
        before, code = STYLE[kind]
        shown = before + text
        print(f"\033[{code}m{shown}\033[0m" if colour and code else shown, flush=True)
    return good


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--colour", action="store_true")
    args = parser.parse_args()
    start = time.monotonic()
    stories = [Story(*story) for story in STORIES]
    for story in stories:
        story.start()
    for story in stories:
        if not show(story, args.colour):
            return 1
    print(f"\nAll of this happened just now, in {time.monotonic() - start:.0f} s: stock kernels "
          "on server and guest, Debian's QEMU\nas VMM. The hardware is emulated, and the device's "
          "BAR is plain memory: this shows which\nmemory type a guest gets and what follows from "
          "it, not how fast anything is, and no erratum.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
