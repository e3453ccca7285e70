#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""matrix.py DOCUMENT FILE...: put the table of kernels into docs/kernels.md.

The files are written by scripts/lab/suite.py, scripts/lab/read.py and scripts/test, a line
for each kernel: name, version, what was done, what came of it, on which day. What was done:

  measured  booted, with the module in it; so many checks, on these machines
  built     the module was built for it, not booted
  read      booted without the module, and its text has what the module looks for
  no        none of these came off, and why

Where a kernel stands in several places, the latest day counts, and of one day the last line.
What the document has is one of these places: a cache that has not seen a kernel takes no row
away, a row with its day stays until somebody removes it.
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
    path.write_text("".join(
        "\t".join((name, version(name), how, result.replace("|", "/"), today)) + "\n"
        for name, how, result in rows))


def by_version(row):
    """Old kernels first; of one version the plain one first."""
    return [int(number) for number in re.findall(r"\d+", row[1])[:3]], len(row[0]), row[0]


def rows_of(table):
    """Rows of a table as this program writes it."""
    for line in table.splitlines():
        if line.startswith("|") and not line.startswith(("| kernel |", "|---")):
            yield [field.strip() for field in line.strip("|").split("|")]


def put_together(table, files):
    """The table, with what is newer in the texts of these files."""
    rows = {row[0]: row for row in rows_of(table)}
    for line in (line for text in files for line in text.splitlines()):
        row = line.split("\t")
        if row[0] not in rows or row[-1] >= rows[row[0]][-1]:
            rows[row[0]] = row
    lines = ["| kernel | version | | what came of it | on |", "|---|---|---|---|---|"]
    return "\n".join(lines + [f"| {' | '.join(row)} |"
                              for row in sorted(rows.values(), key=by_version)])


def main():
    document = Path(sys.argv[1])
    before, rest = document.read_text().split(BEGIN)
    table, after = rest.split(END)
    table = put_together(table, [Path(path).read_text() for path in sys.argv[2:]])
    document.write_text(f"{before}{BEGIN}\n\n{table}\n\n{END}{after}")


if __name__ == "__main__":
    main()
