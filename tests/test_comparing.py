"""Comparisons: paired intervals, verdicts and their error rate, what is refused."""

from __future__ import annotations

import copy

import numpy as np
import pandas as pd
import pytest
from exact.runs import SCENARIOS
from output_example import SCENARIO, example
from scipy import stats

import flexsim as fs
from flexsim.comparing import FEWER, MORE, NOT_TOLD, compare
from flexsim.measures.differences import Measures, differences, holm
from flexsim.measures.summary import CELL

NO_COUNTS = pd.DataFrame(columns=["pool", "measure", "level", "over", "open", "block"])


def _more(places=7):
    changed = copy.deepcopy(SCENARIO)
    changed["name"] = "more"
    changed["pools"]["step"] |= {"places": places, "later": {}}
    return fs.load(changed)


def _everybody(table, pool, measure):
    chosen = (table["pool"] == pool) & (table["measure"] == measure)
    rows = table[chosen & (table["group"] == "all") & (table["municipality"] == "all")]
    assert len(rows) == 1
    return rows.iloc[0]


def _tidy(values, weights=None, measure="wait_place", year="all"):
    n = len(values)
    return pd.DataFrame(
        {
            "scenario": "s",
            "replication": range(n),
            "year": year,
            "pool": "ward",
            "group": "all",
            "municipality": "all",
            "measure": measure,
            "value": np.array(values, dtype=float),
            "weight": np.ones(n) if weights is None else np.array(weights, dtype=float),
        }
    )


# -- statistics -------------------------------------------------------------------------------


def test_paired_interval_by_hand():
    """With equal weights: mean of the differences, Student's t with n - 1 degrees of freedom."""
    before, after = [10.0, 12.0, 17.0, 9.0], [8.0, 11.0, 14.0, 9.0]  # differences -2 -1 -3 0
    row = differences(Measures(_tidy(before), NO_COUNTS), Measures(_tidy(after), NO_COUNTS)).iloc[0]
    error = np.sqrt((0.25 + 0.25 + 2.25 + 2.25) / 3 / 4)  # 0.6455
    assert row["difference"] == pytest.approx(-1.5)
    assert row["low"] == pytest.approx(-1.5 - 3.182446 * error)
    assert row["high"] == pytest.approx(-1.5 + 3.182446 * error)
    assert row["p"] == pytest.approx(stats.ttest_rel(after, before).pvalue)
    apart = np.var(before, ddof=1) + np.var(after, ddof=1)
    assert row["variance_ratio"] == pytest.approx(apart / (5 / 3))


def test_ratio_is_paired_by_leaving_out():
    """A ratio of sums: both sides without the same replication."""
    value, weight = [[1.0, 4.0, 2.0], [2.0, 4.5, 2.0]], [[3.0, 1.0, 5.0], [2.0, 2.0, 6.0]]
    sides = [Measures(_tidy(v, w), NO_COUNTS) for v, w in zip(value, weight, strict=True)]
    row = differences(*sides).iloc[0]
    means = [np.average(v, weights=w) for v, w in zip(value, weight, strict=True)]
    without = []
    for r in range(3):
        kept = [i for i in range(3) if i != r]
        each = [
            np.average(np.array(v)[kept], weights=np.array(w)[kept])
            for v, w in zip(value, weight, strict=True)
        ]
        without.append(each[1] - each[0])
    half = stats.t.ppf(0.975, 2) * np.sqrt(2 / 3 * np.sum((without - np.mean(without)) ** 2))
    assert row["difference"] == pytest.approx(means[1] - means[0])
    assert (row["low"], row["high"]) == pytest.approx(
        (row["difference"] - half, row["difference"] + half)
    )


def test_single_years_are_paired():
    """The range of a year is that of differences within the same year and replication."""
    years = [[_tidy([1.0, 5.0], year=y) for y in ("1", "2")], [_tidy([2.0, 7.0], year="1")]]
    years[1].append(_tidy([4.0, 9.0], year="2"))
    sides = [Measures(pd.concat([_tidy([1.0, 2.0]), *parts]), NO_COUNTS) for parts in years]
    row = differences(*sides).iloc[0]
    low, high = np.quantile([1.0, 2.0, 3.0, 4.0], [0.05, 0.95])
    assert (row["year_low"], row["year_high"]) == pytest.approx((low, high))


def test_holm_by_hand():
    """The smallest times 4, the next times 3, and so on, never falling; NaN counts for nothing."""
    found = holm(np.array([0.04, np.nan, 0.01, 0.03, 0.005]))
    assert found == pytest.approx([0.06, np.nan, 0.03, 0.06, 0.02], nan_ok=True)


# -- comparisons ------------------------------------------------------------------------------


def test_a_scenario_with_itself():
    """No difference anywhere, and no verdict but that the two cannot be told apart."""
    found = compare(example(), example())
    assert found.labels == ("scenario", "scenario_2")
    table = found.table()
    assert (table["difference"] == 0).all()
    assert (table["low"] == 0).all()
    assert (table["high"] == 0).all()
    assert set(table["verdict"]) == {"", NOT_TOLD}
    assert set(table.loc[table["verdict"] != "", "p_corrected"]) == {1.0}
    assert (found.citizens()[["citizens", "low", "high"]] == 0).all(axis=None)


def test_difference_is_that_of_the_summaries():
    """Means are those of each scenario's own summary, quantiles among them."""
    found = compare(example(), _more())
    sides = [r.summary().set_index(CELL)["mean"] for r in found.results]
    table = found.table().set_index(CELL)
    for name, side in zip(("baseline", "alternative"), sides, strict=True):
        shared = table.index.intersection(side.index)
        assert len(shared) > 100
        assert table.loc[shared, name].to_numpy() == pytest.approx(side[shared].to_numpy())
    assert {"wait_place_p90", "occupied_median"} <= set(found.table()["measure"])
    assert table["difference"].to_numpy() == pytest.approx(
        (table["alternative"] - table["baseline"]).to_numpy(), nan_ok=True
    )


def test_who_was_moved_adds_up():
    """Days of citizens add up to the difference of the measure; swapped, more and fewer swap."""
    one, other = example(), fs.run(_more())
    found, back = compare(one, other), compare(other, one)
    difference = _everybody(found.table(), "ward", "completed_treatment_days")["difference"]
    moved, swapped = (c.citizens().set_index(["group", "change"]) for c in (found, back))
    row = moved.loc[("all", "completed_treatment_days")]
    assert row["days"] == pytest.approx(difference)
    assert row["citizens"] == pytest.approx(row["fewer"] + row["more"])
    assert row["citizens"] > 0
    assert moved["citizens"].to_numpy() == pytest.approx(swapped["citizens"].to_numpy())
    assert moved["fewer"].to_numpy() == pytest.approx(swapped["more"].to_numpy(), nan_ok=True)
    changes = moved["citizens"].loc["all"]
    assert changes["any"] <= changes[["route", "wait", "completed_treatment_days"]].sum()
    assert changes["any"] >= changes.max()


def test_pool_in_one_scenario_only():
    """It is shown as such, and nothing is concluded from it."""
    changed = copy.deepcopy(SCENARIO)
    changed["pools"]["annex"] = {
        "kind": "other",
        "places": 2,
        "stay": SCENARIO["pools"]["step"]["stay"],
    }
    changed["searches"]["annex"] = {"pools": ["annex"], "otherwise": "leave"}
    stream = {"group": "people", "origin": "home", "rate_per_year": 5, "search": "annex"}
    changed["streams"]["annex"] = stream
    found = compare(example(), fs.load(changed | {"name": "annex"})).table()
    annex = found[found["pool"] == "annex"]
    assert len(annex)
    assert set(annex["verdict"]) == {"only in annex"}
    assert annex["difference"].isna().all()
    assert set(found.loc[found["pool"] == "ward", "difference"]) == {0.0}


@pytest.mark.ci
def test_common_random_numbers_on_the_benchmark_model():
    """8 against 10 places of pool C: the variance is a hundredth of that of independent runs."""
    path = str(SCENARIOS / "ward_and_step_down.yaml")
    found = compare(path, f"{path} pools.c.places=10", replications=30)
    row = _everybody(found.table(), "ward", "completed_treatment_days")
    print(row)
    assert row["variance_ratio"] >= 100
    assert row["low"] < -79 < row["high"]
    assert row["verdict"] == FEWER


@pytest.mark.ci
def test_error_rate_of_verdicts():
    """Of pairs that are alike, no more than 5 % show any verdict at all.

    The same system at two other sets of replications each time, so that everything differs by
    chance. Were the rate 5 %, 60 pairs would show more than 9 wrong ones once in 1,000 times.
    """
    scenario = fs.load(
        {
            "run": {"warm_up_days": 0, "days": 365, "replications": 60 * 2 * 8, "seed": 11},
            "groups": {"people": {}},
            "pools": {
                name: {"kind": "other", "places": 3, "stay": {"law": "exponential", "mean_days": 9}}
                for name in ("a", "b", "c")
            },
            "searches": {name: {"pools": [name], "otherwise": "leave"} for name in ("a", "b", "c")},
            "streams": {
                name: {"group": "people", "origin": "home", "rate_per_year": 90, "search": name}
                for name in ("a", "b", "c")
            },
        }
    )
    everything = fs.run(scenario, engine="compiled").measures
    asked = everything["measure"].isin(["occupied", "wait_place", "throughput", "full_share"])
    everything = everything[asked & (everything["year"] == "all")]
    chunk = everything["replication"] // 8
    chunks = [
        part.assign(replication=part["replication"] % 8) for _, part in everything.groupby(chunk)
    ]
    wrong = 0
    for one, other in zip(chunks[::2], chunks[1::2], strict=True):
        table = differences(Measures(one, NO_COUNTS), Measures(other, NO_COUNTS))
        assert len(table) == 12
        wrong += bool((holm(table["p"].to_numpy()) < 0.05).any())
    print(f"wrong about any: {wrong} of 60")
    assert wrong <= 9


def test_verdict_is_found_where_there_is_a_difference():
    """More places of the step-down pool: fewer completed-treatment days, told apart."""
    many = {"replications": 20}
    found = compare(fs.load(SCENARIO), _more(), **many)
    row = _everybody(found.table(), "ward", "completed_treatment_days")
    assert row["verdict"] == FEWER
    back = compare(found.results[1], found.results[0]).table()
    assert _everybody(back, "ward", "completed_treatment_days")["verdict"] == MORE


# -- what is refused --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (["run.days=300"], "run.days differs: 400 in scenario, 300 in more"),
        (["run.seed=8"], "run.seed differs"),
        (["run.warm_up_days=3"], "give the longest to all: run.warm_up_days=50"),
        (["run.replications=5"], "run.replications differs"),
        (["run.start=2025-01-01"], "run.start differs"),
    ],
)
def test_what_cannot_be_compared(changes, said):
    with pytest.raises(fs.ScenarioError, match=said):
        compare(SCENARIO, _from_more(changes))


def _from_more(changes):
    values = copy.deepcopy(SCENARIO) | {"name": "more"}
    return fs.load(values, changes)


@pytest.mark.parametrize(
    ("scenarios", "said"),
    [
        (["aarhus_baseline"], "two scenarios or more"),
        (["aarhus_baseline", "pitstop_plus_too"], "did you mean 'pitstop_plus_two'"),
        (["baseline", "pitstop_plus_two"], "region differs.*region=aarhus"),
        (
            ["baseline", "pitstop_plus_two", "early_assessment_50"],
            "region differs.*fit in: region=midtjylland\\b",
        ),
        (["pitstop_plus_two", "aarhus_overnight_2021"], "no region fits all of them"),
        (["horsens_baseline", "horsens_coordinating_nurses"], "to all: run.warm_up_days=1460"),
        (["aarhus_baseline", "aarhus_baseline pools.pitstp.places=10"], "did you mean 'pitstop'"),
    ],
)
def test_names_that_cannot_be_compared(scenarios, said):
    with pytest.raises(fs.ScenarioError, match=said):
        compare(*scenarios)


def test_a_result_cannot_be_changed():
    with pytest.raises(fs.ScenarioError, match="is a result already"):
        compare(example(), example(), replications=4)


def test_no_pool_in_common():
    text = SCENARIOS / "b1_unlimited.yaml"
    other = fs.load(text, ["run.start=2024-01-01"])
    run = other.run
    mine = fs.load(SCENARIO, [f"run.days={run.days}", f"run.warm_up_days={run.warm_up_days}"])
    with pytest.raises(fs.ScenarioError, match="no pool in common"):
        compare(mine, other, replications=2, seed=1)


def test_one_replication():
    """It is said that there is no interval, and no verdict is given."""
    found = compare(SCENARIO, _more(), replications=1)
    assert found.warnings[0] == "one replication gives no interval and no verdict"
    table = found.table()
    assert table["low"].isna().all()
    assert table["p_corrected"].isna().all()
    assert set(table["verdict"]) == {""}


def test_overrides_go_to_all():
    """Names, mappings and loaded scenarios alike."""
    found = compare(
        SCENARIO, _more(), overrides=["run.days=500", "pools.guest.places=2"], replications=2
    )
    assert [r.scenario.run.days for r in found.results] == [500, 500]
    assert [r.scenario.pools["guest"].places for r in found.results] == [2, 2]
    assert [r.replications for r in found.results] == [2, 2]
    with pytest.raises(fs.ScenarioError, match="places"):
        compare(_more(), _more(), overrides=["pools.guest.places=-1"])
    with pytest.raises(fs.ScenarioError, match="loaded already"):
        compare(_more(), _more(), overrides=["run=quick"])
