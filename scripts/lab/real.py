# SPDX-License-Identifier: GPL-2.0-only
"""A real VMM and a real guest for the emulated server.

QEMU for arm64 as Debian built it, with exactly the libraries that it needs, a
stock kernel, and an initramfs with busybox and wcprobe. with_guest() appends
all that to a machine's initramfs, where tests/host/guest.sh drives it. What is
made from other files is kept in the cache until one of them changes.
"""
import fcntl
import hashlib
import shutil
import subprocess
import tempfile
from pathlib import Path

from machine import CACHE, SRC, archive, made

GUEST_ROOT = CACHE / "roots" / "guest"
KEPT = CACHE / "real"
CROSS = "aarch64-linux-gnu-"
QEMU = Path("usr/bin/qemu-system-aarch64")
FIRMWARE = GUEST_ROOT / "usr/share/qemu-efi-aarch64/QEMU_EFI.fd"

# The CPU on which a guest boots fastest. It has FEAT_EVT: without it newer kernels
# trap a guest's reads of CTR_EL0, and ftrace alone makes 110 000 of them while a guest
# boots (40 s instead of 10 on neoverse-n1). What is off is slow to emulate.
CPU = "max,pauth=off,sve=off,sme=off,lpa2=off"


def kept(name, inputs, make):
    """The file that make(path) made from these files, now or earlier."""
    digest = hashlib.sha256()
    for path in [Path(__file__), *inputs]:
        digest.update(path.read_bytes())
    KEPT.mkdir(parents=True, exist_ok=True)
    result, stamp, new = KEPT / name, KEPT / f"{name}.inputs", KEPT / f"{name}.new"
    with (KEPT / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not stamp.exists() or stamp.read_text() != digest.hexdigest():
            stamp.unlink(missing_ok=True)
            make(new)
            new.rename(result)
            stamp.write_text(digest.hexdigest())
    return result


def libraries(program):
    """All that a program loads, as paths in the guest root."""
    return made.libraries(GUEST_ROOT / program, GUEST_ROOT)


def wcprobe():
    """The program that tells, in the guest, which type it gets."""
    source = SRC / "tests/real/wcprobe.c"

    def make(target):
        subprocess.run([f"{CROSS}gcc-12", "-O2", "-Wall", "-Wextra", "-Werror", "-static", "-s",
                        "-o", target, source], check=True)

    return kept("wcprobe", [source], make)


def write_tree(target, files):
    """An archive of {path inside: file}, all of them executable."""
    with tempfile.TemporaryDirectory(prefix="s2m-tree-") as tmp:
        for inside, source in files.items():
            copy = Path(tmp) / inside
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, copy)
            copy.chmod(0o755)
        archive(tmp, target)


def guest_initramfs():
    """What the guest starts with."""
    files = {"init": SRC / "tests/real/init", "bin/wcprobe": wcprobe(),
             "bin/busybox": GUEST_ROOT / "bin/busybox"}
    return kept("guest.cpio", files.values(), lambda target: write_tree(target, files))


def guest_archive(kernel):
    """VMM and guest; the guest's kernel is the host's."""
    initramfs = guest_initramfs()

    def make(target):
        write_tree(target, {
            "bin/qemu-system-aarch64": GUEST_ROOT / QEMU,
            **{path: GUEST_ROOT / path for path in libraries(QEMU)},
            "guest/Image": kernel.vmlinuz,
            "guest/initramfs": initramfs,
            "guest/firmware": FIRMWARE,
        })

    inputs = [GUEST_ROOT / "var/lib/dpkg/status", GUEST_ROOT / QEMU, FIRMWARE, kernel.vmlinuz,
              initramfs]
    return kept(f"{kernel.name}.cpio", inputs, make)


def with_guest(initramfs, kernel):
    """Append VMM and guest to an initramfs: the kernel unpacks one archive after another."""
    with open(initramfs, "ab") as out, guest_archive(kernel).open("rb") as more:
        shutil.copyfileobj(more, out)
    return initramfs
