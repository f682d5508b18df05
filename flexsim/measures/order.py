"""Whole numbers put in order: radix sort, since it is quick for any distribution."""

from __future__ import annotations

import numpy as np

from flexsim.jit import part
from flexsim.measures.rows import Table
from flexsim.measures.sums import Ints

#: Bits of a digit, and how many numbers are worth wide ones.
_NARROW, _WIDE, _MANY = 8, 10, 1_024


@part
def put_in_order(values: Table, spare: Table) -> None:
    """Put values, none below 0, in ascending order.

    Parameters
    ----------
    spare : ndarray
        At least as long; what it holds is lost.
    """
    most, last, is_done = 0, 0, True
    for value in values:
        is_done &= value >= last
        most |= value
        last = value
    if is_done:
        return
    bits = _NARROW if len(values) < _MANY else _WIDE
    at = np.empty(1 << bits, dtype=np.int64)
    here, there, shift = values, spare, 0
    while most >> shift:
        _by_digit(here, there, len(values), shift, at)
        here, there = there, here
        shift += bits
    if shift // bits % 2:
        for k in range(len(values)):
            values[k] = spare[k]


@part
def _by_digit(given: Table, to: Table, n: int, shift: int, at: Ints) -> None:
    """Move values to where they stand by one digit, those alike in the order given."""
    mask = len(at) - 1
    for digit in range(len(at)):
        at[digit] = 0
    for k in range(n):
        at[given[k] >> shift & mask] += 1
    before = 0
    for digit in range(len(at)):
        before, at[digit] = before + at[digit], before
    for k in range(n):
        digit = given[k] >> shift & mask
        to[at[digit]] = given[k]
        at[digit] += 1
