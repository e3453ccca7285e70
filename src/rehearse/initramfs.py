# SPDX-License-Identifier: GPL-2.0-only
"""What a machine starts with: a directory that becomes an archive, and how programs of
another architecture get into it with the libraries that they load."""
import os
import shlex
import shutil
import stat
import struct
import tempfile
from pathlib import Path

AARCH64 = 183
# Where the loader looks, below a root, beside what a program says itself.
LIBRARY_PATH = ["lib", "usr/lib", "lib64", "usr/lib64", "lib/aarch64-linux-gnu",
                "usr/lib/aarch64-linux-gnu"]


class NotFound(Exception):
    """A sentence: what is not there, and for whom."""


class Initramfs:
    """A directory that becomes an initramfs."""

    def __init__(self):
        # pylint: disable-next=consider-using-with
        self.tmp = tempfile.TemporaryDirectory(prefix="s2m-initramfs-")
        self.root = Path(self.tmp.name) / "root"
        for name in ("bin", "proc", "sys", "dev", "tmp", "run", "etc", "mnt"):
            (self.root / name).mkdir(parents=True)
        (self.root / "sbin").symlink_to("bin")

    def add(self, source, target, mode=None):
        """Copy a file, or a tree, to a path inside."""
        target = self.root / target.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        if Path(source).is_dir():
            shutil.copytree(source, target, dirs_exist_ok=True, symlinks=True)
        else:
            shutil.copy(source, target)
            if mode is not None:
                target.chmod(mode)

    def write(self, target, data, mode=0o644):
        """A file with these bytes, or this text."""
        target = self.root / target.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data if isinstance(data, bytes) else data.encode())
        target.chmod(mode)

    def shell(self, busybox):
        """A static busybox. The init that it runs has it make the other links."""
        self.add(busybox, "bin/busybox", 0o755)
        (self.root / "bin/sh").symlink_to("busybox")

    def program(self, path, root, target):
        """A program for arm64, and what it loads from below @root, each at its own place."""
        self.add(path, target, 0o755)
        for library in libraries(Path(path), Path(root)):
            self.add(Path(root) / library, library, 0o755)

    def pack(self, target):
        """Write the archive; the directory is gone then."""
        archive(self.root, target)
        self.tmp.cleanup()
        return target


def settings(values):
    """Shell variables, as a file that a shell reads."""
    return "".join(f"{name}={shlex.quote(value)}\n" for name, value in values.items())


def _entry(out, number, name, mode, data=b""):
    """One file of an archive as the kernel unpacks it, everything being root's."""
    name = name.encode() + b"\0"
    fields = (number, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name), 0)
    head = b"070701" + b"".join(b"%08X" % field for field in fields) + name
    out.write(head + b"\0" * (-len(head) % 4) + data + b"\0" * (-len(data) % 4))


def archive(root, target, mode="wb"):
    """Write a directory as a cpio archive, or append it to one."""
    number = 1
    with open(target, mode) as out:
        _entry(out, number, ".", os.lstat(root).st_mode)
        for where, dirs, files in os.walk(root):
            dirs.sort()
            for name in sorted(dirs + files):
                path = os.path.join(where, name)
                info = os.lstat(path)
                data = b""
                if stat.S_ISLNK(info.st_mode):
                    data = os.readlink(path).encode()
                elif stat.S_ISREG(info.st_mode):
                    data = Path(path).read_bytes()
                number += 1
                _entry(out, number, os.path.relpath(path, root), info.st_mode, data)
        _entry(out, 0, "TRAILER!!!", 0)
    return target


def with_file(base, target, name, text):
    """A copy of an initramfs with one more file: the kernel unpacks archives that follow
    one another."""
    shutil.copy(base, target)
    with tempfile.TemporaryDirectory(prefix="s2m-settings-") as tmp:
        Path(tmp).chmod(0o755)  # it becomes the mode of /
        path = Path(tmp) / name
        path.parent.mkdir(parents=True)
        path.write_text(text)
        archive(tmp, target, "ab")
    return target


def _text(data, at):
    return data[at:data.index(b"\0", at)].decode()


def asks_loader_for(path):
    """What an arm64 program or library needs: names, and directories of its own."""
    try:
        return _asks_loader_for(path)
    except (struct.error, ValueError, OSError) as error:
        raise NotFound(f"{path} is damaged: {error}") from error


def _asks_loader_for(path):
    data = Path(path).read_bytes()
    if data[:6] != b"\x7fELF\x02\x01" or struct.unpack_from("<H", data, 18)[0] != AARCH64:
        raise NotFound(f"{path} is no program for arm64")
    start, = struct.unpack_from("<Q", data, 32)
    size, count = struct.unpack_from("<HH", data, 54)
    loads, dynamic, names = [], None, []
    for number in range(count):
        kind, _, offset, address, _, length = struct.unpack_from("<IIQQQQ", data,
                                                                 start + number * size)
        if kind == 1:
            loads.append((address, offset, length))
        elif kind == 2:
            dynamic = (offset, length)
        elif kind == 3:
            names.append(_text(data, offset))
    if not dynamic:
        return names, []
    entries = [struct.unpack_from("<QQ", data, dynamic[0] + at)
               for at in range(0, dynamic[1], 16)]
    strings = next((value for tag, value in entries if tag == 5), 0)
    strings = next((offset + strings - address for address, offset, length in loads
                    if address <= strings < address + length), 0)
    names += [_text(data, strings + value) for tag, value in entries if tag == 1]
    own = [_text(data, strings + value) for tag, value in entries if tag in (15, 29)]
    return names, [where.strip("/") for item in own for where in item.split(":")]


def libraries(program, root):
    """All that an arm64 program loads, as paths below @root."""
    found, queue = {}, [program]
    while queue:
        asks = queue.pop()
        names, own = asks_loader_for(asks)
        for name in names:
            if name in found:
                continue
            places = [name.lstrip("/")] if name.startswith("/") else [
                f"{where}/{name}" for where in own + LIBRARY_PATH]
            path = next((place for place in places if (root / place).exists()), None)
            if path is None:
                raise NotFound(f"{name}, for {asks.name}, is not below {root}")
            found[name] = path
            queue.append(root / path)
    return sorted(found.values())
