"""The luck of one replication.

First draws of first and second needs are made for all citizens of a source at once; all other draws
one by one. A number depends on its key alone, so this changes nothing but the time it takes.
"""

from __future__ import annotations

from math import ceil, floor

import numpy as np
from numpy.typing import NDArray

from flexsim.chance import (
    Draw,
    absorb,
    as_uniform,
    stream_key,
    subject_word,
    uniform,
    uniforms,
)
from flexsim.engine.rules import pick
from flexsim.engine.state import Citizen, FirstDraws
from flexsim.jit import entry
from flexsim.plan.plan import EMPIRICAL, FIXED, TABLE, UNIFORM, Plan
from flexsim.plan.quantiles import look_up, look_up_one, probability
from flexsim.register import NOT_YET

Floats = NDArray[np.float64]

DAY = 86_400
#: Longest duration in seconds that is told apart from for ever (about 30 million years).
LONGEST = 10**15
_GOAL_DRAWS = frozenset({Draw.DECISION, Draw.NO_SHOW})
_UNIVERSAL_DRAWS = frozenset({Draw.GOAL, Draw.RELAPSE})
_SUBJECT_BITS = 20
_GOAL_CODE = Draw.GOAL << _SUBJECT_BITS


class Draws:
    """Keyed draws of one replication.

    Parameters
    ----------
    plan : Plan
    seed, replication : int
    """

    def __init__(self, plan: Plan, seed: int, replication: int) -> None:
        self._plan = plan
        self.keys = [stream_key(seed, replication, int(h)) for h in plan.stream_hash]
        self._onward = plan.onward.tolist()
        self._words: dict[int, int] = {}
        self._laws = [_parts(plan, law) for law in range(len(plan.law_first) - 1)]
        self._tables: dict[int, list[float]] = {}

    def arrivals(self, stream: int) -> list[int]:
        """Times of all arrivals of a stream, in seconds, ascending."""
        return arrival_times(self._plan, self.keys[stream], stream).tolist()

    def people(self, stream: int, count: int) -> list[list[int]]:
        """Residence and then the value of each trait, of the first `count` citizens."""
        plan = self._plan
        group = plan.stream_group[stream]
        columns = [self._choices(stream, count, Draw.RESIDENCE, 0, plan.stream_residence[stream])]
        for trait, name in enumerate(plan.trait_hash.tolist()):
            shares = plan.trait_shares[group, trait]
            columns.append(self._choices(stream, count, Draw.TRAIT, name, shares))
        return columns

    def _choices(
        self, stream: int, count: int, draw: Draw, subject_hash: int, upto: Floats
    ) -> list[int]:
        if upto[0] >= 1.0:
            return [0] * count
        nth = np.arange(count, dtype=np.uint64)
        u = uniforms(self.keys[stream], nth, 0, 0, subject_word(draw, subject_hash))
        return np.searchsorted(upto, u, side="right").tolist()

    # The code of a key: what is drawn, and the pool or goal that it concerns. A first draw is
    # looked up among those of all citizens of the source, if they are made at once.

    def uniform(self, citizen: Citizen, draw: int, subject: int) -> float:
        """The citizen's next uniform number of this key."""
        code = draw << _SUBJECT_BITS | subject
        first = citizen.first_draws
        if first is None or code in citizen.drawn:
            return self._next(citizen, code)
        citizen.drawn[code] = 1
        known = first.uniforms
        if code not in known:
            known[code] = self._draw_first(first, code).tolist()
        return known[code][citizen.nth]

    def duration(self, citizen: Citizen, law: int, draw: int, subject: int) -> int:
        """The citizen's next duration of this key, in whole seconds."""
        code = draw << _SUBJECT_BITS | subject
        first = citizen.first_draws
        if first is None or code in citizen.drawn:
            return self.at_quantile(law, self._next(citizen, code))
        citizen.drawn[code] = 1
        known, key = first.durations, (law, code)
        if key not in known:
            days = quantile(self._plan, law, self._draw_first(first, code))
            known[key] = to_seconds(days).tolist()
        return known[key][citizen.nth]

    def goal(self, citizen: Citizen, pool: int) -> int:
        """The citizen's next goal, after a stay in a pool."""
        first = citizen.first_draws
        if first is None or _GOAL_CODE in citizen.drawn:
            return pick(self._onward[pool][citizen.group], self._next(citizen, _GOAL_CODE))
        citizen.drawn[_GOAL_CODE] = 1
        known = first.goals
        if pool not in known:
            upto = self._plan.onward[pool, citizen.group]
            u = self._draw_first(first, _GOAL_CODE)
            known[pool] = np.searchsorted(upto, u, side="right").tolist()
        return known[pool][citizen.nth]

    def at_quantile(self, law: int, u: float) -> int:
        """The duration of a law at one probability, in whole seconds."""
        lower = 0.0
        for upper, kind, low, scale, table, count in self._laws[law]:
            if u < upper:
                inner = u if upper - lower == 1.0 else (u - lower) / (upper - lower)
                days = self._part_at(kind, low, scale, table, count, inner)
                return min(floor(days * DAY + 0.5), LONGEST)
            lower = upper
        raise ValueError(f"no part of law {law} holds {u}")

    def _part_at(
        self, kind: int, low: float, scale: float, table: int, count: int, u: float
    ) -> float:
        if kind == FIXED:
            return low
        if kind == UNIFORM:
            return low + scale * u
        if kind == EMPIRICAL:
            return float(self._plan.observed[table + min(int(u * count), count - 1)])
        return low + scale * look_up_one(self._table(table), u)

    def _table(self, number: int) -> list[float]:
        table = self._tables.get(number)
        if table is None:
            table = self._tables[number] = self._plan.quantiles[number].tolist()
        return table

    def probability(self, law: int, seconds: int) -> float:
        """The probability that a duration of a law with one part is at most this long."""
        ((_, kind, low, scale, table, _),) = self._laws[law]
        value = (seconds / DAY - low) / scale
        if kind == UNIFORM:
            return min(1.0, max(0.0, value))
        return probability(self._table(table), value)

    def _word(self, code: int) -> int:
        word = self._words.get(code)
        if word is None:
            draw, subject = code >> _SUBJECT_BITS, code & ((1 << _SUBJECT_BITS) - 1)
            subject_hash = _subject_hash(self._plan, draw, subject)
            word = self._words[code] = subject_word(Draw(draw), subject_hash)
        return word

    def _next(self, citizen: Citizen, code: int) -> float:
        """`chance.uniform`, remembering what all first draws of an episode have in common."""
        attempt = citizen.drawn.get(code, 0)
        citizen.drawn[code] = attempt + 1
        word, key = self._word(code), self.keys[citizen.stream]
        if attempt:
            return uniform(key, citizen.nth, citizen.episode, attempt, word)
        if citizen.luck == NOT_YET:
            citizen.luck = absorb(absorb(key, citizen.nth), citizen.episode << 32)
        return as_uniform(absorb(citizen.luck, word))

    def _draw_first(self, first: FirstDraws, code: int) -> Floats:
        """The first draw of a key, for all citizens of a source."""
        nth = np.arange(first.people, dtype=np.uint64)
        return uniforms(self.keys[first.stream], nth, first.episode, 0, self._word(code))


def arrival_times(plan: Plan, key: int, stream: int) -> NDArray[np.int64]:
    """Times of all arrivals of a stream whose key is known, in seconds, ascending.

    They are unit-rate Poisson epochs, carried over to time by the cumulative rate.
    """
    knots = slice(plan.knot_first[stream], plan.knot_first[stream + 1])
    time, expected = plan.knot_time[knots], plan.knot_expected[knots]
    total = float(expected[-1])
    if total == 0:
        return np.zeros(0, dtype=np.int64)
    word = subject_word(Draw.ARRIVAL, 0)
    count = ceil(total + 6 * total**0.5 + 20)
    while True:
        log = uniforms(key, np.arange(count, dtype=np.uint64), 0, 0, word)
        np.log(np.subtract(1.0, log, out=log), out=log)
        times = np.empty(count, dtype=np.int64)
        found = _arrive(log, expected, time, times)
        if found < count:
            return times[:found]
        count *= 2


@entry
def _arrive(log: Floats, expected: Floats, time: Floats, times: NDArray[np.int64]) -> int:
    """Set the times of arrivals, each by its gap `-log` after the one before; says how many.

    Parameters
    ----------
    log : ndarray, shape (N,)
        Of uniform numbers, from numpy: another logarithm may differ in the last bit.
    expected, time : ndarray, shape (K,)
        Knots of the cumulative rate.
    times : ndarray, shape (N,)
        All are set if the gaps do not suffice.
    """
    epoch, upto, knot, slope = 0.0, 0.0, -1, 0.0
    for n in range(len(log)):
        epoch -= log[n]
        if epoch >= expected[-1]:
            return n
        if epoch >= upto:
            while epoch >= expected[knot + 1]:
                knot += 1
            upto = expected[knot + 1]
            slope = (time[knot + 1] - time[knot]) / (upto - expected[knot])
        times[n] = np.int64(np.floor(slope * (epoch - expected[knot]) + time[knot] + 0.5))
    return len(log)


def _subject_hash(plan: Plan, draw: int, subject: int) -> int:
    if draw in _UNIVERSAL_DRAWS:
        return 0
    return int(plan.goal_hash[subject] if draw in _GOAL_DRAWS else plan.pool_hash[subject])


def _parts(plan: Plan, law: int) -> list[tuple[float, int, float, float, int, int]]:
    """The parts of a law as plain numbers: (upto, kind, low, scale, table, count)."""
    span = slice(plan.law_first[law], plan.law_first[law + 1])
    columns = (
        plan.part_upto,
        plan.part_kind,
        plan.part_low,
        plan.part_scale,
        plan.part_table,
        plan.part_count,
    )
    return list(zip(*(column[span].tolist() for column in columns), strict=True))


def quantile(plan: Plan, law: int, u: Floats) -> Floats:
    """Durations in days at uniform numbers `u`, shape (N,).

    A mixture takes the component whose share of (0, 1) holds u and stretches u over it.
    """
    first, last = int(plan.law_first[law]), int(plan.law_first[law + 1])
    upto = plan.part_upto[first:last]
    which = np.minimum(np.searchsorted(upto, u, side="right"), len(upto) - 1)
    days = np.empty_like(u)
    lower = 0.0
    for n, upper in enumerate(upto.tolist()):
        chosen = which == n
        inner = u[chosen] if upper - lower == 1.0 else (u[chosen] - lower) / (upper - lower)
        days[chosen] = _part_quantile(plan, first + n, inner)
        lower = upper
    return days


def _part_quantile(plan: Plan, part: int, u: Floats) -> Floats:
    kind, low, scale = plan.part_kind[part], plan.part_low[part], plan.part_scale[part]
    if kind == TABLE:
        return low + scale * look_up(plan.quantiles[plan.part_table[part]], u)
    if kind == UNIFORM:
        return low + scale * u
    if kind == EMPIRICAL:
        first, count = plan.part_table[part], plan.part_count[part]
        return plan.observed[first + np.minimum((u * count).astype(np.int64), count - 1)]
    return np.full_like(u, low)


def to_seconds(days: Floats) -> NDArray[np.int64]:
    """Whole seconds, rounded once, here."""
    return np.minimum(np.floor(days * DAY + 0.5), LONGEST).astype(np.int64)
