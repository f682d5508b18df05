"""Chance: every random number is a pure function of its key.

A key is (seed, replication, stream name, n-th citizen of the stream, episode, draw, subject,
attempt). The words of a key are absorbed one after another by the finaliser of splitmix64, a
counter-based generator (Steele, Lea & Flood 2014, OOPSLA, "Fast splittable pseudorandom number
generators"). Nothing depends on the order of events, so two engines, any number of workers, and
two scenarios that share citizens all see the same luck.
"""

from __future__ import annotations

import hashlib
from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from flexsim.jit import entry, part

Uint64s = NDArray[np.uint64]
Floats = NDArray[np.float64]
#: 64 bits: any int from Python, which is cut, or numpy's where code is compiled.
Word = Any

_GOLDEN = 0x9E3779B97F4A7C15
_FIRST = 0xBF58476D1CE4E5B9
_SECOND = 0x94D049BB133111EB
_MASK = 0xFFFFFFFFFFFFFFFF


class Draw(IntEnum):
    """What is drawn. The numbers are part of the draw keys: never renumber, only add."""

    ARRIVAL = 1
    RESIDENCE = 2
    TRAIT = 3
    STAY = 4
    GOAL = 5
    DECISION = 6
    ASSESSMENT = 7
    OUTSIDE_WAIT = 8
    MOVE_IN = 9
    PATIENCE = 10
    EXTENSION = 11
    EXTENSION_LENGTH = 12
    EARLY_ASSESSMENT = 13
    RELAPSE = 14
    DECLINE = 15
    LEAVE_EARLY = 16
    NO_SHOW = 17
    ENROL = 18
    REVIEW = 19
    PAYER = 20


def stable_hash(name: str) -> int:
    """A 64-bit hash of a name that is the same in every process and version of Python."""
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "little")


@part
def absorb(key: Word, word: Word) -> int:
    """The key after one more word (64-bit integers)."""
    z = (key + _GOLDEN + word) & _MASK
    z = ((z ^ (z >> 30)) * _FIRST) & _MASK
    z = ((z ^ (z >> 27)) * _SECOND) & _MASK
    return z ^ (z >> 31)


def stream_key(seed: int, replication: int, stream_hash: int) -> int:
    """The key that all citizens of a stream share in one replication."""
    return absorb(absorb(absorb(0, seed), replication), stream_hash)


def subject_word(draw: Draw, subject_hash: int) -> int:
    """One word for what is drawn and the pool, goal or trait that it concerns."""
    return absorb(subject_hash, int(draw))


@part
def uniform(key: int, nth: int, episode: int, attempt: int, word: int) -> float:
    """`uniforms` for one citizen: the same bits."""
    return as_uniform(absorb(absorb(absorb(key, nth), episode << 32 | attempt), word))


@part
def as_uniform(bits: int) -> float:
    """A number in (0, 1) from 64 random bits."""
    return ((bits >> 12) + 0.5) * 2.0**-52


def uniforms(key: int, nth: Uint64s, episode: int, attempt: int, word: int) -> Floats:
    """Uniform numbers of citizens `nth` of one stream.

    Parameters
    ----------
    key : int
        From `stream_key`.
    nth : ndarray of uint64, shape (N,)
    episode, attempt : int
        Which need of the citizen, and how often this key has been drawn before.
    word : int
        From `subject_word`.

    Returns
    -------
    ndarray, shape (N,)
        In the open interval (0, 1), multiples of 2^-53, symmetric around one half.
    """
    found = np.empty(len(nth))
    words = (key, episode << 32 | attempt, word)
    with np.errstate(over="ignore"):  # keys of 64 bits are cut, where nothing is compiled
        _fill(found, nth, *(np.uint64(number) for number in words))
    return found


@entry
def _fill(found: Floats, nth: Uint64s, key: Word, need: Word, word: Word) -> None:
    for n in range(len(nth)):
        found[n] = as_uniform(absorb(absorb(absorb(key, nth[n]), need), word))
