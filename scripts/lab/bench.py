#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""What faults, switches, loading and unloading cost, in instructions.

Runs inside the bookworm tool root; scripts/bench calls it. The emulator counts
(-icount): one instruction is one nanosecond of virtual time, so that the guest
and the host measure with the counter they have, and a figure repeats. All that
is compared comes from one boot of one kernel.
"""
import argparse
import concurrent.futures
import json
import sys
from pathlib import Path

import breakdown
from machine import CACHE, SRC, Kernel, Machine, with_settings
from suite import EL2, build_initramfs, devices, traits_of

# Two CPUs for what two vCPUs do to each other; one for what waits for all CPUs,
# because emulated CPUs that take turns make waiting for each other endless, and for
# what is timed call by call: the turns of others count there.
CASES = {"faults": "2", "breakdown": "2", "more": "2", "switch": "1", "steady": "1",
         "trapped": "1", "throughput": "2", "block": "2", "bound": "1",
         "emulate": "2", "emulate_parts": "2"}
# What is not counted but timed: emulated CPUs side by side, and no other machine.
TIMED = ["throughput"]
EVERYTHING = ["faults", "breakdown", "more", "switch", "throughput", "emulate",
              "emulate_parts"]
CELLS = [("6.1", "neoverse-v1", EVERYTHING), ("6.12", "neoverse-v1", EVERYTHING),
         ("newest", "neoverse-v1", EVERYTHING), ("6.12", "neoverse-n1", ["steady"]),
         ("6.1", "cortex-a72", ["faults", "trapped", "emulate"]),
         ("newest", "cortex-a72", ["faults", "trapped", "emulate"]),
         ("6.1-old", "neoverse-v1", ["block", "bound"])]
# Which of them make test guards: a boot each. The cases "block", "bound" and
# "emulate" judge themselves.
GUARDED = [("6.1", "neoverse-v1"), ("6.12", "neoverse-v1"), ("newest", "neoverse-v1"),
           ("6.1-old", "neoverse-v1")]
# What an unaligned load may cost that is carried out, in hundredths of an exit to the VMM:
# just above what is measured.
DEAREST = {("6.1", "neoverse-v1"): 74, ("6.12", "neoverse-v1"): 67, ("newest", "neoverse-v1"): 63,
           ("6.1", "cortex-a72"): 83, ("newest", "cortex-a72"): 77}
EXPECTED = SRC / "tests/bench/expected"

STATES = ["absent", "ftrace-native", "ftrace-standby", "ftrace-kept", "ftrace-rewritten",
          "kprobe-native", "kprobe-standby", "kprobe-kept", "kprobe-rewritten", "absent-again"]
WHATS = {"ram": "RAM", "ram1": "RAM, no blocks", "device": "device", "ram2": "RAM, 2 vCPUs"}

# A ratio may be this much worse than the table says.
SLACK = 0.01
# In another version of the kernel, by this much. Idle is idle in all of them.
OTHER_SLACK = 0.03

LIMITS = """\
Instructions are not time. What they do not show: an exception costs more than
its instructions (a kprobe takes one for each fault, ftrace takes none); cache
and TLB misses; what two CPUs do to each other's cache lines. Emulated vCPUs take
turns, so the figure for two of them shows instructions spent on contention;
throughput is by the clock, of emulated CPUs. Switches, loads and unloads wait for
grace periods; waiting passes on the same clock.
"""


def boot(kernel, cpu, image, workdir, case):
    """One case in a boot of its own: its figures, the instructions of a fault by
    function, and the reasons to distrust them."""
    where = workdir / f"bench-{kernel}-{cpu}-{case}"
    where.mkdir(parents=True, exist_ok=True)
    settings = {"CASES": case, "NATIVE": traits_of(kernel).native, "TRANSPORT": "",
                "DEAREST": str(DEAREST.get((kernel, cpu), 90)),
                # The level of leaves that KVM sizes from the VMA.
                "BLOCKS": "2" if kernel in ("6.1-old", "6.12-old") else ""}
    initramfs = with_settings(image, where / "initramfs", settings)
    profiler = breakdown.Profiler(where)
    timed = case in TIMED
    counting = ["-icount", "shift=0,sleep=off", "-rtc", "base=2024-01-01,clock=vm"]
    machine = Machine(Kernel(kernel), initramfs, where, cpu=f"{cpu},cntfrq=1000000000",
                      smp=CASES[case], machine=EL2,
                      accel=f"tcg,thread={'multi' if timed else 'single'}",
                      devices=devices(where) + profiler.arguments + ([] if timed else counting),
                      base_cmdline="console=ttyAMA0 panic=-1 oops=panic")
    outcome = machine.run(1800, profiler.line)
    initramfs.unlink()
    figures, wrong = {}, outcome.troubles()
    for line in outcome.lines:
        words = line.split()
        if words[:1] == ["figure"] and len(words) == 4:
            figures.setdefault(words[1], {})[words[2]] = int(words[3])
        elif line.startswith("not ok"):
            wrong.append(line)
    if f"done {case}" not in outcome.lines:
        wrong.append(f"{case} did not run to its end")
    return figures, profiler.functions, wrong


def measure(kernel, cpu, cases, image, workdir):
    """All cases on one kernel and CPU model."""
    run = {"kernel": kernel, "cpu": cpu, "version": Kernel(kernel).version,
           "figures": {}, "functions": {}}
    return run, [reason for case in cases for reason in measure_case(run, image, workdir, case)]


def measure_case(run, image, workdir, case):
    """Add one more; returns the reasons to distrust it."""
    figures, functions, wrong = boot(run["kernel"], run["cpu"], image, workdir, case)
    for state, row in figures.items():
        run["figures"].setdefault(state, {}).update(row)
    for state, row in functions.items():
        run["functions"].setdefault(state, {}).update(row)
    return wrong


def percent(value, base):
    """How much more than in the stock kernel."""
    return f"{100 * (value - base) / base:+.1f} %"


def show(run):
    """The tables of one run."""
    figures = run["figures"]
    print(f"\n{run['kernel']} ({run['version']}), {run['cpu']}: instructions a fault")
    if "absent" in figures:
        print(f"  {'':18}" + "".join(f"{text:>26}" for text in WHATS.values()))
    for state in STATES:
        row = figures.get(state)
        if not row or "absent" not in figures:
            continue
        print(f"  {state:18}" + "".join(
            f"{row[what]:>16} {percent(row[what], figures['absent'][what]):>9}"
            for what in WHATS if what in row))
    for by in ("ftrace", "kprobe"):
        if "first" in figures.get(f"{by}-standby", {}):
            print(f"  by {by}: a device fault from standby, until the hook is in: "
                  f"{figures[f'{by}-standby']['first']}")
        if "load" in figures.get(by, {}):
            print(f"  by {by}: " + ", ".join(f"{what} {ticks / 1e6:.2f} ms"
                                             for what, ticks in figures[by].items()))
    for prefix, text in (("vms-", "VMs, one BAR each"), ("pages-", "pages of one BAR")):
        row = [f"{state[len(prefix):]}: {figures[state]['switch'] / 1e6:.3f}"
               for state in figures if state.startswith(prefix)]
        if row:
            print(f"  a switch, ms, against the number of {text}: " + ", ".join(row))
    if "rules-10" in figures:
        print("  a device fault decided by a table of " + ", ".join(
            f"{state[6:]} rules: {figures[state]['device']}"
            for state in figures if state.startswith("rules-")))
    for state, row in figures.items():
        if state.startswith("drop-"):
            print(f"  a switch drops {int(state[5:], 16)} pages of a guest in {row['held']}")
        if state.startswith("coherent-"):
            print(f"  {state}: a store to a mapped page {row['loop']}, mean {row['loops']}")
        if state.startswith("throughput-"):
            print(f"  {state}: faults a second: {row['one']} by one vCPU, {row['two']} by two")
    if "decided" in figures:
        print(f"  decided: a page in {figures['decided']['page']}, a block of 2 MiB in "
              f"{figures['decided']['block']}")
    for handler, what, instructions in bounds(figures):
        print(f"  the longest call of {handler}, {what}: {instructions}")
    show_trapped(run)
    show_unaligned(run)
    if run["functions"]:
        breakdown.show(run["functions"])


def show_trapped(run):
    """For docs/coherent-ram.md; with FEAT_S2FWB nothing is trapped."""
    row = run["figures"].get("registers")
    if row and row["trapped"] > 2 * row["free"]:
        print(f"{run['kernel']} ({run['version']}), {run['cpu']}: a guest's write of TTBR0_EL1, "
              f"in instructions: {row['free']}, or {row['trapped']} if it is trapped")


def show_unaligned(run):
    """For docs/unaligned.md."""
    row = run["figures"].get("unaligned")
    if row:
        print(f"{run['kernel']} ({run['version']}), {run['cpu']}: an access that Device memory "
              "does not take, in instructions: " +
              ", ".join(f"{what} {count}" for what, count in row.items()))


def ratios(run):
    """What is guarded: each state against the stock kernel of the same boot."""
    figures = run["figures"]
    for state in STATES[1:-1]:
        for what in ("ram", "ram1", "device"):
            if what in figures.get(state, {}):
                yield f"{state} {what}", figures[state][what] / figures["absent"][what]


def read_expected():
    """Lines "KERNEL VERSION CPU STATE WHAT RATIO", as {(KERNEL, VERSION, CPU): {...}}."""
    table = {}
    for line in EXPECTED.read_text().splitlines():
        if line and not line.startswith("#"):
            kernel, version, cpu, state, what, ratio = line.split()
            table.setdefault((kernel, version, cpu), {})[f"{state} {what}"] = float(ratio)
    return table


def wanted_for(run, expected):
    """The guarded ratios: of this version, or with more slack of another one."""
    for (kernel, version, cpu), table in expected.items():
        if (kernel, version, cpu) == (run["kernel"], run["version"], run["cpu"]):
            return table, SLACK, version
    for (kernel, version, cpu), table in expected.items():
        if (kernel, cpu) == (run["kernel"], run["cpu"]):
            return table, OTHER_SLACK, version
    return None, None, None


def show_judged(figures, name):
    """What has judged itself."""
    block = figures["decided"]
    print(f"ok - {name}: a block of 2 MiB is decided in {block['block']} instructions, "
          f"a page in {block['page']}")
    for handler, what, instructions in bounds(figures):
        print(f"ok - {name}: {handler}, {what}: at most {instructions} instructions")


def bounds(figures):
    """The longest calls of handlers: name, occasion, instructions."""
    for state, row in figures.items():
        if state.startswith("bound-"):
            for what, instructions in row.items():
                yield state[len("bound-"):], what, instructions


def judge(run, expected):
    """Print a check for each guarded ratio. Compiled code differs between versions."""
    name = f"cost: {run['kernel']}-{run['cpu']}"
    if "decided" in run["figures"]:
        show_judged(run["figures"], name)
        return True
    accesses = run["figures"].get("unaligned")
    if accesses:
        print(f"ok - {name}: an unaligned load is carried out in {accesses['load']} instructions, "
              f"an exit to the VMM takes {accesses['mmio']}")
    wanted, slack, version = wanted_for(run, expected)
    if wanted is None:
        print(f"not ok - {name}: tests/bench/expected has no figures: scripts/bench --expect")
        return False
    if version != run["version"]:
        print(f"# {name}: figures of {version}, this is {run['version']}; if a check fails here "
              "and not with that one, the kernel has changed: scripts/bench --expect")
    got, good = dict(ratios(run)), True
    for what, limit in wanted.items():
        value = got.get(what, float("inf"))
        fits = value <= limit + (0 if "native" in what or "standby" in what else slack) + 0.0005
        good &= fits
        print(f"{'ok' if fits else 'not ok'} - {name}: {what}: {value:.3f} of the stock "
              f"kernel's instructions, expected {limit:.3f}")
    return good


def write_expected(runs):
    """Remember what has been measured."""
    lines = ["# SPDX-License-Identifier: GPL-2.0-only",
             "# Instructions of a fault, as a ratio to the stock kernel in the same boot.",
             "# Written by scripts/bench --expect, guarded by scripts/test.",
             "# kernel version cpu state what ratio"]
    for run in runs:
        if (run["kernel"], run["cpu"]) in GUARDED and "absent" in run["figures"]:
            lines += [f"{run['kernel']} {run['version']} {run['cpu']} {what} {ratio:.3f}"
                      for what, ratio in ratios(run)]
    EXPECTED.write_text("\n".join(lines) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kernels", nargs="*", help="only these")
    parser.add_argument("-j", "--jobs", type=int, default=2, help="machines at a time")
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    parser.add_argument("--guard", action="store_true",
                        help="only compare with tests/bench/expected, for scripts/test")
    parser.add_argument("--expect", action="store_true", help="write tests/bench/expected")
    parser.add_argument("--cpu", help="only this CPU model")
    parser.add_argument("--cases", default=" ".join(CASES), help="all, or some of them")
    parser.add_argument("--workdir", type=Path, default=CACHE / "work")
    args = parser.parse_args()

    wanted = ["faults", "block", "bound", "emulate"] if args.guard else args.cases.split()
    cells = [(kernel, cpu, [case for case in cases if case in wanted])
             for kernel, cpu, cases in CELLS
             if (not args.kernels or kernel in args.kernels) and args.cpu in (None, cpu) and
             (not (args.guard or args.expect) or (kernel, cpu) in GUARDED)]
    cells = [cell for cell in cells if cell[2]]
    args.workdir.mkdir(parents=True, exist_ok=True)
    images = {name: build_initramfs(Kernel(name), args.workdir)
              for name in sorted({cell[0] for cell in cells})}
    with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        results = list(pool.map(
            lambda cell: measure(cell[0], cell[1], [case for case in cell[2] if case not in TIMED],
                                 images[cell[0]], args.workdir), cells))
    for cell, (run, wrong) in zip(cells, results):
        for case in cell[2]:
            if case in TIMED:
                wrong += measure_case(run, images[cell[0]], args.workdir, case)
    bad = False
    expected = read_expected() if args.guard else {}
    for run, wrong in results:
        for reason in wrong:
            print(f"not ok - cost: {run['kernel']}-{run['cpu']}: {reason}")
        bad |= bool(wrong)
        if wrong:
            continue
        if args.guard:
            bad |= not judge(run, expected)
        else:
            show(run)
    runs = [run for run, wrong in results if not wrong]
    if not args.guard:
        print("\n" + LIMITS)
    if args.json:
        args.json.write_text(json.dumps({"runs": runs}, indent=1) + "\n")
    if args.expect:
        write_expected(runs)
    return 1 if bad or not cells else 0


if __name__ == "__main__":
    sys.exit(main())
