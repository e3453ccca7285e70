#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Breaks the module and the core on purpose, one change at a time, and looks who sees it.

A mutant is a block of one of the files *.list here:

    mutant NAME
    in FILE
    by JUDGE WORD...
    - what stands there, exactly and once
    + what stands there instead

JUDGE is who must see it:

    unit TEST...         one of these unit tests fails
    objdump              a sample of all words is decoded in another way than objdump does
    model MODEL DEFECT   the model of that name says that its steps are not what functions
                         do; that this order of steps is bad, its DEFECT shows
    case CELL CASE...    on this machine of suite.py a check of these cases fails, or the
                         kernel has something to say
    nobody               the change changes nothing; the comment above says why

Lines that begin with # are for people. Text that is there no more, or twice, is an error, so
a list cannot grow old. tests/mutants/run calls this, inside a tool root.
"""
import argparse
import copy
import filecmp
import os
import random
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
SRC = HERE.parents[1]
sys.path.insert(0, str(SRC / "scripts/lab"))
sys.dont_write_bytecode = True

# pylint: disable=wrong-import-position
import suite
from machine import CACHE, Kernel, Machine, archive, with_settings

# What the default run takes of each judge.
# Of a case that needs a machine, which is slow, and where another chance may hide it: --full.
SAMPLE = {"unit": 2, "model": 1}

# Of a unit test: six times what the longest takes.
CPU_SECONDS = 60

# Of a case that does not end: so many times the seconds that it takes unbroken, and more,
# because the machine may be busy.
PATIENCE = 5
PATIENCE_MIN = 120

WORK = CACHE / "build/mutants"


class Mutant:
    """One change of one file, and who must see it."""

    def __init__(self, name):
        self.name = name
        self.file = ""
        self.judge = ""
        self.words = []
        self.old = []
        self.new = []

    @property
    def kernel(self):
        """Whose machines judge it, or nothing."""
        return cell_of(self.words[0]).kernel if self.judge == "case" else ""

    def mistake(self):
        """What is wrong with this entry, or nothing."""
        path = SRC / self.file
        if self.judge not in ("unit", "objdump", "model", "case", "nobody"):
            return f"there is no judge '{self.judge}'"
        if not self.file or not path.is_file():
            return f"there is no {self.file}"
        count = path.read_text().count(self.before)
        if not self.before or count != 1:
            return f"{self.file} has its text {count} times"
        if self.before == self.after:
            return "it changes nothing"
        return getattr(self, f"_mistake_{self.judge}")()

    def _mistake_unit(self):
        for test in self.words:
            if not (SRC / f"tests/unit/{test}.c").exists():
                return f"there is no tests/unit/{test}.c"
        return "" if self.words else "it names no test"

    def _mistake_model(self):
        models = list(SRC.glob(f"src/module/*/{self.words[0]}.pml")) if self.words else []
        if len(self.words) != 2 or not models:
            return "it names no model"
        if f"DEFECT {self.words[1]}:" not in models[0].read_text():
            return f"{models[0].name} has no DEFECT {self.words[1]}"
        return ""

    def _mistake_case(self):
        if len(self.words) < 2:
            return "it names no case"
        if not cell_of(self.words[0]):
            return f"suite.py has no cell {self.words[0]}"
        for case in self.words[1:]:
            if not (SRC / f"tests/cases/{case}.sh").exists():
                return f"there is no tests/cases/{case}.sh"
        return ""

    @staticmethod
    def _mistake_objdump():
        return ""

    _mistake_nobody = _mistake_objdump

    @property
    def before(self):
        """What stands there."""
        return "\n".join(self.old)

    @property
    def after(self):
        """What stands there instead."""
        return "\n".join(self.new)

    def write(self, tree):
        """Break a copy of the source."""
        path = tree / self.file
        path.write_text(path.read_text().replace(self.before, self.after))

    def restore(self, tree):
        """Mend it again. It is newer than before, so that what depends on it is made anew."""
        shutil.copyfile(SRC / self.file, tree / self.file)


def cell_of(name):
    """The machine of suite.py, or nothing."""
    return next((cell for cell in suite.CELLS if cell.name == name), None)


def read_list(path):
    """The mutants of one file."""
    for number, line in enumerate(path.read_text().splitlines(), 1):
        word, _, rest = line.partition(" ")
        if word == "mutant":
            mutant = Mutant(rest)
            yield mutant
        elif word == "in":
            mutant.file = rest
        elif word == "by":
            mutant.judge, *mutant.words = rest.split()
        elif line[:1] == "-":
            mutant.old.append(line[2:])
        elif line[:1] == "+":
            mutant.new.append(line[2:])
        elif line and not line.startswith("#"):
            sys.exit(f"{path.name}:{number}: what is '{line}'?")


def everything():
    """All mutants."""
    return [mutant for path in sorted(HERE.glob("*.list")) for mutant in read_list(path)]


def say(good, text):
    """A check."""
    print(f"{'ok' if good else 'not ok'} - mutants: {text}", flush=True)
    return bool(good)


def check():
    """Is the list what the source is?"""
    mutants = everything()
    good = say(bool(mutants), f"there are {len(mutants)} in the lists")
    names = [mutant.name for mutant in mutants]
    twice = sorted({name for name in names if names.count(name) > 1})
    good &= say(not twice, "each has a name of its own" + "".join(f"\n#   {n}" for n in twice))
    wrong = [f"{mutant.name}: {mistake}" for mutant in mutants if (mistake := mutant.mistake())]
    good &= say(not wrong, "each changes a text that is there, once, and names who must see it" +
                "".join(f"\n#   {text}" for text in wrong))
    return 0 if good else 1


def choose(args):
    """Prints where each mutant of the choice is judged, and its name."""
    mutants = [mutant for mutant in everything() if mutant.judge != "nobody"]
    if args.names:
        mutants = [mutant for mutant in mutants
                   if any(re.fullmatch(name, mutant.name) for name in args.names)]
    elif not args.full:
        draw = random.Random(args.seed)
        mutants = [mutant for judge, number in SAMPLE.items()
                   for mutant in draw.sample([m for m in mutants if m.judge == judge], number)]
    for mutant in mutants:
        print(mutant.kernel or "host", mutant.name)
    return 0 if mutants else 1


def copy_changed(src, dst):
    """Bring a copy up to date. What changes in it is new: of a file that was mended, and is as
    old as its source again, make would take what it has built of the broken one."""
    names = {path.relative_to(src) for path in src.rglob("*") if path.is_file()}
    for path in [path for path in dst.rglob("*") if path.is_file()]:
        if path.relative_to(dst) not in names:
            path.unlink()
    for name in names:
        if not (dst / name).exists() or not filecmp.cmp(src / name, dst / name, shallow=False):
            (dst / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(src / name, dst / name)


class Tree:
    """A copy of the source to be broken, where the unit tests and the models are run."""

    def __init__(self):
        self.path = WORK / "tree"
        for part in ("include", "src", "tests/unit", "tests/a64", "tests/models"):
            copy_changed(SRC / part, self.path / part)

    def built(self, test):
        """Build a unit test; returns the program."""
        program = WORK / "unit" / test
        subprocess.run(["make", "-s", "-C", self.path / "tests/unit", f"O={WORK / 'unit'}",
                        "WARNINGS=-w", f"-j{os.cpu_count()}", program], check=True,
                       capture_output=True, text=True)
        return program

    def unit(self, mutant):
        """Which unit test sees it? Returns how, or nothing."""
        for test in mutant.words:
            seen = first_failure(self.built(test))
            if seen:
                return f"{test}: {seen}"
        return ""

    def objdump(self, _mutant):
        """Is a word decoded otherwise?"""
        ran = subprocess.run(["make", "-s", "-C", self.path / "tests/a64", f"O={WORK / 'a64'}",
                              "EVERY=256", "check"], capture_output=True, check=False)
        return "objdump says something else" if ran.returncode else ""

    def model(self, mutant):
        """Does the model's correspondence see it?"""
        model = next(self.path.glob(f"src/module/*/{mutant.words[0]}.pml"))
        ran = subprocess.run([self.path / "tests/models/run", WORK / "models", "--steps",
                              model.relative_to(self.path)], capture_output=True, text=True,
                             check=False)
        return f"the model's {mutant.words[1]}" if ran.returncode else ""


def first_failure(program):
    """Run a unit test up to its first failure; returns that one's name, or nothing."""
    with subprocess.Popen(["prlimit", f"--cpu={CPU_SECONDS}", program], text=True, errors="replace",
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        for line in process.stdout:
            failed = re.search(r"\[  FAILED  \] (\w+)", line)
            if failed:
                process.kill()
                return failed[1]
    return "it breaks down" if process.returncode else ""


def judge_here(mutants):
    """By unit tests and models."""
    tree = Tree()
    good = True
    for test in sorted({test for mutant in mutants if mutant.judge == "unit"
                        for test in mutant.words}):
        seen = first_failure(tree.built(test))
        good &= say(not seen, f"{test} passes unbroken" + (f"\n#   {seen}" if seen else ""))
    for mutant in mutants:
        mutant.write(tree.path)
        try:
            how = getattr(tree, mutant.judge)(mutant)
            good &= say(how, f"{mutant.name} is seen" + (f", {how}" if how else ""))
        except subprocess.CalledProcessError as error:
            good = say(False, f"{mutant.name} builds\n#   " +
                       "\n#   ".join(error.stderr.splitlines()[-8:]))
        mutant.restore(tree.path)
    return good


class Listener:
    """Hears what a machine says, up to the first check that fails."""

    def __init__(self):
        self.failed = ""
        self.checks = 0

    def check(self, _cell, good, text):
        """As suite.py's report."""
        self.checks += 1
        if not good and not self.failed:
            self.failed = text

    def line(self, line, monitor):
        """A line from the machine."""
        if monitor and line.startswith("monitor "):
            monitor.ask(line.removeprefix("monitor "))
        for start in ("ok - ", "not ok - "):
            if line.startswith(start):
                self.check("", start == "ok - ", line[len(start):])


class Module:
    """The module, built and run broken."""

    def __init__(self, kernel):
        self.kernel = Kernel(kernel)
        self.tree = CACHE / "build" / f"{kernel}.mutants"
        self.work = WORK / kernel
        self.work.mkdir(parents=True, exist_ok=True)
        self.initramfs = suite.build_initramfs(self.kernel, self.work)
        self.arguments = shlex.split(os.environ["S2M_MAKE"])
        # What the cases take unbroken, in seconds.
        self.takes = {}

    def build(self):
        """The module as the source is now."""
        subprocess.run(["make", *self.arguments, f"M={self.tree}", "CONFIG_DEBUG_INFO_BTF_MODULES=",
                        f"-j{os.cpu_count()}", "modules"], check=True, capture_output=True,
                       text=True)
        return self.tree / "s2memattr.ko"

    def again(self, path):
        """Make one file as make has made it before."""
        noted = (path.parent / f".{path.name}.cmd").read_text().partition("\n")[0]
        subprocess.run(["sh", "-c", noted.partition(":=")[2]], check=True, capture_output=True,
                       text=True, cwd=self.arguments[self.arguments.index("-C") + 1])

    def undefined(self):
        """What the module asks the kernel for."""
        return subprocess.run(["aarch64-linux-gnu-nm", "-u", self.tree / "s2memattr.o"],
                              check=True, capture_output=True, text=True).stdout

    def build_mutant(self, mutant):
        """Of a file that is compiled only that one: make takes longer to find out. What asks
        for something else of the kernel is make's, which knows versions of symbols."""
        before = self.undefined()
        mutant.write(self.tree)
        if not mutant.file.endswith(".c"):
            return self.build()
        self.again((self.tree / mutant.file).with_suffix(".o"))
        self.again(self.tree / "s2memattr.o")
        if self.undefined() != before:
            return self.build()
        self.again(self.tree / "s2memattr.ko")
        return self.tree / "s2memattr.ko"

    def mend(self, mutant):
        """As it was before."""
        mutant.restore(self.tree)
        if mutant.file.endswith(".c"):
            self.again((self.tree / mutant.file).with_suffix(".o"))
        else:
            self.build()

    def run(self, module, name, cases, timeout):
        """Run cases with a module. Returns what was seen, and the seconds that it took."""
        cell = copy.copy(cell_of(name))
        cell.cases = " ".join(cases)
        listener = Listener()
        where = self.work / name
        where.mkdir(exist_ok=True)
        image = with_settings(self.initramfs, where / "initramfs", cell.settings())
        if cell.selftests:
            suite.with_selftests(image, cell.kernel, cell.selftests)
        with tempfile.TemporaryDirectory(prefix="s2m-mutant-") as tmp:
            Path(tmp).chmod(0o755)
            target = Path(tmp) / f"lib/modules/{self.kernel.release}/updates/s2memattr.ko"
            target.parent.mkdir(parents=True)
            shutil.copy(module, target)
            archive(tmp, image, "ab")
        monitor = suite.Monitor(where / "monitor") if cell.errors else None
        machine = Machine(self.kernel, image, where, cpu=cell.cpu, machine=cell.machine,
                          devices=suite.devices(where, cell.port, cell.sriov, cell.large,
                                                cell.errors) + (monitor.args if monitor else []),
                          cmdline=cell.cmdline, memory="2G" if cell.selftests else "1G")
        start = time.monotonic()
        try:
            outcome = machine.run(timeout, lambda line: listener.line(line, monitor),
                                  stopped=lambda: listener.failed)
        except InterruptedError:
            return listener.failed, time.monotonic() - start
        missing = [case for case in cases if case not in outcome.done]
        seen = listener.failed or next(iter(outcome.troubles()), "") or \
            (f"{missing[0]} does not end" if missing else "")
        return seen, outcome.seconds

    def sound(self, module, mutants):
        """Unbroken, all of it must pass, or nothing would be shown."""
        good = True
        for name in sorted({mutant.words[0] for mutant in mutants}):
            cases = list(dict.fromkeys(case for mutant in mutants if mutant.words[0] == name
                                       for case in mutant.words[1:]))
            seen, seconds = self.run(module, name, cases, cell_of(name).timeout)
            self.takes[name] = seconds
            good &= say(not seen, f"{name}: unbroken, {' '.join(cases)} pass" +
                        (f"\n#   {seen}" if seen else ""))
        return good

    def judge(self, mutants):
        """By cases on machines."""
        if not self.sound(self.build(), mutants):
            return False
        good = True
        for mutant in mutants:
            name, *cases = mutant.words
            try:
                seen, seconds = self.run(self.build_mutant(mutant), name, cases,
                                         PATIENCE_MIN + PATIENCE * self.takes[name])
                good &= say(seen, f"{mutant.name} is seen" +
                            (f", {seen} ({seconds:.0f} s)" if seen else f" by {' '.join(cases)}"))
            except subprocess.CalledProcessError as error:
                good = say(False, f"{mutant.name} builds\n#   " +
                           "\n#   ".join(error.stderr.splitlines()[-8:]))
            self.mend(mutant)
        return good


def judge(args):
    """Those that are judged on the host, or on the machines of one kernel."""
    mutants = [mutant for mutant in everything() if mutant.name in args.names]
    good = judge_here(mutants) if args.where == "host" else Module(args.where).judge(mutants)
    return 0 if good else 1


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("check")
    chooser = commands.add_parser("choose")
    chooser.add_argument("--full", action="store_true")
    chooser.add_argument("--seed", type=int, default=0)
    chooser.add_argument("names", nargs="*")
    judges = commands.add_parser("judge")
    judges.add_argument("where")
    judges.add_argument("names", nargs="+")
    args = parser.parse_args()
    if args.command == "check":
        return check()
    return choose(args) if args.command == "choose" else judge(args)


if __name__ == "__main__":
    sys.exit(main())
