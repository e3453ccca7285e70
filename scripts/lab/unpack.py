#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""unpack.py DIRECTORY: the packages in its archives/, into its root/.

Each goes where it belongs, and into dpkg's books as unpacked.
"""
import shutil
import subprocess
import sys
from pathlib import Path


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


if __name__ == "__main__":
    unpack(Path(sys.argv[1]))
