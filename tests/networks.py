"""Random networks: a Hypothesis strategy for valid scenarios, small and full of ties.

Durations are mostly whole days and pools often take in on some weekdays only, so that many things
happen at the same instant; besides, all citizens of a network may come at midnight. Every feature
is a choice whose first value is its absence, so that a failing network shrinks to what matters.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st

from flexsim.plan.build import build
from flexsim.plan.plan import Plan
from flexsim.scenario.references import faults
from flexsim.scenario.schema import WEEKDAYS, Scenario

DAY = 86_400
START = dt.date(2024, 1, 1)  # a Monday
SEED = 2026
Draw = Any
Mapping = dict[str, Any]


def cases(share: float = 1.0) -> settings:
    """A share of the examples that the tier allows (see conftest)."""
    return settings(max_examples=max(1, round(share * settings.default.max_examples)))


@dataclass(frozen=True, eq=False)
class Network:
    """A scenario as a mapping; if `at_midnight`, its citizens come at the start of a day."""

    mapping: Mapping
    at_midnight: bool = False

    @cached_property
    def scenario(self) -> Scenario:
        """The checked scenario (as from `load`, without what composes files)."""
        scenario = Scenario.model_validate(json.loads(json.dumps(self.mapping)))
        found = faults(scenario)
        assert not found, found
        return scenario

    @cached_property
    def plan(self) -> Plan:
        """Its plan."""
        plan = build(self.scenario)
        return _at_midnight(plan) if self.at_midnight else plan

    def changed(self, **sections: Any) -> Network:
        """The same network with other sections."""
        return Network(self.mapping | sections, self.at_midnight)

    def with_days(self, days: int) -> Network:
        """The same network, run for another number of days."""
        return self.changed(run=self.mapping["run"] | {"days": days})

    def __repr__(self) -> str:
        return f"Network({self.mapping!r}, at_midnight={self.at_midnight})"


def _at_midnight(plan: Plan) -> Plan:
    """The same plan with the arrivals of each day moved to its beginning."""
    edges = np.arange(plan.end // DAY + 1, dtype=np.float64) * DAY
    first, times, expected = [0], [], []
    for a, b in zip(plan.knot_first, plan.knot_first[1:], strict=False):
        upto = np.interp(edges, plan.knot_time[a:b], plan.knot_expected[a:b])
        times.append(np.append(np.repeat(edges[:-1], 2), edges[-1]))
        expected.append(np.append(0.0, np.repeat(upto[1:], 2)))
        first.append(first[-1] + len(times[-1]))
    return dataclasses.replace(
        plan,
        knot_first=np.array(first, dtype=np.int64),
        knot_time=np.concatenate(times),
        knot_expected=np.concatenate(expected),
    )


# -- choices ------------------------------------------------------------------------------------


def chance(draw: Draw, percent: int) -> bool:
    """True in about so many per cent of the networks; shrinks to False."""
    return draw(st.integers(0, 99)) >= 100 - percent


def law(draw: Draw, longest: int, shortest: int = 1, hazard: bool = False) -> Mapping:
    """A duration up to about `longest` days; shrinks to a fixed number of whole days."""
    mean = draw(st.integers(shortest, longest))
    kind = draw(st.integers(4 if hazard else 0, 8))
    positive = max(mean, 1)
    spread = {
        4: {"law": "exponential", "mean_days": positive},
        5: {"law": "gamma", "mean_days": positive, "cv": 0.5},
        6: {"law": "weibull", "mean_days": positive, "shape": 1.5},
        7: {"law": "lognormal", "mean_days": positive, "cv": 1.0},
        8: {"law": "uniform", "low_days": 0, "high_days": 2 * positive},
    }
    if kind < 2:
        return {"law": "fixed", "mean_days": mean}
    if kind == 2:
        days = draw(st.lists(st.integers(shortest, longest), min_size=1, max_size=4))
        return {"law": "empirical", "observed_days": days}
    if kind == 3:
        parts = {
            "short": {"share": 0.5, "stay": {"law": "fixed", "mean_days": mean}},
            "long": {"share": 0.5, "stay": spread[4]},
        }
        return {"law": "mixture", "parts": parts}
    return spread[kind]


def shares(draw: Draw, names: list[str]) -> Mapping:
    """Shares of some of the names, each a number of eighths."""
    weights = [draw(st.integers(0, 4)) for _ in names]
    weights[0] = max(weights[0], 1)
    total = sum(weights)
    return {name: w / total for name, w in zip(names, weights, strict=True) if w}


def weekdays(draw: Draw, most: int) -> list[str]:
    """Up to `most` weekdays."""
    return draw(st.lists(st.sampled_from(WEEKDAYS), min_size=1, max_size=most, unique=True))


# -- the parts of a network ---------------------------------------------------------------------


@dataclass
class Sketch:
    """What the parts of a network need to know of each other."""

    draw: Draw
    days: int
    wards: list[str]
    flexible: list[str]
    havens: list[str]  # unlimited pools that take everybody at once
    housing: list[str]
    teams: list[str]
    streams: list[str]
    groups: list[str]
    traits: dict[str, list[str]]
    municipalities: list[str]
    cases: str  # which goals caseworkers decide: none, some, all

    @property
    def goals(self) -> list[str]:
        """Names of the goals, `home` first."""
        return ["home", "supported", *self.housing, *(["training"] if self.flexible else [])]


def _sketch(draw: Draw) -> Sketch:
    others = ["flex", "shelter", "housing", "ward_b", "flex_b"]
    extra = draw(st.lists(st.sampled_from(others), max_size=4, unique=True))
    traits = {"substances": ["active", "none"]} if chance(draw, 60) else {}
    streams = ["main", "second", "third"][: draw(st.integers(1, 3))]
    return Sketch(
        draw,
        days=draw(st.integers(30, 120)),
        wards=["ward", *(n for n in extra if n == "ward_b")],
        flexible=[n for n in extra if n.startswith("flex")],
        havens=["home", *(n for n in extra if n == "shelter")],
        housing=[n for n in extra if n == "housing"],
        teams=["team", "team_b"][: draw(st.integers(1, 2))] if chance(draw, 40) else [],
        streams=streams,
        groups=["a", "b", "c"][: draw(st.integers(1, len(streams)))],
        traits=traits,
        municipalities=["herning", "struer"] if chance(draw, 50) else [],
        cases=draw(st.sampled_from(["none", "none", "none", "some", "all"])),
    )


def _pools(s: Sketch) -> Mapping:
    draw = s.draw
    pools = {name: _ward(s) for name in s.wards}
    pools |= {name: _flexible(s) for name in s.flexible}
    pools |= {name: _housing(s) for name in s.housing}
    pools |= {name: _haven(s, name) for name in s.havens}
    pools |= {name: _team(s) for name in s.teams}
    if s.cases != "none":
        pools |= {name: _caseworkers(s) for name in ("caseworkers", "caseworkers_b")}
    order = draw(st.permutations(list(pools))) if chance(draw, 30) else list(pools)
    return {name: pools[name] for name in order}


def _finite(s: Sketch, most: int) -> Mapping:
    """Places, surge, reserve, opening, capacity in time, queue, priorities, assessment, lead."""
    draw = s.draw
    places = draw(st.integers(1, most))
    pool: Mapping = {"places": places, "surge": 0}
    if chance(draw, 35):
        steps = st.integers(1, s.days - 1)
        dates = sorted(draw(st.lists(steps, min_size=1, max_size=3, unique=True)))
        pool["later"] = {
            f"step_{n}": {
                "from": (START + dt.timedelta(days=day)).isoformat(),
                "places": draw(st.integers(0, most + 2)),
            }
            for n, day in enumerate(dates)
        }
    if chance(draw, 30):
        norms = [places, *(step["places"] for step in pool.get("later", {}).values())]
        pool["reserve"] = min(draw(st.integers(1, 2)), *norms)
    if chance(draw, 40):
        hours = st.sampled_from(["closed", "closed", "08:00-16:00", "22:00-06:00", "12:30-24:00"])
        pool["intake"] = {day: draw(hours) for day in weekdays(draw, 6)}
    if chance(draw, 30):
        pool["queue_limit"] = draw(st.integers(0, 3))
    if chance(draw, 20):
        pool["priority_by_group"] = {draw(st.sampled_from(s.groups)): draw(st.integers(0, 2))}
    if chance(draw, 25):
        pool["assessment"] = law(draw, 4, 0)
    if s.municipalities and chance(draw, 25):
        who = draw(st.sampled_from(["herning", "others"]))
        pool["assessment_by_residence"] = {who: law(draw, 8, 0)}
    if chance(draw, 35):
        pool["move_in"] = law(draw, 4, 0)
    if chance(draw, 20):
        pool["declined"] = draw(st.sampled_from([0.5, 0.25, 1.0]))
        if len(s.groups) > 1 and chance(draw, 30):
            pool["declined_by_group"] = {s.groups[1]: draw(st.sampled_from([0.0, 0.75]))}
    return pool


def _leaves_early(s: Sketch, percent: int) -> Mapping:
    if not chance(s.draw, percent):
        return {}
    leave: Mapping = {"share": s.draw(st.sampled_from([1.0, 0.5, 0.25]))}
    leave["after"] = law(s.draw, 10, 0)
    leave["otherwise"] = s.draw(st.sampled_from([*s.havens, "leave"]))
    return {"leaves_early": leave}


def _admits(s: Sketch) -> Mapping:
    admits: Mapping = {}
    if s.municipalities and chance(s.draw, 40):
        admits["residence"] = {"herning": "admitted", "others": "refused"}
    if s.traits and chance(s.draw, 40):
        admits["traits"] = {"substances": {"active": "refused"}}
    if chance(s.draw, 10):
        admits["history"] = _history(s)
    return {"admits": admits} if admits else {}


def _history(s: Sketch) -> Mapping:
    draw = s.draw
    return {"admissions": draw(st.integers(1, 2)), "within_days": draw(st.integers(5, 60))}


def _ratio_after(s: Sketch) -> Mapping:
    if not chance(s.draw, 20):
        return {}
    ratio = st.sampled_from([2.0, 0.5, 0.0])
    return {"relapse_ratio_after": {"limit_reached": s.draw(ratio), "left_early": s.draw(ratio)}}


def _team(s: Sketch) -> Mapping:
    """Courses besides the places where people are, begun as they move."""
    draw = s.draw
    pool = {"kind": "team", **_finite(s, 4), **_admits(s)}
    for key in ("surge", "reserve", "move_in"):
        pool.pop(key, None)
    if chance(draw, 25):
        pool["places"] = "unlimited"
        pool.pop("later", None)
    elif chance(draw, 10):
        pool["places"] = 0
    if not chance(draw, 20):
        pool["stay"] = law(draw, 30, 0)
    if chance(draw, 30):
        pool["patience"] = law(draw, 12, 0)
    if chance(draw, 30):
        pool["admits"] = pool.get("admits", {}) | {"history": _history(s)}
    enrols: Mapping = {"on_leaving": _some(s, [*s.wards, *s.flexible])}
    if chance(draw, 50):
        enrols = {"on_entering": _some(s, [*s.havens, *s.wards])}
        if chance(draw, 40):
            enrols["on_leaving"] = ["home"]
    if chance(draw, 30):
        enrols["share"] = draw(st.sampled_from([0.5, 0.25]))
    _later_rules(s, pool)
    ratio = draw(st.sampled_from([1.0, 0.5, 2.0, 0.3, 0.0]))
    return pool | {"enrols": enrols, "relapse_ratio": ratio}


def _caseworkers(s: Sketch) -> Mapping:
    """A few cases at a time, at any time or on some days; those in vain take as long as a stay."""
    draw = s.draw
    kept = ("places", "later", "intake", "priority_by_group")
    pool = {"kind": "team"} | {k: v for k, v in _finite(s, 3).items() if k in kept}
    if chance(draw, 20):
        pool["places"] = "unlimited"
        pool.pop("later", None)
    return pool | {"stay": law(draw, 6, 0)}


def _is_named(name: str, pools: Mapping, goals: Mapping) -> bool:
    """Whether a pool is no team of caseworkers, or has cases."""
    early = [pool.get("early_assessment", {}) for pool in pools.values()]
    has_cases = [goal.get("caseworkers") for goal in goals.values()]
    has_cases += [rule.get("false_starts") for rule in early]
    return not name.startswith("caseworkers") or name in has_cases


def _stay(s: Sketch, longest: int) -> Mapping:
    stay = {"stay": law(s.draw, longest, 0 if chance(s.draw, 10) else 1)}
    if len(s.groups) > 1 and chance(s.draw, 30):
        stay["stay_by_group"] = {s.groups[1]: law(s.draw, longest)}
    return stay


def _limit(s: Sketch) -> Mapping:
    draw = s.draw
    limit: Mapping = {"days": draw(st.integers(1, 14)), "then": "leave"}
    limit["otherwise"] = draw(st.sampled_from([*s.havens, "leave"]))
    if chance(draw, 40):
        limit["then"] = "stay"
    if chance(draw, 50):
        limit["extension"] = {"share": draw(st.sampled_from([1.0, 0.5])), "by": law(draw, 10, 0)}
    return {"limit": limit}


def _reviews(s: Sketch, pool: Mapping) -> Mapping:
    """Reviews once or again and again, each with one or more decisions."""
    draw = s.draw
    if not chance(draw, 20):
        return {}
    reviews: Mapping = {}
    for name in ["first", "second"][: draw(st.integers(1, 2))]:
        review: Mapping = {"day": draw(st.integers(1, 8))}
        if chance(draw, 50):
            review["every_days"] = draw(st.integers(1, 7))
        review["search_begins"] = draw(st.sampled_from([0.5, 0.25, 0.0]))
        if chance(draw, 60):
            review |= {"ends": 0.25, "notice_days": draw(st.integers(0, 4))}
        if "limit" in pool and chance(draw, 60):
            review |= {"extends": 0.25, "by_days": draw(st.integers(1, 5))}
        reviews[name] = review
    ends = {"need_ends": "at_reviews"} if chance(draw, 40) else {}
    return {"reviews": reviews} | ends


def _onward(s: Sketch) -> Mapping:
    onward = {"onward": shares(s.draw, [*reversed(s.goals), "leave"])}
    if len(s.groups) > 1 and chance(s.draw, 30):
        onward["onward_by_group"] = {s.groups[1]: shares(s.draw, ["leave", *s.goals])}
    return onward


def _early(s: Sketch) -> Mapping:
    if not chance(s.draw, 30):
        return {}
    share = s.draw(st.sampled_from([1.0, 0.5]))
    early: Mapping = {"share": share, "after_days": s.draw(st.integers(0, 5))}
    if s.cases != "none" and chance(s.draw, 60):
        # told apart from cases that decide a goal: by the team, or since all goals have one
        early["false_starts"] = "caseworkers" if s.cases == "all" else "caseworkers_b"
    return {"early_assessment": early}


def _relapse(s: Sketch, percent: int) -> Mapping:
    if not chance(s.draw, percent):
        return {}
    pool: Mapping = {"relapse": _one_relapse(s)}
    if len(s.groups) > 1 and chance(s.draw, 20):
        pool["relapse_by_group"] = {s.groups[1]: _one_relapse(s)}
    if chance(s.draw, 50):
        pool["keeps_place"] = {"days": s.draw(st.sampled_from([0, 3, 10, 40]))}
    return pool


def _one_relapse(s: Sketch) -> Mapping:
    draw = s.draw
    return {
        "share": draw(st.sampled_from([1.0, 0.5, 0.25])),
        "delay": law(draw, 30, 2, hazard=True),
        "search": draw(st.sampled_from(["acute", "return"])),
        "urgency": draw(st.sampled_from(["ordinary", "urgent"])),
    }


def _ward(s: Sketch) -> Mapping:
    pool = {"kind": "ward", **_finite(s, 5), **_stay(s, 12), **_onward(s), **_early(s)}
    pool |= _leaves_early(s, 20) | _ratio_after(s)
    pool["surge"] = s.draw(st.sampled_from([0, 0, 1, "unlimited"]))
    if chance(s.draw, 15):
        pool |= _admits(s)
    if chance(s.draw, 20):
        pool |= _limit(s)
    pool |= _reviews(s, pool)
    _later_rules(s, pool)
    return pool


def _flexible(s: Sketch) -> Mapping:
    """A bridge, with or without a need of its own; often closed on weekends, with a limit."""
    draw = s.draw
    pool = {"kind": "flexible", **_finite(s, 3), **_admits(s), **_relapse(s, 30)}
    pool |= _leaves_early(s, 20) | _ratio_after(s)
    pool["moves_on"] = draw(st.sampled_from(["when_complete", "at_once"]))
    if not chance(draw, 25):
        pool |= _stay(s, 20) | _onward(s) | _early(s)
    if "stay" not in pool or chance(draw, 50):
        pool |= _limit(s)
    if "stay" not in pool:
        pool |= _onward(s)
    pool |= _reviews(s, pool)
    if chance(draw, 35):
        pool["quota"] = _quota(s, "limit" in pool)
    if chance(draw, 20):
        pool["kind"] = "contact"
        if "stay" not in pool:  # over at once, so that it must lead out of the circle
            pool |= {"onward": shares(draw, ["leave", "home"]), "onward_by_group": {}}
    _later_rules(s, pool)
    return pool


def _quota(s: Sketch, limited: bool) -> Mapping:
    """Nights a month, or in all; of a citizen only where a limit can be shortened."""
    draw = s.draw
    quota: Mapping = {"nights": draw(st.sampled_from([40, 15, 4, 1]))}
    quota["per"] = draw(st.sampled_from(["month", "month", "year"]))
    quota["of"] = draw(st.sampled_from(["municipality", *(["citizen"] * limited)]))
    if s.municipalities and chance(draw, 30):
        quota["by_municipality"] = {s.municipalities[0]: draw(st.sampled_from([2, 0]))}
    return quota


def _housing(s: Sketch) -> Mapping:
    """Outside the model with a wait of its own, or a few places inside it."""
    draw = s.draw
    pool: Mapping = {"kind": "housing", "places": "unlimited"}
    if chance(draw, 40):
        pool |= _finite(s, 3) | _stay(s, 30)
        pool["onward"] = shares(draw, ["leave", "home"])
    else:
        pool["outside_wait"] = law(draw, 25, 0)
        if chance(draw, 40):
            pool["assessment"] = law(draw, 6, 0)
    _later_rules(s, pool)
    return pool | _admits(s) | _relapse(s, 20)


def _later_rules(s: Sketch, pool: Mapping) -> None:
    """Some steps change the limit of a pool that has one, or the target group."""
    for step in pool.get("later", {}).values():
        if "limit" in pool and chance(s.draw, 50):
            step["limit_days"] = s.draw(st.integers(1, 14))
        if (s.municipalities or s.traits) and chance(s.draw, 30):
            step["admits"] = _admits(s).get("admits", {})


def _haven(s: Sketch, name: str) -> Mapping:
    """Home or shelter: room for everybody at once."""
    if name == "home":
        return {"kind": "community", "places": "unlimited", **_relapse(s, 60)}
    pool = {"kind": "shelter", "places": "unlimited", **_relapse(s, 30)}
    if chance(s.draw, 40):
        pool |= {"stay": law(s.draw, 10), "onward": shares(s.draw, ["leave", "home"])}
    return pool


def _search(s: Sketch, pools: list[str], otherwise: list[str]) -> Mapping:
    draw = s.draw
    search: Mapping = {"pools": pools, "otherwise": draw(st.sampled_from(otherwise))}
    search["when_full"] = draw(st.sampled_from(["wait", "wait", "wait_first", "turned_away"]))
    if chance(draw, 35):
        search["patience"] = law(draw, 12, 0)
    return search


def _some(s: Sketch, pools: list[str]) -> list[str]:
    """One or more of the pools, in some order."""
    if len(pools) == 1:
        return pools
    return s.draw(st.lists(st.sampled_from(pools), min_size=1, max_size=len(pools), unique=True))


def _searches(s: Sketch) -> Mapping:
    away = ["leave", *s.havens]
    searches = {
        "acute": _search(s, _some(s, s.wards), away),
        "return": _search(s, _some(s, s.wards), ["here", *away]),
        "direct": _search(s, _some(s, [*s.flexible, *s.wards]), away),
        "home": {"pools": ["home"], "otherwise": "leave"},
    }
    if s.housing:
        pools = _some(s, [*s.housing, *s.flexible]) if chance(s.draw, 25) else s.housing
        searches["housing"] = _search(s, pools, away)
    if s.flexible:
        searches["bridge"] = _search(s, _some(s, s.flexible), ["here", *away])
        searches["training"] = _search(s, _some(s, s.flexible), away)
    return searches


def _goals(s: Sketch) -> Mapping:
    """Each a search with its own decision and bridge; `home` may wait for nothing."""
    draw = s.draw
    goals: Mapping = {}
    for name in s.goals:
        goal: Mapping = {"search": "home" if name == "supported" else name}
        if name == "supported" or chance(draw, 40):
            goal["decision"] = law(draw, 12, 0)
        if s.cases == "all" or (s.cases == "some" and chance(draw, 60)):
            goal["caseworkers"] = "caseworkers"
            goal.setdefault("decision", law(draw, 12, 0))
        if chance(draw, 25):
            meetings: Mapping = {"weekdays": weekdays(draw, 2)}
            if chance(draw, 50):
                meetings["no_show"] = draw(st.sampled_from([0.25, 0.5]))
            goal["meetings"] = meetings
        if s.flexible and name != "home" and chance(draw, 80):
            goal["bridge"] = "bridge"
        if chance(draw, 20):
            goal["priority"] = draw(st.integers(0, 2))
        if chance(draw, 15):
            goal["urgency"] = "urgent"
        goals[name] = goal
    return goals


def _streams(s: Sketch, pools: Mapping) -> Mapping:
    """Together about as many citizens as the first ward can treat, or more."""
    load = s.draw(st.sampled_from([0.6, 0.9, 1.2, 1.6]))
    rate = pools["ward"]["places"] / 4 * 365 * load
    return {
        name: _stream(s, n, round(rate / len(s.streams), 3)) for n, name in enumerate(s.streams)
    }


def _stream(s: Sketch, n: int, rate: float) -> Mapping:
    draw = s.draw
    stream: Mapping = {
        "group": s.groups[n % len(s.groups)],
        "origin": "home",
        "rate_per_year": rate,
        "search": "acute" if n == 0 else draw(st.sampled_from(["acute", "direct"])),
        "urgency": draw(st.sampled_from(["ordinary", "urgent"])),
    }
    if chance(draw, 20):
        stream["priority"] = draw(st.integers(0, 2))
    if chance(draw, 25):
        stream["weekdays"] = dict.fromkeys(weekdays(draw, 5), 0.0)
    if chance(draw, 10):
        stream["season"] = {"amplitude": 0.5, "peak_day": 40}
    if chance(draw, 10):
        stream["growth_per_year"] = 0.5
    return stream


def _start(s: Sketch, pools: Mapping, streams: Mapping) -> Mapping:
    draw = s.draw
    start: Mapping = {}
    for name in [*s.wards, *s.flexible]:
        if chance(draw, 30):
            pool = pools[name]
            room = pool["places"] + (pool["surge"] if pool["surge"] != "unlimited" else 2)
            like = draw(st.sampled_from(list(streams)))
            start[name] = {"occupied": draw(st.integers(0, room)), "stream": like}
    return start


@st.composite
def networks(draw: Draw) -> Network:
    """A valid network of 2 to 6 pools, perhaps some teams, and a short run."""
    s = _sketch(draw)
    pools, goals = _pools(s), _goals(s)
    pools = {name: pools[name] for name in pools if _is_named(name, pools, goals)}
    streams = _streams(s, pools)
    warm_up = draw(st.sampled_from([0, 0, 7, 20]))
    mapping = {
        "groups": {
            g: {"traits": {t: {v: 1 / len(vs) for v in vs} for t, vs in s.traits.items()}}
            for g in s.groups
        },
        "municipalities": {
            m: {"population": 1000.0 * (n + 1)} for n, m in enumerate(s.municipalities)
        },
        "pools": pools,
        "searches": _searches(s),
        "goals": goals,
        "streams": streams,
        "start": _start(s, pools, streams),
        "run": {
            "start": START.isoformat(),
            "warm_up_days": warm_up,
            "days": s.days - warm_up,
            "replications": 1,
            "seed": SEED,
        },
    }
    return Network(mapping, at_midnight=chance(draw, 50))


# -- networks of a special shape ----------------------------------------------------------------


def unlimited(network: Network) -> Network:
    """The same network with room for everybody everywhere."""
    dropped = ("later", "reserve", "queue_limit", "quota")
    pools = {
        name: {key: value for key, value in pool.items() if key not in dropped}
        | {"places": "unlimited", "surge": 0}
        for name, pool in network.mapping["pools"].items()
    }
    return network.changed(pools=pools)


def with_unused(network: Network) -> Network:
    """The same network with a pool, a search and a stream more that nobody meets."""
    m = network.mapping
    pool = {"kind": "flexible", "places": 1, "intake": {"sun": "closed"}, "reserve": 1}
    search = {"pools": ["a_pool"], "otherwise": "leave", "patience": law_of(1)}
    stream = {"group": "a", "origin": "home", "rate_per_year": 0.0, "search": "a_search"}
    return network.changed(
        pools={"a_pool": pool} | m["pools"],
        searches={"a_search": search} | m["searches"],
        streams={"a_stream": stream} | m["streams"],
    )


def law_of(days: int) -> Mapping:
    """A fixed duration."""
    return {"law": "fixed", "mean_days": days}


def with_stream(network: Network) -> Network:
    """The same network with many more citizens."""
    stream = {"group": "a", "origin": "home", "rate_per_year": 200.0, "search": "acute"}
    return network.changed(streams={"a_stream": stream} | network.mapping["streams"])


def longer(law: Mapping, factor: int) -> Mapping:
    """The law of durations so many times as long."""
    scaled = {"mean_days", "low_days", "high_days"}
    return {
        key: value * factor
        if key in scaled
        else [day * factor for day in value]
        if key == "observed_days"
        else {n: part | {"stay": longer(part["stay"], factor)} for n, part in value.items()}
        if key == "parts"
        else value
        for key, value in law.items()
    }


@st.composite
def single_queues(draw: Draw, places: bool = True) -> Network:
    """One pool, first come first served, nobody gives up."""
    days = draw(st.integers(30, 120))
    pool = {
        "kind": "other",
        "places": draw(st.integers(1, 5)) if places else "unlimited",
        "stay": law(draw, 12),
    }
    if chance(draw, 40):
        pool["intake"] = dict.fromkeys(weekdays(draw, 5), "closed")
    if chance(draw, 30):
        pool["move_in"] = law(draw, 4, 0)
    if places and chance(draw, 30):
        day = START + dt.timedelta(days=draw(st.integers(1, days)))
        step = {"from": day.isoformat(), "places": draw(st.integers(0, 5))}
        pool["later"] = {"step": step}
    mapping = {
        "groups": {"a": {}},
        "pools": {"p": pool},
        "searches": {"p": {"pools": ["p"], "otherwise": "leave"}},
        "streams": {
            "s": {
                "group": "a",
                "origin": "home",
                "rate_per_year": float(draw(st.integers(50, 500))),
                "search": "p",
            }
        },
        "run": {"start": START.isoformat(), "warm_up_days": 0, "days": days, "seed": SEED},
    }
    return Network(mapping, at_midnight=chance(draw, 50))
