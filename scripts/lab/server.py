#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""A Debian arm64 server that boots from a disk, for tests that want a real one.

boot:  the stock kernel at EL2, this disk, and what is said on its result port.
guest: what a guest on that server starts with.
"""
import argparse
import sys
from pathlib import Path

from machine import SRC, Initramfs, Kernel, Machine
from real import GUEST_ROOT, wcprobe, write_tree

INIT = """#!/bin/sh
export PATH=/bin
mount -t devtmpfs devtmpfs /dev
mount -t proc proc /proc
modprobe -a virtio_pci virtio_blk ext4
mount -t ext4 /dev/vda /mnt
umount /proc
exec switch_root /mnt $(cat /next)
"""


def boot(args):
    """One boot; what the server says comes out here."""
    kernel = Kernel(args.kernel)
    initramfs = Initramfs(kernel)
    initramfs.busybox()
    initramfs.stock_modules(["virtio_pci", "virtio_blk", "ext4", "crc32c_generic", "libcrc32c"])
    (initramfs.root / "init").write_text(INIT)
    (initramfs.root / "init").chmod(0o755)
    (initramfs.root / "next").write_text(args.init + "\n")
    workdir = args.work or args.disk.parent
    image = initramfs.pack(workdir / "initramfs")
    disks = [args.disk, *args.more]
    devices = [word for number, disk in enumerate(disks) for word in (
        "-drive", f"if=none,id=disk{number},format=raw,file={disk},cache=unsafe"
                  f"{',snapshot=on' if args.snapshot or number else ''}",
        "-device", f"virtio-blk-pci,drive=disk{number},addr={hex(16 + number)}")]
    for number, slot in ((0, 6),):
        devices += ["-object", f"memory-backend-file,id=shm{number},size=4M,share=on,"
                               f"mem-path={workdir}/shm{number}",
                    "-device", f"ivshmem-plain,memdev=shm{number},addr={slot}"]
    # A network card with virtual functions. Not behind a port, as it would be in a server: on
    # machines with a device tree kernels enable a port's ACS too late, and card and functions
    # would be one IOMMU group, of which no guest can have a part.
    devices += ["-device", "igb,addr=8,romfile="]
    # Nothing is tested while packages are configured: that kernel need not watch itself.
    watched = {} if args.init == "/sbin/init" else {"base_cmdline": "console=ttyAMA0 panic=-1"}
    machine = Machine(kernel, image, workdir, cpu="max,pauth=off,sve=off,sme=off,lpa2=off",
                      memory="3G", devices=devices, cmdline=args.cmdline, **watched)
    outcome = machine.run(args.timeout, lambda line: print(line, flush=True))
    troubles = outcome.troubles()
    if "end" not in outcome.lines:
        troubles.append("did not run to its end")
    for line in troubles + outcome.excerpt()[1:]:
        print(f"# {line}")
    # What each part of it took of the CPU, which a busy machine does not change.
    before = 0
    for part, used in outcome.done.items():
        print(f"# {part}: {used - before:.0f} s of CPU")
        before = used
    print(f"# {outcome.seconds:.0f} s")
    return 1 if troubles else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    one = commands.add_parser("boot")
    one.add_argument("--kernel", required=True)
    one.add_argument("--disk", type=Path, required=True)
    one.add_argument("--more", type=Path, nargs="*", default=[], help="further disks")
    one.add_argument("--work", type=Path, help="where console and results go")
    one.add_argument("--snapshot", action="store_true", help="forget what it writes")
    one.add_argument("--init", default="/sbin/init")
    one.add_argument("--cmdline", default="")
    one.add_argument("--timeout", type=int, default=1800)
    one = commands.add_parser("guest")
    one.add_argument("target", type=Path)
    args = parser.parse_args()
    if args.command == "guest":
        write_tree(args.target, {"init": SRC / "tests/packages/guest", "bin/wcprobe": wcprobe(),
                                 "bin/busybox": GUEST_ROOT / "bin/busybox"})
        return 0
    return boot(args)


if __name__ == "__main__":
    sys.exit(main())
