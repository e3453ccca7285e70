# SPDX-License-Identifier: GPL-2.0-only
"""The module for the kernel in question: the one that is installed for it, or one that is
built here."""
import os
import platform
import re
import shutil
import subprocess
from pathlib import Path

from .image import Refused
from .modules import Modules, information, read

NAME = "s2memattr"
SOURCES = "/usr/src"
CROSS = "aarch64-linux-gnu-"


class Module:
    """Bytes, and what they say of themselves."""

    def __init__(self, path, how):
        self.path = Path(path)
        self.how = how
        self.data = read(path)
        said = information(self.data, str(path))
        self.version = said.get("version", "")
        self.srcversion = said.get("srcversion", "")
        self.name = said.get("name", "")
        self.release = said.get("vermagic", "").split(" ")[0]

    def must_be_for(self, release):
        """Refuses a module of something else."""
        if self.name != NAME:
            raise Refused(f"{self.path} is the module {self.name or '?'}, and not {NAME}")
        if self.release != release:
            raise Refused(f"{self.path} was built for {self.release or '?'}, and not for {release}")


class Missing(Exception):
    """The sentence that says why there is no module. The kernel may be fine."""


def _installed(kernel):
    """Where it is installed, or where DKMS has it before it installs it."""
    if kernel.modules:
        found = Modules(kernel.modules).paths.get(NAME)
        if found:
            return found
    if not kernel.root:
        return None
    built = [path for path in kernel.root.glob(f"var/lib/dkms/{NAME}/*/*/*/module/{NAME}.ko*")
             if path.parts[-4] == kernel.release]
    return max(built, key=lambda path: path.stat().st_mtime, default=None)


def _source(given):
    """The source that DKMS builds from, or that somebody has unpacked."""
    if given:
        if not (Path(given) / "Kbuild").exists():
            raise Refused(f"--source {given}: no source of {NAME} is there")
        return Path(given)
    found = sorted(Path(SOURCES).glob(f"{NAME}-*/Kbuild"), key=lambda path: path.stat().st_mtime)
    return found[-1].parent if found else None


def _compiler(headers):
    """What make has to be told: the compiler that the kernel's configuration names, where
    there is one of that name."""
    cross = "" if platform.machine() == "aarch64" else CROSS
    words = [f"CROSS_COMPILE={cross}"] if cross else []
    try:
        config = (headers / ".config").read_text(errors="replace")
    except OSError:
        config = ""
    if "CONFIG_CC_IS_CLANG=y" in config:
        return words + ["LLVM=1"], "clang"
    version = re.search(r"^CONFIG_GCC_VERSION=(\d+)\d{4}$", config, re.M)
    named = f"{cross}gcc-{version.group(1)}" if version else ""
    # Headers of Debian name their compiler themselves.
    if named and (headers / ".kernelvariables").exists():
        return words, named
    if named and shutil.which(named):
        return words + [f"CC={named}"], named
    return words, f"{cross}gcc"


def _why_not(said):
    """The sentence of the module's own build, or the compiler's first complaint."""
    lines = said.splitlines()
    for pattern in (rf"^{NAME}: ", r"error:|\*\*\*", r"\S"):
        for line in lines:
            if re.search(pattern, line):
                return line.strip()
    return "make says nothing"


def _build(kernel, source, workdir):
    headers = kernel.headers
    tree = workdir / "source"
    tree.mkdir()
    for part in ("Kbuild", "dkms.conf", "src", "include", "scripts/probes"):
        if (source / part).is_dir():
            shutil.copytree(source / part, tree / part,
                            ignore=shutil.ignore_patterns("*.o", "*.ko", "*.mod*", ".*.cmd", "cli",
                                                          "rehearse"))
        elif (source / part).exists():
            shutil.copy(source / part, tree / part)
    words, compiler = _compiler(headers)
    if not shutil.which("make"):
        raise Missing("it would be built, but make is not installed")
    if not shutil.which(compiler):
        raise Missing(f"it would be built, but {compiler} is not installed")
    done = subprocess.run(["make", "-C", str(headers), f"M={tree}", "ARCH=arm64", *words,
                           f"-j{os.cpu_count() or 1}", "modules"], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          errors="replace", check=False)
    (workdir / "make.log").write_text(done.stdout)
    if done.returncode or not (tree / f"{NAME}.ko").exists():
        raise Missing(f"it does not build: {_why_not(done.stdout)}")
    return tree / f"{NAME}.ko"


def find(kernel, args, workdir):
    """The module, which is for that kernel; or Missing, which says why there is none."""
    if args.module:
        module = Module(args.module, "given")
    elif not args.build and _installed(kernel):
        module = Module(_installed(kernel), "installed")
    else:
        if not kernel.headers or not (kernel.headers / "Makefile").exists():
            raise Missing("it is not built for this kernel, whose headers are not here")
        source = _source(args.source)
        if not source:
            raise Missing(f"it is not built for this kernel, and there is no {SOURCES}/{NAME}-*")
        module = Module(_build(kernel, source, workdir), "built here")
    module.must_be_for(kernel.release)
    return module
