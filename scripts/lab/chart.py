#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Draw what scripts/bench measured, and put its tables into a text between the
lines <!-- figures --> and <!-- /figures -->: chart.py FIGURES.json CHART.svg [TEXT.md]"""
import json
import sys
from pathlib import Path
from xml.sax.saxutils import escape

# (the state, its colour): what a fault costs more than in the stock kernel.
BARS = [("ftrace-kept", "#8fb8de"), ("ftrace-rewritten", "#3572b0"),
        ("kprobe-kept", "#f2c28b"), ("kprobe-rewritten", "#c8741a")]
PANELS = [("ram", "RAM fault"), ("device", "device fault")]
WIDTH, ROW, LEFT, TOP, SCALE = 860, 14, 190, 56, 13


def text(x, y, words, size=12, anchor="start", weight="normal"):
    """One line of text."""
    return (f'<text x="{x}" y="{y}" font-size="{size}" text-anchor="{anchor}" '
            f'font-weight="{weight}">{escape(words)}</text>')


def panel(runs, what, title, top):
    """Bars for all runs; returns the elements and where the panel ends."""
    out = [text(LEFT, top, f"{title}: instructions more than the stock kernel's, in per cent",
                13, weight="bold")]
    y = top + 14
    for run in runs:
        stock = run["figures"]["absent"][what]
        out.append(text(LEFT - 8, y + 2 * ROW - 2, f"{run['kernel']}, {run['cpu']}", 12, "end"))
        out.append(text(LEFT - 8, y + 3 * ROW - 2, f"stock: {stock}", 10, "end"))
        for state, colour in BARS:
            if state not in run["figures"]:
                continue
            more = 100 * (run["figures"][state][what] - stock) / stock
            out.append(f'<rect x="{LEFT}" y="{y}" width="{max(more * SCALE, 1):.1f}" '
                       f'height="{ROW - 3}" fill="{colour}"/>')
            out.append(text(LEFT + more * SCALE + 4, y + ROW - 5, f"{more:.1f}", 10))
            y += ROW
        y += 8
    return out, y + 26


def draw(runs):
    """The whole picture."""
    out, y = [], TOP
    x = LEFT
    for state, colour in BARS:
        out.append(f'<rect x="{x}" y="14" width="12" height="12" fill="{colour}"/>')
        out.append(text(x + 17, 24, state.replace("-", ", ")))
        x += 130
    for what, title in PANELS:
        more, y = panel(runs, what, title, y)
        out += more
    return "\n".join([f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{y}" '
                      f'viewBox="0 0 {WIDTH} {y}" font-family="sans-serif">',
                      f'<rect width="{WIDTH}" height="{y}" fill="#ffffff"/>', *out, "</svg>\n"])


WHATS = [("ram", "RAM"), ("ram1", "RAM, no blocks"), ("device", "device"),
         ("ram2", "RAM, 2 vCPUs")]


def table(run):
    """The faults of one run, in Markdown."""
    figures = run["figures"]
    stock = figures["absent"]
    lines = [f"Kernel {run['version']} ({run['kernel']}), {run['cpu']}:", "",
             "| | " + " | ".join(title for _, title in WHATS) + " |", "|---" * 5 + "|"]
    for state, row in figures.items():
        if "ram" not in row:
            continue
        cells = []
        for what, _ in WHATS:
            if what not in row:
                cells.append("")
            elif state == "absent":
                cells.append(str(row[what]))
            else:
                cells.append(f"{row[what]} ({100 * (row[what] / stock[what] - 1):+.1f} %)")
        lines.append(f"| {state.replace('-', ', ')} | " + " | ".join(cells) + " |")
    return lines + [""]


def insert(runs, target):
    """Replace what an earlier run left between the marks."""
    words = target.read_text().splitlines()
    first, last = words.index("<!-- figures -->"), words.index("<!-- /figures -->")
    lines = [""] + [line for run in runs for line in table(run)]
    target.write_text("\n".join(words[:first + 1] + lines + words[last:]) + "\n")


def main():
    source, target = map(Path, sys.argv[1:3])
    runs = [run for run in json.loads(source.read_text())["runs"] if "absent" in run["figures"]]
    target.write_text(draw(runs))
    if len(sys.argv) > 3:
        insert(runs, Path(sys.argv[3]))


if __name__ == "__main__":
    main()
