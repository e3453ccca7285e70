# SPDX-License-Identifier: GPL-2.0-only
"""Images and modules as distributions ship them."""
import os
import shutil
import struct

from made import FAILED, NOT_BEGUN, RELEASE, RehearseTest, compressed, image, module, \
    unified, zboot

KINDS = ("gzip", "xz", "lzma", "zstd", "lz4", "bzip2")


class Formats(RehearseTest):
    def boots(self, data):
        """The image is taken, and what is booted is the plain one."""
        self.put(f"boot/vmlinuz-{RELEASE}", data)
        self.gives(RELEASE, "--keep", str(self.top / "kept"), out=f"{RELEASE}: works")
        for path in sorted((self.top / "kept").rglob("*"), reverse=True):
            path.unlink() if path.is_file() else path.rmdir()
        (self.top / "kept").rmdir()

    def refuses(self, data, sentence):
        """It is not, with that sentence, and nothing is booted."""
        path = self.put(f"boot/vmlinuz-{RELEASE}", data)
        self.gives(RELEASE, status=NOT_BEGUN,
                   err=f"s2memattr: nothing was rehearsed: {path}.*{sentence}.*\n")
        self.assertEqual(list((self.root / "qemu").glob("command.*")), [])

    def test_compressed(self):
        """images in gzip, xz, lzma, zstd, lz4, bzip2, and with something behind"""
        for kind in KINDS:
            with self.subTest(kind):
                self.boots(compressed(kind, image()))
        self.boots(compressed("gzip", image()) + b"something")

    def test_zboot(self):
        """EFI zboot images, with the length behind the stream counted or not"""
        for kind in KINDS:
            for behind in (b"", struct.pack("<I", len(image()))):
                with self.subTest((kind, behind)):
                    self.boots(zboot(kind, image(), behind))

    def test_unified(self):
        """unified kernel images, with a zboot image in them too"""
        self.boots(unified(image()))
        self.boots(unified(zboot("zstd", image())))

    def test_others(self):
        """what is no kernel for arm64 is told to be what it is"""
        x86 = bytearray(os.urandom(4096))
        x86[0:2], x86[0x202:0x206], x86[56:60] = b"MZ", b"HdrS", b"\0" * 4
        x86[4:8] = b"\0" * 4
        vmlinux = b"\x7fELF\x02\x01\x01" + b"\0" * 9 + struct.pack("<HH", 2, 183) + b"\0" * 100
        for data, sentence in (
                (bytes(x86), "is a kernel for x86"), (vmlinux, "a vmlinux is for debuggers"),
                (vmlinux.replace(b"\xb7", b"\x3e"), r"ELF file for another machine \(62\)"),
                (b"", "is empty"), (b"hello\n" * 100, "is no kernel image for arm64"),
                (unified(b"nothing")[:70], "EFI program, and no kernel"),
                (image().replace(b"Linux version", b"Minix version"), "does not say which version"),
                (image(big_endian=1), "is big-endian"), (image(release="a b"), "does not say which")):
            with self.subTest(sentence):
                self.refuses(data, sentence)

    def test_damaged(self):
        """streams that end early are damaged, and never booted"""
        for kind in KINDS:
            with self.subTest(kind):
                self.refuses(compressed(kind, image())[:-700], f"is damaged: its {kind} data")
                self.refuses(zboot(kind, image())[:-700], "is damaged")
        self.refuses(zboot("gzip", image()).replace(b"gzip", b"lzo\0", 1), "'lzo'.* not known")
        self.refuses(compressed("gzip", compressed("xz", compressed("gzip", compressed(
            "xz", compressed("gzip", image()))))), "is no kernel image")

    def test_no_program(self):
        """that a program is missing is said, and which"""
        self.put(f"boot/vmlinuz-{RELEASE}", compressed("zstd", image()))
        self.gives(RELEASE, status=NOT_BEGUN, env={"PATH": "/nonexistent"},
                   err=".*compressed with zstd, and the program zstd is not installed\n")

    def test_pages(self):
        """pages of 16 KiB: no machine without them"""
        self.put(f"boot/vmlinuz-{RELEASE}", image(pages=2))
        self.gives(RELEASE, out="pages of 16 KiB")
        self.assertIn("neoverse-n1", self.command("nvhe"))
        self.assertIn("kvm-arm.mode=nvhe", " ".join(self.command("nvhe")))
        self.put(f"boot/vmlinuz-{RELEASE}", image(pages=3))
        self.gives(RELEASE, out="pages of 64 KiB")
        self.assertIn("cortex-a72", self.command("nvhe"))

    def test_modules(self):
        """modules in gzip, xz and zstd; those of another kernel or machine are refused"""
        for kind, suffix in (("gzip", "gz"), ("xz", "xz"), ("zstd", "zst")):
            self.own.unlink(missing_ok=True)
            self.own = self.put(f"{self.modules}/updates/s2memattr.ko.{suffix}",
                                compressed(kind, module("s2memattr")))
            self.gives(RELEASE, out=f"ok module: installed, version 0.1.0, for {RELEASE}")
        self.own.unlink()
        for data, sentence in (
                (module("s2memattr", release="6.2.0"), f"built for 6.2.0, and not for {RELEASE}"),
                (module("other"), "is the module other, and not s2memattr"),
                (module("s2memattr", machine=62), "module for another machine than arm64"),
                (b"no module", "is no kernel module"), (b"", "is no kernel module"),
                (module("s2memattr")[:200], "is damaged"),
                (compressed("xz", module("s2memattr"))[:-9], "is damaged")):
            with self.subTest(sentence):
                path = self.put("given.ko", data)
                self.gives(RELEASE, "--module", str(path), status=NOT_BEGUN,
                           err=f"s2memattr: nothing was rehearsed: {path}.*{sentence}.*\n")
        self.gives(RELEASE, "--module", "/nowhere.ko", status=NOT_BEGUN, err=".*/nowhere.ko: No such.*")

    def test_load_order(self):
        """what a module needs is loaded before it"""
        kept = self.top / "kept"
        self.emulator(status="1")
        self.gives(RELEASE, "--keep", str(kept), status=FAILED, out="emulator ended with status 1")
        # The archive is gone by then; its names are in the order in which they are loaded.
        from rehearse.modules import Modules
        names = [name for name, _ in
                 Modules(self.root / self.modules).with_dependencies(["vfio_pci", "absent"])]
        self.assertEqual(names, ["iommufd", "vfio_core", "vfio_pci"])

    def test_no_module(self):
        """without module, headers or source it says which is missing, and looks at the image"""
        self.own.unlink()
        for scene, mode in (("vhe", "VHE"), ("nvhe", "Hyp")):
            self.emulator(**{f"result.{scene}": f"running {RELEASE}\nkvm {mode} mode initialized "
                             "successfully\nend\n"})
        done = self.gives(RELEASE, status=FAILED, out="untried module: it is not built for this "
                          "kernel, whose headers are not here",
                          env={"S2MEMATTR_REHEARSE_TEXT": "/bin/true"})
        self.assertIn("FAIL text: there is no kvm_pgtable_stage2_map", done.stdout)
        self.put(f"{self.modules}/build/Makefile", "all:\n")
        (self.root / "usr/src").mkdir(parents=True)
        shutil.move(self.root / self.modules / "build", self.root / "usr/src/headers")
        (self.root / self.modules / "build").symlink_to("/usr/src/headers")
        self.gives(RELEASE, "--source", "/nowhere", status=NOT_BEGUN, err=".*no source of s2memattr.*")

