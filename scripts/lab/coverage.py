#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""coverage.py [--gcov PROGRAM] [--missing] [--floor LINES,BRANCHES] FOLDER...

A table of the lines and branches that were reached, a line each file of the source, from all
that gcc has counted below these folders. Of a file that several programs have, what one of
them has reached counts. --missing: also which lines were not, and branches never taken, by
line. With --floor it fails if all files together have less than so many percent.
"""
import argparse
import collections
import json
import subprocess
import sys
from pathlib import Path

# What a reader can find.
ROOMS = ("src/", "include/s2memattr/")


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


class File:
    """What was reached of one file of the source."""

    def __init__(self):
        self.lines = collections.Counter()
        self.branches = {}

    def add(self, line):
        """A line as gcov tells it."""
        number = line["line_number"]
        self.lines[number] += line["count"]
        if not line["branches"]:
            return
        # Of a line that is in several functions (inlined), branches are told apart by place.
        taken = [branch["count"] for branch in line["branches"]]
        known = self.branches.setdefault((number, line.get("function_name"), len(taken)),
                                         [0] * len(taken))
        for at, count in enumerate(taken):
            known[at] += count

    def reached(self):
        """Lines reached, all lines, branches reached, all branches."""
        counts = [count for known in self.branches.values() for count in known]
        return (sum(1 for count in self.lines.values() if count), len(self.lines),
                sum(1 for count in counts if count), len(counts))

    def missing(self):
        """Lines never reached, and lines with a branch never taken."""
        lines = sorted(number for number, count in self.lines.items() if not count)
        branches = sorted({number for (number, _, _), known in self.branches.items()
                           if self.lines[number] and not all(known)})
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
    parser.add_argument("--only", default="src/", help="files below this")
    parser.add_argument("--missing", action="store_true")
    parser.add_argument("--floor", default="0,0")
    args = parser.parse_args()
    files = collections.defaultdict(File)
    for folder in args.folders:
        for counts in sorted(folder.rglob("*.gcda")):
            for file in told(args.gcov, counts):
                name = short(file["file"])
                for line in file["lines"] if name.startswith(args.only) else ():
                    files[name].add(line)
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
