# SPDX-License-Identifier: GPL-2.0-only
"""The emulated server: how it boots, and what it says.

A machine boots a stock kernel at EL2 with an init of ours as process 1. Results come
back on a UART of their own, so that console noise cannot be taken for a result;
the console is kept and searched for trouble afterwards.

Note that they do not go through virtio-console: its driver waits for the emulator
in a loop inside the kernel, and once in some hundred boots of 7.2 that loop did not
end (control_work_handler, before anything of ours ran).
"""
import os
import re
import shutil
import subprocess
import time
from pathlib import Path

EMULATOR = "qemu-system-aarch64"

EL2 = "virt,virtualization=on,gic-version=3,iommu=smmuv3"

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

# The port for results: the second of the board's own, ttyAMA1; or one on the bus, ttyS0,
# since before QEMU 9.1 the board had a second one only for what is secure.
UART = ("-serial", "file:{}")
PCI = ("-chardev", "file,id=result,path={}", "-device", "pci-serial,chardev=result,addr=8")


class Outcome:
    """What a run left behind."""

    def __init__(self, lines, console, seconds, done, status, killed):
        self.lines = lines
        self.console = console
        self.seconds = seconds
        # What it had used of the CPU, in seconds, when it said "done NAME".
        self.done = done
        self.status = status
        # Why it was not left to come to its end, or nothing.
        self.killed = killed

    def excerpt(self, behind=""):
        """The console from the first sign of trouble on: what follows says where it was.
        @behind: of what comes before that word the kernel is on its own."""
        lines = [line.strip() for line in self.console.partition(behind)[2].splitlines()] \
            if behind and behind in self.console else \
            [line.strip() for line in self.console.splitlines()]
        first = next((at for at, line in enumerate(lines) if TROUBLE.search(line)), len(lines))
        return lines[first:first + EXCERPT]

    def troubles(self, behind=""):
        """Reasons, other than test results, for which the run is a failure."""
        found = []
        if self.killed:
            found.append(self.killed)
        elif self.status != 0:
            found.append(f"the emulator ended with status {self.status}")
        found += ["console: " + line for line in self.excerpt(behind)[:1]]
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


def tied(argv):
    """The command, to be ended with who starts it, however that one ends."""
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "KILL", "--", *argv] if setpriv else argv


class Machine:
    """One boot of one kernel on one CPU model."""

    def __init__(self, image, initramfs, workdir, cpu="neoverse-v1", smp="2", memory="1G",
                 machine=EL2, accel="tcg,thread=multi", devices=(), cmdline="",
                 emulator=EMULATOR, result_by=UART):
        self.workdir = Path(workdir)
        self.workdir.mkdir(parents=True, exist_ok=True)
        self.result = self.workdir / "result"
        self.console = self.workdir / "console"
        self.argv = [
            emulator, "-M", machine, "-cpu", cpu, "-accel", accel,
            "-smp", smp, "-m", memory, *BASE_ARGS,
            "-kernel", str(image), "-initrd", str(initramfs), "-append", cmdline,
            "-serial", f"file:{self.console}",     # ttyAMA0
            *(word.format(self.result) for word in result_by),
            *devices,
        ]

    def run(self, timeout, line_seen=None, stopped=lambda: False, stuck=lambda: False,
            before_kill=lambda: None):
        """Boot, wait for the end, and collect. @line_seen gets each result line as it comes;
        what @stopped and @stuck say is asked all the time: the first is for who waits, the
        second is as if the time were up. Then @before_kill may have a last look."""
        for path in (self.result, self.console):
            path.write_bytes(b"")
        (self.workdir / "command").write_text(" ".join(map(repr, self.argv)) + "\n")
        start = time.monotonic()
        killed = ""
        used = 0
        done = {}
        with subprocess.Popen(tied(self.argv), stdin=subprocess.DEVNULL,
                              stderr=subprocess.STDOUT,
                              stdout=(self.workdir / "qemu").open("wb")) as process, \
                self.result.open(encoding="utf-8", errors="replace") as result:
            pending = ""
            try:
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
                    if stopped():
                        raise InterruptedError
                    if not killed:
                        killed = "timed out" if time.monotonic() - start > timeout else \
                            "a CPU stopped" if stuck() else ""
                        if killed:
                            before_kill()
                            process.kill()
                    time.sleep(0.05)
            except BaseException:
                # Interrupted: nobody waits for this machine any more.
                process.kill()
                raise
        return Outcome(self.result.read_text(errors="replace").splitlines(),
                       self.console.read_text(errors="replace"),
                       time.monotonic() - start, done, process.returncode, killed)
