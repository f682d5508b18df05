"""What the scenarios of single offers show: each rule of the sources in the register."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

import flexsim as fs

#: Conditions of entry that the sources name, each by the value that is refused.
TRAITS = {
    "age": "under_18",
    "substance_use": "active",
    "willing_to_stop": "no",
    "violence": "present",
    "suicidality": "present",
    "self_reliant": "no",
    "night_staff": "needed",
    "known_to_professionals": "no",
    "diagnosis": "other",
    "current_treatment": "none",
    "support": "none",
}


def registers(name: str, *pools: str, replications: int = 3) -> pd.DataFrame:
    """Stays in some pools, in order of each citizen, from several replications."""
    result = fs.run(name, replications=replications, seed=2026, engine="compiled")
    found = [result.register(n).assign(replication=n) for n in range(replications)]
    table = pd.concat(found, ignore_index=True)
    assert set(pools) <= set(table["pool"])
    return table[table["admitted"].notna()]


@pytest.mark.parametrize(("trait", "refused"), TRAITS.items())
def test_a_trait_is_a_condition_of_entry(trait, refused):
    """Whoever has the value refused is outside the target group, and nobody else is."""
    network: dict[str, Any] = {
        "run": {"warm_up_days": 0, "days": 365, "replications": 1},
        "groups": {"citizens": {"traits": {trait: {refused: 0.3, "else": 0.7}}}},
        "pools": {
            "p": {
                "kind": "flexible",
                "places": "unlimited",
                "stay": {"law": "exponential", "mean_days": 10},
                "admits": {"traits": {trait: {refused: "refused", "others": "admitted"}}},
            }
        },
        "searches": {"p": {"pools": ["p"], "otherwise": "leave"}},
        "streams": {
            "s": {"group": "citizens", "origin": "home", "rate_per_year": 1000, "search": "p"}
        },
    }
    table = fs.run(fs.load(network), seed=2026, workers=1).register(0)
    outside = table["outcome"] == "not_in_target_group"
    assert 200 < outside.sum() < 400
    assert (outside == (table[f"trait_{trait}"] == refused)).all()


@pytest.mark.ci
def test_two_clarification_places_are_for_wards_only():
    """Nobody comes there but straight from a ward; to the third, others do as well."""
    result = fs.run("aarhus_clarification", replications=5, seed=2026, engine="compiled")
    found = result.summary().query("measure == 'share_from_wards'").set_index("pool")["mean"]
    assert found["clarification_ward"] == 1
    assert 0.5 < found["clarification_open"] < 0.95


@pytest.mark.ci
def test_some_have_a_hundred_nights_a_year():
    """Those who come often have over a hundred nights a year each on average, others few."""
    result = fs.run("aarhus_overnight_contracts", replications=20, seed=2026, engine="compiled")
    found = result.summary().query("pool == 'regional' and measure == 'nights'")
    nights = found.set_index("group")["mean"]
    assert nights["often"] / 4 > 100
    assert nights["regional_users"] / 160 < 15
    evidence = result.evidence()
    assert ((evidence["simulated"] / evidence["published"] - 1).abs() < 0.03).all()


@pytest.mark.ci
def test_partners_leave():
    """From the day on which a municipality leaves, none of its citizens is taken in."""
    stays = registers("holstebro_partners_leave", "overnight_municipal")
    stays = stays[stays["pool"] == "overnight_municipal"]
    asked = stays["requested"]
    left = {"lemvig": pd.Timestamp("2024-01-01"), "struer": pd.Timestamp("2025-01-01")}
    for municipality, date in left.items():
        theirs = stays["residence"] == municipality
        assert (theirs & (asked < date)).sum() > 20
        assert not (theirs & (asked >= date)).any()
    assert (asked[stays["residence"] == "holstebro"] >= left["struer"]).sum() > 50


@pytest.mark.ci
def test_guest_bed_is_reviewed_on_the_next_weekday():
    """A guest leaves at the start of the first weekday after the need has ended."""
    stays = registers("polaris_guest_bed_nights", "polaris_gaesteseng")
    stays = stays[(stays["pool"] == "polaris_gaesteseng") & stays["left"].notna()]
    assert len(stays) > 200
    days = stays["left"].dt.normalize()
    assert (stays["left"] == days).all()
    assert (days.dt.day_of_week < 5).all()
    wait = (stays["left"] - stays["completed"]).dt.total_seconds() / 86_400
    on_friday = stays["completed"].dt.day_of_week == 4
    assert (wait[on_friday] > 2).all()
    assert (wait <= 3).all()


@pytest.mark.ci
def test_who_goes_home_from_polaris():
    """VIVE 2023, section 2.9: over 75 %. So it is of those from home, not of all who are there.

    78 % is put in for those from home, and those at the limit go home too. Who is there while
    waiting for housing goes on to it.
    """
    table = registers("baseline", "polaris_noerregade", replications=10)
    table = table[table["kind"] == "place"].sort_values(["replication", "citizen", "admitted"])
    following = table.groupby(["replication", "citizen"])["pool"].shift(-1)
    homes = table["pool"].str.startswith("polaris_") & (table["pool"] != "polaris_gaesteseng")
    home = following[homes & following.notna()] == "home"
    group = table.loc[home.index, "group"]
    assert len(home) > 400
    assert 0.82 < home[group == "residents"].mean() < 0.93
    assert home[group == "patients"].mean() < 0.05
    assert home.mean() < 0.75


@pytest.mark.ci
def test_fewer_admissions_without_any_effect():
    """76 % of 28 had fewer (effort no. 14); as many have where nothing is put in."""
    result = fs.run("aarhus_life_without_coercion", replications=10, seed=2026, engine="compiled")
    assert result.scenario.pools["fixed_pairs"].relapse_ratio == 1
    found = result.before_after("fixed_pairs", days=365).set_index("measure")
    row = found.loc["fewer_admissions"]
    assert row["low"] < 0.76 < row["high"]


@pytest.mark.ci
def test_places_for_those_who_wait_move_the_wait():
    """Days in the ward fall by a third or more; days until the right offer stay as they were."""
    found = fs.compare("aarhus_baseline", "aarhus_overnight_waiting", replications=10, seed=2026)
    table = found.table().query("group == 'all' and municipality == 'all'")
    table = table.set_index(["pool", "measure"])
    days = table.loc[("auh", "completed_treatment_days")]
    assert days["verdict"] == "fewer"
    assert days["difference"] < -days["baseline"] / 3 + 50
    assert table.loc[("all", "days_awaiting_right_offer"), "difference"] == 0


@pytest.mark.ci
def test_special_places_that_are_re_marked():
    """150 places until the day, 120 from then on as they empty; and thirty more general beds."""
    result = fs.run("special_places_remarked", replications=3, seed=2026, engine="compiled")
    day, end = pd.Timestamp("2022-03-31"), pd.Timestamp("2024-12-01")
    for replication in range(3):
        table = result.register(replication)
        table = table[table["admitted"].notna()]

        def present(pool: str, time: pd.Timestamp, table: pd.DataFrame = table) -> int:
            there = (table["admitted"] <= time) & ~(table["left"] <= time)
            return int((there & (table["pool"] == pool)).sum())

        assert present("special", end) <= 120
        assert present("remarked_beds", day - pd.Timedelta(days=1)) == 0
        assert present("remarked_beds", end) <= 30
        assert (table["pool"] == "remarked_beds").sum() > 500
