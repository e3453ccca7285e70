#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""coverage.py [--gcov PROGRAM] [--missing] [--floor LINES,BRANCHES] [--host FOLDER] FOLDER...

A table of the lines and branches that were reached, a line each file of the source, from all
that gcc has counted below these folders. Of a file that several programs have, what one of
them has reached counts. --host: the same source in programs of this machine's compiler.
--missing: also which lines were not, and branches never taken, by line. With --floor it fails
if all files together have less than so many percent.

Which branches count. What functions of the kernel's headers have is counted for those
headers by gcc itself, and left out here. What macros of the kernel have (copying from
user space, counters of each CPU, trace events) and what the compiler makes of an assignment
is counted for our line: so a line counts if there is a condition on it, or in what it
continues. Copies of a line that was inlined are one line: where they have as many branches as
each other, what one of them takes is taken. Two compilers do not have the same branches; of a
line that both have, the one counts of whose branches the larger part was taken.
"""
import argparse
import collections
import functools
import json
import re
import subprocess
import sys
from pathlib import Path

SRC = Path(__file__).resolve().parents[2]
# What a reader can find.
ROOMS = ("src/", "include/s2memattr/")
# What makes a condition of a line.
CONDITION = re.compile(r"\b(if|while|for|switch|case|\w*for_each\w*)\b|&&|\|\||\?")


def told(gcov, counts):
    """What gcov says of one file of counts."""
    said = subprocess.run([gcov, "--json-format", "--stdout", "-b", counts.name],
                          cwd=counts.parent, check=True, capture_output=True, text=True).stdout
    for line in said.splitlines():
        yield from json.loads(line)["files"]


def short(name):
    """The path within the repository, or nothing if it is none of ours."""
    parts = Path(name).parts
    for room in ("src", "include"):
        if room in parts[:-1]:
            at = len(parts) - 1 - parts[::-1].index(room)
            path = "/".join(part for part in parts[at:] if part != ".")
            return path if path.startswith(ROOMS) else ""
    return ""


@functools.cache
def conditions(name):
    """The numbers of the lines of a file of the source that have, or continue, a condition."""
    numbers, statement = set(), ""
    for number, line in enumerate((SRC / name).read_text().splitlines(), 1):
        code = re.sub(r'"(\\.|[^"])*"|/\*.*?\*/', "", line).strip()
        if code.startswith(("*", "/*")) or (line.strip() and not code):
            continue
        statement += code
        if CONDITION.search(statement):
            numbers.add(number)
        if not code or code[-1] in ";{}:":
            statement = ""
    return numbers


class File:
    """What was reached of one file of the source."""

    def __init__(self, name):
        self.name = name
        self.lines = collections.Counter()
        # By line and compiler: counts of branches, by how many there are.
        self.branches = collections.defaultdict(dict)

    def add(self, line, compiler):
        """A line as gcov tells it."""
        number = line["line_number"]
        self.lines[number] += line["count"]
        if not line["branches"] or number not in conditions(self.name):
            return
        taken = [branch["count"] for branch in line["branches"]]
        known = self.branches[number, compiler].setdefault(len(taken), [0] * len(taken))
        for at, count in enumerate(taken):
            known[at] += count

    def by_line(self):
        """Of each line with branches: how many were taken, and how many there are."""
        lines = {}
        for (number, _), known in self.branches.items():
            counts = [count for copy in known.values() for count in copy]
            taken = (sum(1 for count in counts if count), len(counts))
            before = lines.get(number, (0, 1))
            if number not in lines or taken[0] * before[1] > before[0] * taken[1]:
                lines[number] = taken
        return lines

    def reached(self):
        """Lines reached, all lines, branches reached, all branches."""
        lines = self.by_line().values()
        return (sum(1 for count in self.lines.values() if count), len(self.lines),
                sum(taken for taken, _ in lines), sum(there for _, there in lines))

    def missing(self):
        """Lines never reached, and lines with a branch never taken."""
        lines = sorted(number for number, count in self.lines.items() if not count)
        branches = sorted(number for number, (taken, there) in self.by_line().items()
                          if self.lines[number] and taken < there)
        return lines, branches


def ranges(numbers):
    """Numbers as text: 3-5, 7."""
    parts = []
    for number in numbers:
        if parts and parts[-1][1] == number - 1:
            parts[-1][1] = number
        else:
            parts.append([number, number])
    return " ".join(str(first) if first == last else f"{first}-{last}" for first, last in parts)


def percent(part, whole):
    """As the table has it."""
    return f"{100 * part / whole:5.1f}" if whole else "    -"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--gcov", default="gcov")
    parser.add_argument("--host", action="append", default=[], type=Path)
    parser.add_argument("--only", default="src/", help="files below this")
    parser.add_argument("--missing", action="store_true")
    parser.add_argument("--floor", default="0,0")
    args = parser.parse_args()
    files = {}
    for folder, gcov in [(folder, args.gcov) for folder in args.folders] + \
                        [(folder, "gcov") for folder in args.host]:
        for counts in sorted(folder.rglob("*.gcda")):
            for file in told(gcov, counts):
                name = short(file["file"])
                for line in file["lines"] if name.startswith(args.only) else ():
                    files.setdefault(name, File(name)).add(line, gcov)
    sums = [0, 0, 0, 0]
    print(f"{'lines':>11} {'%':>5} {'branches':>11} {'%':>5}")
    for name in sorted(files):
        reached = files[name].reached()
        sums = [a + b for a, b in zip(sums, reached)]
        print(f"{reached[0]:5}/{reached[1]:<5} {percent(*reached[:2])} "
              f"{reached[2]:5}/{reached[3]:<5} {percent(*reached[2:])} {name}")
        lines, branches = files[name].missing()
        if args.missing and lines:
            print(f"    lines {ranges(lines)}")
        if args.missing and branches:
            print(f"    branches in {ranges(branches)}")
    print(f"{sums[0]:5}/{sums[1]:<5} {percent(*sums[:2])} "
          f"{sums[2]:5}/{sums[3]:<5} {percent(*sums[2:])} all {len(files)} files")
    floor = [float(part) for part in args.floor.split(",")]
    good = sums[1] and 100 * sums[0] >= floor[0] * sums[1] and 100 * sums[2] >= floor[1] * sums[3]
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
