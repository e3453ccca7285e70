# SPDX-License-Identifier: GPL-2.0-only
"""Where the instructions of a fault go: counted one by one, by function.

The emulator can log each instruction that it executes, and be told to begin and
to end while a machine runs. The case tests/bench/breakdown.sh says what to log: it
prints "profile begin STATE WHAT" or "profile end" and waits for an answer on a
port of its own.

What the host executes between two instructions of the micro guest is one exit of
that guest, and nearly all exits here are the faults that the case is about: the
exit whose length is the median is taken for all. A function is what kallsyms says;
what the compiler has put into its caller counts for the caller.
"""
import bisect
import collections
import re
import socket

# Where the micro guest's code is, see src/vm/layout.h: the payload, and the page of a
# step. No program of the host is there.
GUEST = range(0x40000000, 0x40200000)
GUEST_STEP = range(0x7000000000, 0x7000001000)
EXECUTED = re.compile(r"Trace (\d+): \S+ \[[0-9a-f]+/([0-9a-f]+)/")
# Said of an instruction that has been announced and comes again.
ANNOUNCED = "Stopped execution of TB chain before"
# Code, as /proc/kallsyms lists it: its last column is the module.
FAR = "(far calls)"
SYMBOL = re.compile(r"[0-9a-f]{16} [tTwW] \S")
PROMPT = b"(qemu) "


class Symbols:
    """Addresses to functions, from lines of /proc/kallsyms."""

    def __init__(self, lines):
        names = {}
        for line in lines:
            address, _, name = line.split(maxsplit=2)
            # Several names of one address: the first, but for $x, which says that code begins.
            # Alone, it is a far call's way out of a module.
            name, at = name.replace("\t", " ").replace("$x", FAR), int(address, 16)
            if names.get(at, FAR).startswith(FAR):
                names[at] = name
        self.addresses = sorted(names)
        self.names = [names[address] for address in self.addresses]

    def name(self, address):
        """The function that an address is in; "NAME [MODULE]" if it is a module's, "(the VMM)"
        if it is in none: programs are below the kernel."""
        at = bisect.bisect_right(self.addresses, address)
        return self.names[at - 1] if at else "(the VMM)"


def exits(log):
    """The exits of a guest in a log: the addresses executed between two of its own."""
    under_way, complete, last = {}, [], None
    for line in log:
        found = EXECUTED.match(line)
        if not found:
            if line.startswith(ANNOUNCED) and last is not None and under_way.get(last):
                under_way[last].pop()
            continue
        last, address = found[1], int(found[2], 16)
        if address in GUEST or address in GUEST_STEP:
            if under_way.get(last):
                complete.append(under_way[last])
            under_way[last] = []
        elif last in under_way:
            under_way[last].append(address)
    return complete


def by_function(log, symbols):
    """How many instructions the exit of median length has in each function."""
    found = sorted(exits(log), key=len)
    if not found:
        return {}
    return dict(collections.Counter(map(symbols.name, found[len(found) // 2])))


class Profiler:
    """Answers what the case asks for; its arguments belong to the machine's."""

    def __init__(self, where):
        self.where = where
        self.arguments = [
            "-monitor", f"unix:{where}/monitor,server=on,wait=off", "-D", f"{where}/emulator.log",
            "-chardev", f"socket,id=profile,path={where}/profile,server=on,wait=off",
            "-device", "virtio-serial-pci", "-device", "virtserialport,chardev=profile,name=profile"]
        self.port = self.monitor = self.current = None
        self.kernel, self.module = [], []
        self.functions = {}

    def connect(self, name):
        """A connection to one of the emulator's sockets."""
        end = socket.socket(socket.AF_UNIX)
        end.connect(str(self.where / name))
        return end

    def tell(self, command):
        """A command to the emulator's monitor."""
        if not self.monitor:
            self.monitor = self.connect("monitor")
            self.answer()
        self.monitor.sendall(command.encode() + b"\n")
        self.answer()

    def answer(self):
        """Read what the monitor says, up to its prompt."""
        said = b""
        while not said.endswith(PROMPT):
            said += self.monitor.recv(4096)

    def line(self, line):
        """A line from the result port."""
        words = line.split()
        if SYMBOL.match(line):
            (self.module if "[" in line else self.kernel).append(line)
        if words[:1] != ["profile"]:
            return
        if not self.port:
            self.port = self.connect("profile")
        if words[1] == "load":
            self.module.clear()
        elif words[1] == "begin":
            self.current = words[2:]
            self.tell(f"logfile {self.where}/log")
            self.tell("one-insn-per-tb on")
            self.tell("log exec,nochain")
        elif words[1] == "end":
            self.tell("log none")
            self.tell("one-insn-per-tb off")
            self.tell(f"logfile {self.where}/emulator.log")
            self.count()
        self.port.sendall(b"go\n")

    def count(self):
        """Digest a log."""
        state, what = self.current
        symbols = Symbols(self.kernel + self.module)
        with open(self.where / "log", encoding="ascii", errors="replace") as log:
            self.functions.setdefault(state, {})[what] = by_function(log, symbols)
        (self.where / "log").unlink()


def states_of(functions, what):
    """The states in which a fault of a kind was taken apart."""
    return [state for state in functions if what in functions[state]]


def rows(functions, what, states, stock="absent"):
    """(function, [instructions in each state]), what differs most from stock first."""
    names = {name for state in states for name in functions[state][what]}
    table = [(name, [functions[state][what].get(name, 0) for state in states]) for name in names]
    base = states.index(stock)
    table.sort(key=lambda row: (-max(abs(n - row[1][base]) for n in row[1]),
                                -row[1][base], row[0]))
    return table


def show(functions):
    """Print what differs between a state and the stock kernel."""
    for what in functions["absent"]:
        states = states_of(functions, what)
        table = rows(functions, what, states)
        print(f"\n  a {what} fault, instructions by function" +
              "".join(f"{state:>18}" for state in states))
        same = [0] * len(states)
        for name, counts in table:
            if len(set(counts)) == 1:
                same = [a + b for a, b in zip(same, counts)]
                continue
            print(f"    {name:44}" + "".join(f"{n:>18}" for n in counts))
        print(f"    {'what is the same in all':44}" + "".join(f"{n:>18}" for n in same))
        print(f"    {'all':44}" + "".join(
            f"{sum(functions[state][what].values()):>18}" for state in states))
