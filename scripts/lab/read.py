#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Kernels of which there is an image and nothing to build a module with: would it be met?

"s2memattr rehearse" is asked about each image alone. Runs in the bookworm tool root;
scripts/test calls it with --full.
"""
import argparse
import json
import subprocess
import sys
from pathlib import Path

import matrix
from machine import CACHE, SRC, Kernel


def rehearse(kernel, *more):
    """What it says of an image alone: its JSON."""
    done = subprocess.run(
        [sys.executable, "-B", SRC / "src/rehearse", "--json", "--no-record", "--arm64",
         CACHE / "roots/guest", *more, kernel.vmlinuz], stdout=subprocess.PIPE, text=True,
        env={"S2MEMATTR_REHEARSE_TEXT": str(CACHE / "build/rehearse-text"),
             "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}, check=False)
    if done.returncode not in (1, 3):
        raise RuntimeError(f"{kernel.name}: status {done.returncode}")
    return json.loads(done.stdout)


def read(name):
    """What is there, what is not."""
    said = rehearse(Kernel(name))["verdicts"]
    return ([one["text"] for one in said if one["verdict"] == "ok" and one["where"] == "text"],
            [f"{one['where']}: {one['text']}" for one in said if one["verdict"] == "FAIL"])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kernels", nargs="+")
    parser.add_argument("--table", type=Path, help="write what came of it here, for matrix.py")
    args = parser.parse_args()

    subprocess.run(["make", "-s", "-C", SRC / "src/rehearse", f"O={CACHE}/build"], check=True)
    rows, bad = [], False
    for name in args.kernels:
        yes, no = read(name)
        bad |= bool(no)
        print(f"{'not ok' if no else 'ok'} - {name}: the image has what the module looks for")
        for line in yes + no:
            print(f"#   {line}")
        rows.append((name, "no" if no else "read", "; ".join(no or yes)))
    if args.table:
        matrix.write(args.table, rows)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
