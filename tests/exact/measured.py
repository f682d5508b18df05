"""What is observed of each textbook system, under the names of its metrics.

For each system two functions: sums taken from one replication, and metrics from the sums' means
over replications. A metric that is a ratio is so a ratio of sums.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from exact.observe import DAY, Floats, Rows, Sums, View, snapshot
from flexsim.register import NOT_YET, Outcome

Means = dict[str, NDArray[np.float64]]
Values = dict[str, float]

LOST, GAVE_UP = Outcome.TURNED_AWAY_FULL, Outcome.GAVE_UP
#: Edges of a histogram of waits, days.
WAIT_EDGES = np.linspace(0, 400, 16_001)
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True)
class System:
    """A textbook system: its scenario, what is taken from a register, and how precisely."""

    scenario: str
    sums: Callable[[View], Sums]
    values: Callable[[Means], Values]
    #: Days at the end of the run that only serve to see how things ended.
    follow_up_days: int = 0
    #: Changes of the scenario.
    overrides: tuple[str, ...] = ()
    #: How many times more replications in the long run.
    longer: int = 10
    #: Relative errors that the short run must be able to detect, where not those of the rule.
    limits: Values = field(default_factory=dict)
    known_as: str = ""


# -- sums that many systems share ------------------------------------------------------------------


def _requests(see: View, rows: Rows, name: str = "") -> Sums:
    waits = see.waits(rows)
    return {
        f"requests{name}": see.count(rows),
        f"lost{name}": see.with_outcome(rows, LOST),
        f"gave_up{name}": see.with_outcome(rows, GAVE_UP),
        f"waited{name}": see.window.per_year(np.count_nonzero(waits > 0)),
        f"wait_days{name}": see.window.per_year(waits.sum()),
    }


def _pool(see: View, pool: str, places: int) -> Sums:
    span = see.occupied(pool)
    return {
        f"occupied_{pool}": see.window.mean_level(span),
        f"law_{pool}": see.window.level_law(span, places),
        f"queue_{pool}": see.window.mean_level(see.queue(pool)),
        f"admitted_{pool}": see.count(see.admitted(pool)),
    }


def _stays(see: View, pool: str) -> Sums:
    stays = see.lengths(see.admitted(pool))
    return {"stay_days": see.window.per_year(stays.sum())}


def _one_pool(see: View, places: int) -> Sums:
    return _pool(see, "P", places) | _requests(see, see.new())


def _eight(see: View) -> Sums:
    return _one_pool(see, 8)


def _indexed(name: str, law: Floats) -> Values:
    return {f"{name}_{n}": share for n, share in enumerate(law)}


# -- one pool --------------------------------------------------------------------------------------


def a4_sums(see: View) -> Sums:
    waits = see.waits(see.new())
    per_year = see.window.per_year
    return (
        _eight(see)
        | _stays(see, "P")
        | {
            "wait_days_squared": per_year((waits**2).sum()),
            "longer_than_1": per_year(np.count_nonzero(waits > 1)),
            "longer_than_7": per_year(np.count_nonzero(waits > 7)),
            "histogram": np.histogram(waits, WAIT_EDGES)[0] / len(waits),
        }
    )


def _wait_quantile(histogram: Floats, share: float) -> float:
    upto = np.concatenate([[0.0], np.cumsum(histogram)]) / histogram.sum()
    cell = int(np.searchsorted(upto, share)) - 1
    within = (share - upto[cell]) / (upto[cell + 1] - upto[cell])
    return float(WAIT_EDGES[cell] + within * (WAIT_EDGES[cell + 1] - WAIT_EDGES[cell]))


def a4(m: Means) -> Values:
    mean = m["wait_days"] / m["requests"]
    return {
        "offered_load": m["requests"] / 365 * m["stay_days"] / m["admitted_P"],
        "utilisation": m["occupied_P"] / 8,
        "mean_occupied": m["occupied_P"],
        "p_wait": m["waited"] / m["requests"],
        "mean_wait_days": mean,
        "mean_wait_if_waiting_days": m["wait_days"] / m["waited"],
        "mean_queue": m["queue_P"],
        "mean_in_system": m["occupied_P"] + m["queue_P"],
        "sd_wait_days": np.sqrt(m["wait_days_squared"] / m["requests"] - mean**2),
        "wait_p90_days": _wait_quantile(m["histogram"], 0.90),
        "wait_p95_days": _wait_quantile(m["histogram"], 0.95),
        "p_wait_gt_1d": m["longer_than_1"] / m["requests"],
        "p_wait_gt_7d": m["longer_than_7"] / m["requests"],
    } | _indexed("occupancy_law_0_to_c", m["law_P"])


def b1_sums(see: View) -> Sums:
    span, window = see.occupied("P"), see.window
    began, ended = window.cut(span)
    # the integral of the elapsed stays of those present, over the window
    elapsed = ((ended - span.began) / DAY) ** 2 - ((began - span.began) / DAY) ** 2
    days = np.arange(window.start, window.end - 7 * DAY, DAY)
    now, later = snapshot(span, days), snapshot(span, days + 7 * DAY)
    return _one_pool(see, 60) | {
        "elapsed": elapsed.sum() / 2 / (window.seconds / DAY),
        "census": (now.mean() + later.mean()) / 2,
        "census_squared": ((now**2).mean() + (later**2).mean()) / 2,
        "census_product": (now * later).mean(),
    }


def b1(m: Means) -> Values:
    law, n = m["law_P"], np.arange(len(m["law_P"]))
    shared = m["census_product"] - m["census"] ** 2
    return {
        "mean_occupied": m["occupied_P"],
        "var_occupied": n**2 @ law - (n @ law) ** 2,
        "p_occupied_ge_9": law[9:].sum(),
        "p_occupied_eq_6": law[6],
        "occupied_p95": float(np.searchsorted(np.cumsum(law), 0.95)),
        "census_autocorrelation_7d": shared / (m["census_squared"] - m["census"] ** 2),
        "mean_elapsed_stay_at_census_days": m["elapsed"] / m["occupied_P"],
    }


def c1_sums(see: View) -> Sums:
    return _eight(see) | _stays(see, "P")


def c1(m: Means) -> Values:
    law, n = m["law_P"], np.arange(9)
    return {
        "offered_load": m["requests"] / 365 * m["stay_days"] / m["admitted_P"],
        "p_lost": m["lost"] / m["requests"],
        "p_all_full": law[8],
        "mean_occupied": m["occupied_P"],
        "utilisation": m["occupied_P"] / 8,
        "sd_occupied": np.sqrt(n**2 @ law - (n @ law) ** 2),
        "admissions_per_year": m["admitted_P"],
        "lost_per_year": m["lost"],
    } | _indexed("occupancy_law_0_to_c", law)


def d1_sums(see: View) -> Sums:
    return _one_pool(see, 1)


def d1(m: Means) -> Values:
    accepted = m["requests"] - m["lost"]
    return {
        "p_lost": m["lost"] / m["requests"],
        "mean_occupied": m["occupied_P"],
        "mean_queue": m["queue_P"],
        "mean_wait_of_accepted_days": m["wait_days"] / accepted,
        "p_wait_of_accepted": m["waited"] / accepted,
        "utilisation": m["law_P"][1],
        "admissions_per_year": m["admitted_P"],
    }


def e7(m: Means) -> Values:
    return {
        "utilisation": m["occupied_P"] / 8,
        "p_wait": m["waited"] / m["requests"],
        "mean_queue": m["queue_P"],
        "mean_wait_days": m["wait_days"] / m["requests"],
    }


def f1(m: Means) -> Values:
    return {
        "p_abandon": m["gave_up"] / m["requests"],
        "mean_queue": m["queue_P"],
        "mean_wait_all_days": m["wait_days"] / m["requests"],
        "p_wait": m["waited"] / m["requests"],
        "mean_occupied": m["occupied_P"],
        "utilisation": m["occupied_P"] / 8,
        "abandoned_per_year": m["gave_up"],
        "admissions_per_year": m["admitted_P"],
    }


def g1_sums(see: View) -> Sums:
    first, second = see.new("first"), see.new("second")
    return _requests(see, first, "_1") | _requests(see, second, "_2")


def g1(m: Means) -> Values:
    requests = m["requests_1"] + m["requests_2"]
    return {
        "p_wait": (m["waited_1"] + m["waited_2"]) / requests,
        "mean_wait_all_days": (m["wait_days_1"] + m["wait_days_2"]) / requests,
        "mean_wait_class1_days": m["wait_days_1"] / m["requests_1"],
        "mean_wait_class2_days": m["wait_days_2"] / m["requests_2"],
    }


def k1_sums(see: View) -> Sums:
    stays = see.admitted("P")
    return (
        _eight(see)
        | _stays(see, "P")
        | {
            "at_limit": see.count(stays & (see.register.completed == NOT_YET)),
            "beyond_limit": see.window.per_year(np.count_nonzero(see.lengths(stays) > 14)),
        }
    )


def k1(m: Means) -> Values:
    stay = m["stay_days"] / m["admitted_P"]
    return {
        "mean_stay_days": stay,
        "share_reaching_limit": m["at_limit"] / m["admitted_P"],
        "share_extended": m["beyond_limit"] / m["admitted_P"],
        "offered_load": m["requests"] / 365 * stay,
        "p_lost": m["lost"] / m["requests"],
        "mean_occupied": m["occupied_P"],
        "utilisation": m["occupied_P"] / 8,
        "admissions_per_year": m["admitted_P"],
    }


def l1_sums(see: View) -> Sums:
    urgent, ordinary = see.new("urgent"), see.new("ordinary")
    return (
        _pool(see, "P", 8)
        | _requests(see, urgent, "_urgent")
        | _requests(see, ordinary, "_ordinary")
    )


def l1(m: Means) -> Values:
    return {
        "p_lost_urgent": m["lost_urgent"] / m["requests_urgent"],
        "p_lost_ordinary": m["lost_ordinary"] / m["requests_ordinary"],
        "mean_occupied": m["occupied_P"],
        "utilisation": m["occupied_P"] / 8,
    }


def q1_sums(see: View) -> Sums:
    return _pool(see, "P", 4) | _requests(see, see.new() & (see.register.episode > 0))


def q1(m: Means) -> Values:
    return {
        "p_lost": m["lost"] / m["requests"],
        "p_all_full": m["law_P"][4],
        "mean_occupied": m["occupied_P"],
        "attempts_per_year": m["requests"],
        "admissions_per_year": m["admitted_P"],
    }


def r1_sums(see: View) -> Sums:
    self, referred = see.new("self"), see.new("referred")
    return (
        _pool(see, "P", 8)
        | _requests(see, self, "_self")
        | _requests(see, referred, "_referred")
        | {"admitted_self": see.count(see.admitted("P") & see.of("self"))}
    )


def r1(m: Means) -> Values:
    return {
        "p_lost_self": m["lost_self"] / m["requests_self"],
        "p_wait_referred": m["waited_referred"] / m["requests_referred"],
        "mean_wait_referred_days": m["wait_days_referred"] / m["requests_referred"],
        "mean_queue": m["queue_P"],
        "mean_occupied": m["occupied_P"],
        "utilisation": m["occupied_P"] / 8,
        "self_admissions_per_year": m["admitted_self"],
    }


# -- several pools ---------------------------------------------------------------------------------


def h3_sums(see: View) -> Sums:
    needs = see.onward("S1")
    waits = see.waits(needs)
    return (
        _pool(see, "ward", 8)
        | _pool(see, "S1", 3)
        | _requests(see, see.new())
        | {
            "treated": see.window.mean_level(see.in_treatment("ward")),
            "completed": see.window.mean_level(see.completed("ward")),
            "needs": see.count(needs),
            "blocked": see.window.per_year(np.count_nonzero(waits > 0)),
            "blocked_days": see.window.per_year(waits.sum()),
        }
    )


def h3(m: Means) -> Values:
    return {
        "mean_completed_treatment_beds": m["completed"],
        "completed_treatment_bed_days_per_year": 365 * m["completed"],
        "mean_in_treatment": m["treated"],
        "mean_occupied_ward": m["occupied_ward"],
        "ward_utilisation": m["occupied_ward"] / 8,
        "p_ward_full": m["law_ward"][8],
        "admissions_per_year": m["admitted_ward"],
        "completed_treatment_days_per_admission": 365 * m["completed"] / m["admitted_ward"],
        "p_lost": m["lost"] / m["requests"],
        "p_no_place_on_completion": m["blocked"] / m["needs"],
        "mean_stepdown_occupied": m["occupied_S1"],
        "mean_blocked_days_if_blocked": m["blocked_days"] / m["blocked"],
    }


def i1_sums(see: View) -> Sums:
    return _pool(see, "A", 4) | _pool(see, "B", 4) | _requests(see, see.new())


def i1(m: Means) -> Values:
    return {
        "mean_occupied_A": m["occupied_A"],
        "p_full_A": m["law_A"][4],
        "mean_occupied_B": m["occupied_B"],
        "p_full_B": m["law_B"][4],
        "p_lost_class1": m["lost"] / m["requests"],
        "overflow_per_year_class1_to_B": m["admitted_B"],
        "admissions_per_year": m["admitted_A"] + m["admitted_B"],
    }


def j1_sums(see: View) -> Sums:
    returning = see.between("home")
    new = see.new() & (see.register.episode == 0)
    return (
        _pool(see, "ward", 8)
        | _requests(see, see.new())
        | {
            "new": see.count(new),
            "at_home": see.window.mean_level(returning),
            "at_home_law": see.window.level_law(returning, 40),
        }
    )


def j1(m: Means) -> Values:
    return {
        "ward_arrivals_per_year": m["requests"],
        "mean_admissions_per_person": m["admitted_ward"] / m["new"],
        "mean_occupied": m["occupied_ward"],
        "p_wait": m["waited"] / m["requests"],
        "mean_queue": m["queue_ward"],
        "mean_wait_days": m["wait_days"] / m["requests"],
        "mean_at_home_before_return": m["at_home"],
        "p_at_home_ge_10": m["at_home_law"][10:].sum(),
    }


def m1_sums(see: View) -> Sums:
    return (
        _pool(see, "A", 4)
        | _pool(see, "B", 3)
        | _requests(see, see.new("class1"), "_1")
        | _requests(see, see.new("class2"), "_2")
        | {"overflow": see.count(see.admitted("A") & see.of("class2"))}
    )


def m1(m: Means) -> Values:
    return {
        "mean_occupied_A": m["occupied_A"],
        "p_full_A": m["law_A"][4],
        "mean_occupied_B": m["occupied_B"],
        "p_full_B": m["law_B"][3],
        "p_lost_class1": m["lost_1"] / m["requests_1"],
        "p_lost_class2": m["lost_2"] / m["requests_2"],
        "overflow_per_year_class2_to_A": m["overflow"],
        "admissions_per_year": m["admitted_A"] + m["admitted_B"],
    }


def s1_sums(see: View) -> Sums:
    return _eight(see) | {
        "treated": see.window.mean_level(see.in_treatment("P")),
        "completed": see.window.mean_level(see.completed("P")),
    }


def s1(m: Means) -> Values:
    return {
        "p_lost": m["lost"] / m["requests"],
        "mean_occupied": m["occupied_P"],
        "mean_in_treatment": m["treated"],
        "mean_completed_treatment_beds": m["completed"],
        "completed_treatment_bed_days_per_year": 365 * m["completed"],
        "admissions_per_year": m["admitted_P"],
    }


# -- arrivals and places that vary over time -------------------------------------------------------


def n1_sums(see: View) -> Sums:
    span, (start, end) = see.occupied("P"), see.window
    years = np.arange(start, end, 365 * DAY)
    began, ended = (2 * np.pi / 365 * t / DAY for t in see.window.cut(span))
    scale = 2 / (2 * np.pi / 365 * (end - start) / DAY)
    return {
        "occupied": see.window.mean_level(span),
        "cosine": scale * float((np.sin(ended) - np.sin(began)).sum()),
        "sine": scale * float((np.cos(began) - np.cos(ended)).sum()),
    } | {f"day{d}": snapshot(span, years + d * DAY).mean() for d in (0, 91, 182, 273)}


def n1(m: Means) -> Values:
    """The mean follows a sine wave, as arrivals do: its peak is that of the fitted wave."""
    peak_day = np.arctan2(m["sine"], m["cosine"]) * 365 / (2 * np.pi)
    days = {f"mean_occupied_day{d}_of_year": m[f"day{d}"] for d in (0, 91, 182, 273)}
    return days | {
        "peak_mean_occupied": m["occupied"] + np.hypot(m["cosine"], m["sine"]),
        "peak_day_of_year": peak_day,
    }


def o1_sums(see: View) -> Sums:
    span, (start, end) = see.occupied("P"), see.window
    midnights = [np.arange(start + d * DAY, end, 7 * DAY) for d in range(7)]
    return _requests(see, see.new()) | {
        "occupied": see.window.mean_level(span),
        "midnight": np.array([snapshot(span, times).mean() for times in midnights]),
    }


def o1(m: Means) -> Values:
    return {
        f"mean_occupied_midnight_start_{day}": mean
        for day, mean in zip(WEEKDAYS, m["midnight"], strict=True)
    } | {
        "mean_occupied_week_average": m["occupied"],
        "p_lost": m["lost"] / m["requests"],
        "lost_per_week": m["lost"] * 7 / 365,
    }


def p1_sums(see: View) -> Sums:
    return {"occupied": see.window.mean_level(see.occupied("P"))}


def p1(m: Means) -> Values:
    return {"time_average_first_365d": m["occupied"]}


def p1_days_sums(see: View) -> Sums:
    present = snapshot(see.occupied("P"), np.array([7, 14, 28, 60]) * DAY)
    return {"present": present.astype(float), "empty": float(present[1] == 0)}


def p1_days(m: Means) -> Values:
    days = zip((7, 14, 28, 60), m["present"], strict=True)
    return {f"mean_occupied_day{day}": mean for day, mean in days} | {"p_empty_day14": m["empty"]}


P7_DAYS = (99, 107, 121, 199, 207, 221, 299)


def p7_sums(see: View) -> Sums:
    present = snapshot(see.occupied("P"), np.array(P7_DAYS) * DAY)
    lost = np.count_nonzero(see.new() & (see.register.outcome == LOST))
    return {
        "present": present.astype(float),
        "over": np.maximum(present - 4, 0).astype(float),
        "lost": float(lost),
    }


def p7(m: Means) -> Values:
    over = dict(zip(P7_DAYS, m["over"], strict=True))
    return {
        f"mean_occupied_day{day}": mean for day, mean in zip(P7_DAYS, m["present"], strict=True)
    } | {
        "mean_over_capacity_day207": over[207],
        "mean_over_capacity_day221": over[221],
        "expected_lost_300d": m["lost"],
    }


SYSTEMS = {
    "A4": System(
        "a4_waiting", a4_sums, a4, follow_up_days=400, longer=11,
        limits={"occupancy_law_0_to_c_0": 0.3},  # 0.2 % of the time
    ),
    "B1": System("b1_unlimited", b1_sums, b1, longer=5, limits={"p_occupied_ge_9": 0.08}),
    "C1": System(
        "c1_turned_away", c1_sums, c1, follow_up_days=400, longer=48,
        limits={"occupancy_law_0_to_c_0": 0.7, "occupancy_law_0_to_c_1": 0.25},  # 0.1 %, 0.9 %
    ),
    "D1": System("d1_short_waiting_list", d1_sums, d1, follow_up_days=500, longer=4),
    "E7": System("e7_fixed_stay", _eight, e7, follow_up_days=400, longer=4),
    "F1": System("f1_giving_up", _eight, f1, follow_up_days=200, longer=3),
    "G1": System("g1_priority", g1_sums, g1, follow_up_days=2000, longer=4),
    "H3": System("h3_step_down", h3_sums, h3, follow_up_days=400, longer=4),
    "I1": System("i1_overflow", i1_sums, i1, longer=3),
    "J1": System("j1_readmission", j1_sums, j1, follow_up_days=1400, longer=4),
    "K1": System("k1_time_limit", k1_sums, k1, follow_up_days=15, longer=3),
    "L1": System("l1_reserve", l1_sums, l1, longer=4),
    "M1": System("m1_eligibility", m1_sums, m1, longer=4),
    "N1": System("n1_season", n1_sums, n1, longer=2),
    "O1": System("o1_weekdays", o1_sums, o1, longer=2),
    "P1": System("p1_from_empty", p1_sums, p1, longer=2),
    "P1 days": System(
        "p1_from_empty", p1_days_sums, p1_days, longer=3,
        overrides=("run.days=61", "run.replications=7000"), known_as="P1",
    ),
    "P7": System(
        "p7_changing_places", p7_sums, p7, longer=13,
        # hardly anybody is still there 21 days after the cut: a matter for the long run
        limits={"mean_over_capacity_day207": 0.25, "mean_over_capacity_day221": 1.8},
    ),
    "Q1": System("q1_known_citizens", q1_sums, q1, longer=4),
    "R1": System("r1_mixed_access", r1_sums, r1, follow_up_days=300, longer=3),
    "S1": System("s1_assessment_in_bed", s1_sums, s1, longer=3),
}  # fmt: skip
