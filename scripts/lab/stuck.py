# SPDX-License-Identifier: GPL-2.0-only
"""A machine with a CPU that takes no interrupts any more.

Its kernel says so on the console and goes on with the other CPU, for as long as somebody
waits. Nothing that the kernel could print tells what the CPU is at: it does not answer the
other one. The emulator knows.
"""
import re
import time

SIGN = re.compile(r"hard LOCKUP|rcu: INFO: .*stall")

# Looks at the registers, and seconds between two; words of a CPU's stack.
LOOKS, BETWEEN = 5, 1
STACK = 256


class Stuck:
    """Asked all the time while a machine runs."""

    def __init__(self, machine, monitor):
        self.machine = machine
        self.monitor = monitor
        self.registers = machine.workdir / "registers"
        self.registers.unlink(missing_ok=True)
        self.read = 0
        self.rest = ""

    def __call__(self):
        """Has a CPU stopped?"""
        with self.machine.console.open("rb") as console:
            console.seek(self.read)
            new = console.read()
        self.read += len(new)
        *lines, self.rest = (self.rest + new.decode(errors="replace")).split("\n")
        return any(SIGN.search(line) for line in lines)

    def tell(self):
        """Before such a machine, or one that takes too long, is ended: what each CPU is at."""
        try:
            looks = []
            for _ in range(LOOKS):
                looks.append(self.monitor.ask("info registers -a"))
                time.sleep(BETWEEN)
            for cpu, stack in re.findall(r"CPU#(\d+) .*?\bSP=([0-9a-f]+)", looks[-1]):
                self.monitor.ask(f"cpu {cpu}")
                looks.append(f"stack of CPU {cpu}: " + self.monitor.ask(f"x /{STACK}gx 0x{stack}"))
            self.registers.write_text("\n".join(looks) + "\n")
        except (OSError, ValueError) as error:
            self.registers.write_text(f"the emulator does not answer: {error}\n")
