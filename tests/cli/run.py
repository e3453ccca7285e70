#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""run.py PROGRAM [PATTERN]: the tests of the command line tool, one line each."""
import sys
import unittest
from pathlib import Path

import tool


class Lines(unittest.TestResult):
    """Prints "ok - NAME" or "not ok - NAME" and what went wrong."""

    @staticmethod
    def name(test):
        """What a test shows, in words: its first line of documentation, or its name."""
        said = test.shortDescription() or test.id().split(".")[-1].replace("_", " ")
        return f"{type(test).__module__.removeprefix('test_')}: {said}"

    def addSuccess(self, test):
        print(f"ok - {self.name(test)}", flush=True)

    def broken(self, test, err):
        """A failure or an error: both are failures here."""
        print(f"not ok - {self.name(test)}")
        for line in self._exc_info_to_string(err, test).splitlines():
            print(f"#   {line}", flush=True)

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self.broken(test, err)

    def addError(self, test, err):
        super().addError(test, err)
        self.broken(test, err)

    def addSubTest(self, test, subtest, err):
        super().addSubTest(test, subtest, err)
        if err:
            self.broken(test, err)


def main():
    tool.PROGRAM = sys.argv[1]
    loader = unittest.TestLoader()
    if len(sys.argv) > 2:
        loader.testNamePatterns = [f"*{sys.argv[2]}*"]
    result = Lines()
    here = Path(__file__).resolve().parent
    loader.discover(str(here), "test_*.py").run(result)
    return 0 if result.testsRun and result.wasSuccessful() else 1


if __name__ == "__main__":
    sys.exit(main())
