"""Rules of admission: scalar functions of numbers, the same for every engine."""

from __future__ import annotations

from bisect import bisect_right


def room_for(urgent: bool, norm: int, surge: int, reserve: int) -> int:
    """Places that requests may fill: one is let in while fewer are occupied or held.

    Parameters
    ----------
    urgent : bool
        Only urgent requests may use the reserve, and then the surge.
    norm, surge, reserve : int
        Places of the norm, places above it, and places of the norm kept for urgent requests.
    """
    return norm + surge if urgent or reserve == 0 else norm - reserve


def in_surge(used: int, norm: int) -> int:
    """0 if the next place lies within the norm, 1 if above it."""
    return 0 if used < norm else 1


def is_eligible(admits_residence: bool, admits_traits: list[int], traits: list[int]) -> bool:
    """Whether a citizen is in a pool's target group.

    Parameters
    ----------
    admits_residence : bool
        The pool takes in people of the citizen's municipality.
    admits_traits : list of int
        Per trait, bit v set: value v is admitted.
    traits : list of int
        Per trait, the citizen's value.
    """
    return admits_residence and all(
        admitted >> value & 1 for admitted, value in zip(admits_traits, traits, strict=True)
    )


def pick(cumulative: list[float], u: float) -> int:
    """Index of the first cumulative share above u."""
    return bisect_right(cumulative, u)


def survival_after(survival: float, share: float, probability: float) -> float:
    """What is left of a citizen's luck after a time at risk without relapse.

    A relapse happens when the product over places of (1 - share x F(time)) has fallen to the luck
    drawn at the start; this is the crossing of a unit-exponential threshold by the accumulated
    hazard, written without logarithms.
    """
    return min(1.0, survival / (1.0 - share * probability))
