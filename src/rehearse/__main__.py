#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-only
"""What "s2memattr rehearse" runs."""
import sys
from pathlib import Path

# Whoever runs it, nothing is left beside it.
sys.dont_write_bytecode = True
sys.path[0] = str(Path(__file__).resolve().parents[1])

# pylint: disable=wrong-import-position
from rehearse.main import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
