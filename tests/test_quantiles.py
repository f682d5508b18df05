"""Laws of duration and of arrivals: what is drawn has the law that the scenario states.

Quantiles are compared with SciPy's exact ones; means and spreads by integrating the quantile
function with a rule that is finer than the table. Nothing here is random but arrivals, whose tests
have fixed seeds and an error rate of 1e-6 each.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import integrate, special, stats

from flexsim.engine.draws import LONGEST, Draws, quantile, to_seconds
from flexsim.plan.arrivals import DAY, cumulative_rate
from flexsim.plan.build import build
from flexsim.plan.laws import LawBook
from flexsim.plan.plan import Plan
from flexsim.plan.quantiles import (
    KNOTS,
    look_up,
    look_up_one,
    mean_of,
    probability,
    shape_of,
    shape_table,
)
from flexsim.scenario.laws import Law
from flexsim.scenario.schema import Scenario, Stream

Floats = NDArray[np.float64]

#: Interpolation between the knots: at most this relative error of a quantile.
TABLE_ERROR = 2.5e-5
#: And of a mean or a standard deviation.
MOMENT_ERROR = 5e-6

GRID = np.unique(
    np.concatenate([np.logspace(-12, np.log10(0.5), 20_000), 1 - np.logspace(-12, -0.3, 20_000)])
)
#: Name, shape of flexsim's table, and the same law with mean 1 from SciPy.
FAMILIES: list[tuple[str, float, Any]] = [
    ("exponential", 0.0, stats.expon()),
    *(("gamma", k, stats.gamma(k, scale=1 / k)) for k in (0.5, 1.5, 4.0)),
    *(("lognormal", s, stats.lognorm(s, scale=np.exp(-(s**2) / 2))) for s in (0.3, 0.95, 1.4)),
    *(
        ("weibull", k, stats.weibull_min(k, scale=1 / special.gamma(1 + 1 / k)))
        for k in (0.7, 1.3, 3.0)
    ),
]
IDS = [f"{name}-{shape:g}" for name, shape, _ in FAMILIES]


@cache
def _table(family: int) -> Floats:
    law, shape, _ = FAMILIES[family]
    return shape_table(law, shape)


def _law(**keys: Any) -> Law:
    return Law.model_validate(keys)


def _scenario(**stream: Any) -> Scenario:
    """One unlimited pool and one stream."""
    keys = {"group": "adult", "origin": "home", "rate_per_year": 365.0, "search": "p"} | stream
    stay = {"law": "exponential", "mean_days": 10.0}
    return Scenario.model_validate(
        {
            "run": {"warm_up_days": 0, "days": 730, "start": "2024-01-03"},
            "groups": {"adult": {}},
            "pools": {"p": {"kind": "other", "places": "unlimited", "stay": stay}},
            "searches": {"p": {"pools": ["p"], "otherwise": "leave"}},
            "streams": {"s": keys},
        }
    )


def _drawn(law: Law, u: Floats, residual: bool = False) -> Floats:
    """Quantiles in days as an engine draws them, of the law or of what remains of it."""
    return quantile(*_plan_with(law, residual), u)


@cache
def _any_plan() -> Plan:
    return build(_scenario())


def _plan_with(law: Law, residual: bool = False) -> tuple[Plan, int]:
    """A plan that holds a law, and the law's number."""
    book = LawBook()
    number = book.number(law)
    if residual:
        number = book.residual(number)
    return replace(_any_plan(), **book.arrays()), number


def _moments(law: Law, residual: bool = False) -> tuple[float, float]:
    """Mean and standard deviation, by the midpoint rule on cells that shrink towards 0 and 1."""
    fine = np.interp(np.arange(0, len(KNOTS) - 1, 0.125), np.arange(len(KNOTS)), KNOTS)
    edges = np.concatenate([[0.0], fine, [1.0]])
    width = np.diff(edges)
    x = _drawn(law, edges[:-1] + width / 2, residual)
    mean = float(x @ width)
    return mean, float(np.sqrt((x - mean) ** 2 @ width))


# -- tables ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("law", "shape", "exact"), FAMILIES, ids=IDS)
def test_table_gives_the_exact_quantiles(law: str, shape: float, exact: Any) -> None:
    """Between 1e-12 and 1 - 1e-12 a quantile is met within the stated relative error."""
    found = look_up(shape_table(law, shape), GRID)
    # the upper tail by its own function: 1 - 1e-12 itself has only four digits
    wanted = np.where(GRID < 0.5, exact.ppf(GRID), exact.isf(1 - GRID))
    np.testing.assert_allclose(found, wanted, rtol=TABLE_ERROR, atol=0)


@pytest.mark.parametrize(("law", "shape", "exact"), FAMILIES, ids=IDS)
def test_table_is_exact_at_its_knots(law: str, shape: float, exact: Any) -> None:
    """At a knot there is nothing to interpolate."""
    lower = KNOTS[(KNOTS >= 1e-12) & (KNOTS <= 0.5)][::97]
    table = shape_table(law, shape)
    np.testing.assert_allclose(look_up(table, lower), exact.ppf(lower), rtol=1e-9)
    np.testing.assert_allclose(look_up(table, 1 - lower), exact.isf(lower), rtol=1e-9)


@given(st.integers(0, len(FAMILIES) - 1), st.integers(0, 2**52 - 1))
def test_look_up_one_equals_look_up(family: int, grid: int) -> None:
    """One number has the same bits as in an array, on the grid of the generator."""
    _assert_same_bits(_table(family), (grid + 0.5) * 2.0**-52)


@given(st.integers(1, 53), st.integers(0, 2**12), st.booleans())
def test_look_up_one_equals_look_up_near_the_ends(octave: int, step: int, upper: bool) -> None:
    """So it does in both tails and beside every knot."""
    u = min(2.0**-octave * (1 + step / 2**12), 0.5)
    _assert_same_bits(_table(IDS.index("lognormal-1.4")), 1 - u if upper else u)


def _assert_same_bits(table: Floats, u: float) -> None:
    assert look_up_one(table.tolist(), u) == look_up(table, np.array([u]))[0]


@given(st.lists(st.integers(0, 2**52 - 1), min_size=2, max_size=50, unique=True))
def test_larger_numbers_give_longer_durations(grid: list[int]) -> None:
    """A quantile function never falls."""
    u = (np.sort(np.array(grid)) + 0.5) * 2.0**-52
    for family in range(len(FAMILIES)):
        assert (np.diff(look_up(_table(family), u)) >= 0).all()


@pytest.mark.parametrize(("law", "shape", "exact"), FAMILIES, ids=IDS)
def test_probability_inverts_the_table(law: str, shape: float, exact: Any) -> None:
    """The probability of a quantile is where it was looked up, and SciPy agrees."""
    table = shape_table(law, shape)
    u = np.linspace(0.001, 0.999, 500)
    values = look_up(table, u)
    found = [probability(table.tolist(), value) for value in values]
    np.testing.assert_allclose(found, u, rtol=1e-9)
    np.testing.assert_allclose(found, exact.cdf(values), rtol=TABLE_ERROR)
    assert probability(table.tolist(), table[0] / 2) == 0
    assert probability(table.tolist(), table[-1] * 2) == 1


# -- laws as a scenario states them ----------------------------------------------------------------

#: A law, and its mean, standard deviation and median as far as they are stated.
STATED = [
    ({"law": "exponential", "mean_days": 14.0}, 14.0, 14.0, 14 * np.log(2)),
    ({"law": "exponential", "median_days": 9.0}, 9 / np.log(2), 9 / np.log(2), 9.0),
    ({"law": "gamma", "mean_days": 20.0, "sd_days": 15.0}, 20.0, 15.0, None),
    ({"law": "gamma", "mean_days": 20.0, "cv": 1.3}, 20.0, 26.0, None),
    ({"law": "gamma", "mean_days": 149.0, "shape": 1.5}, 149.0, 149 / 1.5**0.5, None),
    ({"law": "gamma", "mean_days": 30.0, "median_days": 18.0}, 30.0, None, 18.0),
    ({"law": "weibull", "mean_days": 20.0, "sd_days": 25.0}, 20.0, 25.0, None),
    ({"law": "weibull", "mean_days": 20.0, "cv": 0.4}, 20.0, 8.0, None),
    ({"law": "weibull", "mean_days": 20.0, "shape": 2.0}, 20.0, 20 * (4 / np.pi - 1) ** 0.5, None),
    ({"law": "weibull", "mean_days": 30.0, "median_days": 18.0}, 30.0, None, 18.0),
    ({"law": "lognormal", "mean_days": 18.0, "sd_days": 22.0}, 18.0, 22.0, None),
    ({"law": "lognormal", "mean_days": 14.0, "cv": 1.2}, 14.0, 16.8, None),
    (
        {"law": "lognormal", "mean_days": 15.0, "log_sd": 1.1},
        15.0,
        15 * np.sqrt(np.expm1(1.21)),
        15 * np.exp(-0.605),
    ),
    (
        {"law": "lognormal", "mean_days": 20.0, "median_days": 12.0},
        20.0,
        20 * np.sqrt((20 / 12) ** 2 - 1),
        12.0,
    ),
    (
        {"law": "lognormal", "median_days": 12.0, "log_sd": 0.8},
        12 * np.exp(0.32),
        12 * np.exp(0.32) * np.sqrt(np.expm1(0.64)),
        12.0,
    ),
    ({"law": "fixed", "mean_days": 7.0}, 7.0, 0.0, 7.0),
    ({"law": "uniform", "low_days": 3.0, "high_days": 15.0}, 9.0, 12 / 12**0.5, 9.0),
    (
        {"law": "empirical", "observed_days": [9.0, 1.0, 4.0, 30.0]},
        11.0,
        np.std([9, 1, 4, 30]),
        None,
    ),
]


@pytest.mark.parametrize(("keys", "mean", "sd", "median"), STATED)
def test_law_has_the_stated_mean_sd_and_median(
    keys: dict[str, Any], mean: float, sd: float | None, median: float | None
) -> None:
    """However a law is stated, what is drawn has that mean, that spread and that median."""
    law = _law(**keys)
    found_mean, found_sd = _moments(law)
    assert found_mean == pytest.approx(mean, rel=MOMENT_ERROR)
    if sd is not None:
        assert found_sd == pytest.approx(sd, rel=10 * MOMENT_ERROR, abs=1e-6)
    if median is not None:
        assert _drawn(law, np.array([0.5]))[0] == pytest.approx(median, rel=1e-9)


@pytest.mark.parametrize(
    ("law", "shape", "spread"),
    [
        ("gamma", 2.5, {"cv": 2.5**-0.5}),
        ("lognormal", 0.9, {"cv": float(np.sqrt(np.expm1(0.81)))}),
        (
            "weibull",
            1.7,
            {"cv": float(stats.weibull_min(1.7).std() / stats.weibull_min(1.7).mean())},
        ),
    ],
)
def test_shape_is_recovered(law: str, shape: float, spread: dict[str, float]) -> None:
    """Stating the spread of a law leads back to its shape; stating sd or cv is the same."""
    by_cv = _law(law=law, mean_days=11.0, **spread)
    by_sd = _law(law=law, mean_days=11.0, sd_days=11.0 * spread["cv"])
    assert shape_of(by_cv) == pytest.approx(shape, rel=1e-9)
    assert shape_of(by_sd) == pytest.approx(shape, rel=1e-9)
    assert mean_of(by_cv, shape) == 11.0


def test_impossible_shape_is_refused() -> None:
    """No weibull law within the allowed shapes is nearly constant."""
    with pytest.raises(ValueError, match="no shape"):
        shape_of(_law(law="weibull", mean_days=10.0, cv=0.001))


@given(st.sampled_from([3, 7, 10]), st.integers(0, 2**52 - 1))
def test_larger_mean_gives_the_same_citizen_a_longer_stay(mean: int, grid: int) -> None:
    """The scale of a law is its mean: twice the mean, twice every duration."""
    u = np.array([(grid + 0.5) * 2.0**-52])
    short, long = (
        _drawn(_law(law="lognormal", mean_days=float(m), cv=1.2), u) for m in (mean, 2 * mean)
    )
    assert long == 2 * short


MIXTURE = {
    "short": {"share": 0.7, "stay": {"law": "exponential", "mean_days": 5.0}},
    "fixed": {"share": 0.1, "stay": {"law": "fixed", "mean_days": 30.0}},
    "long": {"share": 0.2, "stay": {"law": "gamma", "mean_days": 60.0, "shape": 2.0}},
}


def test_mixture_has_the_shares_and_laws_of_its_parts() -> None:
    """The distribution function is the weighted sum of those of the parts."""
    n = 400_000
    drawn = np.sort(_drawn(_law(law="mixture", parts=MIXTURE), (np.arange(n) + 0.5) / n))
    at = np.array([0.5, 2.0, 5.0, 12.0, 29.999, 30.0, 45.0, 100.0, 250.0])
    wanted = (
        0.7 * stats.expon(scale=5).cdf(at)
        + 0.1 * (at >= 30)
        + 0.2 * stats.gamma(2, scale=30).cdf(at)
    )
    found = np.searchsorted(drawn, at, side="right") / n
    np.testing.assert_allclose(found, wanted, atol=2e-5)


def test_mixture_has_the_mean_and_sd_of_its_parts() -> None:
    """Mean and second moment are weighted sums."""
    mean, sd = _moments(_law(law="mixture", parts=MIXTURE))
    wanted = 0.7 * 5 + 0.1 * 30 + 0.2 * 60
    squared = 0.7 * 2 * 5**2 + 0.1 * 30**2 + 0.2 * (60**2 + 60**2 / 2)
    assert mean == pytest.approx(wanted, rel=3e-4)
    assert sd == pytest.approx(np.sqrt(squared - wanted**2), rel=1e-3)


def test_empirical_draws_each_observation_equally_often() -> None:
    """Ten observations, one of them twice: ten equal cells of (0, 1)."""
    observed = [3.0, 1.0, 4.0, 1.0, 5.0, 9.0, 2.0, 6.0, 8.0, 7.0]
    u = (np.arange(1000) + 0.5) / 1000
    drawn = _drawn(_law(law="empirical", observed_days=observed), u)
    np.testing.assert_array_equal(drawn, np.repeat(np.sort(observed), 100))


@given(st.integers(0, 2**52 - 1), st.integers(0, len(STATED)))
def test_one_duration_equals_many(grid: int, which: int) -> None:
    """An engine that draws one duration gets the seconds of one that draws many at once."""
    keys = [*(stated[0] for stated in STATED), {"law": "mixture", "parts": MIXTURE}][which]
    plan, number = _plan_with(_law(**keys))
    u = (grid + 0.5) * 2.0**-52
    many = to_seconds(quantile(plan, number, np.array([u])))
    assert Draws(plan, 1, 0).at_quantile(number, u) == many[0]


def test_seconds_are_rounded_and_bounded() -> None:
    """A duration is rounded to whole seconds, half up, and never exceeds the longest."""
    days = np.array([0.0, 0.4, 0.5, 1.49, 86_400.0, 1e15]) / DAY
    assert to_seconds(days).tolist()[:5] == [0, 0, 1, 1, 86_400]
    assert to_seconds(np.array([1e15])).tolist() == [LONGEST]


# -- what remains of a duration seen at a random time ----------------------------------------------

RESIDUALS = [
    ({"law": "exponential", "mean_days": 14.0}, stats.expon(scale=14)),
    ({"law": "gamma", "mean_days": 20.0, "shape": 1.5}, stats.gamma(1.5, scale=20 / 1.5)),
    ({"law": "weibull", "mean_days": 20.0, "shape": 2.0},
     stats.weibull_min(2, scale=20 / special.gamma(1.5))),
    ({"law": "lognormal", "mean_days": 18.0, "log_sd": 0.95},
     stats.lognorm(0.95, scale=18 * np.exp(-0.95**2 / 2))),
    ({"law": "uniform", "low_days": 3.0, "high_days": 15.0}, stats.uniform(3, 12)),
]  # fmt: skip


@pytest.mark.parametrize(("keys", "exact"), RESIDUALS, ids=[keys["law"] for keys, _ in RESIDUALS])
def test_remaining_duration_has_the_excess_law(keys: dict[str, Any], exact: Any) -> None:
    """P(remaining <= x) is the integral of the survival function up to x over the mean."""
    u = np.linspace(0.01, 0.99, 99)
    remaining = _drawn(_law(**keys), u, residual=True)
    found = [integrate.quad(exact.sf, 0, x, epsabs=1e-10)[0] / exact.mean() for x in remaining]
    np.testing.assert_allclose(found, u, atol=5e-5)


@pytest.mark.parametrize(("keys", "exact"), RESIDUALS, ids=[keys["law"] for keys, _ in RESIDUALS])
def test_remaining_duration_has_the_mean_of_the_inspection_paradox(
    keys: dict[str, Any], exact: Any
) -> None:
    """The mean of what remains is E[S^2] / (2 E[S])."""
    mean, _ = _moments(_law(**keys), residual=True)
    wanted = (exact.var() + exact.mean() ** 2) / (2 * exact.mean())
    assert mean == pytest.approx(wanted, rel=1e-5)


def test_remaining_of_a_fixed_duration_is_uniform() -> None:
    """Somebody present at a random time has any part of a fixed stay left."""
    u = np.linspace(0.001, 0.999, 999)
    drawn = _drawn(_law(law="fixed", mean_days=14.0), u, residual=True)
    np.testing.assert_allclose(drawn, 14 * u, rtol=1e-12)


def test_remaining_of_observed_durations() -> None:
    """The longer an observed stay, the likelier it is met: pieces of a distribution function."""
    observed = np.array([2.0, 4.0, 10.0])
    law = _law(law="empirical", observed_days=observed.tolist())
    u = np.linspace(0.005, 0.995, 199)
    remaining = _drawn(law, u, residual=True)
    found = np.minimum(remaining[:, None], observed).sum(axis=1) / observed.sum()
    np.testing.assert_allclose(found, u, atol=2e-3)


def test_remaining_of_a_mixture_weighs_its_parts_by_their_days() -> None:
    """A part is met in proportion to share times mean."""
    law = _law(law="mixture", parts=MIXTURE)
    n = 200_000
    drawn = np.sort(_drawn(law, (np.arange(n) + 0.5) / n, residual=True))
    at = np.array([1.0, 5.0, 20.0, 30.0, 60.0, 150.0])
    long = stats.gamma(2, scale=30)
    wanted = (
        3.5 * stats.expon(scale=5).cdf(at)
        + 3.0 * np.minimum(at / 30, 1)
        + 12.0 * np.array([integrate.quad(long.sf, 0, x)[0] / 60 for x in at])
    ) / 18.5
    np.testing.assert_allclose(np.searchsorted(drawn, at, side="right") / n, wanted, atol=5e-5)


# -- arrivals --------------------------------------------------------------------------------------

START = dt.date(2024, 1, 3)  # a Wednesday, two days into the year
DAYS = 730


def _expected(days: int = DAYS, **stream: Any) -> Floats:
    """Expected arrivals up to each midnight, from the knots."""
    keys = {"group": "adult", "origin": "home", "rate_per_year": 365.0, "search": "p"} | stream
    time, upto = cumulative_rate(Stream.model_validate(keys), START, days)
    return np.interp(np.arange(days + 1) * DAY, time, upto)


def test_even_arrivals() -> None:
    """A rate per year of 365 days, evenly."""
    np.testing.assert_allclose(_expected(rate_per_year=73.0), np.arange(DAYS + 1) / 5, rtol=1e-12)


def test_weekdays_share_out_the_same_total() -> None:
    """Relative weights by weekday; a whole week has as many arrivals as without them."""
    weights = {"mon": 2.0, "wed": 0.5, "sat": 0.0, "sun": 0.0}
    by_day = np.diff(_expected(days=70, weekdays=weights))
    mean = (2 + 1 + 0.5 + 1 + 1) / 7
    week = np.array([0.5, 1, 1, 0, 0, 2, 1]) / mean  # from the Wednesday on
    np.testing.assert_allclose(by_day, np.tile(week, 10), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("growth", [0.0, 0.07, -0.2])
@pytest.mark.parametrize("season", [{}, {"amplitude": 0.4, "peak_day": 91.25}])
def test_season_and_growth_are_integrated(growth: float, season: dict[str, float]) -> None:
    """Expected arrivals are the integral of the stated rate, to 1e-6 of the total."""
    size, peak = season.get("amplitude", 0.0), season.get("peak_day", 0.0)

    def rate(t: float) -> float:
        swing = 1 + size * np.cos(2 * np.pi * (t + 2 - peak) / 365)
        return float(swing * (1 + growth) ** (t / 365))

    at = np.arange(0, DAYS + 1, 73)
    pieces = [integrate.quad(rate, a, b, epsrel=1e-12)[0] for a, b in pairwise(at)]
    found = _expected(growth_per_year=growth, season=season)[at]
    np.testing.assert_allclose(found, np.concatenate([[0], np.cumsum(pieces)]), atol=1e-6 * DAYS)


def _arrivals(replication: int, **stream: Any) -> Floats:
    """Times of arrival in days."""
    plan = build(_scenario(**stream))
    return np.array(Draws(plan, 7, replication).arrivals(0)) / DAY


PATTERN = {
    "rate_per_year": 3650.0,
    "weekdays": {"sat": 0.0, "sun": 0.5, "mon": 2.0},
    "season": {"amplitude": 0.5, "peak_day": 200.0},
    "growth_per_year": 0.3,
}


def test_arrivals_are_poisson_in_number() -> None:
    """Counts of 2,000 replications have the expected mean, and a variance equal to it."""
    expected = _expected(**PATTERN | {"rate_per_year": 36.5})[-1]
    plan = build(_scenario(**PATTERN | {"rate_per_year": 36.5}))
    counts = np.array([len(Draws(plan, 7, i).arrivals(0)) for i in range(2000)])
    limit = stats.norm.isf(0.5e-6)
    assert abs(counts.mean() - expected) < limit * np.sqrt(expected / len(counts))
    dispersion = ((counts - expected) ** 2).sum() / expected
    assert stats.chi2.isf(1 - 0.5e-6, 2000) < dispersion < stats.chi2.isf(0.5e-6, 2000)


def test_arrivals_follow_the_expected_pattern() -> None:
    """Mapped through the expected number, arrivals are a Poisson process of rate 1."""
    upto = _expected(**PATTERN)
    gaps = []
    for replication in range(10):
        times = _arrivals(replication, **PATTERN)
        epochs = np.interp(times, np.arange(DAYS + 1), upto)
        gaps.append(np.diff(epochs))
    pooled = np.concatenate(gaps)
    assert stats.kstest(pooled, "expon").pvalue > 1e-6
    lagged = np.corrcoef(np.exp(-pooled[:-1]), np.exp(-pooled[1:]))[0, 1]
    assert abs(lagged) < stats.norm.isf(0.5e-6) / np.sqrt(len(pooled) - 1)


def test_arrivals_of_each_day_have_the_expected_number() -> None:
    """Chi-square over the 730 days, ten replications together."""
    upto = _expected(**PATTERN)
    wanted = 10 * np.diff(upto)
    days = np.concatenate([_arrivals(i, **PATTERN) for i in range(10)])
    counts = np.histogram(days, np.arange(DAYS + 1))[0]
    some = wanted > 1e-9
    # a time within half a second of midnight may be rounded to the next day
    assert counts[~some].sum() <= 5
    statistic = ((counts[some] - wanted[some]) ** 2 / wanted[some]).sum()
    law = stats.chi2(np.count_nonzero(some))
    assert law.isf(1 - 0.5e-6) < statistic < law.isf(0.5e-6)


def test_arrivals_ascend_and_stay_within_the_run() -> None:
    """Times never fall, and none lies outside the run."""
    times = _arrivals(0, **PATTERN)
    assert (np.diff(times) >= 0).all()
    assert times[0] >= 0
    assert times[-1] <= DAYS


def test_no_arrivals_at_rate_zero() -> None:
    """A stream with rate 0 brings nobody."""
    assert len(_arrivals(0, rate_per_year=0.0)) == 0


def test_the_largest_probability_has_a_value() -> None:
    """A probability that rounds to 1 gives the last quantile, in a mixture too."""
    short, long = {"law": "exponential", "mean_days": 7.0}, {"law": "uniform"}
    long |= {"low_days": 50.0, "high_days": 60.0}
    parts = {"short": {"share": 0.5, "stay": short}, "long": {"share": 0.5, "stay": long}}
    drawn = _drawn(_law(law="mixture", parts=parts), np.array([1.0 - 2.0**-53, 1.0]))
    assert drawn == pytest.approx([60.0, 60.0])
