#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""matrix.py DOCUMENT FILE...: put the table of kernels into docs/kernels.md.

The files are written by scripts/lab/suite.py, scripts/lab/read.py and scripts/test, a line
for each kernel: name, version, what was done, what came of it, on which day. What was done:

  measured  booted, with the module in it; so many checks, on these machines
  built     the module was built for it, not booted
  read      booted without the module, and its text has what the module looks for
  no        none of these came off, and why

Where a kernel stands in several files or lines, the last one counts, but for what one run of
the tests measures of a kernel in several parts.
"""
import datetime
import re
import sys
from pathlib import Path

BEGIN = "<!-- matrix: written by make matrix, from the last runs of scripts/test -->"
END = "<!-- end of matrix -->"


def version(name):
    """The package that a kernel came from."""
    from machine import CACHE
    path = CACHE / "kernels" / name / "version"
    return path.read_text().strip() if path.exists() else "-"


def measured(cells, counts):
    """Rows (name, what was done, result). @counts: cell name -> [passed, failed]."""
    for kernel in dict.fromkeys(cell.kernel for cell in cells):
        names = [cell.name for cell in cells if cell.kernel == kernel]
        passed, failed = (sum(counts[name][i] for name in names) for i in (0, 1))
        machines = ", ".join(name[len(kernel) + 1:] for name in names)
        result = f"{passed} checks" if not failed else f"{passed} passed, **{failed} failed**"
        yield kernel, "measured", f"{result}: {machines}"


def write(path, rows):
    """Write rows as this program reads them, of today."""
    path.parent.mkdir(parents=True, exist_ok=True)
    today = datetime.date.today().isoformat()
    path.write_text("".join("\t".join((name, version(name), how, result, today)) + "\n"
                            for name, how, result in rows))


def by_version(row):
    """Old kernels first; of one version the plain one first."""
    return [int(number) for number in re.findall(r"\d+", row[1])[:3]], len(row[0]), row[0]


def main():
    document, rows = Path(sys.argv[1]), {}
    for path in sys.argv[2:]:
        for line in Path(path).read_text().splitlines():
            row = line.split("\t")
            rows[row[0]] = row
    if not rows:
        sys.exit("no results of tests in the cache: the table stays as it is")
    lines = ["| kernel | version | | what came of it | on |", "|---|---|---|---|---|"]
    lines += [f"| {name} | {version} | {how} | {result} | {day} |"
              for name, version, how, result, day in sorted(rows.values(), key=by_version)]
    before, rest = document.read_text().split(BEGIN)
    _, after = rest.split(END)
    document.write_text(f"{before}{BEGIN}\n\n" + "\n".join(lines) + f"\n\n{END}{after}")


if __name__ == "__main__":
    main()
