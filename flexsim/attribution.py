"""How much of a difference each of several changes makes: the Shapley value.

A change's part is what it adds when it is switched on, averaged over all orders in which the
changes can be switched on (Shapley 1953, A value for n-person games). So parts add up to the whole
difference, a change that never adds anything has none, changes that add the same have equal parts,
and the order in which changes are listed says nothing.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

#: The value, of any shape, with some of the changes switched on.
Value = Callable[[frozenset[int]], Floats]


def exact(value: Value, changes: int) -> Floats:
    """Parts over all orders, shape (changes, ...); asks for every subset of the changes."""
    parts = []
    for change in range(changes):
        others = [n for n in range(changes) if n != change]
        parts.append(
            sum(
                (
                    (value(on | {change}) - value(on)) / (changes * math.comb(changes - 1, size))
                    for size in range(changes)
                    for on in map(frozenset, combinations(others, size))
                ),
                start=np.zeros_like(value(frozenset())),
            )
        )
    return np.array(parts)


def in_orders(value: Value, orders: Sequence[Sequence[int]]) -> Floats:
    """What each change adds in each of some orders, shape (orders, changes, ...)."""
    found = []
    for order in orders:
        added: dict[int, Floats] = {}
        for n, change in enumerate(order):
            before = frozenset(order[:n])
            added[change] = value(before | {change}) - value(before)
        found.append([added[change] for change in sorted(added)])
    return np.array(found)


def draw_orders(changes: int, pairs: int, seed: int) -> list[tuple[int, ...]]:
    """Random orders, each followed by its reverse.

    What a change adds late in an order it adds early in the reverse, so that a pair varies less
    than two orders would (Mitchell et al. 2022, Journal of Machine Learning Research 23 (43)).
    """
    random = np.random.default_rng(seed)
    found: list[tuple[int, ...]] = []
    for _ in range(pairs):
        order = tuple(random.permutation(changes).tolist())
        found += [order, order[::-1]]
    return found
