#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""A Debian arm64 server that boots from a disk, for tests that want a real one.

unpack: puts packages where they belong, and into dpkg's books as unpacked.
boot:   the stock kernel at EL2, this disk, and what is said on its result port.
"""
import argparse
import shutil
import subprocess
import sys
from pathlib import Path

from machine import Initramfs, Kernel, Machine

INIT = """#!/bin/sh
export PATH=/bin
mount -t devtmpfs devtmpfs /dev
mount -t proc proc /proc
modprobe -a virtio_pci virtio_blk ext4
mount -t ext4 /dev/vda /mnt
umount /proc
exec switch_root /mnt $(cat /next)
"""


def fields(deb):
    """The control file's paragraph, as text, and as a dictionary of simple fields."""
    text = subprocess.run(["dpkg-deb", "-f", deb], check=True, capture_output=True,
                          text=True).stdout
    return text, dict(line.split(": ", 1) for line in text.splitlines()
                      if ": " in line and not line.startswith(" "))


def unpack(where):
    """All of archives/ into root/."""
    root = where / "root"
    info = root / "var/lib/dpkg/info"
    (info / "format").write_text("1\n")
    with (root / "var/lib/dpkg/status").open("w", encoding="utf-8") as status:
        for deb in sorted((where / "archives").glob("*.deb")):
            text, field = fields(deb)
            first, _, rest = text.partition("\n")
            status.write(f"{first}\nStatus: install ok unpacked\n{rest}\n")
            name = field["Package"]
            if field.get("Multi-Arch") == "same":
                name += ":" + field["Architecture"]
            control = where / "control"
            shutil.rmtree(control, ignore_errors=True)
            subprocess.run(["dpkg-deb", "-e", deb, control], check=True)
            for path in control.iterdir():
                if path.name != "control":
                    shutil.copy(path, info / f"{name}.{path.name}")
            with subprocess.Popen(["dpkg-deb", "--fsys-tarfile", deb],
                                  stdout=subprocess.PIPE) as tar:
                files = subprocess.run(
                    ["tar", "-xv", "--keep-directory-symlink", "-f", "-", "-C", root],
                    stdin=tar.stdout, check=True, capture_output=True, text=True).stdout
            (info / f"{name}.list").write_text("".join(
                (line.rstrip("/")[1:] or "/.") + "\n" for line in files.splitlines()))
    for name in ("passwd", "group"):
        shutil.copy(root / f"usr/share/base-passwd/{name}.master", root / f"etc/{name}")


def boot(args):
    """One boot; what the server says comes out here."""
    kernel = Kernel(args.kernel)
    initramfs = Initramfs(kernel)
    initramfs.busybox()
    initramfs.stock_modules(["virtio_pci", "virtio_blk", "ext4", "crc32c_generic", "libcrc32c"])
    (initramfs.root / "init").write_text(INIT)
    (initramfs.root / "init").chmod(0o755)
    (initramfs.root / "next").write_text(args.init + "\n")
    workdir = args.disk.parent
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
    machine = Machine(kernel, image, workdir, cpu="max,pauth=off,sve=off,sme=off,lpa2=off",
                      memory="3G", devices=devices, cmdline=args.cmdline)
    outcome = machine.run(args.timeout, lambda line: print(line, flush=True))
    troubles = outcome.troubles()
    if "end" not in outcome.lines:
        troubles.append("did not run to its end")
    for line in troubles + outcome.excerpt()[1:]:
        print(f"# {line}")
    print(f"# {outcome.seconds:.0f} s")
    return 1 if troubles else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    one = commands.add_parser("unpack")
    one.add_argument("where", type=Path)
    one = commands.add_parser("boot")
    one.add_argument("--kernel", required=True)
    one.add_argument("--disk", type=Path, required=True)
    one.add_argument("--more", type=Path, nargs="*", default=[], help="further disks")
    one.add_argument("--snapshot", action="store_true", help="forget what it writes")
    one.add_argument("--init", default="/sbin/init")
    one.add_argument("--cmdline", default="")
    one.add_argument("--timeout", type=int, default=1800)
    args = parser.parse_args()
    if args.command == "unpack":
        unpack(args.where)
        return 0
    return boot(args)


if __name__ == "__main__":
    sys.exit(main())
