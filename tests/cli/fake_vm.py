#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""A VM for "s2memattr selftest", and the kernel below it: what the tool would see of both.

The files below S2MEMATTR_ROOT are plain ones; before each answer they are made to say what a
module would. WRONG names one thing that is not as it has to be; to the file SEEN goes each
rule that is met.
"""
import json
import os
import re
import sys
from pathlib import Path

KNOB = Path(os.environ["S2MEMATTR_ROOT"]) / "sys/kernel/s2memattr"
BAR = KNOB.parents[2] / "bar"
WRONG = os.environ.get("WRONG", "")
MODES = ("native", "device-nGnRE", "normal-nc", "policy")
OTHER = ("pid=77 ipa=0x800000000 size=0x1000 phys=0x99000000 leaf=0x1000 level=3 type={} "
         "dev=0000:00:07.0 bar=2 rule=-\n")


class Kernel:
    def __init__(self):
        self.rounds = 0
        self.touched = False
        self.type = "device-nGnRE"

    def settle(self):
        """Mode and unaligned in brackets, the type that the table says, and mappings."""
        for name, words in (("mode", MODES), ("unaligned", ("fault", "emulate"))):
            word = (KNOB / name).read_text().strip()
            if word in words:
                (KNOB / name).write_text(" ".join(f"[{w}]" if w == word else w for w in words) + "\n")
        rules = (KNOB / "policy").read_text().splitlines()
        if "SEEN" in os.environ and "[policy]" in (KNOB / "mode").read_text():
            with open(os.environ["SEEN"], "a", encoding="utf-8") as seen:
                seen.writelines(f"{rule}\n" for rule in rules)
        mine = [rule.split()[0] for rule in rules
                if f"pid={os.getpid()} comm={sys.argv[1]}" in rule]
        kind = mine[0] if mine and "[policy]" in (KNOB / "mode").read_text() else "native"
        self.type = "device-nGnRE" if kind == "native" else kind
        seen = "device-nGnRE" if WRONG == "type" and self.type == "device-GRE" else self.type
        line = (f"pid={os.getpid()} ipa=0x800000000 size=0x10000 phys=0x8000400000 leaf=0x1000 "
                f"level=3 type={seen} dev=0000:00:06.0 bar=2 rule=1\n")
        other = OTHER.format("normal-nc" if WRONG == "others" and mine else "device-nGnRE")
        (KNOB / "mappings").write_text(other + (line if self.touched else ""))
        state = "lost" if WRONG == "hook" else "armed"
        (KNOB / "hook/state").write_text(state + "\n")

    @staticmethod
    def bar():
        """What was stored, by offset; it outlives the VM."""
        return json.loads(BAR.read_text()) if BAR.exists() else {}

    def store(self, offset, value):
        BAR.write_text(json.dumps({**self.bar(), offset: value}))

    @staticmethod
    def kill_watcher(stat):
        """The tool's other child."""
        try:
            pid, parent = int(stat.parent.name), int(stat.read_text().rsplit(")", 1)[1].split()[1])
        except OSError:
            return
        if parent == os.getppid() and pid != os.getpid():
            os.kill(pid, 9)

    def load(self, window, address, form):
        if not self.touched:
            self.touched = True
            self.settle()
        if WRONG == "refused":
            return "ok el1 0x96000010 0x1800000000"
        if not int(address, 16) % 4:
            return "ok 0x44332211"
        if WRONG == "blind":
            return "ok 0x11443322"
        if window == "nGnRE":
            return "ok el1 0x96000021 0x1800000001"
        if WRONG == "survival" and self.type.startswith("device"):
            return "ok el2 14"
        if self.type == "normal-nc" and WRONG != "view":
            return "ok 0x0" if WRONG == "value" else "ok 0x11443322"
        if "[emulate]" in (KNOB / "unaligned").read_text() and form == "miss":
            count = int((KNOB / "stats/emulated").read_text()) + (WRONG != "uncounted")
            (KNOB / "stats/emulated").write_text(f"{count}\n")
            return "ok 0x11443322"
        return "ok el1 0x96000021 0x1800000001"

    def answer(self, line):
        self.settle()
        words = line.split()
        if words[0] == "load":
            return self.load(words[2], words[3], words[5])
        if words[0] == "vfio" and WRONG == "busy":
            return "err opening the group: Device or resource busy"
        if words[0] in ("poll", "stop"):
            self.rounds += 1000
            if WRONG == "lost" and self.type == "normal-nc":
                return f"ok {self.rounds} 1"
            if WRONG == "dies" and self.type == "normal-nc":
                sys.exit(1)
            if WRONG == "killed" and self.type == "normal-nc":
                os.kill(os.getppid(), 9)
                return ""
            if WRONG == "unwatched" and self.type == "normal-nc":
                for stat in Path("/proc").glob("[0-9]*/stat"):
                    self.kill_watcher(stat)
            return f"ok {self.rounds} 0"
        if words[0] == "peek":
            return f"ok {self.bar().get(words[2], '0x1122334455667788')}"
        if words[0] == "poke":
            self.store(words[2], f"0x{words[4]}")
        if words[0] == "count" or words[-1] == "write":
            self.store("0" if words[0] == "count" else "8", "0x1")
        if words[0] == "stream":
            return f"ok {int(words[6]) * 100} 25000000 0"
        return "ok"


def main():
    kernel = Kernel()
    if WRONG == "no-vm":
        print("s2memattr-vm: KVM_CREATE_VM: Invalid argument", flush=True)
        return
    # That the tool's process is alive is looked up there.
    own = KNOB.parents[2] / f"proc/{os.getppid()}/stat"
    own.parent.mkdir(parents=True, exist_ok=True)
    own.write_text(Path(f"/proc/{os.getppid()}/stat").read_text())
    print(f"ok {os.getpid()}", flush=True)
    for line in sys.stdin:
        print(kernel.answer(re.sub(r"\s+", " ", line)), flush=True)


main()
