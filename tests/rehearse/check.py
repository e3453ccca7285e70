#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""check.py [PATTERN]: the tests of "s2memattr rehearse" that boot nothing, one line each."""
import sys
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parents[1] / "src"), str(HERE.parent / "cli")]
sys.dont_write_bytecode = True

# pylint: disable=wrong-import-position
from run import Lines


def main():
    loader = unittest.TestLoader()
    if len(sys.argv) > 1:
        loader.testNamePatterns = [f"*{sys.argv[1]}*"]
    result = Lines()
    loader.discover(str(HERE), "test_*.py").run(result)
    return 0 if result.testsRun and result.wasSuccessful() else 1


if __name__ == "__main__":
    sys.exit(main())
