"""Chance: uniform numbers are functions of their keys, and look like chance.

Statistical tests have fixed seeds and an error rate of 1e-5 each: with random seeds all of them
together would fail a correct generator less than once in 5,000 runs.
"""

from __future__ import annotations

import hashlib
import itertools

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import stats

from flexsim.chance import (
    Draw,
    absorb,
    stable_hash,
    stream_key,
    subject_word,
    uniform,
    uniforms,
)
from flexsim.engine.draws import _arrive

ALPHA = 1e-5
N = 200_000
WORDS = st.integers(0, 2**64 - 1)
SMALL = st.integers(0, 2**31 - 1)


def _citizens(count: int = N) -> NDArray[np.uint64]:
    return np.arange(count, dtype=np.uint64)


def _draw(
    seed: int = 1,
    replication: int = 0,
    stream: str = "citizens",
    episode: int = 0,
    attempt: int = 0,
    draw: Draw = Draw.STAY,
    subject: str = "ward",
    count: int = N,
) -> NDArray[np.float64]:
    key = stream_key(seed, replication, stable_hash(stream))
    word = subject_word(draw, stable_hash(subject))
    return uniforms(key, _citizens(count), episode, attempt, word)


OTHER_KEYS = {
    "seed": {"seed": 2},
    "replication": {"replication": 1},
    "stream": {"stream": "citizens2"},
    "episode": {"episode": 1},
    "attempt": {"attempt": 1},
    "draw": {"draw": Draw.GOAL},
    "subject": {"subject": "wards"},
}


@given(WORDS, st.integers(0, 2**40), SMALL, SMALL, WORDS)
def test_scalar_equals_array(key: int, nth: int, episode: int, attempt: int, word: int) -> None:
    """One citizen's number has the same bits as in an array of many."""
    many = uniforms(key, np.array([nth, nth + 1], dtype=np.uint64), episode, attempt, word)
    assert uniform(key, nth, episode, attempt, word) == many[0]
    assert uniform(key, nth + 1, episode, attempt, word) == many[1]


@given(WORDS, st.integers(0, 2**40), WORDS)
def test_numbers_lie_on_an_open_symmetric_grid(key: int, nth: int, word: int) -> None:
    """A number is an odd multiple of 2^-53, so never 0 or 1, and so is one minus it."""
    u = uniform(key, nth, 0, 0, word)
    assert 0 < u < 1
    assert (u * 2**53) % 2 == 1
    assert ((1 - u) * 2**53) % 2 == 1


def test_known_numbers() -> None:
    """The generator is splitmix64: its first outputs from seed 0 are the published ones."""
    published = [0xE220A8397B1DCDAF, 0x6E789E6AA1B965F4, 0x06C45D188009454F]
    golden = 0x9E3779B97F4A7C15
    assert [absorb(0, n * golden % 2**64) for n in range(3)] == published


def test_names_have_fixed_hashes() -> None:
    """A name's hash is the little-endian blake2b digest of 8 bytes, in every process."""
    for name in ("ward", "Gødstrup", "x" * 64):
        digest = hashlib.blake2b(name.encode("utf-8"), digest_size=8).hexdigest()
        assert stable_hash(name) == int(bytes.fromhex(digest)[::-1].hex(), 16)
    assert stable_hash("ward") != stable_hash("wards")


def test_kinds_of_draw_keep_their_numbers() -> None:
    """The numbers are part of the keys: they are distinct and never change."""
    assert {draw.name: draw.value for draw in Draw if draw.value <= 14} == {
        "ARRIVAL": 1,
        "RESIDENCE": 2,
        "TRAIT": 3,
        "STAY": 4,
        "GOAL": 5,
        "DECISION": 6,
        "ASSESSMENT": 7,
        "OUTSIDE_WAIT": 8,
        "MOVE_IN": 9,
        "PATIENCE": 10,
        "EXTENSION": 11,
        "EXTENSION_LENGTH": 12,
        "EARLY_ASSESSMENT": 13,
        "RELAPSE": 14,
    }


@pytest.mark.parametrize("draw", list(Draw))
def test_numbers_of_consecutive_citizens_are_uniform(draw: Draw) -> None:
    """Kolmogorov-Smirnov, and chi-square in 1,000 cells (too even is a fault too)."""
    u = _draw(draw=draw)
    # 14 kinds of draw, three tests
    alpha = ALPHA / 42
    assert stats.kstest(u, "uniform").pvalue > alpha
    cells = stats.chisquare(np.bincount((u * 1000).astype(int), minlength=1000)).pvalue
    assert alpha < cells < 1 - alpha


def test_low_bits_are_uniform() -> None:
    """The last 8 bits of a number, which no interval of (0, 1) shows, are even too."""
    last = (_draw() * 2**52).astype(np.int64) & 255
    assert ALPHA < stats.chisquare(np.bincount(last, minlength=256)).pvalue < 1 - ALPHA


@pytest.mark.parametrize("part", range(4))
def test_numbers_are_uniform_along_every_word(part: int) -> None:
    """Counting up seed, replication, episode or attempt gives uniform numbers as well."""
    word = subject_word(Draw.STAY, stable_hash("ward"))

    def number(seed: int = 1, replication: int = 0, episode: int = 0, attempt: int = 0) -> float:
        key = stream_key(seed, replication, stable_hash("citizens"))
        return uniform(key, 0, episode, attempt, word)

    name = ("seed", "replication", "episode", "attempt")[part]
    u = np.array([number(**{name: i}) for i in range(20_000)])
    assert stats.kstest(u, "uniform").pvalue > ALPHA
    assert abs(np.corrcoef(u[:-1], u[1:])[0, 1]) < stats.norm.isf(ALPHA / 2) / len(u) ** 0.5


@pytest.mark.parametrize("word", OTHER_KEYS)
def test_every_word_of_a_key_counts(word: str) -> None:
    """Another seed, replication, stream, episode, ... changes every number, and independently."""
    _assert_independent(_draw(), _draw(**OTHER_KEYS[word]))


@pytest.mark.parametrize("lag", [1, 2, 3, 256, 1024])
def test_neighbouring_citizens_are_independent(lag: int) -> None:
    """Numbers of citizens n and n + lag are independent."""
    u = _draw(count=N + lag)
    _assert_independent(u[:-lag], u[lag:])


@pytest.mark.parametrize(("one", "other"), list(itertools.combinations(OTHER_KEYS, 2)))
def test_words_do_not_stand_in_for_each_other(one: str, other: str) -> None:
    """Changing one word is not the same as changing another."""
    u, v = (_draw(**OTHER_KEYS[word], count=1000) for word in (one, other))
    assert not (u == v).any()


def test_episodes_and_attempts_are_not_interchangeable() -> None:
    """Episode 1, attempt 0 is another key than episode 0, attempt 1; both differ from (1, 1)."""
    drawn = [_draw(episode=e, attempt=a, count=1000) for e, a in ((0, 1), (1, 0), (1, 1))]
    for one, other in itertools.combinations(drawn, 2):
        assert not (one == other).any()


def _assert_independent(u: NDArray[np.float64], v: NDArray[np.float64]) -> None:
    """Assert that no pair is equal and that 20 x 20 cells of the square are evenly filled."""
    assert not (u == v).any()
    cells = (u * 20).astype(int) * 20 + (v * 20).astype(int)
    # 7 words, 5 lags
    alpha = ALPHA / 12
    assert alpha < stats.chisquare(np.bincount(cells, minlength=400)).pvalue < 1 - alpha


@given(
    expected=st.lists(st.sampled_from([0.0, 0.0, 1e-3, 0.5, 2.0, 40.0]), min_size=1, max_size=30),
    seed=st.integers(0, 2**32 - 1),
)
def test_arrivals_are_epochs_carried_over_to_time(expected: list[float], seed: int):
    """As numpy interpolates, bit for bit; days without any arrivals among them."""
    cumulative = np.concatenate([[0.0], np.cumsum(expected)])
    assume(cumulative[-1] > 0)
    time = np.arange(len(cumulative)) * 86_400.0
    log = np.log(1.0 - np.random.default_rng(seed).random(200))
    epochs = np.cumsum(-log)
    epochs = epochs[: np.searchsorted(epochs, cumulative[-1])]
    times = np.zeros(len(log), dtype=np.int64)
    found = _arrive(log, cumulative, time, times)
    assert found == len(epochs)
    seconds = np.interp(epochs, cumulative, time)
    assert times[:found].tolist() == np.floor(seconds + 0.5).astype(np.int64).tolist()
