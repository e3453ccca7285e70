#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""matrix.py TABLE README: put the table of a run into the README.

The table itself is written by scripts/lab/suite.py at the end of a run: a line
for each kernel, with the machines that it ran on and what came of it.
"""
import sys
from pathlib import Path

BEGIN = "<!-- matrix: written by make matrix, from the last run of scripts/test -->"
END = "<!-- end of matrix -->"


def table(cells, counts, version):
    """Markdown lines. @counts: cell name -> [passed, failed]; @version: of a kernel."""
    lines = ["| kernel | machines | checks |", "|---|---|---|"]
    for kernel in dict.fromkeys(cell.kernel for cell in cells):
        names = [cell.name for cell in cells if cell.kernel == kernel]
        passed, failed = (sum(counts[name][i] for name in names) for i in (0, 1))
        machines = ", ".join(name[len(kernel) + 1:] for name in names)
        result = f"{passed}" if not failed else f"{passed} passed, **{failed} failed**"
        lines.append(f"| {kernel} ({version(kernel)}) | {machines} | {result} |")
    return lines


def main():
    rows, readme = Path(sys.argv[1]).read_text(), Path(sys.argv[2])
    before, rest = readme.read_text().split(BEGIN)
    _, after = rest.split(END)
    readme.write_text(f"{before}{BEGIN}\n\n{rows}\n{END}{after}")


if __name__ == "__main__":
    main()
