# SPDX-License-Identifier: GPL-2.0-only
"""The lab's machines: kernels and programs from the cache, in the emulated server that
"s2memattr rehearse" boots, too (src/rehearse)."""
import os
import subprocess
import sys
from pathlib import Path

CACHE = Path(os.environ.get("S2M_CACHE", "/cache"))
SRC = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(SRC / "src"))
sys.dont_write_bytecode = True

# pylint: disable=wrong-import-position
from rehearse import initramfs as made, machine as emulated
from rehearse.initramfs import archive, settings as as_settings, with_file

# How much longer than usual something may take before it counts as stuck: for machines that
# have to share their CPUs. A guest knows nothing of that.
SLOW = int(os.environ.get("S2M_SLOW") or 1)

# panic_on_warn: whatever a kernel warns about ends the machine and fails the run.
BASE_CMDLINE = ("console=ttyAMA0 panic=-1 oops=panic panic_on_warn=1 softlockup_panic=1 "
                "hung_task_panic=1 slub_debug=FZPU "
                # What the kernel said at boot is looked at after all cases.
                "log_buf_len=4M")
if SLOW > 1:
    BASE_CMDLINE += (" watchdog_thresh=60 rcupdate.rcu_cpu_stall_timeout=300"
                     f" sysctl.kernel.hung_task_timeout_secs={120 * SLOW}")


class Kernel:
    """A stock kernel that scripts/lab/fetch has put into the cache."""

    def __init__(self, name):
        self.name = name
        self.dir = CACHE / "kernels" / name
        self.release = (self.dir / "release").read_text().strip()
        self.version = (self.dir / "version").read_text().strip()
        self.vmlinuz = self.dir / "vmlinuz"
        self.modules = self.dir / "modules" / "lib" / "modules" / self.release

    @staticmethod
    def is_here(name):
        """Is it in the cache?"""
        return (CACHE / "kernels" / name / "release").exists()

    def module_files(self, names):
        """The files of some modules and of all they depend on, in load order."""
        deps, paths = {}, {}
        for line in (self.modules / "modules.dep").read_text().splitlines():
            path, _, rest = line.partition(":")
            paths[Path(path).name.split(".ko")[0].replace("-", "_")] = path
            deps[path] = rest.split()
        wanted = []
        for name in names:
            path = paths.get(name.replace("-", "_"))
            if path is None:
                continue  # built in
            for item in list(reversed(deps[path])) + [path]:
                if item not in wanted:
                    wanted.append(item)
        return wanted


class Initramfs(made.Initramfs):
    """With modules where modprobe looks for them."""

    def __init__(self, kernel):
        super().__init__()
        self.kernel = kernel

    def busybox(self):
        """The arm64 busybox, with a link for each applet."""
        self.shell(CACHE / "roots" / "guest" / "bin" / "busybox")
        # The list is the same for every architecture of one Debian release.
        for applet in subprocess.run(["busybox", "--list"], check=True, capture_output=True,
                                     text=True).stdout.split():
            link = self.root / "bin" / applet
            if not link.exists():
                link.symlink_to("busybox")

    def stock_modules(self, names):
        """Modules of the distribution, where modprobe looks for them."""
        base = f"lib/modules/{self.kernel.release}"
        for path in self.kernel.module_files(names):
            self.add(self.kernel.modules / path, f"{base}/{path}")
        for index in ("modules.order", "modules.builtin"):
            source = self.kernel.modules / index
            if source.exists():
                self.add(source, f"{base}/{index}")

    def own_module(self, path):
        """A module of ours, installed the way DKMS does."""
        self.add(path, f"lib/modules/{self.kernel.release}/updates/{Path(path).name}")

    def pack(self, target):
        """Write the archive."""
        if (self.root / "lib/modules" / self.kernel.release).exists():
            subprocess.run(["depmod", "-b", str(self.root), self.kernel.release], check=True,
                           stderr=subprocess.DEVNULL)
        return super().pack(target)


def with_settings(base, target, values):
    """A copy of an initramfs with one more file: shell variables for the cases."""
    return with_file(base, target, "cases/cell.sh", as_settings(values))


class Machine(emulated.Machine):
    """One boot of a kernel of the cache."""

    def __init__(self, kernel, initramfs, workdir, cmdline="", base_cmdline=BASE_CMDLINE, **more):
        super().__init__(kernel.vmlinuz, initramfs, workdir,
                         cmdline=f"{base_cmdline} {cmdline}".strip(), **more)

    def run(self, timeout, line_seen=None, **more):
        return super().run(timeout * SLOW, line_seen, **more)
