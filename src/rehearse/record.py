# SPDX-License-Identifier: GPL-2.0-only
"""What is remembered of a rehearsal, for "s2memattr doctor"; and which kernels wait for one."""
import datetime
import os
from pathlib import Path

from .verdicts import WORDS

STATE = "var/lib/s2memattr"
DONE = f"{STATE}/rehearsed"
WAITING = f"{STATE}/to-rehearse"


def write(root, kernel, module, emulator, status):
    """STATE/rehearsed/RELEASE: "KEY = VALUE" a line; all of the old or all of the new. Size
    and time of the image let a reader see, without its checksum, that it is another one."""
    info = kernel.path.stat()
    now = datetime.datetime.now(datetime.timezone.utc)
    values = {
        "verdict": WORDS[status],
        "date": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "module_version": module.version if module else "-",
        "module_srcversion": module.srcversion if module else "-",
        "image": f"/{kernel.path.relative_to(kernel.root)}",
        "image_sha256": kernel.checksum,
        "image_size": str(info.st_size),
        "image_mtime": str(int(info.st_mtime)),
        "qemu": emulator.version,
    }
    path = Path(root) / DONE / kernel.release
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        new.write_text("".join(f"{key} = {value}\n" for key, value in values.items()))
        new.replace(path)
    finally:
        new.unlink(missing_ok=True)


def waiting(root):
    """Releases that were built for and not rehearsed, the first one first."""
    try:
        marks = [path for path in (Path(root) / WAITING).iterdir() if path.is_file()]
    except OSError:
        return []
    return [path.name for path in sorted(marks, key=lambda path: path.stat().st_mtime)]


def waits_no_more(root, release):
    """Whatever came of it."""
    (Path(root) / WAITING / release).unlink(missing_ok=True)
