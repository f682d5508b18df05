"""Keyed draws: the same numbers as `engine.draws`, one citizen at a time."""

from __future__ import annotations

from math import floor

from numpy import uint64

from flexsim.chance import Draw, absorb, as_uniform
from flexsim.engine.compiled import columns as c
from flexsim.engine.compiled.world import World
from flexsim.engine.draws import DAY, LONGEST
from flexsim.engine.rules import pick
from flexsim.jit import hot, part
from flexsim.plan.plan import EMPIRICAL, FIXED, UNIFORM
from flexsim.plan.quantiles import look_up_one, probability
from flexsim.register import NOT_YET

RESIDENCE_DRAWN = int(Draw.RESIDENCE)
#: Bits for how often a key was drawn.
TIMES_BITS = 20


@part
def begin_episode(w: World, citizen: int, episode: int) -> None:
    """A new need of a citizen: all keys are new."""
    row = w.citizen[citizen]
    row[c.CITIZEN_EPISODE] = episode
    row[c.DRAWN] = 0
    row[c.RELAPSE_AT] = NOT_YET
    w.risk[citizen, c.SURVIVAL] = -1.0
    key = absorb(w.key[row[c.STREAM]], uint64(row[c.NTH]))
    w.luck[citizen] = absorb(key, uint64(episode << 32))


@hot
def uniform_of(w: World, citizen: int, draw: int, subject: int) -> float:
    """The citizen's next uniform number of this key."""
    attempt = _attempt(w, citizen, draw << 20 | subject)
    key = w.luck[citizen]
    if attempt:
        row = w.citizen[citizen]
        key = absorb(w.key[row[c.STREAM]], uint64(row[c.NTH]))
        key = absorb(key, uint64(row[c.CITIZEN_EPISODE] << 32 | attempt))
    return as_uniform(absorb(key, w.word[draw, subject]))


@hot
def _attempt(w: World, citizen: int, code: int) -> int:
    """How often this key was drawn before, in this episode."""
    drawn = w.drawn[citizen]
    n = w.citizen[citizen, c.DRAWN]
    for i in range(n):
        if drawn[i] >> TIMES_BITS == code:
            drawn[i] += 1
            return (drawn[i] & ((1 << TIMES_BITS) - 1)) - 1
    if n == len(drawn):
        w.clock[c.STATUS] = c.FULL_OF_DRAWS
        return 0
    drawn[n] = code << TIMES_BITS | 1
    w.citizen[citizen, c.DRAWN] = n + 1
    return 0


@part
def first_uniform(w: World, stream: int, nth: int, word: uint64) -> float:
    """A uniform number that belongs to the citizen, not to an episode."""
    key = absorb(absorb(w.key[stream], uint64(nth)), uint64(0))
    return as_uniform(absorb(key, word))


@part
def residence_of(w: World, stream: int, nth: int) -> int:
    """Municipality of residence."""
    upto = w.residence[stream]
    if upto[0] >= 1.0:
        return 0
    return pick(upto, first_uniform(w, stream, nth, w.word[RESIDENCE_DRAWN, 0]))


@part
def trait_of(w: World, stream: int, nth: int, group: int, trait: int) -> int:
    """Value of a trait."""
    upto = w.trait_shares[group, trait]
    if upto[0] >= 1.0:
        return 0
    return pick(upto, first_uniform(w, stream, nth, w.trait_word[trait]))


@hot
def duration(w: World, citizen: int, law: int, draw: int, subject: int) -> int:
    """The citizen's next duration of this key, in whole seconds."""
    return at_quantile(w, law, uniform_of(w, citizen, draw, subject))


@hot
def at_quantile(w: World, law: int, u: float) -> int:
    """The duration of a law at one probability, in whole seconds."""
    lower = 0.0
    days = 0.0
    for n in range(w.law_first[law], w.law_first[law + 1]):
        upper = w.part_float[n, c.PART_UPTO]
        if u < upper:
            inner = u if upper - lower == 1.0 else (u - lower) / (upper - lower)
            days = _part_at(w, n, inner)
            break
        lower = upper
    return min(floor(days * DAY + 0.5), LONGEST)


@hot
def _part_at(w: World, n: int, u: float) -> float:
    kind, low = w.part_int[n, c.PART_KIND], w.part_float[n, c.PART_LOW]
    if kind == FIXED:
        return low
    if kind == UNIFORM:
        return low + w.part_float[n, c.PART_SCALE] * u
    table = w.part_int[n, c.PART_TABLE]
    if kind == EMPIRICAL:
        count = w.part_int[n, c.PART_COUNT]
        return w.observed[table + min(int(u * count), count - 1)]
    return low + w.part_float[n, c.PART_SCALE] * look_up_one(w.quantiles[table], u)


@part
def probability_of(w: World, law: int, seconds: int) -> float:
    """The probability that a duration of a law with one part is at most this long."""
    n = w.law_first[law]
    value = (seconds / DAY - w.part_float[n, c.PART_LOW]) / w.part_float[n, c.PART_SCALE]
    if w.part_int[n, c.PART_KIND] == UNIFORM:
        return min(1.0, max(0.0, value))
    return probability(w.quantiles[w.part_int[n, c.PART_TABLE]], value)
