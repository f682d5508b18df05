"""What theory says of each textbook system: the value of every metric, by its name.

The rates stand here once more, independent of the scenario files.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from exact import theory
from exact.theory import State

Values = dict[str, float]
YEAR = 365
#: So many waiting that more never happens.
MANY = 500


def _mean(law: NDArray[np.float64]) -> float:
    return float(np.arange(len(law)) @ law)


def _indexed(name: str, law: Sequence[float]) -> Values:
    return {f"{name}_{n}": float(share) for n, share in enumerate(law)}


def a4() -> Values:
    """Everybody waits."""
    places, rate, stay = 8, 0.428571428571, 14
    load = rate * stay
    wait = theory.waiting(places, rate, stay)
    law = theory.birth_death([rate] * MANY, theory.departures(places, MANY, stay))
    return {
        "offered_load": load,
        "utilisation": load / places,
        "mean_occupied": load,
        "p_wait": wait.p,
        "mean_wait_days": wait.mean,
        "mean_wait_if_waiting_days": wait.mean_if_waiting,
        "mean_queue": rate * wait.mean,
        "mean_in_system": load + rate * wait.mean,
        "sd_wait_days": wait.sd,
        "wait_p90_days": wait.quantile(0.90),
        "wait_p95_days": wait.quantile(0.95),
        "p_wait_gt_1d": wait.longer_than(1),
        "p_wait_gt_7d": wait.longer_than(7),
    } | _indexed("occupancy_law_0_to_c", [*law[:places], law[places:].sum()])


def b1() -> Values:
    """Places without limit."""
    rate, stay = 0.5, 12.0
    present = stats.poisson(rate * stay)
    survival = theory.exponential_survival(stay)
    return {
        "mean_occupied": present.mean(),
        "var_occupied": present.var(),
        "p_occupied_ge_9": present.sf(8),
        "p_occupied_eq_6": present.pmf(6),
        "occupied_p95": present.ppf(0.95),
        "census_autocorrelation_7d": theory.excess_survival(survival, stay, 7),
        "mean_elapsed_stay_at_census_days": theory.mean_elapsed(survival, stay),
    }


def c1() -> Values:
    """Whoever finds all places taken is turned away."""
    places, rate, stay = 8, 0.5, 14
    law = theory.erlang_b_law(places, rate * stay)
    lost = law[-1]
    return {
        "offered_load": rate * stay,
        "p_lost": lost,
        "p_all_full": lost,
        "mean_occupied": _mean(law),
        "utilisation": _mean(law) / places,
        "sd_occupied": float(np.sqrt(np.arange(places + 1) ** 2 @ law - _mean(law) ** 2)),
        "admissions_per_year": YEAR * rate * (1 - lost),
        "lost_per_year": YEAR * rate * lost,
    } | _indexed("occupancy_law_0_to_c", law)


def d1() -> Values:
    """A short waiting list."""
    places, waiting, rate, stay = 1, 4, 0.08, 12
    most = places + waiting
    law = theory.birth_death([rate] * most, theory.departures(places, most, stay))
    queue = _mean(law[places:])
    accepted = rate * (1 - law[-1])
    return {
        "p_lost": law[-1],
        "mean_occupied": accepted * stay,
        "mean_queue": queue,
        "mean_wait_of_accepted_days": queue / accepted,
        "p_wait_of_accepted": law[places:most].sum() / (1 - law[-1]),
        "utilisation": accepted * stay / places,
        "admissions_per_year": YEAR * accepted,
    }


def e7() -> Values:
    """Every stay equally long."""
    places, rate, stay = 8, 0.5, 14
    law = theory.fixed_stay_law(places, rate, stay)
    queue = _mean(law[places:])
    return {
        "utilisation": rate * stay / places,
        "p_wait": law[places:].sum(),
        "mean_queue": queue,
        "mean_wait_days": queue / rate,
    }


def f1() -> Values:
    """Some give up."""
    places, rate, stay, patience = 8, 0.6, 14, 10
    deaths = [min(n, places) / stay + max(n - places, 0) / patience for n in range(1, MANY + 1)]
    law = theory.birth_death([rate] * MANY, deaths)
    queue = _mean(law[places:])
    gave_up = queue / patience
    return {
        "p_abandon": gave_up / rate,
        "mean_queue": queue,
        "mean_wait_all_days": queue / rate,
        "p_wait": law[places:].sum(),
        "mean_occupied": (rate - gave_up) * stay,
        "utilisation": (rate - gave_up) * stay / places,
        "abandoned_per_year": YEAR * gave_up,
        "admissions_per_year": YEAR * (rate - gave_up),
    }


def g1() -> Values:
    """One class goes first."""
    places, rates, stay = 4, [0.05, 0.18], 14
    first, second = theory.priority_waits(places, rates, stay)
    return {
        "p_wait": theory.erlang_c(places, sum(rates) * stay),
        "mean_wait_all_days": (rates[0] * first + rates[1] * second) / sum(rates),
        "mean_wait_class1_days": first,
        "mean_wait_class2_days": second,
    }


def h3() -> Values:
    """The bed is kept until a step-down place is free."""
    beds, places, rate, stay, share = 8, 3, 0.5, 14, 0.4

    def moves(state: State) -> Iterable[tuple[State, float]]:
        treated, blocked, down = state
        if treated + blocked < beds:
            yield (treated + 1, blocked, down), rate
        yield (treated - 1, blocked, down), treated / stay * (1 - share)
        full = down == places
        needs = (treated - 1, blocked + full, down + (not full))
        yield needs, treated / stay * share
        yield (treated, blocked - 1, down) if blocked else (treated, 0, down - 1), down / stay

    ward = theory.chain((0, 0, 0), moves)
    blocked = ward.mean(lambda s: s[1])
    treated = ward.mean(lambda s: s[0])
    full = ward.mean(lambda s: s[0] + s[1] == beds)
    no_place = ward.mean(lambda s: s[0] * (s[2] == places)) / treated
    admitted = rate * (1 - full)
    return {
        "mean_completed_treatment_beds": blocked,
        "completed_treatment_bed_days_per_year": YEAR * blocked,
        "mean_in_treatment": treated,
        "mean_occupied_ward": treated + blocked,
        "ward_utilisation": (treated + blocked) / beds,
        "p_ward_full": full,
        "admissions_per_year": YEAR * admitted,
        "completed_treatment_days_per_admission": blocked / admitted,
        "p_lost": full,
        "p_no_place_on_completion": no_place,
        "mean_stepdown_occupied": ward.mean(lambda s: s[2]),
        "mean_blocked_days_if_blocked": blocked / (treated / stay * share * no_place),
    }


def _two_pools(
    places: State, stay: float, classes: Sequence[tuple[float, Sequence[int]]]
) -> theory.Chain:
    """Pools 0 and 1; each class has a rate and the pools that it tries in order."""

    def moves(state: State) -> Iterable[tuple[State, float]]:
        for rate, order in classes:
            free = [pool for pool in order if state[pool] < places[pool]]
            if free:
                yield _changed(state, free[0], 1), rate
        for pool, present in enumerate(state):
            yield _changed(state, pool, -1), present / stay

    return theory.chain((0, 0), moves)


def _changed(state: State, pool: int, by: int) -> State:
    return tuple(n + by * (p == pool) for p, n in enumerate(state))


def i1() -> Values:
    """A overflows to B."""
    places, rate, stay = (4, 4), 0.35, 14
    pools = _two_pools(places, stay, [(rate, (0, 1))])
    a_full = pools.mean(lambda s: s[0] == places[0])
    lost = pools.mean(lambda s: s == places)
    return {
        "mean_occupied_A": pools.mean(lambda s: s[0]),
        "p_full_A": a_full,
        "mean_occupied_B": pools.mean(lambda s: s[1]),
        "p_full_B": pools.mean(lambda s: s[1] == places[1]),
        "p_lost_class1": lost,
        "overflow_per_year_class1_to_B": YEAR * rate * (a_full - lost),
        "admissions_per_year": YEAR * rate * (1 - lost),
    }


def j1() -> Values:
    """A quarter of the discharged return."""
    places, new, stay, share, home = 8, 0.3, 14, 0.25, 60
    rate = new / (1 - share)
    wait = theory.waiting(places, rate, stay)
    at_home = stats.poisson(share * rate * home)
    return {
        "ward_arrivals_per_year": YEAR * rate,
        "mean_admissions_per_person": 1 / (1 - share),
        "mean_occupied": rate * stay,
        "p_wait": wait.p,
        "mean_queue": rate * wait.mean,
        "mean_wait_days": wait.mean,
        "mean_at_home_before_return": at_home.mean(),
        "p_at_home_ge_10": at_home.sf(9),
    }


def k1() -> Values:
    """A longest stay."""
    places, rate, need, limit = 8, 0.8, 14, 14
    survival = theory.exponential_survival(need)
    stay = theory.limited_mean(survival, limit)
    law = theory.erlang_b_law(places, rate * stay)
    return {
        "mean_stay_days": stay,
        "share_reaching_limit": survival(limit),
        "share_extended": 0.0,
        "offered_load": rate * stay,
        "p_lost": law[-1],
        "mean_occupied": _mean(law),
        "utilisation": _mean(law) / places,
        "admissions_per_year": YEAR * rate * (1 - law[-1]),
    }


def l1() -> Values:
    """The last places are for urgent requests."""
    places, reserve, urgent, ordinary, stay = 8, 2, 0.15, 0.4, 14
    births = [urgent + (ordinary if n < places - reserve else 0) for n in range(places)]
    law = theory.birth_death(births, theory.departures(places, places, stay))
    return {
        "p_lost_urgent": law[-1],
        "p_lost_ordinary": law[places - reserve :].sum(),
        "mean_occupied": _mean(law),
        "utilisation": _mean(law) / places,
    }


def m1() -> Values:
    """Class 1 may use A only, class 2 B and else A."""
    places, rates, stay = (4, 3), (0.22, 0.24), 14
    pools = _two_pools(places, stay, [(rates[0], (0,)), (rates[1], (1, 0))])
    a_full = pools.mean(lambda s: s[0] == places[0])
    b_full = pools.mean(lambda s: s[1] == places[1])
    both = pools.mean(lambda s: s == places)
    return {
        "mean_occupied_A": pools.mean(lambda s: s[0]),
        "p_full_A": a_full,
        "mean_occupied_B": pools.mean(lambda s: s[1]),
        "p_full_B": b_full,
        "p_lost_class1": a_full,
        "p_lost_class2": both,
        "overflow_per_year_class2_to_A": YEAR * rates[1] * (b_full - both),
        "admissions_per_year": YEAR * (rates[0] * (1 - a_full) + rates[1] * (1 - both)),
    }


def n1() -> Values:
    """Arrivals swing over the year, in the long run."""
    survival = theory.exponential_survival(30.0)

    def rate(t: float) -> float:
        return 0.5 * (1 + 0.4 * float(np.sin(2 * np.pi * t / YEAR)))

    def present(t: float) -> float:
        return theory.mean_present(rate, survival, t, since=t - 4 * YEAR)

    at, most = theory.peak(present, 91.25, 182.5)
    days = {f"mean_occupied_day{d}_of_year": present(d) for d in (0, 91, 182, 273)}
    return days | {"peak_mean_occupied": most, "peak_day_of_year": at}


def o1() -> Values:
    """Callers on weekdays only."""
    places, rate, stay = 4, 0.7, 7
    levels = np.arange(places + 1)
    days = [
        theory.after(theory.loss_generator(places, places, rate * is_open, stay), 1.0)
        for is_open in (1, 1, 1, 1, 1, 0, 0)
    ]
    week = np.linalg.multi_dot([moved for moved, _ in days])
    law = theory.stationary(week - np.eye(places + 1))
    found: Values = {}
    occupied = full_days = 0.0
    names = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    for name, (moved, spent) in zip(names, days, strict=True):
        found[f"mean_occupied_midnight_start_{name}"] = float(law @ levels)
        occupied += float(law @ spent @ levels)
        full_days += float((law @ spent)[places]) * (name not in ("sat", "sun"))
        law = law @ moved
    return found | {
        "mean_occupied_week_average": occupied / 7,
        "p_lost": full_days / 5,
        "lost_per_week": rate * full_days,
    }


def p1() -> Values:
    """Places without limit, empty at day 0."""
    rate, stay = 0.5, 14.0

    def present(t: float) -> float:
        return rate * stay * (1 - float(np.exp(-t / stay)))

    year_mean = rate * stay * (1 - stay / YEAR * (1 - float(np.exp(-YEAR / stay))))
    days = {f"mean_occupied_day{d}": present(d) for d in (7, 14, 28, 60)}
    return days | {
        "time_average_first_365d": year_mean,
        "p_empty_day14": float(np.exp(-present(14))),
    }


def p7() -> Values:
    """The number of places changes at day 100 and at day 200."""
    rate, stay, most = 0.6, 14.0, 8
    steps = [(0, 100, 5), (100, 200, 8), (200, 300, 4)]
    wanted = {0: (99,), 100: (107, 121, 199), 200: (207, 221, 299)}
    levels = np.arange(most + 1)
    law = np.eye(most + 1)[0]
    found: Values = {}
    lost = 0.0
    for begin, end, places in steps:
        generator = theory.loss_generator(places, most, rate, stay)
        for day in wanted[begin]:
            there = law @ theory.after(generator, day - begin)[0]
            found[f"mean_occupied_day{day}"] = float(there @ levels)
            over = there @ np.maximum(levels - places, 0)
            if day in (207, 221):
                found[f"mean_over_capacity_day{day}"] = float(over)
        moved, spent = theory.after(generator, end - begin)
        lost += rate * float((law @ spent)[places:].sum())
        law = law @ moved
    return found | {"expected_lost_300d": lost}


def q1() -> Values:
    """Twenty known citizens: those at home seek a place, and stay there if all are taken."""
    people, places, at_home, stay = 20, 4, 60.0, 14.0
    seeking = (people - np.arange(places + 1)) / at_home
    law = theory.birth_death(seeking[:-1].tolist(), theory.departures(places, places, stay))
    lost = seeking[-1] * law[-1] / (seeking @ law)
    return {
        "p_lost": lost,
        "p_all_full": law[-1],
        "mean_occupied": _mean(law),
        "attempts_per_year": YEAR * seeking @ law,
        "admissions_per_year": YEAR * seeking @ law * (1 - lost),
    }


def r1() -> Values:
    """Some are turned away when it is full, others wait."""
    places, turned_away, waits, stay = 8, 0.25, 0.3, 14
    births = [turned_away + waits] * places + [waits] * (MANY - places)
    law = theory.birth_death(births, theory.departures(places, MANY, stay))
    full, queue = law[places:].sum(), _mean(law[places:])
    occupied = (turned_away * (1 - full) + waits) * stay
    return {
        "p_lost_self": full,
        "p_wait_referred": full,
        "mean_wait_referred_days": queue / waits,
        "mean_queue": queue,
        "mean_occupied": occupied,
        "utilisation": occupied / places,
        "self_admissions_per_year": YEAR * turned_away * (1 - full),
    }


def s1() -> Values:
    """The bed is kept while waiting for an assessment."""
    places, rate, treatment, delay = 8, 0.3, 14, 7.0
    lost = theory.erlang_b_law(places, rate * (treatment + delay))[-1]
    admitted = rate * (1 - lost)
    return {
        "p_lost": lost,
        "mean_occupied": admitted * (treatment + delay),
        "mean_in_treatment": admitted * treatment,
        "mean_completed_treatment_beds": admitted * delay,
        "completed_treatment_bed_days_per_year": YEAR * admitted * delay,
        "admissions_per_year": YEAR * admitted,
    }


#: What theory says, by system.
EXPECTED: dict[str, Callable[[], Values]] = {
    "A4": a4, "B1": b1, "C1": c1, "D1": d1, "E7": e7, "F1": f1, "G1": g1, "H3": h3, "I1": i1,
    "J1": j1, "K1": k1, "L1": l1, "M1": m1, "N1": n1, "O1": o1, "P1": p1, "P7": p7, "Q1": q1,
    "R1": r1, "S1": s1,
}  # fmt: skip
