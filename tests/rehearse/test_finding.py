# SPDX-License-Identifier: GPL-2.0-only
"""Which kernel is meant, and what is wrong with the words for it."""
import os
import shutil
from pathlib import Path

from made import FAILED, NOT_BEGUN, RELEASE, STATIC, UNTRIED, RehearseTest, image, module


class Finding(RehearseTest):
    def setUp(self):
        super().setUp()
        self.image = self.root / f"boot/vmlinuz-{RELEASE}"

    def moved(self, to):
        """The image is somewhere else."""
        (self.root / to).parent.mkdir(parents=True, exist_ok=True)
        self.image = Path(shutil.move(self.image, self.root / to))
        return self.image

    def refuses(self, *args, err):
        self.gives(*args, status=NOT_BEGUN, err=f"s2memattr: nothing was rehearsed: {err}\n")

    def test_places(self):
        """where distributions have images, by release and by path"""
        for place in (f"lib/modules/{RELEASE}/vmlinuz", f"boot/{'0' * 32}/{RELEASE}/linux",
                      f"boot/efi/{'1' * 32}/{RELEASE}/linux", f"boot/Image-{RELEASE}",
                      f"usr/lib/modules/{RELEASE}/vmlinuz", f"boot/vmlinuz-{RELEASE}"):
            with self.subTest(place):
                path = self.moved(place)
                self.gives(RELEASE, out=f"ok image: {path}")
                self.gives(str(path), out="ok module: installed")

    def test_links(self):
        """links lead nowhere out of the root"""
        self.moved(f"usr/share/kernel/{RELEASE}")
        (self.root / f"boot/vmlinuz-{RELEASE}").symlink_to(f"/usr/share/kernel/{RELEASE}")
        shutil.move(self.root / "lib", self.root / "usr/lib")
        (self.root / "lib").symlink_to("usr/lib")
        self.gives(RELEASE, out=f"ok image: {self.root}/usr/share/kernel/{RELEASE}")

    def test_tree(self):
        """a tree: its only kernel, or the one that is named"""
        tree = self.root
        self.gives(f"{tree}/", out=f"{RELEASE}: works")
        self.put("boot/vmlinuz-6.2.0", image("6.2.0"))
        self.put("lib/modules/6.2.0/kernel/a.ko", module("a"))
        self.refuses(f"{tree}/", err=".* has several kernels: .*6.1.0-9-arm64 6.2.0")
        self.gives(f"{tree}/", "--release", RELEASE, out=f"{RELEASE}: works")
        self.refuses(f"{tree}/", "--release", "7", err="there is no image of a kernel 7 .*")
        (self.top / "empty").mkdir()
        self.refuses(f"{self.top}/empty", err=".*has no image of a kernel.*")

    def test_image_alone(self):
        """of an image that lies anywhere no module is guessed"""
        path = self.moved("somewhere/Image")
        done = self.gives(str(path), status=FAILED, out="untried module",
                          env={"S2MEMATTR_REHEARSE_TEXT": "/bin/true"})
        self.assertNotIn("installed", done.stdout)
        self.gives(str(path), "--modules", str(self.root / self.modules), out="ok module: installed")
        self.assertFalse((self.root / "var").exists())

    def test_wrong(self):
        """what is not there, and what is another"""
        self.refuses("6.9", err=f"there is no image of a kernel 6.9 .*those below .*{RELEASE}.*")
        self.refuses("/nowhere/Image", err="/nowhere/Image: there is no such file or directory")
        self.refuses(RELEASE, "--modules", "/nowhere", err="--modules /nowhere: no such directory")
        self.refuses(RELEASE, "--headers", "/nowhere", err="--headers /nowhere: no such directory")
        self.put("boot/vmlinuz-6.2.0", image())
        self.refuses("6.2.0", err=f".*vmlinuz-6.2.0 is {RELEASE}, and not 6.2.0")

    def test_usage(self):
        """wrong command lines end with 2 and say why"""
        for args, said in (([], "one kernel has to be named"), (["a", "b"], "unrecognized"),
                           (["--pending", "a"], "names its kernels itself"),
                           (["--jobs", "0", "a"], "--jobs"), (["--jobs", "x", "a"], "--jobs"),
                           (["--timeout", "-1", "a"], "--timeout"), (["--nope", "a"], "--nope"),
                           (["--mod", "x", "a"], "--mod"), (["--module", "", "a"], "--module is empty"),
                           ([""], "one kernel has to be named")):
            with self.subTest(args):
                self.gives(*args, status=NOT_BEGUN, err=f"usage: s2memattr rehearse.*{said}.*")

    def test_programs(self):
        """programs for arm64 that are not there are named"""
        (self.root / "arm64/bin/busybox").write_bytes(b"\x7fELF\x01")
        self.refuses(RELEASE, err=".*busybox is no program for arm64")
        (self.root / "arm64/bin/busybox").unlink()
        self.refuses(RELEASE, err="busybox for arm64 is not here .*--arm64.*")
        self.refuses(RELEASE, "--qemu", "/nowhere", err="/nowhere is not installed .*")

    def test_damaged_programs(self):
        """of programs that are cut short it is said that they are damaged"""
        for cut in (20, 40):
            self.put("arm64/bin/busybox", STATIC[:cut])
            self.refuses(RELEASE, err=".*/busybox is damaged: .*")
        self.put("arm64/bin/busybox", STATIC)
        self.put("arm64/usr/sbin/s2memattr", STATIC[:40])
        self.gives(RELEASE, status=UNTRIED, out="untried selftest: .*/s2memattr is damaged: ")

    def test_names(self):
        """a file's name need not be text, and a release makes no path"""
        odd = os.path.join(os.fsencode(self.root), b"odd \xff\xfe, name")
        with open(odd, "wb") as out:
            out.write(image())
        self.gives(odd, "--module", str(self.own), out=r"ok image: .*odd \\udcff",
                   env={"PYTHONIOENCODING": "utf-8:strict"})
        for release in ("../../etc/x", "..", ".x", "a/b"):
            self.put("boot/vmlinuz-x", image(release))
            self.refuses(f"{self.root}/boot/vmlinuz-x", err=".*/vmlinuz-x does not say which version of Linux it is")

    def test_keep(self):
        """a directory with something in it is not written to"""
        self.refuses(RELEASE, "--keep", str(self.root), err=".*it has files already")
        self.gives(RELEASE, "--keep", str(self.top / "new"), out="works")
        self.assertEqual(sorted(path.name for path in (self.top / "new/vhe").iterdir()),
                         ["command", "console", "qemu", "result"])
