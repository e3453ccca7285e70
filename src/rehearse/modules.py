# SPDX-License-Identifier: GPL-2.0-only
"""A kernel's modules, without depmod: from their own words, whatever compresses them."""
import os
import struct
from pathlib import Path

from .image import Refused, expanded


def stem(path):
    """The name that the kernel knows a module's file by."""
    return Path(path).name.split(".ko")[0].replace("-", "_")


def information(data, name):
    """What modinfo prints: the words of a module's .modinfo."""
    try:
        if data[:6] != b"\x7fELF\x02\x01":
            raise Refused(f"{name} is no kernel module")
        if struct.unpack_from("<H", data, 18)[0] != 183:
            raise Refused(f"{name} is a module for another machine than arm64")
        table, = struct.unpack_from("<Q", data, 40)
        size, count, strings = struct.unpack_from("<HHH", data, 58)
        heads = [struct.unpack_from("<IIQQQQ", data, table + size * n) for n in range(count)]
        names = heads[strings][4]
        for head in heads:
            at = names + head[0]
            if data[at:data.index(b"\0", at)] == b".modinfo":
                words = data[head[4]:head[4] + head[5]].split(b"\0")
                return dict(word.decode(errors="replace").split("=", 1)
                            for word in words if b"=" in word)
    except (struct.error, IndexError, ValueError) as error:
        raise Refused(f"{name} is damaged: {error}") from error
    raise Refused(f"{name} is no kernel module")


def read(path):
    """A module's bytes, plain."""
    try:
        return expanded(Path(path).read_bytes(), str(path))
    except OSError as error:
        raise Refused(f"{path}: {error.strerror}") from error


class Modules:
    """All files of a release, by name. Of two with one name that in updates/ is the one
    that would be loaded."""

    def __init__(self, directory):
        self.paths = {}
        for where, dirs, files in os.walk(directory):
            dirs.sort(key=lambda name: (name == "updates", name))
            for name in files:
                if ".ko" in name:
                    self.paths[stem(name)] = Path(where) / name

    def __bool__(self):
        return bool(self.paths)

    def with_dependencies(self, names):
        """[(name, bytes)] in load order. What is not there is built in, or missed."""
        order = {}

        def add(name):
            name = name.replace("-", "_")
            if name in order or name not in self.paths:
                return
            data = read(self.paths[name])
            for other in information(data, str(self.paths[name])).get("depends", "").split(","):
                add(other)
            order[name] = data

        for name in names:
            add(name)
        return list(order.items())
