# SPDX-License-Identifier: GPL-2.0-only
"""Which cells, and which of their cases, are asked for by name.

A name that is none, and a choice that leaves nothing, is refused with a sentence and
with what there is: a run that tests nothing must not look like one that passed.
"""
import copy
import re


class Refused(Exception):
    """The sentence that says why."""


def listed(words):
    """What there is, each once, in its order."""
    return f"there are: {' '.join(dict.fromkeys(words))}"


def cases_of(cells):
    """The cases that these cells run."""
    return [case for cell in cells for case in cell.cases.split()]


def must_be_known(what, names, known):
    """Refuses a name that is none of those known."""
    for name in names:
        if name not in known:
            raise Refused(f"no {what} '{name}' ({listed(known)})")


def matching(cells, only):
    """The cells whose name matches."""
    try:
        pattern = re.compile(only)
    except re.error as error:
        raise Refused(f"'{only}' is no regular expression: {error}") from error
    found = [cell for cell in cells if pattern.search(cell.name)]
    if not found:
        raise Refused(f"no cell matches '{only}' ({listed(cell.name for cell in cells)})")
    return found


def only_cases(cells, cases):
    """Those of the cells that run one of the cases, and copies that run no others."""
    for case in cases:
        if case not in cases_of(cells):
            raise Refused(f"no cell of this choice runs the case '{case}' "
                          f"(its cells run: {' '.join(dict.fromkeys(cases_of(cells)))})")
    chosen = []
    for cell in cells:
        cell = copy.copy(cell)
        cell.cases = " ".join(case for case in cell.cases.split() if case in cases)
        chosen += [cell] if cell.cases else []
    return chosen


def without_long(cells, cases):
    """The cells that do not take long. That one is named is no reason to wait for it."""
    short = [cell for cell in cells if not cell.full]
    lost = [case for case in cases if case not in cases_of(short)]
    if lost or not short:
        what = f"the case '{lost[0]}'" if lost else "all of this choice"
        raise Refused(f"{what} takes long and needs --full ({listed(c.name for c in cells)})")
    return short


def choose(cells, kernels=(), only="", cases=(), full=False):
    """The cells that are asked for. Nothing asked for is everything."""
    must_be_known("kernel", kernels, [cell.kernel for cell in cells])
    must_be_known("case", cases, cases_of(cells))
    chosen = matching([cell for cell in cells if not kernels or cell.kernel in kernels], only)
    if cases:
        chosen = only_cases(chosen, cases)
    return chosen if full else without_long(chosen, cases)
