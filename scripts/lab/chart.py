#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Draw what scripts/bench measured, and put its tables into a text, each between lines
such as <!-- figures --> and <!-- /figures -->: chart.py FIGURES.json CHART.svg [TEXT.md]"""
import json
import sys
from pathlib import Path
from xml.sax.saxutils import escape

import breakdown

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


PARTS = [("absent", "stock"), ("ftrace-rewritten", "ftrace"), ("kprobe-rewritten", "kprobe")]


def parts(run, what):
    """Where the instructions of one kind of fault go, in Markdown."""
    functions = run["functions"]
    states = [(state, title) for state, title in PARTS if state in functions]
    lines = [f"| {what}, {run['kernel']} | " + " | ".join(title for _, title in states) + " |",
             "|---" + "|---:" * len(states) + "|"]
    rest = [0] * len(states)
    for name, counts in breakdown.rows(functions, what, [state for state, _ in states]):
        if max(counts) - min(counts) < 5:
            rest = [a + b for a, b in zip(rest, counts)]
        else:
            lines.append(f"| `{name}` | " + " | ".join(map(str, counts)) + " |")
    lines.append("| all others | " + " | ".join(map(str, rest)) + " |")
    lines.append("| **all** | " + " | ".join(
        f"**{sum(functions[state][what].values())}**" for state, _ in states) + " |")
    return lines + [""]


def series(run):
    """What grows with something, one line each."""
    figures, lines = run["figures"], [f"Kernel {run['version']} ({run['kernel']}), {run['cpu']}:", ""]

    def row(prefix, what, scale=1, digits=0, base=10):
        return ", ".join(f"{int(state[len(prefix):], base)}: {row[what] / scale:.{digits}f}"
                         for state, row in figures.items()
                         if state.startswith(prefix) and what in row)

    for prefix, what, text, scale, digits, base in (
            ("rules-", "device", "a device fault that a table decides, in instructions, against "
             "its number of rules", 1, 0, 10),
            ("vms-", "switch", "a switch, in ms, against the number of VMs, one page of a BAR each",
             1e6, 3, 10),
            ("pages-0x", "switch", "a switch, in ms, against the number of pages of one BAR",
             1e6, 3, 16),
            ("drop-", "held", "how long a switch keeps a guest from mapping its BAR anew, in "
             "instructions, against the number of pages it uses", 1, 0, 16)):
        if any(state.startswith(prefix) for state in figures):
            lines.append(f"* {text}: {row(prefix, what, scale, digits, base)}")
    for by in ("ftrace", "kprobe"):
        if "load" in figures.get(by, {}):
            lines.append(f"* by {by}, in ms: " + ", ".join(
                f"{what} {ticks / 1e6:.2f}" for what, ticks in figures[by].items()))
    for state, row_ in figures.items():
        if state.startswith("coherent-"):
            lines.append(f"* {state.replace('-', ', ')}: a store to a page that is mapped, in a "
                         f"loop: {row_['loop']}, mean of 1024: {row_['loops']}")
        if state.startswith("throughput-"):
            lines.append(f"* {state.replace('-', ', ')}: RAM faults a second: {row_['one']} by one "
                         f"vCPU, {row_['two']} by two")
    return lines + [""] if len(lines) > 2 else []


def insert(name, lines, target):
    """Replace what an earlier run left between the marks."""
    words = target.read_text().splitlines()
    first, last = words.index(f"<!-- {name} -->"), words.index(f"<!-- /{name} -->")
    target.write_text("\n".join(words[:first + 1] + [""] + lines + words[last:]) + "\n")


def main():
    source, target = map(Path, sys.argv[1:3])
    runs = json.loads(source.read_text())["runs"]
    faults = [run for run in runs if "absent" in run["figures"]]
    target.write_text(draw(faults))
    if len(sys.argv) > 3:
        text = Path(sys.argv[3])
        insert("figures", [line for run in faults for line in table(run)], text)
        insert("parts", [line for run in runs if run["functions"]
                         for what in ("ram", "device") for line in parts(run, what)], text)
        insert("series", [line for run in runs for line in series(run)], text)


if __name__ == "__main__":
    main()
