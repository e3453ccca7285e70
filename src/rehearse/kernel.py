# SPDX-License-Identifier: GPL-2.0-only
"""Which kernel is meant: a release that is installed, a tree, or files."""
import glob
import hashlib
import os
from pathlib import Path

from .image import Refused, is_big_endian, page_size, plain_image, release_of

# Where distributions put images, below a root.
IMAGES = ["boot/vmlinuz-{0}", "boot/vmlinux-{0}", "boot/Image-{0}", "boot/Image.gz-{0}",
          "boot/kernel-{0}", "boot/vmlinuz-{0}.efi", "lib/modules/{0}/vmlinuz",
          "usr/lib/modules/{0}/vmlinuz", "lib/modules/{0}/Image", "usr/lib/modules/{0}/Image",
          "boot/{0}/vmlinuz", "boot/*/{0}/linux", "efi/*/{0}/linux", "boot/efi/*/{0}/linux"]
MODULES = ["lib/modules/{0}", "usr/lib/modules/{0}"]
HEADERS = ["usr/src/linux-headers-{0}", "usr/src/kernels/{0}"]


def below(root, path):
    """A path whose absolute links lead nowhere out of the root that it is in."""
    for _ in range(40):
        if not path.is_symlink():
            return path
        to = os.readlink(path)
        path = root / to.lstrip("/") if to.startswith("/") else path.parent / to
    return path


def first(root, patterns, *words):
    """The first file or directory that is there."""
    for pattern in patterns:
        pattern = pattern.format(*(glob.escape(word) for word in words))
        for found in sorted(glob.glob(os.path.join(glob.escape(str(root)), pattern))):
            path = below(root, Path(found))
            if path.exists():
                return path
    return None


def releases(root):
    """Those that have modules below a root."""
    found = set()
    for where in ("lib/modules", "usr/lib/modules"):
        if (root / where).is_dir():
            found |= {path.name for path in (root / where).iterdir() if path.is_dir()}
    return sorted(found)


class Kernel:
    """An image, the release that it says it is, and what there is beside it."""

    def __init__(self, path, root=Path("/"), modules=None, headers=None):
        self.path = path
        self.root = root
        try:
            data = path.read_bytes()
        except OSError as error:
            raise Refused(f"{path}: {error.strerror}") from error
        self.checksum = hashlib.sha256(data).hexdigest()
        self.image = plain_image(data, str(path))
        if is_big_endian(self.image):
            raise Refused(f"{path} is big-endian")
        self.release = release_of(self.image, str(path))
        self.page_size = page_size(self.image)
        self.modules = modules or self._own(MODULES)
        self.headers = headers or self._beside() or self._own(HEADERS)

    def _beside(self):
        """The headers that the modules' directory has a link to."""
        if not self.modules:
            return None
        build = below(self.root or Path("/"), self.modules / "build")
        return build if build.exists() else None

    def _own(self, patterns):
        return first(self.root, patterns, self.release) if self.root else None


def _given(args):
    modules, headers = (Path(word) if word else None for word in (args.modules, args.headers))
    for word, path in (("--modules", modules), ("--headers", headers)):
        if path and not path.is_dir():
            raise Refused(f"{word} {path}: no such directory")
    return modules, headers


def _of_release(release, root, args):
    image = first(root, IMAGES, release)
    if not image:
        have = [name for name in releases(root) if first(root, IMAGES, name)]
        there = f"those below {root}: {' '.join(have)}" if have else f"none below {root}"
        raise Refused(f"there is no image of a kernel {release} (there are {there})")
    modules, headers = _given(args)
    kernel = Kernel(image, root, modules, headers)
    if kernel.release != release:
        raise Refused(f"{image} is {kernel.release}, and not {release}")
    return kernel


def _of_tree(root, args):
    """A package's files, unpacked."""
    found = [args.release] if args.release else \
        [name for name in releases(root) if first(root, IMAGES, name)]
    if len(found) > 1:
        raise Refused(f"{root} has several kernels: say --release with one of {' '.join(found)}")
    if found:
        return _of_release(found[0], root, args)
    images = sorted(path for pattern in ("boot/vmlinuz*", "boot/Image*", "vmlinuz*", "Image*")
                    for path in root.glob(pattern) if path.is_file())
    if len(images) != 1:
        raise Refused(f"{root} has " + (f"several images: {' '.join(map(str, images))}" if images
                                        else "no image of a kernel, in boot/ or beside its "
                                             "modules"))
    return Kernel(images[0], root, *_given(args))


def around(path):
    """The root of an image in one of the usual places, whose modules are in theirs; of any
    other nothing is guessed, and it is None."""
    roots = [path.parents[pattern.count("/")]
             for pattern in sorted(IMAGES, key=lambda pattern: -pattern.count("/"))
             if path.match(pattern.format("*"))]
    return next((root for root in roots if releases(root)), None)


def find(word, args):
    """The kernel that a word means: with a slash in it a path, otherwise a release."""
    root = Path(args.root).absolute()
    path = Path(word)
    if "/" not in word:
        if first(root, IMAGES, word) or not path.exists():
            return _of_release(word, root, args)
    if not path.exists():
        raise Refused(f"{word}: there is no such file or directory")
    path = path.absolute()
    if path.is_dir():
        return _of_tree(path, args)
    return Kernel(path, around(path), *_given(args))
