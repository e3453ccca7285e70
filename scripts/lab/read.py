#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Kernels of which there is an image and nothing to build a module with: would it be met?

Boots each image with an init that prints what /proc/kallsyms says of the functions that
the module looks for, and has tests/text/read.c look for the same in the image. Runs in
the bookworm tool root; scripts/test calls it with --full.
"""
import argparse
import concurrent.futures
import subprocess
import sys
from pathlib import Path

import matrix
from machine import CACHE, SRC, Initramfs, Kernel, Machine

# A class of names for each; without the first four nothing works at all.
WANTED = ["kvm_pgtable_stage2_map", "kvm_pgtable_walk", "stage2_map_walker", "get_kvm_ipa_limit",
          "kvm_get_running_vcpu", "__mmu_notifier_invalidate_range_start",
          "__mmu_notifier_invalidate_range_end"]
OTHERS = ["_text", "_stext", "_kvm_pgtable_walk", "kvm_handle_guest_abort", "_printk", "printk",
          "__stack_chk_fail"]

INIT = """#!/bin/sh
mount -t proc proc /proc
mount -t devtmpfs devtmpfs /dev
echo 0 >/proc/sys/kernel/kptr_restrict
grep -A4 -E ' ({names})$' /proc/kallsyms >/dev/ttyAMA1
echo end >/dev/ttyAMA1
poweroff -f
"""


def symbols(lines):
    """NAME -> (address, size): up to the next address that is another one."""
    known = sorted({(int(words[0], 16), words[2]) for words in map(str.split, lines)
                    if len(words) == 3 and len(words[0]) == 16})
    found = {}
    for address, name in known:
        behind = min((other for other, _ in known if other > address), default=address)
        found.setdefault(name, (address, behind - address))
    # Without KALLSYMS_ALL only what lies behind it is listed, from the next segment on
    # (SEGMENT_ALIGN, which has been 64 KiB since 5.8).
    if "_stext" in found:
        found.setdefault("_text", (found["_stext"][0] - 0x10000, 0))
    return found


def boot(name, workdir):
    """The symbols of a kernel that runs."""
    kernel = Kernel(name)
    where = workdir / f"read-{name}"
    initramfs = Initramfs(kernel)
    initramfs.busybox()
    where.mkdir(parents=True, exist_ok=True)
    (where / "init").write_text(INIT.format(names="|".join(WANTED + OTHERS)))
    initramfs.add(where / "init", "init", 0o755)
    image = initramfs.pack(where / "initramfs")
    machine = Machine(kernel, image, where, cpu="cortex-a72", machine="virt", smp="1")
    outcome = machine.run(600)
    image.unlink()
    return symbols(outcome.lines), outcome.troubles()


def read(name, program, workdir):
    """(name, what is there, what is not)."""
    found, troubles = boot(name, workdir)
    missing = [f"no {wanted}" for wanted in WANTED if wanted not in found]
    listing = workdir / f"read-{name}" / "symbols"
    listing.write_text("".join(f"{address:x} {size:x} {symbol}\n"
                               for symbol, (address, size) in found.items()))
    result = subprocess.run([program, Kernel(name).vmlinuz, listing], capture_output=True,
                            text=True, check=False)
    lines = result.stdout.splitlines() or [f"no answer: {result.stderr.strip()}"]
    return (name, [line[4:] for line in lines if line.startswith("yes ")],
            troubles + missing + [line[3:] for line in lines if not line.startswith("yes ")])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kernels", nargs="+")
    parser.add_argument("-j", "--jobs", type=int, default=2, help="machines at a time")
    parser.add_argument("--table", type=Path, help="write what came of it here, for matrix.py")
    parser.add_argument("--workdir", type=Path, default=CACHE / "work")
    args = parser.parse_args()

    args.workdir.mkdir(parents=True, exist_ok=True)
    program = CACHE / "build" / "read"
    program.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(["gcc", "-O1", "-Wall", "-Wextra", "-Werror", "-D_GNU_SOURCE", "-std=gnu11",
                    f"-I{SRC}/include", "-o", program, SRC / "tests/text/read.c",
                    SRC / "src/core/way_out.c", SRC / "src/core/a64_flow.c"], check=True)
    rows, bad = [], False
    with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        for name, yes, no in pool.map(lambda name: read(name, program, args.workdir),
                                      args.kernels):
            bad |= bool(no)
            print(f"{'not ok' if no else 'ok'} - {name}: the image has what the module looks for")
            for line in yes + no:
                print(f"#   {line}")
            rows.append((name, "no" if no else "read", "; ".join(no or yes)))
    if args.table:
        matrix.write(args.table, rows)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
