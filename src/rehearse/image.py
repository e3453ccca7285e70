# SPDX-License-Identifier: GPL-2.0-only
"""Kernel images and modules as distributions ship them, made plain.

An arm64 kernel comes as it is, compressed (gzip, xz, lzma, zstd, lz4, bzip2), as an EFI
program that unpacks itself (zboot), or as a section of one (unified kernel image).
What is wrong with a file is said in a sentence; nothing is guessed.
"""
import bz2
import lzma
import re
import shutil
import struct
import subprocess
import zlib


class Refused(Exception):
    """The sentence that says why."""


ARM64 = b"ARM\x64"
PAGE_SIZES = {1: 4, 2: 16, 3: 64}
# Some image within an image within an image; more is a mistake or malice.
DEEPEST = 4
LARGEST = 1 << 30

_MAGIC = (
    (b"\x1f\x8b", "gzip"), (b"\xfd7zXZ\x00", "xz"), (b"\x28\xb5\x2f\xfd", "zstd"),
    (b"\x5d\x00\x00", "lzma"), (b"\x02\x21\x4c\x18", "lz4"), (b"\x04\x22\x4d\x18", "lz4"),
    (b"BZh", "bzip2"))
_PROGRAMS = {"zstd": ["zstd", "-dcq"], "lz4": ["lz4", "-dcq"]}
_ZBOOT = {"gzip": "gzip", "xzkern": "xz", "xz": "xz", "lzma": "lzma", "zstd": "zstd",
          "zstd22": "zstd", "lz4": "lz4", "bzip2": "bzip2"}


def _by_library(kind, data):
    """Of a stream that is cut short nothing comes back."""
    one = {"gzip": lambda: zlib.decompressobj(31), "bzip2": bz2.BZ2Decompressor}.get(
        kind, lzma.LZMADecompressor)()
    try:
        plain = one.decompress(data, LARGEST)
    except (zlib.error, lzma.LZMAError, OSError, EOFError):
        return None
    return plain if one.eof else None


def _by_program(kind, data, name):
    program = _PROGRAMS[kind]
    if not shutil.which(program[0]):
        raise Refused(f"{name} is compressed with {kind}, and the program {program[0]} is not "
                      "installed")
    done = subprocess.run(program, input=data, capture_output=True, check=False)
    return done.stdout if done.returncode == 0 else None


def _expand(kind, data, name):
    plain = _by_program(kind, data, name) if kind in _PROGRAMS else _by_library(kind, data)
    if plain is None:
        raise Refused(f"{name} is damaged: its {kind} data ends early or is none")
    return plain


def kind_of(data):
    """What a file is compressed with, or None."""
    return next((kind for magic, kind in _MAGIC if data.startswith(magic)), None)


def expanded(data, name):
    """A file's bytes, without what compresses it."""
    kind = kind_of(data)
    return _expand(kind, data, name) if kind else data


def _section(data, wanted):
    """A section of an EFI program, or None."""
    try:
        start, = struct.unpack_from("<I", data, 0x3c)
        if data[start:start + 4] != b"PE\0\0":
            return None
        count, optional = struct.unpack_from("<H", data, start + 6)[0], \
            struct.unpack_from("<H", data, start + 20)[0]
        for number in range(count):
            head = start + 24 + optional + 40 * number
            if data[head:head + 8].rstrip(b"\0") == wanted:
                size, _, raw, offset = struct.unpack_from("<IIII", data, head + 8)
                return data[offset:offset + min(size, raw)]
    except struct.error:
        pass
    return None


def _zboot(data, name):
    """What an EFI program of the kernel's own kind carries."""
    offset, size = struct.unpack_from("<II", data, 8)
    kind = data[24:56].split(b"\0")[0].decode(errors="replace")
    if kind not in _ZBOOT:
        raise Refused(f"{name} is an EFI zboot image compressed with '{kind}', which is not known "
                      "here")
    if offset + size > len(data):
        raise Refused(f"{name} is damaged: an EFI zboot image that ends early")
    payload = data[offset:offset + size]
    try:
        return _expand(_ZBOOT[kind], payload, name)
    except Refused:
        # Some kernels count the length that follows a stream as part of it.
        return _expand(_ZBOOT[kind], payload[:-4], name)


def _not_arm64(data, name):
    """The sentence for what is no image for arm64."""
    if data[0x202:0x206] == b"HdrS":
        return f"{name} is a kernel for x86"
    if data.startswith(b"\x7fELF"):
        machine, = struct.unpack_from("<H", data, 18)
        return f"{name} is an ELF file" + (
            ": a vmlinux is for debuggers, what boots is the Image or vmlinuz"
            if machine == 183 else f" for another machine ({machine})")
    if data.startswith(b"MZ"):
        return f"{name} is an EFI program, and no kernel for arm64 is in it"
    return f"{name} is no kernel image for arm64"


def plain_image(data, name):
    """The plain Image that a kernel's file has in it."""
    for _ in range(DEEPEST):
        if data[56:60] == ARM64 and len(data) > 64:
            return data
        if data[:2] == b"MZ" and data[4:8] == b"zimg":
            data = _zboot(data, name)
        elif data[:2] == b"MZ" and _section(data, b".linux"):
            data = _section(data, b".linux")
        elif kind_of(data):
            data = expanded(data, name)
        else:
            break
    raise Refused(_not_arm64(data, name) if data else f"{name} is empty")


def release_of(image, name):
    """What uname -r will say: a name for files, which makes no path."""
    found = re.search(rb"Linux version (?![.])([^\x00-\x20/\x7f-\xff]{1,64}) \(", image)
    if not found:
        raise Refused(f"{name} does not say which version of Linux it is")
    return found.group(1).decode()


def page_size(image):
    """In KiB; 4 where the image does not say, as images before 4.6 did."""
    return PAGE_SIZES.get(struct.unpack_from("<Q", image, 24)[0] >> 1 & 3, 4)


def is_big_endian(image):
    """Of those KVM has none of what is looked for, and nobody ships them."""
    return bool(struct.unpack_from("<Q", image, 24)[0] & 1)
