"""Who pays for a citizen: drawn once, after the journeys, which it cannot change."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from flexsim.chance import Draw, subject_word, uniforms
from flexsim.plan.plan import Plan

Numbers = TypeVar("Numbers", NDArray[np.int64], NDArray[np.int32])


def payers(
    plan: Plan, keys: Sequence[int], stream: Numbers, nth: Numbers, residence: Numbers
) -> Numbers:
    """The paying municipality of each citizen.

    Parameters
    ----------
    plan : Plan
    keys : sequence of int
        The key of each stream in this replication, from `chance.stream_key`.
    stream, nth, residence : ndarray of int, shape (C,)
        Of each citizen.

    Returns
    -------
    ndarray of int, shape (C,)
        `residence` where the stream names no payers; the very array if none does.
    """
    if not plan.stream_payer.any():
        return residence
    found = residence.copy()
    word = subject_word(Draw.PAYER, 0)
    for number in np.flatnonzero(plan.stream_payer.any(axis=1)).tolist():
        mine = stream == number
        u = uniforms(keys[number], nth[mine].astype(np.uint64), 0, 0, word)
        found[mine] = np.searchsorted(plan.stream_payer[number], u, side="right")
    return found
