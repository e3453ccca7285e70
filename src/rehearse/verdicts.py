# SPDX-License-Identifier: GPL-2.0-only
"""A verdict a line, and what they come to."""
import threading

OK, FAILED, NOT_BEGUN, UNTRIED = range(4)
WORDS = {OK: "ok", FAILED: "failed", UNTRIED: "untried"}


class Verdicts:
    """Prints them as they come, from several machines at once; or keeps them for JSON."""

    def __init__(self, prints):
        self.prints = prints
        self.all = []
        self.remarks = []
        self.lock = threading.Lock()

    def _say(self, word, where, text):
        if word in self.prints:
            print(f"{word} {where}: {text}", flush=True)

    def add(self, word, where, text):
        """@word: ok, FAIL or untried."""
        with self.lock:
            self.all.append({"verdict": word, "where": where, "text": text})
            self._say(word, where, text)

    def ok(self, where, text):
        """It is as it should be."""
        self.add("ok", where, text)

    def fail(self, where, text):
        """It is not."""
        self.add("FAIL", where, text)

    def untried(self, where, text):
        """Nobody knows, and why."""
        self.add("untried", where, text)

    def remark(self, where, text):
        """For people."""
        with self.lock:
            self.remarks.append({"where": where, "text": text})
            self._say("#", where, text)

    def has(self, word):
        """Is there such a verdict?"""
        return any(one["verdict"] == word for one in self.all)

    def status(self):
        """What they come to, as the exit status says it. Nothing is not everything."""
        if self.has("FAIL"):
            return FAILED
        return OK if self.all and not self.has("untried") else UNTRIED
