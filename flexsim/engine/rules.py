"""Rules of admission: scalar functions of numbers, the same for every engine.

Each is written once: the SimPy engine calls it as it stands, the compiled engine compiles it. So
rows of tables may be lists or arrays.
"""

from __future__ import annotations

from collections.abc import Sequence

from flexsim.jit import part
from flexsim.plan.plan import UNLIMITED, Ints

DAY = 86_400


@part
def room_for(urgent: bool, norm: int, surge: int, reserve: int) -> int:
    """Places that requests may fill: one is let in while fewer are occupied or held.

    Parameters
    ----------
    urgent : bool
        Only urgent requests may use the reserve, and then the surge.
    norm, surge, reserve : int
        Places of the norm, places above it, and places of the norm kept for urgent requests.
    """
    if reserve > 0 and not urgent:
        return norm - reserve
    if norm >= UNLIMITED or surge >= UNLIMITED:
        return UNLIMITED
    return norm + surge


@part
def in_surge(used: int, norm: int) -> int:
    """0 if the next place lies within the norm, 1 if above it."""
    return 0 if used < norm else 1


@part
def is_eligible(
    admits_residence: bool, admits_traits: Sequence[int], traits: Sequence[int]
) -> bool:
    """Whether a citizen is in a pool's target group.

    Parameters
    ----------
    admits_residence : bool
        The pool takes in people of the citizen's municipality.
    admits_traits : sequence of int
        Per trait, bit v set: value v is admitted.
    traits : sequence of int
        Per trait, the citizen's value.
    """
    if not admits_residence:
        return False
    for t in range(len(admits_traits)):  # noqa: SIM110  # no generators in compiled code
        if not admits_traits[t] >> traits[t] & 1:
            return False
    return True


@part
def has_history(admissions: Sequence[int], needed: int, since: int) -> bool:
    """Whether a citizen was admitted so often to a ward since a time.

    Parameters
    ----------
    admissions : sequence of int
        Times of the citizen's admissions to a ward, the last one first; negative where none was.
    """
    return needed <= len(admissions) and admissions[needed - 1] >= max(since, 0)


@part
def next_meeting(time: int, weekdays: int, start_weekday: int) -> int:
    """The beginning of the first day, at a time or later, on which something is decided.

    Parameters
    ----------
    time : int
        Seconds.
    weekdays : int
        Bit d set: there is a meeting on weekday d.
    start_weekday : int
        Weekday of time zero.
    """
    day = (time + DAY - 1) // DAY
    while not weekdays >> ((start_weekday + day) % 7) & 1:
        day += 1
    return day * DAY


@part
def found_at_review(times: Sequence[int] | Ints, first: int, last: int, need: int) -> int:
    """When the end of a need is found: at the next review, or at once if there is none.

    Parameters
    ----------
    times : sequence or array of int
        Of reviews, seconds from admission; those of the pool from `first` to before `last`.
    need : int
        End of the need, seconds from admission.
    """
    for n in range(first, last):
        if times[n] >= need:
            return int(times[n])
    return need


@part
def nights_used(used: int, present: int, since: int, begun: int, now: int) -> int:
    """Nights used of a quota: the midnights that somebody was there.

    Parameters
    ----------
    used, present, since : int
        Nights used by a time, and how many people have been there since then.
    begun : int
        When the month or year began; nights before it do not count.
    now : int
    """
    if since < begun:
        used, since = 0, begun
    return used + present * ((now - 1) // DAY - (since - 1) // DAY)


@part
def pick(cumulative: Sequence[float], u: float) -> int:
    """Index of the first cumulative share above u."""
    for n in range(len(cumulative)):
        if u < cumulative[n]:
            return n
    return len(cumulative)


@part
def survival_after(survival: float, before: float, after: float, ratio: float) -> float:
    """What is left of a citizen's luck after a time at risk without relapse.

    A relapse happens when the product over places of (1 - share x F(time)) has fallen to the luck
    drawn at the start; this is the crossing of a unit-exponential threshold by the accumulated
    hazard, written without logarithms. A hazard multiplied by a ratio is a power of that product;
    where the ratio is 1 no power is taken, so that nothing moves by rounding.

    Parameters
    ----------
    survival : float
        What was left at the beginning of the time.
    before, after : float
        1 - share x F(time in this place) at its beginning and end.
    ratio : float
        What the hazard was multiplied by meanwhile.
    """
    if ratio == 0.0:
        return survival
    factor = after / before if before > 0.0 else 0.0
    if ratio != 1.0:
        factor = factor**ratio
    return min(1.0, survival / factor) if factor > 0.0 else 1.0


@part
def relapse_chance(survival: float, before: float, share: float, ratio: float) -> float:
    """The probability F(time in this place) at which a relapse comes; 1 or more: never.

    Parameters as of `survival_after`, for the time that begins.
    """
    if ratio == 0.0:
        return 1.0
    if before <= 0.0:
        return 0.0  # the longest possible time without relapse has passed
    left = survival if ratio == 1.0 else survival ** (1.0 / ratio)
    return (1.0 - before * left) / share
