# SPDX-License-Identifier: GPL-2.0-only
"""The emulated server: what is in its initramfs, how it boots, what it says.

A machine boots a stock kernel at EL2 with our init as process 1. Results come
back on a UART of their own, so that console noise cannot be taken for a result;
the console is kept and searched for trouble afterwards.

Note that they do not go through virtio-console: its driver waits for the emulator
in a loop inside the kernel, and once in some hundred boots of 7.2 that loop did not
end (control_work_handler, before anything of ours ran).
"""
import json
import os
import re
import shlex
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path

CACHE = Path(os.environ.get("S2M_CACHE", "/cache"))
SRC = Path(__file__).resolve().parents[2]

# What a healthy kernel never says. KVM's "Unsupported FSC" is not here: it is
# what some cases are about.
TROUBLE = re.compile(
    r"BUG:|WARNING:|Oops:|Kernel panic|Call trace:|Unable to handle|soft lockup|hard LOCKUP|"
    r"rcu: INFO|blocked for more than|KASAN|UBSAN|kfence|Internal error|"
    r"suspected memory leaks|ODEBUG|refcount_t|unregister_netdevice|scheduling while atomic")

# Lines of the console that a report shows.
EXCERPT = 60

CONSOLE_OK = "reboot: Power down"

BASE_ARGS = ["-nodefaults", "-display", "none", "-no-reboot"]

# panic_on_warn: whatever a kernel warns about ends the machine and fails the run.
BASE_CMDLINE = ("console=ttyAMA0 panic=-1 oops=panic panic_on_warn=1 softlockup_panic=1 "
                "hung_task_panic=1 slub_debug=FZPU "
                # What the kernel said at boot is looked at after all cases.
                "log_buf_len=4M")


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


class Initramfs:
    """A directory that becomes an initramfs."""

    def __init__(self, kernel):
        self.kernel = kernel
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

    def busybox(self):
        """The arm64 busybox, with a link for each applet."""
        busybox = CACHE / "roots" / "guest" / "bin" / "busybox"
        self.add(busybox, "bin/busybox", 0o755)
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
        archive(self.root, target)
        self.tmp.cleanup()
        return target


def archive(root, target, mode="wb"):
    """Write a directory as a cpio archive, or append it to one."""
    files = subprocess.run(["find", ".", "-print0"], cwd=root, check=True,
                           capture_output=True).stdout
    with open(target, mode) as out:
        out.write(subprocess.run(["cpio", "--null", "--quiet", "-o", "-H", "newc"], cwd=root,
                                 input=files, check=True, capture_output=True).stdout)


def with_settings(base, target, settings):
    """A copy of an initramfs with one more file: shell variables for the cases.

    The kernel unpacks archives that follow one another.
    """
    shutil.copy(base, target)
    with tempfile.TemporaryDirectory(prefix="s2m-settings-") as tmp:
        Path(tmp).chmod(0o755)  # it becomes the mode of /
        (Path(tmp) / "cases").mkdir()
        (Path(tmp) / "cases" / "cell.sh").write_text(
            "".join(f"{name}={shlex.quote(value)}\n" for name, value in settings.items()))
        archive(tmp, target, "ab")
    return target


class Outcome:
    """What a run left behind."""

    def __init__(self, lines, console, seconds, done, status, timed_out):
        self.lines = lines
        self.console = console
        self.seconds = seconds
        # What it had used of the CPU, in seconds, when it said "done NAME".
        self.done = done
        self.status = status
        self.timed_out = timed_out

    def excerpt(self):
        """The console from the first sign of trouble on: what follows says where it was."""
        lines = [line.strip() for line in self.console.splitlines()]
        first = next((at for at, line in enumerate(lines) if TROUBLE.search(line)), len(lines))
        return lines[first:first + EXCERPT]

    def troubles(self):
        """Reasons, other than test results, for which the run is a failure."""
        found = []
        if self.timed_out:
            found.append("timed out")
        elif self.status != 0:
            found.append(f"the emulator ended with status {self.status}")
        found += ["console: " + line for line in self.excerpt()[:1]]
        if not found and CONSOLE_OK not in self.console:
            found.append("no clean power-off on the console")
        return found


def cpu_seconds(pid, before):
    """What a process and its threads have used; @before, if it is gone."""
    try:
        times = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[11:13]
    except (OSError, IndexError):
        return before
    return sum(map(int, times)) / os.sysconf("SC_CLK_TCK")


class Monitor:
    """The emulator's own console, for what only the machine can do: an error on its bus.

    A case asks by a result line "monitor COMMAND"; what the emulator says goes to the report.
    """

    def __init__(self, path):
        self.path = str(path)
        self.args = ["-qmp", f"unix:{path},server=on,wait=off"]
        self.stream = None

    def _ask(self, execute, **arguments):
        """One command, and its answer; what else is said is left out."""
        command = {"execute": execute, "arguments": arguments}
        self.stream.write((json.dumps(command) + "\n").encode())
        self.stream.flush()
        for line in self.stream:
            answer = json.loads(line)
            if "return" in answer or "error" in answer:
                return answer.get("return", answer.get("error"))
        return "the emulator is gone"

    def ask(self, command):
        """What the monitor says to a command, in one line."""
        if self.stream is None:
            connection = socket.socket(socket.AF_UNIX)
            connection.settimeout(60)
            connection.connect(self.path)
            self.stream = connection.makefile("rwb")
            self._ask("qmp_capabilities")
        return " ".join(str(self._ask("human-monitor-command",
                                      **{"command-line": command})).split())


class Machine:
    """One boot of one kernel on one CPU model."""

    def __init__(self, kernel, initramfs, workdir, cpu="neoverse-v1", smp="2", memory="1G",
                 machine="virt,virtualization=on,gic-version=3,iommu=smmuv3",
                 accel="tcg,thread=multi", devices=(), cmdline="", base_cmdline=BASE_CMDLINE):
        self.kernel = kernel
        self.workdir = Path(workdir)
        self.workdir.mkdir(parents=True, exist_ok=True)
        self.result = self.workdir / "result"
        self.console = self.workdir / "console"
        self.argv = [
            "qemu-system-aarch64", "-M", machine, "-cpu", cpu, "-accel", accel,
            "-smp", smp, "-m", memory, *BASE_ARGS,
            "-kernel", str(kernel.vmlinuz), "-initrd", str(initramfs),
            "-append", f"{base_cmdline} {cmdline}".strip(),
            "-serial", f"file:{self.console}",     # ttyAMA0
            "-serial", f"file:{self.result}",      # ttyAMA1
            *devices,
        ]

    def run(self, timeout, line_seen=None):
        """Boot, wait for the end, and collect. @line_seen gets each result line as it comes."""
        for path in (self.result, self.console):
            path.write_bytes(b"")
        (self.workdir / "command").write_text(" ".join(map(repr, self.argv)) + "\n")
        start = time.monotonic()
        timed_out = False
        used = 0
        done = {}
        with subprocess.Popen(self.argv, stdin=subprocess.DEVNULL,
                              stderr=subprocess.STDOUT,
                              stdout=(self.workdir / "qemu").open("wb")) as process, \
                self.result.open(encoding="utf-8", errors="replace") as result:
            pending = ""
            while True:
                used = cpu_seconds(process.pid, used)
                ended = process.poll() is not None
                pending += result.read()
                *complete, pending = pending.split("\n")
                for line in complete:
                    if line.startswith("done "):
                        done[line[5:]] = used
                    if line_seen:
                        line_seen(line)
                if ended:
                    break
                if time.monotonic() - start > timeout:
                    timed_out = True
                    process.kill()
                time.sleep(0.05)
        return Outcome(self.result.read_text(errors="replace").splitlines(),
                       self.console.read_text(errors="replace"),
                       time.monotonic() - start, done, process.returncode, timed_out)
