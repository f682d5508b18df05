"""Money against queueing theory, and between scenarios."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from money_cases import NETWORK, SOURCE, price

import flexsim as fs
from flexsim.economics import asking
from flexsim.economics.money import AS_IT_IS
from flexsim.economics.places import best_places
from flexsim.errors import ScenarioError
from flexsim.output import money as output
from flexsim.output import money_figure, places_figure

RATE, STAY, TARIFF = 150.0, 20.0, 1000
LOAD = RATE * STAY / 365
PLACE_YEAR, WARD_DAY = 280_000, 1_000

QUEUE = {
    "name": "queue",
    "run": {
        "start": "2025-01-01",
        "warm_up_days": 365,
        "days": 1825,
        "replications": 8,
        "seed": 4,
        "engine": "simpy",
        "workers": 1,
    },
    "municipalities": {"herning": {"population": 90.0}},
    "groups": {"adults": {}},
    "pools": {
        "ward": {
            "kind": "ward",
            "places": "unlimited",
            "stay": {"law": "exponential", "mean_days": 10},
            "onward": {"flex": 1.0},
        },
        "flex": {
            "kind": "flexible",
            "places": 11,
            "stay": {"law": "exponential", "mean_days": STAY},
        },
    },
    "searches": {
        "ward": {"pools": ["ward"], "otherwise": "leave"},
        "flex": {"pools": ["flex"], "otherwise": "leave"},
    },
    "goals": {"flex": {"search": "flex"}},
    "streams": {
        "street": {"group": "adults", "origin": "street", "rate_per_year": RATE, "search": "ward"}
    },
    "money": {
        "price_year": 2025,
        "models": NETWORK["money"]["models"],
        "offers": {
            "ward": {
                "pool": "ward",
                "run_by": "region",
                "model": "own",
                "cost": {"per_day": price(WARD_DAY)},
            },
            "flex": {
                "pool": "flex",
                "run_by": "herning",
                "model": "tariff",
                "tariff": price(TARIFF),
                "cost": {"per_place_year": price(PLACE_YEAR)},
            },
        },
        "charges": {"completed_treatment": {"days": "completed_treatment", "price": price(500)}},
        "ward_day": {"marginal": price(WARD_DAY), "full": price(3 * WARD_DAY)},
    },
}


def waiting(places: int) -> float:
    """Mean number waiting in M/M/c (Erlang C)."""
    blocked = 1.0
    for n in range(1, places + 1):
        blocked = LOAD * blocked / (n + LOAD * blocked)
    use = LOAD / places
    delayed = blocked / (1 - use * (1 - blocked))
    return delayed * use / (1 - use)


@pytest.fixture(scope="module")
def study():
    """Nine to thirteen places, on the same citizens."""
    return best_places(fs.load(QUEUE), "flex", [10, 9, 11, 12, 13])


@pytest.fixture(scope="module")
def pair():
    """Eleven and twelve places."""
    base = fs.load(QUEUE)
    more = fs.load({**QUEUE, "name": "more"}, ["pools.flex.places=12"])
    return fs.compare(base, more, replications=4)


def test_revenue_is_the_tariff_times_the_exact_nights():
    """In M/M/c the places in use are the load, so the income is known.

    Eight runs of five years: an error of 2 % would be seen; 3.5 standard errors (7 degrees of
    freedom) leave one false alarm in a hundred, and the seed is fixed.
    """
    money = fs.money(fs.run(fs.load(QUEUE)))
    (income,) = (flow.ore for flow in money.flows if flow.what == "tariff")
    yearly = income.mean(axis=1) / 100
    exact = TARIFF * 365 * LOAD
    error = yearly.std(ddof=1) / math.sqrt(len(yearly))
    assert abs(yearly.mean() - exact) < 3.5 * error
    assert error < 0.02 * exact


def test_the_cheapest_number_of_places_is_the_exact_one(study):
    """Cost of places against ward days of those who wait: the analytic optimum, by each value."""
    best = study.best().set_index("whose")["places"]
    for whose, value in (("cash", 0), ("marginal", WARD_DAY), ("full", 3 * WARD_DAY)):
        exact = {c: c * PLACE_YEAR + value * 365 * waiting(c) for c in range(9, 14)}
        assert best[f"all, {whose}"] == min(exact, key=lambda c: exact[c])
    assert best["all, cash"] < best["all, marginal"] < best["all, full"]
    days = study.effects.set_index("places")["completed_treatment_days"]
    assert days.is_monotonic_decreasing
    assert days[11] == pytest.approx(365 * waiting(11), rel=0.25)


def test_slack_costs_what_empty_places_cost(study):
    """Empty days times the cost of a place-day; more of it, and shorter waits, with more places."""
    table = study.effects
    assert np.allclose(table["empty_cost"], table["empty_days"] * PLACE_YEAR / 365)
    assert table["empty_days"].is_monotonic_increasing
    assert table["wait"].is_monotonic_decreasing


def test_differences_add_up_to_that_of_the_total(pair):
    """Who pays more and who less make the change of the cost, and the waterfall ends there."""
    found = pair.money()
    for whole in (True, False):
        table = found.by_purse(whole).set_index("purse")["difference"]
        assert table["total"] == pytest.approx(table.drop("total").sum())
    steps = found.waterfall()
    assert steps["start"].iloc[0] == steps["start"].iloc[-1] == 0
    assert steps["end"].iloc[-2] == pytest.approx(steps["end"].iloc[-1])
    with pytest.raises(ScenarioError, match="no scenario 'moer'"):
        found.waterfall("moer")


def test_cost_of_a_day_less(pair):
    """A ratio of paired sums; the value of the freed ward day is taken off."""
    table = pair.money().per_day().set_index("value_of_ward_day")
    row = table.loc["cash"]
    assert row["cost"] == pytest.approx(PLACE_YEAR)  # one place more, nothing else
    assert row["days_avoided"] == row["ward_days_less"] > 0
    assert row["cost_per_avoided_day"] == pytest.approx(row["cost"] / row["days_avoided"])
    assert row["low"] < row["cost_per_avoided_day"] < row["high"]
    assert table.loc["marginal", "cost_per_avoided_day"] == pytest.approx(
        row["cost_per_avoided_day"] - WARD_DAY
    )


def test_no_day_less_has_no_price(pair):
    """Where the days do not fall, the ratio is empty, not negative or infinite."""
    backwards = fs.compare(pair.results[1], pair.results[0]).money().per_day()
    assert backwards["cost_per_avoided_day"].isna().all()


def test_budget_models_at_given_uses(pair):
    """The cost stays; what a tariff earns goes with the use, here of 11 places of 365 days."""
    table = fs.money(pair.baseline).at_uses("flex", [0.5, 1.0])
    assert table["cost"].to_numpy() == pytest.approx(11 * PLACE_YEAR)
    own = table[table["model"].str.endswith(AS_IT_IS)]
    assert own["income"].to_numpy() == pytest.approx(
        11 * 365 * TARIFF * np.array([0.5, 1]), rel=1e-3
    )
    with pytest.raises(ScenarioError, match="number of places"):
        fs.money(pair.baseline).at_uses("ward", [0.5])


def test_another_budget_model_needs_no_new_run(pair, monkeypatch):
    """The registers are counted once; then only who pays is computed again."""
    result = pair.baseline
    first = fs.money(result)
    monkeypatch.setattr(asking, "simulate_rows", None)
    other = result.money(["money.offers.flex.model=grant"])
    assert np.array_equal(first.total_cost, other.total_cost)
    assert set(other.ledger["what"]) >= {"grant", "running cost"}
    with pytest.raises(ScenarioError, match="no budget model"):
        result.money(["money.offers.flex.model=grnt"])


def test_what_is_printed_and_written(pair, tmp_path, monkeypatch, capsys):
    """Within 80 columns, with the price year; ledger and tables as files."""
    monkeypatch.chdir(tmp_path)
    money, found = fs.money(pair.baseline), pair.money()
    output.show(money)
    output.show_comparison(found)
    text = capsys.readouterr().out
    assert max(map(len, text.splitlines())) <= 80
    assert "prices of 2025" in text
    names = {path.name for path in output.write(pair.baseline, money)}
    assert {"ledger.csv", "ledger.parquet", "purses.csv", "models.csv", "prices.csv"} <= names
    names = {path.name for path in output.write_comparison(pair, found)}
    assert {"purses.png", "per_day.csv"} <= names
    (axes,) = money_figure.draw(found).axes
    assert [tick.get_text() for tick in axes.get_yticklabels()][-1] == "in all"


def test_places_as_text_files_and_a_picture(study, tmp_path, monkeypatch, capsys):
    """Both tables, the scenarios and a picture whose filled marks are the cheapest numbers."""
    monkeypatch.chdir(tmp_path)
    output.show_places(study)
    said, tried, best = (
        capsys.readouterr().out,
        study.effects["places"],
        set(study.best()["places"]),
    )
    assert max(map(len, said.splitlines())) <= 80
    assert ("is the fewest tried" in said) == (tried.min() in best)
    assert ("is the most tried" in said) == (tried.max() in best)
    paths = output.write_places(study, ["flexsim", "money"])
    folder = paths[-1].parent
    pd.testing.assert_frame_equal(pd.read_parquet(folder / "costs.parquet"), study.costs)
    pd.testing.assert_frame_equal(pd.read_parquet(folder / "effects.parquet"), study.effects)
    assert fs.load(folder / "scenario_2.yaml").pools["flex"].places == 11
    assert (folder / "places.png").exists()
    above, below = places_figure.draw(study).axes
    filled = [line.get_xdata().tolist() for line in above.get_lines() if line.get_ls() == "None"]
    assert filled == [[n] for n in study.best()["places"]]
    (delay,) = below.get_lines()
    assert delay.get_ydata().tolist() == study.effects["completed_treatment_days"].tolist()


def test_numbers_of_places_are_checked():
    """An unknown pool, or one number only."""
    with pytest.raises(ScenarioError, match="did you mean 'flex'"):
        best_places(fs.load(QUEUE), "felx", [1, 2])
    with pytest.raises(ScenarioError, match="two numbers"):
        best_places(fs.load(QUEUE), "flex", [8, 8])


def test_scenarios_of_two_price_years_are_not_compared(pair):
    """Give one to all."""
    assert SOURCE
    other = fs.load({**QUEUE, "name": "more"}, ["money.price_year=2024"])
    with pytest.raises(ScenarioError, match="price_year differs"):
        fs.compare(pair.baseline, fs.run(other, replications=4)).money()
