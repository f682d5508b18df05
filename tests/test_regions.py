"""Regions from configuration alone: what they add up to, and the arithmetic of the national one."""

from __future__ import annotations

import re
from collections import Counter

import numpy as np
import pandas as pd
import pytest
from shipped import lasting, shipped
from twin.sides import must_agree

import flexsim as fs
from flexsim.errors import ScenarioError
from flexsim.plan.build import build
from flexsim.register import Register
from flexsim.scenario.composing import compose, hydra
from flexsim.scenario.overrides import parse

#: Inhabitants of each region (sums of rounded 2024 figures) and beds in its wards.
ADDS_UP = {
    "aarhus_baseline": (370_800, 142),
    "baseline": (289_100, 63),
    "horsens_baseline": (234_600, 51),
    "viborg_silkeborg_skive_baseline": (243_100, 70),
    "randers_baseline": (231_100, 50),
    "midtjylland_baseline": (1_368_700, 376),
    "national": (5_971_400, 2_905),
}
#: The parts that Region Midtjylland is put together from.
PARTS = sorted(ADDS_UP.keys() - {"midtjylland_baseline", "national"})
NEW = [*sorted(ADDS_UP.keys() - {"aarhus_baseline", "baseline"}), "midtjylland_shared_wards"]
#: Region of residence by the national streams; number of its municipalities.
MUNICIPALITIES = {
    "hovedstaden": 29,
    "sjaelland": 17,
    "syddanmark": 22,
    "midtjylland": 19,
    "nordjylland": 11,
}


def wards(scenario: fs.Scenario) -> dict[str, int]:
    """Beds of each ward."""
    return {n: int(p.places) for n, p in scenario.pools.items() if p.kind == "ward"}


@pytest.mark.parametrize("name", ADDS_UP)
def test_inhabitants_and_beds(name):
    """They add up to the totals stated."""
    scenario = shipped(name)
    inhabitants = sum(m.population for m in scenario.municipalities.values())
    assert (inhabitants, sum(wards(scenario).values())) == ADDS_UP[name]


def test_the_region_is_its_parts():
    """Region Midtjylland has the municipalities, places and needs of its parts, no others."""
    whole, parts = shipped("midtjylland_baseline"), [shipped(name) for name in PARTS]
    assert whole.municipalities == {n: m for part in parts for n, m in part.municipalities.items()}
    places = {n: pool.places for n, pool in whole.pools.items()}
    assert places == {n: pool.places for part in parts for n, pool in part.pools.items()}
    assert sorted(s.rate_per_year for s in whole.streams.values()) == sorted(
        stream.rate_per_year for part in parts for stream in part.streams.values()
    )


@pytest.mark.ci
def test_the_parts_are_as_full_within_the_region():
    """Each ward and flexible place is used as in its part alone; by other citizens, so by chance.

    A hundred and fifty years each. Only use that is known to a standard error of 0.01 counts (the
    wards' is): at an error rate of 1e-4 each, a gap of 0.075 is found with more than 90 % power.
    """

    def use(name: str) -> pd.DataFrame:
        result = fs.run(name, replications=30, seed=2026, engine="compiled")
        found = result.summary().query("group == 'all' and measure == 'utilisation'")
        error = (found["high"] - found["mean"]) / 2.045  # t of 29 degrees of freedom
        return found.assign(error=error).set_index("pool")[["mean", "error"]]

    whole = use("midtjylland_baseline")
    parts = pd.concat([use(name) for name in PARTS])
    assert sorted(whole.index) == sorted(parts.index)
    both = whole.join(parts.add_suffix("_alone"))
    sure = both[(both["error"] < 0.01) & (both["error_alone"] < 0.01)]
    assert {*wards(fs.load("midtjylland_baseline")), "pitstop", "mpo"} <= {*sure.index}
    gap = (sure["mean"] - sure["mean_alone"]).abs()
    assert (gap < 3.89 * np.hypot(sure["error"], sure["error_alone"])).all(), sure


def test_every_municipality_is_in_one_region():
    """98 municipalities, each in the stream of one region; so within Region Midtjylland too."""
    national = shipped("national")
    members = {n.removeprefix("admissions_"): set(s.residence) for n, s in national.streams.items()}
    assert {name: len(found) for name, found in members.items()} == MUNICIPALITIES
    times = Counter(name for found in members.values() for name in found)
    assert times == dict.fromkeys(national.municipalities, 1)
    codes = {m.code for m in national.municipalities.values()}
    assert len(codes) == 98
    assert all(re.fullmatch("0[1-8][0-9]{2}", code) for code in codes)

    streams = shipped("midtjylland_baseline").streams
    wards_of = [s for name, s in streams.items() if name.startswith("ward_admissions")]
    times = Counter(name for s in wards_of for name in s.residence)
    assert times == dict.fromkeys(members["midtjylland"], 1)


@pytest.mark.parametrize("name", ["midtjylland_baseline", "national"])
def test_residence_is_by_population(name):
    """Shares of residence are those of the inhabitants, to four decimals (Aarhus: to two)."""
    scenario = shipped(name)
    for stream in scenario.streams.values():
        among = sum(scenario.municipalities[n].population for n in stream.residence)
        for municipality, share in stream.residence.items():
            by_population = scenario.municipalities[municipality].population / among
            assert share == pytest.approx(by_population, abs=1e-3)


def test_national_rates_are_the_admissions_of_denmark():
    """47,000 admissions over the regions by beds, to half an admission."""
    national = shipped("national")
    assert sum(s.rate_per_year for s in national.streams.values()) == 47_000
    for name, beds in wards(national).items():
        rate = national.streams[f"admissions_{name}"].rate_per_year
        assert rate == pytest.approx(47_000 * beds / 2_905, abs=0.5)


@pytest.mark.ci
def test_national_arithmetic():
    """Nothing is lost: 47,000 admissions, 23,700 days and the use of the beds come out again.

    Fifty simulated years. Standard errors are 0.1 % of the admissions and 0.7 % of the days, so
    that an error of 0.5 % and of 4 % is found (limits 0.3 % and 2.5 %, more than three errors).
    """
    result = fs.run("national", replications=10, seed=2026, engine="compiled")
    found = result.summary().query("group == 'all' and municipality == 'all'")
    totals = found[found["pool"].isin(wards(result.scenario))].groupby("measure")["mean"].sum()
    assert totals["throughput"] == pytest.approx(47_000, rel=0.003)
    assert totals["completed_treatment_days"] == pytest.approx(23_700, rel=0.025)
    assert totals["blocked_beds"] == pytest.approx(23_700 / 365, rel=0.025)
    evidence = result.evidence().set_index("title")
    assert len(evidence) == 16
    assert set(evidence["role"]) == {"input", "fitted"}
    assert set(evidence["verdict"]) == {""}  # arithmetic is never said to agree
    use = evidence[evidence.index.str.startswith("Use")]
    assert use["simulated"].between(0.82, 0.85).all()


@pytest.mark.parametrize("name", NEW)
def test_both_engines_agree(name):
    """A few days of each: the same register, with stays in every ward."""
    scenario = lasting(name, days=10, warm_up_days=5)
    plan = build(scenario)
    register = must_agree(plan, 2026)
    assert isinstance(register, Register)
    stayed = {plan.pools[pool] for pool in register.pool[register.admitted >= 0]}
    assert wards(scenario).keys() <= stayed


@pytest.mark.ci
def test_sharing_wards_leaves_fewer_days_above_the_norm():
    """Each ward is above its norm less often than alone, on the same citizens; none is emptied."""
    over = {}
    for name in ("midtjylland_baseline", "midtjylland_shared_wards"):
        result = fs.run(shipped(name), replications=5, seed=2026, engine="compiled")
        found = result.summary().query("group == 'all' and municipality == 'all'")
        table = found.pivot_table(index="pool", columns="measure", values="mean")
        over[name] = table.loc[list(wards(result.scenario))]
    alone, shared = over["midtjylland_baseline"], over["midtjylland_shared_wards"]
    assert (alone["transfers"] == 0).all()
    assert (shared["transfers"] > 100).all()
    assert (shared["over_norm"] < alone["over_norm"]).all()
    assert shared["throughput"].sum() == pytest.approx(alone["throughput"].sum(), rel=0.01)


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("streams.ward_admisions_west.rate_per_year=5", "did you mean 'ward_admissions_west'?"),
        ("searches.shelte.otherwise=home", "did you mean 'shelter'?"),
        ("goals.care_stay.search=shelte", "there are: "),
    ],
)
def test_entries_of_the_parts_are_known(override, message):
    """What a region takes from its parts is suggested to who misspells it."""
    with pytest.raises(ScenarioError, match=re.escape(message)):
        fs.load("midtjylland_baseline", [override])


def test_faults_are_placed_in_the_parts():
    """A fault says in which file of the parts it is."""
    parsed = parse(["scenario=randers_baseline"])
    with hydra():
        origins = compose(parsed).origins
    for key, file in {
        ("municipalities", "randers", "population"): "parts/municipalities/randers",
        ("streams", "ward_admissions", "rate_per_year"): "parts/streams/ward_admissions_randers",
        ("goals", "shelter", "search"): "parts/network/behind_wards",
        ("targets", "ward_utilisation", "published"): "parts/evidence/wards",
        ("targets", "ward_utilisation", "pool"): "region/randers",
    }.items():
        assert origins[key].place.startswith(f"configs/{file}.yaml:")
