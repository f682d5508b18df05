"""Every key of a scenario does something: changing it changes what is computed or shown.

`ENTRIES` names each key of the schema at least once, with a change of the small network below and
what must follow from it. All scenarios share their luck, so a direction is the effect of the change
and not of chance.
"""

from __future__ import annotations

import copy
import dataclasses
import os
import typing
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import joblib
import pandas as pd
import pytest
import yaml
from pydantic import BaseModel

import flexsim as fs
import flexsim.running
from flexsim.engine.choice import simulate
from flexsim.measures.measure import measure
from flexsim.measures.tidy import frame
from flexsim.output import files, headlines, terminal
from flexsim.plan.build import build
from flexsim.register import rows
from flexsim.result import Result
from flexsim.scenario import load, references, templates
from flexsim.scenario.schema import Run, Scenario
from flexsim.scenario.showing import as_yaml

#: Two wards, flexible places before and after them, a shelter, housing outside the model, home.
BASE = yaml.safe_load("""
run: {start: 2024-01-01, warm_up_days: 60, days: 730, replications: 1, seed: 7, workers: 1}
municipalities:
  herning: {population: 60000}
  struer: {population: 20000}
groups:
  adults: {traits: {substances: {active: 0.4, none: 0.6}}}
  young: {traits: {substances: {active: 0.2, none: 0.8}}}
pools:
  ward:
    kind: ward
    places: 12
    stay: {law: gamma, mean_days: 14, sd_days: 10}
    stay_by_group:
      young: {law: lognormal, median_days: 8, log_sd: 0.8}
    onward: {home: 0.5, housing: 0.3, training: 0.2}
    early_assessment: {share: 0.3, after_days: 3}
  ward_b:
    kind: ward
    places: 4
    stay:
      law: mixture
      parts:
        short: {share: 0.5, stay: {law: exponential, mean_days: 5}}
        long: {share: 0.5, stay: {law: exponential, mean_days: 20}}
    onward: {home: 0.8, housing: 0.2}
  flex:
    kind: flexible
    places: 4
    later: {cut: {from: "2025-01-01", places: 3}}
    assessment: {law: exponential, mean_days: 2}
    move_in: {law: fixed, mean_days: 1}
    stay: {law: gamma, mean_days: 25, cv: 0.8}
    limit:
      days: 30
      otherwise: leave
      extension: {share: 0.5, by: {law: uniform, low_days: 3, high_days: 10}}
    onward: {home: 0.8, housing: 0.2}
    relapse: {share: 0.3, delay: {law: exponential, mean_days: 40}, search: return}
  guest: {template: flex, title: Guest bed, places: 1}
  housing:
    kind: housing
    places: unlimited
    outside_wait: {law: gamma, mean_days: 30, cv: 0.5}
  hostel:
    kind: shelter
    places: unlimited
    stay: {law: empirical, observed_days: [2, 5, 9, 30]}
    onward: {housing: 0.5, leave: 0.5}
  home:
    kind: community
    places: unlimited
    relapse: {share: 0.4, delay: {law: weibull, mean_days: 90, shape: 0.8}, search: return}
    relapse_by_group:
      young: {share: 0.2, delay: {law: gamma, mean_days: 90, median_days: 60}, search: return}
  team:
    kind: team
    places: 20
    stay: {law: exponential, mean_days: 60}
    enrols: {on_leaving: [ward], share: 0.8}
searches:
  acute: {pools: [ward, ward_b], otherwise: leave}
  return: {pools: [ward_b, ward], otherwise: here}
  direct: {pools: [flex, guest], otherwise: hostel, patience: {law: exponential, mean_days: 8}}
  bridge: {pools: [flex, guest], otherwise: here}
  training: {pools: [flex], otherwise: home, patience: {law: exponential, mean_days: 20}}
  housing: {pools: [housing], otherwise: leave}
  home: {pools: [home], otherwise: leave}
goals:
  home: {search: home, decision: {law: exponential, mean_days: 2}}
  housing: {search: housing, decision: {law: exponential, mean_days: 6}, bridge: bridge}
  training: {search: training}
streams:
  crisis: {group: adults, origin: home, rate_per_year: 120, search: acute, urgency: urgent}
  planned:
    group: young
    origin: street
    rate_per_year: 80
    search: acute
    weekdays: {sat: 0.5, sun: 0}
    season: {amplitude: 0.3, peak_day: 10}
  referred: {group: adults, origin: home, rate_per_year: 24, search: direct}
start:
  ward: {occupied: 8, stream: crisis}
targets:
  use: {title: Use of the ward, measure: occupied, pool: ward, published: 10.4, unit: places,
        role: independent, source: a yearbook}
""")

#: A lead time or a wait that nobody overlooks.
LONG = {"law": "exponential", "mean_days": 20}
LEAVES = {"share": 0.3, "after": {"law": "exponential", "mean_days": 5}}
REVIEW = {"day": 6, "every_days": 6, "ends": 0.3, "notice_days": 1}
HISTORY = {"admissions": 2, "within_days": 90}
TO_HOME = {"days": 10, "otherwise": "home"}
RELAPSE = {"share": 0.9, "delay": {"law": "exponential", "mean_days": 10}, "search": "return"}


def checked(mapping: dict[str, Any]) -> Scenario:
    """As from `load`, but without composing files, which takes longer than all the rest."""
    values, unknown = templates.resolved(mapping, lambda _: {})
    scenario = Scenario.model_validate(values)
    assert not [*unknown, *references.faults(scenario)]
    return scenario


class Seen:
    """A scenario as a mapping, and what comes of it (one replication of two years)."""

    def __init__(self, mapping: dict[str, Any]) -> None:
        self.mapping = mapping
        self.scenario = checked(mapping)
        self.plan = build(self.scenario)
        self.register = simulate(self.plan, self.scenario.run.seed, 0, "simpy")

    @cached_property
    def rows(self) -> pd.DataFrame:
        """The register with names, times in days, and what follows from them."""
        table = rows(self.register, self.plan)
        return table.assign(
            weekday=(table["granted"] // 1 + self.plan.start_weekday) % 7,
            wait=table["granted"] - table["wanted"],
            stayed=table["left"] - table["admitted"],
            treated=table["completed"] - table["admitted"],
        )

    @cached_property
    def values(self) -> dict[tuple[str, ...], float]:
        """Measures by (year, pool, group, municipality, measure)."""
        table = frame("", self.plan, [measure(self.register, self.plan).cells])
        names = table[["year", "pool", "group", "municipality", "measure"]].astype(str)
        return dict(zip(names.itertuples(index=False, name=None), table["value"], strict=True))

    @cached_property
    def result(self) -> Result:
        """A whole run."""
        return fs.run(self.scenario)

    @property
    def target(self) -> dict[str, Any]:
        """The first published figure beside the simulated one."""
        return {str(k): v for k, v in self.result.evidence().iloc[0].to_dict().items()}

    @property
    def yaml(self) -> str:
        """The scenario as it is written beside its results."""
        return as_yaml(self.scenario)


def keeps_its_verdict(before: Seen, after: Seen) -> None:
    """Check that a figure of the scenario itself is judged although the region is changed."""
    assert after.target["verdict"] == before.target["verdict"] == "agrees"


def changed_mapping(changes: dict[str, Any]) -> dict[str, Any]:
    """The base with dotted keys set to other values; None drops a key."""
    mapping = copy.deepcopy(BASE)
    for dotted, value in changes.items():
        *path, last = dotted.split(".")
        at = mapping
        for name in path:
            at = at.setdefault(name, {})
        at[last] = value
        if value is None:
            del at[last]
    return mapping


@cache
def base() -> Seen:
    """What comes of the network as it stands."""
    return Seen(BASE)


# -- what is looked at ------------------------------------------------------------------------

Number = Callable[[Seen], float]
Check = Callable[[Seen, Seen], None]


def of(name: str, pool: str = "all", year: str = "all") -> Number:
    """A measure of the first replication."""
    return lambda seen: seen.values[year, pool, "all", "all", name]


def count(condition: str) -> Number:
    """How many rows of the register meet a condition."""
    return lambda seen: float(len(seen.rows.query(condition)))


def mean(column: str, condition: str) -> Number:
    """The mean of a column over the rows that meet a condition."""
    return lambda seen: float(seen.rows.query(condition)[column].mean())


def share(condition: str, of_what: str) -> Number:
    """The share of some rows that meet a further condition."""
    return lambda seen: count(f"({of_what}) and {condition}")(seen) / count(of_what)(seen)


def spread(pool: str) -> Number:
    """The standard deviation of the needed stays in a pool."""

    def number(seen: Seen) -> float:
        stays = seen.rows.query(f"pool == '{pool}'")
        return float((stays["completed"] - stays["admitted"]).std())

    return number


# -- what must follow -------------------------------------------------------------------------


def rises(number: Number) -> Check:
    """The change makes this number larger."""

    def check(before: Seen, after: Seen) -> None:
        assert number(after) > number(before)

    return check


def falls(number: Number) -> Check:
    """The change makes this number smaller."""
    return lambda before, after: rises(number)(after, before)


def begins(number: Number) -> Check:
    """What never happened before the change happens after it."""

    def check(before: Seen, after: Seen) -> None:
        assert number(before) == 0 < number(after)

    return check


def ends(number: Number) -> Check:
    """What happened before the change never happens after it."""
    return lambda before, after: begins(number)(after, before)


def gains(name: str, pool: str = "all", year: str = "all") -> Check:
    """The change gives a pool or a year a measure that it did not have."""
    return begins(lambda seen: float((year, pool, "all", "all", name) in seen.values))


def loses(name: str, pool: str = "all", year: str = "all") -> Check:
    """The change leaves a pool or a year without this measure."""
    return lambda before, after: gains(name, pool, year)(after, before)


def target(**columns: Any) -> Check:
    """The change puts these values into the table of published figures."""

    def check(before: Seen, after: Seen) -> None:
        for name, value in columns.items():
            assert before.target[name] != value
            assert after.target[name] == value

    return check


def another_simulated(before: Seen, after: Seen) -> None:
    """The published figure is laid beside another simulated one."""
    assert after.target["simulated"] != before.target["simulated"]


def still_agrees(before: Seen, after: Seen) -> None:
    """The published figure agrees with the simulated one, as it did."""
    assert before.target["verdict"] == after.target["verdict"] == "agrees"


def written(text: str) -> Check:
    """The change is to be read in the scenario written beside the results."""

    def check(before: Seen, after: Seen) -> None:
        assert text not in before.yaml
        assert text in after.yaml

    return check


def replications(seen: Seen) -> float:
    """How many replications a run has."""
    return float(seen.result.measures["replication"].nunique())


def repeated(**width: float) -> dict[str, Any]:
    """Repeat until the mean number in the ward is known so closely."""
    run = {"until": {"ward": {"occupied": width}}, "replications": 2}
    return {f"run.{name}": value for name, value in run.items()}


def stops_at(most: int) -> Check:
    """The run ends after so many replications, and says that this is too few."""

    def check(before: Seen, after: Seen) -> None:
        assert replications(after) == most
        assert any("the most allowed" in line for line in after.result.warnings)

    return check


def headed(text: str) -> Check:
    """The change is to be read above the ward's lines and figure."""

    def check(before: Seen, after: Seen) -> None:
        assert text not in headlines.heading("ward", before.scenario.pools["ward"])
        assert text in headlines.heading("ward", after.scenario.pools["ward"])

    return check


# -- the table --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Entry:
    """One key of the schema, a change of it, and what must follow."""

    key: str
    changes: dict[str, Any]
    checks: tuple[Check, ...]


def entry(key: str, changes: dict[str, Any], *checks: Check) -> Entry:
    return Entry(key, changes, checks)


SATURDAY, SUNDAY = 5, 6
YOUNG, ADULTS = "group == 'young'", "group == 'adults'"
URGENT = "stream == 'crisis' and episode == 0 and purpose == 'need'"
ORDINARY = "stream == 'planned' and episode == 0 and purpose == 'need'"
AGAIN = "episode > 0 and purpose == 'need'"
GOAL_HOUSING = "purpose == 'goal' and sought == 'housing'"
GOAL_FLEX = "purpose == 'goal' and pool == 'flex'"
LIMITED = "pool == 'flex' and outcome == 'limit_reached'"
KEPT = "pool == 'flex' and granted == granted and wanted != wanted"
SUMMER = "101 <= requested % 365 < 284"
CASES = {"kind": "team", "places": 1, "stay": {"law": "fixed", "mean_days": 1}}
NEW_WEEKENDS = "requested // 1 % 7 >= 5"  # the run begins on a Monday

#: Keys that change the register.
REGISTER = [
    # the network
    entry("Scenario.run", {"run": BASE["run"] | {"seed": 8}}),
    entry(
        "Scenario.municipalities",
        {"municipalities.holstebro": {"population": 50000.0}},
        begins(count("residence == 'holstebro'")),
    ),
    entry(
        "Scenario.groups",
        {"groups.old": {}, "streams.referred.group": "old"},
        begins(count("group == 'old'")),
    ),
    entry(
        "Scenario.pools",
        {
            "pools.sister": {"template": "ward_b"},
            "searches.acute.pools": ["ward", "ward_b", "sister"],
        },
        begins(count("pool == 'sister'")),
        falls(mean("wait", ORDINARY)),
    ),
    entry(
        "Scenario.searches",
        {
            "searches.only_b": {"pools": ["ward_b"], "otherwise": "leave"},
            "streams.planned.search": "only_b",
        },
        ends(count(f"{ORDINARY} and pool == 'ward'")),
    ),
    entry(
        "Scenario.goals",
        {
            "goals.hostel": {"search": "hostel"},
            "searches.hostel": {"pools": ["hostel"], "otherwise": "leave"},
            "pools.ward_b.onward": {"hostel": 1.0},
        },
        begins(count("purpose == 'goal' and pool == 'hostel'")),
    ),
    entry(
        "Scenario.streams",
        {"streams.more": BASE["streams"]["crisis"]},
        begins(count("stream == 'more'")),
        rises(of("wait_place", "ward")),
    ),
    entry(
        "Scenario.start",
        {"start.flex": {"occupied": 3, "stream": "referred"}},
        begins(count("stream == 'flex@start'")),
    ),
    # municipalities, groups, those present at the start
    entry(
        "Municipality.population",
        {"municipalities.struer.population": 60000.0},
        rises(share("residence == 'struer'", of_what=ADULTS)),
    ),
    entry(
        "Group.traits",
        {
            "pools.flex.admits": {"traits": {"substances": {"active": "refused"}}},
            "groups.adults.traits": {"substances": {"active": 1.0}},
        },
        ends(count(f"pool == 'flex' and {ADULTS} and admitted >= 0")),
    ),
    entry(
        "Occupied.occupied",
        {"start.ward.occupied": 12},
        rises(count("stream == 'ward@start' and episode == 0")),
    ),
    entry(
        "Occupied.stream",
        {"start.ward.stream": "planned"},
        begins(count(f"stream == 'ward@start' and {YOUNG}")),
    ),
    # pools: room
    entry(
        "Pool.template",
        {"pools.guest.template": "ward_b"},
        ends(count("pool == 'guest' and outcome == 'limit_reached'")),
    ),
    entry(
        "Pool.places",
        {"pools.ward.places": 14},
        falls(of("wait_place", "ward")),
        falls(of("utilisation", "ward")),
    ),
    entry("Pool.places", {"pools.ward.places": "unlimited"}, ends(of("wait_place", "ward"))),
    entry(
        "Pool.later",
        {"pools.ward.later": {"more": {"from": "2025-01-01", "places": 14}}},
        falls(of("full_share", "ward", year="2")),
    ),
    entry(
        "CapacityStep.from",
        {"pools.flex.later.cut.from": "2024-04-01"},
        rises(of("wait_place", "flex", year="1")),
    ),
    entry(
        "CapacityStep.places",
        {"pools.flex.later.cut.places": 8},
        falls(of("wait_place", "flex", year="2")),
    ),
    entry(
        "Pool.surge",
        {"pools.ward.surge": 3},
        begins(of("over_norm", "ward")),
        falls(of("wait_place", "ward")),
    ),
    entry("Pool.surge", {"pools.ward.surge": "unlimited"}, ends(of("wait_place", "ward"))),
    entry(
        "Pool.reserve",
        {"pools.ward.reserve": 3, "pools.ward_b.reserve": 1},
        rises(mean("wait", ORDINARY)),
        falls(mean("wait", URGENT)),
    ),
    entry(
        "Pool.queue_limit",
        {"pools.ward.queue_limit": 0, "pools.ward_b.queue_limit": 0},
        begins(of("turned_away", "ward")),
        ends(of("queue", "ward")),
    ),
    entry(
        "Pool.outside_wait", {"pools.housing.outside_wait": None}, ends(of("wait_place", "housing"))
    ),
    entry(
        "Pool.move_in",
        {"pools.ward.move_in": LONG},
        begins(of("wait_transfer", "ward")),
        falls(of("throughput", "ward")),
    ),
    # pools: whom and when
    entry(
        "Pool.kind",
        {"pools.flex.kind": "ward"},
        gains("completed_treatment_days", "flex"),
        gains("readmission_90", "flex"),
    ),
    entry(
        "Pool.admits",
        {"pools.flex.admits": {"residence": {"others": "refused"}}},
        ends(count("pool == 'flex' and admitted >= 0")),
    ),
    entry(
        "Admits.residence",
        {"pools.flex.admits.residence": {"struer": "refused"}},
        ends(count("pool == 'flex' and residence == 'struer' and admitted >= 0")),
        begins(of("not_in_target_group", "flex")),
    ),
    entry(
        "Admits.traits",
        {"pools.flex.admits.traits": {"substances": {"active": "refused"}}},
        begins(of("not_in_target_group", "flex")),
    ),
    entry(
        "Pool.intake",
        {"pools.flex.intake": {"sat": "closed", "sun": "closed"}},
        ends(count(f"pool == 'flex' and weekday in [{SATURDAY}, {SUNDAY}]")),
    ),
    entry("Pool.assessment", {"pools.flex.assessment": LONG}, rises(of("wait_assessment", "flex"))),
    entry(
        "Pool.assessment_by_residence",
        {"pools.flex.assessment_by_residence": {"others": LONG}},
        rises(of("wait_assessment", "flex")),
    ),
    entry("Pool.declined", {"pools.flex.declined": 0.9}, rises(of("declined", "flex"))),
    entry(
        "Pool.declined_by_group",
        {"pools.flex.declined_by_group": {"adults": 1.0}},
        rises(of("declined", "flex")),
        falls(of("occupied", "flex")),
    ),
    entry(
        "Pool.priority_by_group",
        {
            "pools.ward.priority_by_group": {"young": 0},
            "pools.ward_b.priority_by_group": {"young": 0},
        },
        falls(mean("wait", ORDINARY)),
        rises(mean("wait", URGENT)),
    ),
    # pools: the stay
    entry(
        "Pool.stay", {"pools.ward.stay": {"law": "fixed", "mean_days": 14}}, falls(spread("ward"))
    ),
    entry(
        "Pool.stay_by_group",
        {"pools.ward_b.stay_by_group": {"young": LONG}},
        rises(of("treatment", "ward_b")),
    ),
    entry(
        "Pool.limit",
        {"pools.flex.limit": None},
        ends(count(LIMITED)),
        begins(count("pool == 'flex' and completed - admitted > 40.1")),
    ),
    entry("Limit.days", {"pools.flex.limit.days": 50}, ends(count(f"{LIMITED} and stayed < 49.9"))),
    entry(
        "Pool.quota",
        {"pools.flex.quota": {"nights": 5, "per": "month", "of": "citizen"}},
        falls(of("nights", "flex")),
        falls(of("stay", "flex")),
    ),
    entry(
        "Quota.nights",
        {"pools.flex.quota": {"nights": 0, "per": "month", "of": "municipality"}},
        ends(count("pool == 'flex' and admitted >= 0")),
    ),
    entry(
        "Quota.per",
        {"pools.flex.quota": {"nights": 100, "per": "year", "of": "municipality"}},
        falls(of("nights", "flex")),
    ),
    entry(
        "Quota.of",
        {"pools.flex.quota": {"nights": 4, "per": "month", "of": "citizen"}},
        ends(count("pool == 'flex' and stayed > 14.1")),
    ),
    entry(
        "Quota.by_municipality",
        {
            "pools.flex.quota": {
                "nights": 10_000,
                "per": "year",
                "of": "municipality",
                "by_municipality": {"struer": 0},
            }
        },
        ends(count("pool == 'flex' and residence == 'struer' and admitted >= 0")),
    ),
    entry(
        "CapacityStep.limit_days",
        {"pools.flex.later.cut.limit_days": 5},
        rises(count(LIMITED)),
        falls(of("stay", "flex")),
    ),
    entry(
        "CapacityStep.admits",
        {"pools.flex.later.cut.admits": {"traits": {"substances": {"active": "refused"}}}},
        begins(of("not_in_target_group", "flex", year="2")),
    ),
    entry(
        "Limit.then",
        {"pools.flex.limit.then": "stay"},
        ends(count(LIMITED)),
        rises(share("stayed > 40.1", of_what="pool == 'flex'")),
    ),
    entry(
        "Limit.otherwise",
        {"pools.flex.limit.otherwise": "hostel"},
        begins(count("purpose == 'bridge' and pool == 'hostel'")),
    ),
    entry(
        "Limit.extension",
        {"pools.flex.limit.extension": None},
        ends(count(f"{LIMITED} and stayed > 30.1")),
    ),
    entry(
        "Extension.share",
        {"pools.flex.limit.extension.share": 0.9},
        rises(share("stayed > 30.1", of_what=LIMITED)),
    ),
    entry(
        "Extension.by",
        {"pools.flex.limit.extension.by": {"law": "fixed", "mean_days": 40}},
        ends(count(f"{LIMITED} and 30.1 < stayed < 69.9")),
    ),
    entry(
        "Pool.moves_on",
        {"pools.flex.moves_on": "at_once"},
        rises(share("completed != completed", of_what="pool == 'flex' and left >= 0")),
    ),
    entry(
        "Pool.leaves_early",
        {"pools.ward.leaves_early": LEAVES},
        begins(count("outcome == 'left_early'")),
        falls(of("stay", "ward")),
    ),
    entry(
        "LeavesEarly.share",
        {"pools.ward.leaves_early": {**LEAVES, "share": 1.0}},
        rises(share("outcome == 'left_early'", of_what="pool == 'ward'")),
    ),
    entry(
        "LeavesEarly.after",
        {"pools.ward.leaves_early": {**LEAVES, "after": {"law": "fixed", "mean_days": 0}}},
        begins(count("outcome == 'left_early' and stayed == 0")),
    ),
    entry(
        "LeavesEarly.otherwise",
        {"pools.ward.leaves_early": {**LEAVES, "otherwise": "hostel"}},
        begins(count("purpose == 'bridge' and pool == 'hostel'")),
    ),
    entry(
        "Pool.reviews",
        {"pools.ward.reviews": {"weekly": REVIEW}},
        falls(of("treatment", "ward")),
    ),
    entry(
        "Review.day",
        {"pools.ward.reviews": {"weekly": {"day": 6, "ends": 1.0}}},
        begins(count("pool == 'ward' and abs(treated - 6) < 0.001")),
    ),
    entry(
        "Review.every_days",
        {"pools.ward.reviews": {"weekly": {"day": 6, "every_days": 5, "ends": 0.5}}},
        begins(count("pool == 'ward' and abs(treated - 16) < 0.001")),
    ),
    entry(
        "Review.ends",
        {"pools.ward.reviews": {"weekly": {"day": 6, "ends": 0.5}}},
        falls(of("treatment", "ward")),
    ),
    entry(
        "Review.notice_days",
        {"pools.ward.reviews": {"weekly": {"day": 6, "ends": 0.9, "notice_days": 3}}},
        begins(count("pool == 'ward' and abs(treated - 9) < 0.001")),
    ),
    entry(
        "Review.search_begins",
        {"pools.ward.reviews": {"weekly": {"day": 6, "search_begins": 1.0}}},
        falls(of("completed_treatment_days_decision", "ward")),
    ),
    entry(
        "Review.extends",
        {"pools.flex.reviews": {"weekly": {"day": 6, "extends": 1.0, "by_days": 500}}},
        ends(count(f"{LIMITED} and treated != treated")),
    ),
    entry(
        "Review.by_days",
        {"pools.flex.reviews": {"weekly": {"day": 6, "extends": 1.0, "by_days": 100}}},
        ends(count(f"{LIMITED} and treated != treated and stayed < 129")),
    ),
    entry(
        "Pool.need_ends",
        {"pools.ward.reviews": {"weekly": {"day": 6, "every_days": 6}}}
        | {"pools.ward.need_ends": "at_reviews"},
        rises(of("treatment", "ward")),
        ends(count("pool == 'ward' and treated == treated and abs(treated % 6 - 3) < 2.99")),
    ),
    entry(
        "Pool.keeps_place",
        {"pools.flex.keeps_place": {"days": 100}},
        begins(count(f"{KEPT} and admitted == admitted")),
    ),
    entry(
        "KeepsPlace.days",
        {"pools.flex.keeps_place": {"days": 5}},
        begins(count(f"{KEPT} and kind == 'held' and left - granted == 5")),
    ),
    # pools: what follows
    entry(
        "Pool.onward",
        {"pools.ward.onward": {"home": 1.0}},
        falls(count(GOAL_HOUSING)),
        falls(of("completed_treatment_days", "ward")),
    ),
    entry(
        "Pool.onward_by_group",
        {"pools.ward.onward_by_group": {"young": {"housing": 1.0}}},
        rises(count(f"{GOAL_HOUSING} and {YOUNG}")),
        rises(of("completed_treatment_days", "ward")),
    ),
    entry(
        "Pool.early_assessment",
        {"pools.ward.early_assessment": {}},
        rises(of("completed_treatment_days_decision", "ward")),
    ),
    entry(
        "EarlyAssessment.share",
        {"pools.ward.early_assessment.share": 1.0},
        falls(of("completed_treatment_days_decision", "ward")),
    ),
    entry(
        "EarlyAssessment.after_days",
        {"pools.ward.early_assessment.after_days": 20},
        rises(of("completed_treatment_days_decision", "ward")),
    ),
    entry(
        "EarlyAssessment.false_starts",
        {"pools.cases": CASES, "pools.ward.early_assessment.false_starts": "cases"},
        begins(count("kind == 'team' and sought == 'cases'")),
    ),
    entry("Pool.relapse", {"pools.home.relapse": None}, falls(of("readmission_365", "ward"))),
    entry(
        "Pool.relapse_by_group",
        {"pools.home.relapse_by_group": {"young": RELAPSE}},
        rises(count(f"{AGAIN} and {YOUNG}")),
    ),
    entry("Relapse.share", {"pools.home.relapse.share": 0.8}, rises(of("readmission_365", "ward"))),
    entry(
        "Relapse.delay",
        {"pools.home.relapse.delay": {"law": "exponential", "mean_days": 10}},
        rises(of("readmission_30", "ward")),
    ),
    entry(
        "Relapse.search",
        {"pools.home.relapse.search": "acute"},
        begins(count(f"{AGAIN} and sought == 'ward'")),
    ),
    entry(
        "Relapse.urgency",
        {"pools.home.relapse.urgency": "urgent"},
        falls(mean("wait", f"{AGAIN} and {ADULTS}")),
    ),
    entry(
        "Relapse.priority",
        {"pools.home.relapse.priority": 0},
        falls(mean("wait", f"{AGAIN} and {ADULTS}")),
    ),
    # laws of durations
    entry("Law.law", {"pools.ward.stay.law": "weibull"}),
    entry("Law.mean_days", {"pools.ward.stay.mean_days": 20}, rises(of("treatment", "ward"))),
    entry(
        "Law.median_days",
        {"pools.ward.stay_by_group.young.median_days": 14},
        rises(of("treatment", "ward")),
    ),
    entry("Law.sd_days", {"pools.ward.stay.sd_days": 3}, falls(spread("ward"))),
    entry("Law.cv", {"pools.flex.stay.cv": 0.1}, falls(spread("flex"))),
    entry("Law.log_sd", {"pools.ward.stay_by_group.young.log_sd": 1.4}, rises(spread("ward"))),
    entry("Law.shape", {"pools.home.relapse.delay.shape": 4}, falls(of("readmission_30", "ward"))),
    entry(
        "Law.low_days",
        {"pools.flex.limit.extension.by.low_days": 9},
        ends(count(f"{LIMITED} and 30.1 < stayed < 38.9")),
    ),
    entry(
        "Law.high_days",
        {"pools.flex.limit.extension.by.high_days": 30},
        begins(count(f"{LIMITED} and stayed > 40.1")),
    ),
    entry(
        "Law.observed_days",
        {"pools.hostel.stay.observed_days": [2, 5, 9, 90]},
        begins(count("pool == 'hostel' and 89.9 < completed - admitted < 90.1")),
    ),
    entry(
        "Law.parts",
        {"pools.ward_b.stay.parts": {"all": {"share": 1.0, "stay": LONG}}},
        rises(of("treatment", "ward_b")),
    ),
    entry(
        "MixturePart.share",
        {"pools.ward_b.stay.parts.short.share": 0.1, "pools.ward_b.stay.parts.long.share": 0.9},
        rises(of("treatment", "ward_b")),
    ),
    entry(
        "MixturePart.stay",
        {"pools.ward_b.stay.parts.long.stay": {"law": "fixed", "mean_days": 40}},
        begins(count("pool == 'ward_b' and 39.9 < completed - admitted < 40.1")),
    ),
    # searches
    entry(
        "Search.pools",
        {"searches.acute.pools": ["ward_b"]},
        ends(count(f"{URGENT} and pool == 'ward'")),
    ),
    entry(
        "Search.when_full",
        {"searches.acute.when_full": "turned_away"},
        begins(of("turned_away", "ward")),
        falls(of("queue", "ward")),
    ),
    entry(
        "Search.when_full",
        {"searches.acute.when_full": "wait_first"},
        ends(count("sought == 'ward' and pool == 'ward_b' and wait > 0")),
    ),
    entry("Search.patience", {"searches.acute.patience": LONG}, begins(of("gave_up", "ward"))),
    entry(
        "Search.otherwise", {"searches.direct.otherwise": "home"}, ends(count("pool == 'hostel'"))
    ),
    # outreach teams
    entry(
        "Pool.enrols",
        {"pools.team.enrols": {"on_leaving": ["ward_b"]}},
        falls(of("throughput", "team")),
    ),
    entry(
        "Enrols.on_leaving",
        {"pools.team.enrols": {"on_leaving": ["ward", "ward_b"], "share": 0.8}},
        rises(of("throughput", "team")),
    ),
    entry(
        "Enrols.on_entering",
        {"pools.team.enrols.on_entering": ["home", "hostel"]},
        rises(of("throughput", "team")),
    ),
    entry("Enrols.share", {"pools.team.enrols.share": 0.2}, falls(of("throughput", "team"))),
    entry("Pool.patience", {"pools.team.patience": LONG}, begins(of("gave_up", "team"))),
    entry(
        "Pool.relapse_ratio",
        {"pools.team.relapse_ratio": 0.1},
        falls(of("readmission_90", "ward")),
    ),
    entry(
        "Pool.relapse_ratio_after",
        {"pools.flex.relapse_ratio_after": {"limit_reached": 5.0}, "pools.flex.limit": TO_HOME},
    ),
    entry(
        "RelapseRatioAfter.limit_reached",
        {"pools.flex.relapse_ratio_after": {"limit_reached": 5.0}, "pools.flex.limit": TO_HOME},
    ),
    entry(
        "RelapseRatioAfter.left_early",
        {
            "pools.ward.leaves_early": LEAVES | {"otherwise": "home"},
            "pools.ward.relapse_ratio_after": {"left_early": 9.0},
        },
        rises(of("readmission_30", "ward")),
    ),
    entry(
        "Admits.history",
        {"pools.team.admits.history": HISTORY},
        begins(of("not_in_target_group", "team")),
    ),
    entry(
        "History.admissions",
        {"pools.team.admits.history": HISTORY | {"admissions": 1, "within_days": 14.0}},
        begins(of("not_in_target_group", "team")),
    ),
    entry(
        "History.within_days",
        {"pools.ward_b.admits.history": HISTORY | {"admissions": 1, "within_days": 300.0}},
        falls(of("throughput", "ward_b")),
    ),
    # goals
    entry("Goal.search", {"goals.training.search": "home"}, ends(count(GOAL_FLEX))),
    entry(
        "Goal.decision",
        {"goals.home.decision": LONG},
        rises(of("completed_treatment_days_decision", "ward")),
    ),
    entry(
        "Goal.caseworkers",
        {"pools.cases": CASES, "goals.housing.caseworkers": "cases"},
        begins(count("kind == 'team' and sought == 'cases'")),
        rises(of("completed_treatment_days_decision", "ward")),
    ),
    entry(
        "Goal.meetings",
        {"goals.home.meetings": {"weekdays": ["thu"]}},
        rises(of("completed_treatment_days_decision", "ward")),
    ),
    entry(
        "Meetings.weekdays",
        {"goals.home.meetings": {"weekdays": ["mon", "thu"]}},
        rises(of("completed_treatment_days_decision", "ward")),
    ),
    entry(
        "Meetings.no_show",
        {"goals.home.meetings": {"weekdays": ["mon", "tue", "wed", "thu"], "no_show": 0.9}},
        rises(of("completed_treatment_days_decision", "ward")),
    ),
    entry(
        "Goal.bridge",
        {"goals.housing.bridge": None},
        ends(count("purpose == 'bridge'")),
        rises(of("days_awaiting_right_offer_ward")),
    ),
    entry("Goal.urgency", {"goals.training.urgency": "urgent"}, falls(mean("wait", GOAL_FLEX))),
    entry("Goal.priority", {"goals.training.priority": 0}, falls(mean("wait", GOAL_FLEX))),
    # streams
    entry(
        "Stream.template",
        {"streams.more": {"template": "planned"}},
        begins(count("stream == 'more' and group == 'young'")),
    ),
    entry(
        "Stream.group",
        {"streams.referred.group": "young"},
        begins(count(f"stream == 'referred' and {YOUNG}")),
    ),
    entry(
        "Stream.rate_per_year",
        {"streams.crisis.rate_per_year": 150},
        rises(count(URGENT)),
        rises(of("wait_place", "ward")),
    ),
    entry(
        "Stream.residence",
        {"streams.crisis.residence": {"struer": 1.0}},
        ends(count(f"{URGENT} and residence == 'herning'")),
    ),
    entry(
        "Stream.payer",
        {"streams.crisis.payer": {"struer": 1.0}},
        ends(count(f"{URGENT} and payer == 'herning'")),
        begins(count(f"{URGENT} and payer != residence")),
    ),
    entry(
        "Stream.weekdays",
        {"streams.crisis.weekdays": {"sat": 0, "sun": 0}},
        ends(count(f"{URGENT} and {NEW_WEEKENDS}")),
    ),
    entry(
        "Stream.season",
        {"streams.crisis.season": {"amplitude": 0.9}},
        falls(share(SUMMER, of_what=URGENT)),
    ),
    entry(
        "Season.amplitude",
        {"streams.planned.season.amplitude": 0.9},
        falls(share(SUMMER, of_what=ORDINARY)),
    ),
    entry(
        "Season.peak_day",
        {"streams.planned.season.peak_day": 190},
        rises(share(SUMMER, of_what=ORDINARY)),
    ),
    entry(
        "Stream.growth_per_year",
        {"streams.crisis.growth_per_year": 0.3},
        rises(share("requested > 395", of_what=URGENT)),
    ),
    entry(
        "Stream.search",
        {"streams.crisis.search": "direct"},
        ends(count(f"{URGENT} and sought == 'ward'")),
    ),
    entry("Stream.urgency", {"streams.planned.urgency": "urgent"}, falls(mean("wait", ORDINARY))),
    entry("Stream.priority", {"streams.planned.priority": 0}, falls(mean("wait", ORDINARY))),
    # the run
    entry(
        "Run.start",
        {"run.start": "2024-01-03"},  # a Wednesday: Sunday is day 4
        ends(count(f"{ORDINARY} and requested // 1 % 7 == 4")),
    ),
    entry("Run.warm_up_days", {"run.warm_up_days": 100}, rises(count(URGENT))),
    entry("Run.days", {"run.days": 1095}, gains("occupied", "ward", year="3")),
    entry("Run.seed", {"run.seed": 8}),
]

#: Keys that leave the register alone and change the results computed from it.
RESULT = [
    entry(
        "Stream.origin", {"streams.referred.origin": "ward"}, rises(of("share_from_wards", "flex"))
    ),
    entry(
        "Pool.kind", {"pools.hostel.kind": "housing"}, loses("days_awaiting_right_offer_shelter")
    ),
    entry(
        "Run.replications",
        {"run.replications": 2},
        rises(replications),
    ),
    entry("Run.until", repeated(half_width=0.4), rises(replications)),
    entry("HalfWidth.half_width", repeated(half_width=0.4), rises(replications)),
    entry("HalfWidth.relative", repeated(relative=0.05), rises(replications)),
    entry(
        "Run.most_replications",
        repeated(half_width=1e-9) | {"run.most_replications": 4},
        stops_at(4),
    ),
    entry(
        "Scenario.targets",
        {"targets.wait": BASE["targets"]["use"] | {"measure": "queue"}},
        rises(lambda seen: float(len(seen.result.evidence()))),
    ),
    entry("Scenario.changed", {"changed": ["pools.ward.places"]}, target(verdict="")),
    entry(
        "Scenario.stated",
        {"changed": ["pools.ward.places"], "stated": ["use"]},
        keeps_its_verdict,
    ),
    entry("Target.title", {"targets.use.title": "Use"}, target(title="Use")),
    entry("Target.measure", {"targets.use.measure": "full_share"}, another_simulated),
    entry("Target.pool", {"targets.use.pool": "ward_b"}, another_simulated),
    entry("Target.municipality", {"targets.use.municipality": "struer"}, another_simulated),
    entry("Target.published", {"targets.use.published": 2}, target(published=2, verdict="differs")),
    entry(
        "Target.published_high",
        {"targets.use.published": 2, "targets.use.published_high": 12},
        target(published_high=12),
        still_agrees,
    ),
    entry("Target.unit", {"targets.use.unit": "%"}, target(unit="%")),
    entry("Target.role", {"targets.use.role": "fitted"}, target(role="fitted", verdict="")),
    entry("Target.source", {"targets.use.source": "a report"}, target(source="a report")),
]

#: Keys that leave the results alone and change what is shown or written.
SHOWN = [
    entry("Scenario.name", {"name": "other_name"}, written("other_name")),
    entry("Scenario.title", {"title": "In other words"}, written("In other words")),
    entry("Scenario.output", {"output": {"figures": "none"}}, written("figures: none")),
    entry("Pool.title", {"pools.ward.title": "Ward north"}, headed("Ward north")),
    *(
        entry(f"{model}.ranges", {f"{key}.ranges": {number: [0.001, 500]}}, written("500.0"))
        for model, key, number in (
            ("Pool", "pools.flex", "stay.mean_days"),
            ("Search", "searches.acute", "patience.mean_days"),
            ("Goal", "goals.home", "decision.mean_days"),
            ("Stream", "streams.crisis", "rate_per_year"),
            ("Group", "groups.adults", "traits.substances.active"),
        )
    ),
    entry("Pool.sources", {"pools.ward.sources": {"places": "table 7"}}, written("table 7")),
    entry("Search.sources", {"searches.acute.sources": {"pools": "table 7"}}, written("table 7")),
    entry("Goal.sources", {"goals.home.sources": {"decision": "table 7"}}, written("table 7")),
    entry("Stream.title", {"streams.crisis.title": "In crisis"}, written("In crisis")),
    entry("Stream.sources", {"streams.crisis.sources": {"rate": "table 7"}}, written("table 7")),
    entry("Group.title", {"groups.adults.title": "Over 25"}, written("Over 25")),
    entry("Group.sources", {"groups.adults.sources": {"traits": "table 7"}}, written("table 7")),
    entry(
        "Municipality.title",
        {"municipalities.struer.title": "On the fjord"},
        written("On the fjord"),
    ),
    entry("Municipality.code", {"municipalities.struer.code": "0671"}, written("0671")),
    entry(
        "Municipality.sources",
        {"municipalities.struer.sources": {"population": "table 7"}},
        written("table 7"),
    ),
    entry("Run.sources", {"run.sources": {"days": "table 7"}}, written("table 7")),
]

#: Keys with a test of their own below.
ELSEWHERE = [
    "Scenario.region",
    "Scenario.money",  # and its keys: test_money_keys.py
    "Run.engine",
    "Run.workers",
    "Output.folder",
    "Output.registers",
    "Output.figures",
    "Output.language",
]


def keys(model: type[BaseModel]) -> Iterator[str]:
    """Every key of a model and of the models in it, as `Model.key`."""
    seen: set[type[BaseModel]] = set()
    unread = [model]
    while unread:
        one = unread.pop()
        if one in seen or one.__module__ == "flexsim.scenario.money":
            continue
        seen.add(one)
        one.model_rebuild()
        for name, field in one.model_fields.items():
            yield f"{one.__name__}.{field.alias or name}"
            unread += _models(field.annotation)


def _models(annotation: Any) -> list[type[BaseModel]]:
    """The models named in the type of a key."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [found for part in typing.get_args(annotation) for found in _models(part)]


def named(entries: list[Entry]) -> Any:
    """Parameters of a test, named by key and change."""
    return pytest.mark.parametrize(
        "entry", entries, ids=[f"{e.key}: {' '.join(e.changes)}" for e in entries]
    )


def test_every_key_has_an_entry():
    """A key that nobody tests is found here; so is an entry for a key that is gone."""
    tested = {e.key for e in (*REGISTER, *RESULT, *SHOWN)} | set(ELSEWHERE)
    assert tested == set(keys(Scenario))


@named(REGISTER)
def test_key_changes_the_register(entry):
    """The register differs, in the direction that the key's meaning demands."""
    after = Seen(changed_mapping(entry.changes))
    assert not after.register.equals(base().register)
    for check in entry.checks:
        check(base(), after)


@named(RESULT)
def test_key_changes_a_result_only(entry):
    """The register is the same, what is computed from it is not."""
    after = Seen(changed_mapping(entry.changes))
    assert after.register.equals(base().register)
    for check in entry.checks:
        check(base(), after)


@named(SHOWN)
def test_key_changes_what_is_shown_only(entry):
    """Register and results are the same; the scenario as written and the headings are not."""
    after = Seen(changed_mapping(entry.changes))
    assert after.register.equals(base().register)
    assert after.values == base().values
    assert after.yaml != base().yaml
    for check in entry.checks:
        check(base(), after)


def test_region():
    """Scenario.region: the network of the region is added to the scenario's own."""
    regional = load(BASE | {"region": "midtjylland_west"})
    for section in ("pools", "streams", "searches", "goals", "groups", "municipalities"):
        assert getattr(regional, section).keys() > getattr(base().scenario, section).keys()
    assert regional.region == "midtjylland_west"
    assert not simulate(build(regional), 7, 0, "simpy").equals(base().register)


# -- keys that must not change results --------------------------------------------------------

SHORT: dict[str, Any] = {"run": BASE["run"] | {"days": 365, "replications": 3}}


@pytest.fixture(scope="module")
def short() -> Result:
    """Three replications of one year, on one core."""
    return fs.run(load(BASE | SHORT))


def with_run(**settings: Any) -> Result:
    """The same run with other settings."""
    return fs.run(load(BASE | {"run": SHORT["run"] | settings}))


@pytest.mark.parametrize("engine", typing.get_args(Run.model_fields["engine"].annotation))
def test_engine(short, engine):
    """Run.engine: the engine asked for computes the run (auto: any), and gives the same results."""
    result = with_run(engine=engine)
    assert engine in (result.engine, "auto")
    pd.testing.assert_frame_equal(result.measures, short.measures)
    pd.testing.assert_frame_equal(result.register(2), short.register(2))


@pytest.mark.ci
@pytest.mark.parametrize("workers", [2, "all"])
def test_workers(monkeypatch, short, workers):
    """Run.workers: so many processes share the replications, and the results are the same."""
    asked = []

    def parallel(n_jobs: int, **settings: Any) -> Any:
        asked.append(n_jobs)
        return joblib_parallel(n_jobs=n_jobs, **settings)

    joblib_parallel = joblib.Parallel
    monkeypatch.setattr(joblib, "Parallel", parallel)
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    monkeypatch.setattr(flexsim.running, "SMALL", {"simpy": 0, "compiled": 0})
    result = with_run(workers=workers)
    assert asked == [2]
    pd.testing.assert_frame_equal(result.measures, short.measures)
    pd.testing.assert_frame_equal(result.counts, short.counts)


def test_one_worker(monkeypatch):
    """Run.workers: with one, no process is started."""
    monkeypatch.delattr(joblib, "Parallel")
    monkeypatch.setattr(flexsim.running, "SMALL", {"simpy": 0, "compiled": 0})
    assert with_run(workers=1, days=30).replications == 3


# -- what is written --------------------------------------------------------------------------

REGISTERS = ["register_000.csv", "register_001.csv", "register_002.csv"]
FIGURES = [f"{pool}.png" for pool in BASE["pools"]]


@pytest.fixture
def inside(tmp_path, monkeypatch):
    """A folder of its own to work in."""
    monkeypatch.chdir(tmp_path)


def files_written(short: Result, **output: Any) -> set[Path]:
    """What a run with these output settings writes."""
    wanted = load(BASE | SHORT | {"output": {"figures": "none"} | output})
    return set(files.write(dataclasses.replace(short, scenario=wanted)))


@pytest.mark.usefixtures("inside")
def test_output_folder(short):
    """Output.folder: all files go there, and by default below the name of the scenario."""
    assert {path.parent for path in files_written(short, folder="mine/here")} == {Path("mine/here")}
    assert {path.parts[:2] for path in files_written(short)} == {("results", "scenario")}


@pytest.mark.usefixtures("inside")
@pytest.mark.parametrize(("registers", "count"), [("none", 0), ("first", 1), ("all", 3)])
def test_output_registers(short, registers, count):
    """Output.registers: the registers of no, the first or all replications are written."""
    paths = files_written(short, folder="here", registers=registers)
    assert [name for name in REGISTERS if Path("here") / name in paths] == REGISTERS[:count]


def test_output_language(short, capsys):
    """Output.language: the same numbers in Danish words."""
    danish = load(BASE | SHORT | {"output": {"language": "da"}})
    terminal.show(dataclasses.replace(short, scenario=danish))
    assert "belagte pladser" in capsys.readouterr().out


@pytest.mark.usefixtures("inside")
@pytest.mark.parametrize(("figures", "names"), [("none", []), ("all", FIGURES)])
def test_output_figures(short, figures, names):
    """Output.figures: one figure of each pool, or none."""
    drawn = {
        path
        for path in files_written(short, folder="here", figures=figures)
        if path.suffix == ".png"
    }
    assert drawn == {Path("here/figures") / name for name in names}
