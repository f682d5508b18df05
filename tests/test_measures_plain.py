"""The measures of the product against a plain second definition, on every kind of register.

Sums of whole seconds and counts must agree exactly; only mean waits, which the plain definition
adds up in days, may differ in the last digits.
"""

from __future__ import annotations

import dataclasses
import itertools
import json
import math
import os
import subprocess
import sys
from functools import cache

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, event, given
from hypothesis import strategies as st
from networks import DAY, SEED, Network, cases, networks
from output_example import SCENARIO
from plain_measures import summary as plain_summary
from plain_measures.measure import Plain
from shipped import SCENARIOS, lasting

import flexsim as fs
from flexsim.engine.simpy_engine import simulate
from flexsim.errors import DeadlockError, RunError
from flexsim.measures import measure as product
from flexsim.measures.blocks import Blocks
from flexsim.measures.cells import COLUMNS
from flexsim.measures.days import SERIES
from flexsim.measures.hours import COUNTED, Counts
from flexsim.measures.ledger import ledger
from flexsim.measures.measure import measure
from flexsim.measures.order import put_in_order
from flexsim.measures.quantiles import quantile_table
from flexsim.measures.summary import summarise
from flexsim.measures.tidy import count_table, frame
from flexsim.plan.build import build
from flexsim.plan.plan import Plan
from flexsim.register import (
    NOT_YET,
    TIMES,
    Kind,
    Outcome,
    Purpose,
    Register,
    RowTable,
    periods,
    row_table,
)
from flexsim.scenario import load

#: Measures whose numerator the plain definition adds up in days, not in seconds.
ROUNDED = {"wait_assessment", "wait_place", "wait_transfer"}


def agree(plan: Plan, register: Register, table: RowTable | None = None) -> None:
    """Everything measured of a register, or of the same as one table, as defined plainly."""
    plain = Plain(register, plan)
    measured = measure(register if table is None else table, plan)
    cells = frame("any", plan, [measured.cells])
    names = zip(*(cells[name].astype(str) for name in COLUMNS), strict=True)
    found = dict(zip(names, zip(cells["value"], cells["weight"], strict=True), strict=True))
    assert len(found) == len(cells), "a cell stands twice"
    assert found.keys() == plain.cells.keys()
    for name, (value, weight) in plain.cells.items():
        close = pytest.approx(value, rel=1e-12, abs=0) if name[-1] in ROUNDED else value
        assert found[name] == (close, weight), name
    counts = count_table(plan.pools, [measured.counts])
    assert counted(counts) == plain.counts
    kept_days = [measured.days[name] for name in SERIES]
    for kept, days in zip(kept_days, plain.by_day, strict=True):
        assert (kept == days.astype(np.float32)).all()
    assert measured.waiting == pytest.approx(plain.waiting_lately, rel=1e-12, abs=1e-12)
    pd.testing.assert_frame_equal(ledger(register, plan), plain.ledger, check_dtype=False)


def counted(counts: pd.DataFrame) -> dict[tuple[str, str], list[list[int]]]:
    """The table of counts as the plain definition has it."""
    groups = counts.groupby(["pool", "measure"], observed=True)
    columns = ["level", "over", "open"]
    return {name: [rows[c].tolist() for c in columns] for name, rows in groups}


def tables(register: Register) -> list[RowTable]:
    """The register as one table: of 64 and 32 bits, and with its rows in any order."""
    plain = row_table(register)
    small = dataclasses.replace(plain, table=plain.table.astype(np.int32))
    rng = np.random.default_rng(len(plain.table))
    places = rng.permutation(len(plain.table))
    shuffled = np.empty_like(small.table)
    shuffled[places] = small.table
    order = places.astype(np.int32)
    first = plain.first.astype(np.int32)
    return [plain, small, dataclasses.replace(small, table=shuffled, order=order, first=first)]


def register_of(network: Network) -> Register:
    """The register of a network; one that gets stuck is no example."""
    try:
        return simulate(network.plan, SEED, 0)
    except DeadlockError:
        assume(False)
        raise


# -- simulated registers --------------------------------------------------------------------------


@cases(0.25)
@given(networks(), st.sampled_from([0, 0, 380, 760]), st.integers(0, 3))
def test_random_networks(network, more_days, form):
    """Any network, for months or for years, as a register or as one table in any form."""
    network = network.with_days(network.mapping["run"]["days"] + more_days)
    register = register_of(network)
    event(f"{network.plan.years} years")
    table = [None, *tables(register)][form]
    agree(network.plan, register, table)


QUICK = {"baseline", "aarhus_baseline", "textbook/j1_readmission", "textbook/p7_changing_places"}


@pytest.mark.parametrize(
    "name", [s if s in QUICK else pytest.param(s, marks=pytest.mark.ci) for s in SCENARIOS]
)
def test_shipped_scenarios(name):
    """Every shipped scenario, a short run."""
    plan = build(lasting(name, days=120, warm_up_days=30))
    register = simulate(plan, SEED, 0)
    agree(plan, register)
    agree(plan, register, tables(register)[-1])


@pytest.mark.ci
@pytest.mark.parametrize("name", ["baseline", "aarhus_hotspot", "textbook/ward_and_step_down"])
def test_years(name):
    """Runs of several budget years and a rest."""
    plan = build(lasting(name, days=800, warm_up_days=100))
    agree(plan, simulate(plan, SEED, 1))


# -- observed registers: anything that a table may hold -------------------------------------------


OBSERVED = {
    "run": {"start": "2024-01-01", "warm_up_days": 30, "days": 500},
    "municipalities": {"near": {"population": 1000}, "far": {"population": 3000}},
    "groups": {"a": {}, "b": {}},
    "pools": {
        "ward": {
            "kind": "ward",
            "places": 3,
            "surge": "unlimited",
            "stay": {"law": "fixed", "mean_days": 5},
            "later": {
                "fewer": {"from": "2024-03-01", "places": 1},
                "free": {"from": "2024-06-01", "places": "unlimited"},
                "more": {"from": "2024-09-01", "places": 4},
            },
        },
        "ward_b": {"kind": "ward", "places": 2, "stay": {"law": "fixed", "mean_days": 5}},
        "flex": {
            "kind": "flexible",
            "places": 0,
            "stay": {"law": "fixed", "mean_days": 5},
            "admits": {"residence": {"near": "admitted", "others": "refused"}},
        },
        "shelter": {"kind": "shelter", "places": "unlimited"},
        "home": {"kind": "community", "places": "unlimited"},
    },
    "searches": {"ward": {"pools": ["ward"], "otherwise": "leave"}},
    "streams": {
        name: {"group": group, "origin": origin, "rate_per_year": 9, "search": "ward"}
        for name, group, origin in (("s", "a", "home"), ("t", "b", "ward"))
    },
}


def observed(plan: Plan, citizens: int, seed: int) -> Register:
    """A register that no engine would give: overlapping stays, goals in any order, odd outcomes.

    Only the order of the times of one row is kept, and numbers of citizens and requests. Times are
    coarse, so that many are the same; some lie after the end of the run.
    """
    rng = np.random.default_rng(seed)
    rows = rng.integers(0, 9, citizens)
    n = int(rows.sum())
    step = int(rng.choice([3_600, DAY, 7 * DAY, 30 * DAY]))
    times = {name: np.full(n, NOT_YET, dtype=np.int64) for name in TIMES}
    times["requested"] = rng.integers(0, plan.end // step, n) * step
    later = times["requested"]
    for name in ("granted", "admitted", "completed", "left"):
        later = later + rng.integers(0, 5, n) * step * rng.integers(0, 2, n)
        in_time = later < (plan.end if name == "admitted" else plan.end + 20 * DAY)
        times[name] = np.where(in_time & (rng.random(n) < 0.85), later, NOT_YET)
    times["granted"] = np.where(rng.random(n) < 0.1, NOT_YET, times["granted"])
    never = times["admitted"] == NOT_YET
    times["completed"][never] = NOT_YET
    for name in ("wanted", "ready"):
        when = times["requested"] + rng.integers(-1, 4, n) * step
        times[name] = np.where(when >= 0, when, NOT_YET)
    ended = times["requested"] + rng.integers(0, 3, n) * step
    no_place = (times["granted"] == NOT_YET) & (rng.random(n) < 0.7)
    times["ended"] = np.where(no_place, ended, NOT_YET)
    pools = len(plan.pools)
    register = Register(
        citizen=np.repeat(np.arange(citizens), rows),
        episode=rng.integers(0, 2, n),
        request=np.concatenate([[0][:0], *(np.sort(rng.integers(0, k + 1, k)) for k in rows)]),
        purpose=rng.choice([Purpose.NEED, Purpose.GOAL, Purpose.BRIDGE], n),
        sought=rng.integers(0, pools, n),
        pool=rng.integers(0, pools, n),
        kind=np.where(never, Kind.NONE, Kind.PLACE),
        place=np.zeros(n, dtype=np.int64),
        **times,
        outcome=rng.choice(list(Outcome), n),
        citizen_stream=rng.integers(0, len(plan.streams), citizens),
        citizen_nth=np.arange(citizens),
        citizen_group=rng.integers(0, len(plan.groups), citizens),
        citizen_residence=rng.integers(0, len(plan.municipalities), citizens),
        citizen_payer=np.zeros(citizens, dtype=np.int64),
        counted_over=np.zeros((pools, len(periods(plan)) - 1), dtype=np.int64),
        counted_empty=np.zeros((pools, len(periods(plan)) - 1), dtype=np.int64),
    )
    return register


@cache
def observed_over(warm_up_days: int, days: int) -> Plan:
    """What the registers are of, with a run so long."""
    run = {"start": "2024-01-01", "warm_up_days": warm_up_days, "days": days}
    return build(load(OBSERVED | {"run": run}))


@cases(0.1)
@given(
    st.integers(0, 40),
    st.integers(0, 10**6),
    st.sampled_from([(0, 300), (30, 500), (100, 800), (0, 730), (365, 365)]),
    st.integers(0, 3),
)
def test_observed_registers(citizens, seed, days, form):
    """Tables that hold anything, measured by the letter of the definitions (no ledger)."""
    plan = observed_over(*days)
    register = observed(plan, citizens, seed)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(product, "check_ledger", lambda *_: None)
        agree(plan, register, [None, *tables(register)][form])


@pytest.mark.ci
def test_times_beyond_32_bits():
    """A run of seventy years: nothing overflows."""
    plan = build(load(SCENARIO, ["run.days=25550"]))
    register = simulate(plan, SEED, 0)
    assert register.admitted.max() > 2**31
    agree(plan, register)


def test_nobody_at_all():
    """A register without rows."""
    plan = build(load(OBSERVED))
    with pytest.raises(RunError, match="does not balance"):
        measure(observed(plan, 0, 1), plan)
    nobody = observed(plan, 0, 1)
    norm = Plain(nobody, plan).ledger.pivot(index="pool", columns="period", values="norm")
    empty = norm.reindex(plan.pools).fillna(0).to_numpy(np.int64)
    agree(plan, dataclasses.replace(nobody, counted_empty=empty))


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("pool", 99),
        ("pool", -1),
        ("sought", 99),
        ("citizen_group", 5),
        ("citizen_residence", -1),
        ("citizen_stream", 7),
    ],
)
def test_a_register_of_another_plan(column, value):
    """Numbers that the plan does not have are refused, wherever they stand."""
    plan = build(load(SCENARIO))
    register = simulate(plan, SEED, 0)
    wrong = getattr(register, column).copy()
    wrong[len(wrong) // 2] = value
    with pytest.raises(RunError, match="does not fit the plan"):
        measure(dataclasses.replace(register, **{column: wrong}), plan)


@pytest.mark.parametrize("wrong", ["twice", "beyond", "too few", "backwards"])
def test_a_table_that_is_not_one(wrong):
    """Each row must be exactly one citizen's."""
    plan = build(load(SCENARIO))
    table = row_table(simulate(plan, SEED, 0))
    order, first = table.order.copy(), table.first.copy()
    if wrong == "twice":
        order[3] = order[4]
    elif wrong == "beyond":
        order[3] = len(order)
    elif wrong == "too few":
        order = order[:-1]
    else:
        first[1], first[2] = first[2], first[1]
    with pytest.raises(RunError, match="does not fit the plan"):
        measure(dataclasses.replace(table, order=order, first=first), plan)


@pytest.mark.ci
def test_a_register_is_not_changed():
    """Measuring leaves what it measures as it was, also if it may not be written to."""
    plan = build(load(SCENARIO))
    register = simulate(plan, SEED, 0)
    table = tables(register)[-1]
    before = dataclasses.replace(table, table=table.table.copy(), order=table.order.copy())
    for array in (table.table, table.order, table.first, table.citizen_group):
        array.flags.writeable = False
    agree(plan, register, table)
    assert (before.table == table.table).all()
    assert (before.order == table.order).all()


# -- parts ----------------------------------------------------------------------------------------


@cases(0.25)
@given(st.lists(st.integers(0, 2**31 - 1) | st.integers(0, 3), max_size=60), st.integers(0, 10**6))
def test_numbers_in_order(values, seed):
    """Few or many, alike or far apart, in order already or not."""
    many = np.random.default_rng(seed).integers(0, 2 ** (seed % 31 + 1), 5_000)
    for given_values in (np.array(values, dtype=np.int32), many.astype(np.int32), many):
        expected = np.sort(given_values)
        put_in_order(given_values, np.empty_like(given_values))
        assert (given_values == expected).all()
        put_in_order(given_values, np.empty_like(given_values))
        assert (given_values == expected).all()


def test_days_are_exact():
    """Averages of days are whole seconds over a day, rounded once."""
    plan = build(load(SCENARIO))
    register = simulate(plan, SEED, 0)
    days = measure(register, plan).days
    for found, plain in zip(days.values(), Plain(register, plan).by_day, strict=True):
        assert (found == plain.astype(np.float32)).all()


@pytest.mark.parametrize("replications", [1, 2, 7])
def test_summary(replications):
    """Means, intervals and ranges as by grouping and merging the tables."""
    changes = ["run.days=760", "run.warm_up_days=30", f"run.replications={replications}"]
    result = fs.run(load("wards_shared", [*changes, "run.workers=1"]))
    found = result.summary()
    counts = result.counts.astype({"pool": str, "measure": str})
    expected = plain_summary.summarise(result.measures, counts)
    names = ["pool", "group", "municipality", "measure"]
    found, expected = found.set_index(names), expected.set_index(names)
    assert found.index.is_unique
    pd.testing.assert_frame_equal(
        found.loc[expected.index], expected, check_dtype=False, rtol=1e-12, atol=1e-12
    )
    assert len(found) == len(expected)


@given(st.integers(1, 230), st.data())
def test_blocks(replications, data):
    """Counts of neighbouring replications are added level by level; no more than 50 blocks."""
    pools = list("abcd")
    cells = len(COUNTED) * len(pools)
    level = st.tuples(st.integers(0, cells - 1), st.integers(0, 5))
    counted = st.sampled_from([(0, 1), (1, 0), (3, 2)])
    levels = st.dictionaries(level, counted, max_size=8)
    given_counts = [data.draw(levels) for _ in range(min(replications, 7))]
    length = math.ceil(replications / 50)
    blocks, expected = Blocks(replications), {}
    for n in range(replications):
        counts = given_counts[n % len(given_counts)]
        rows = sorted((*key, *value) for key, value in counts.items())
        cell, *columns = np.ascontiguousarray(np.array(rows, dtype=np.int32).reshape(-1, 4).T)
        blocks.add(Counts(np.searchsorted(cell, np.arange(cells + 1)), *columns))
        for key, (over, open_) in counts.items():
            so_far = expected.get((n // length, *key), (0, 0))
            expected[(n // length, *key)] = so_far[0] + over, so_far[1] + open_
    table = count_table(pools, blocks)
    names = [divmod(key[1], len(pools)) for key in sorted(expected)]
    assert table["pool"].tolist() == [pools[pool] for _, pool in names]
    assert table["measure"].tolist() == [COUNTED[measure] for measure, _ in names]
    found = zip(*(table[name] for name in ("block", "level", "over", "open")), strict=True)
    assert list(found) == [(k[0], k[2], *expected[k]) for k in sorted(expected)]
    assert table["block"].nunique() <= 50


@st.composite
def tables_of_counts(draw):
    """Counts of some blocks; in some, most are lost from sight before they are over."""
    highest = draw(st.sampled_from([5, 40, 1_500]))
    level, some = st.integers(0, highest), st.integers(0, 3)
    few = draw(st.sampled_from([0, 0, min(highest, 80)]))  # so many rows are passed over at once
    lost = st.sampled_from([0, 0, 9]) if draw(st.booleans()) else st.integers(0, 3)
    rows = []
    for block in range(draw(st.integers(1, 6))):
        for pool, what in itertools.product("ab", COUNTED):
            open_ = st.just(0) if what == "occupied" else lost
            levels = draw(st.dictionaries(level, st.tuples(some, open_), max_size=12))
            levels = {at: (1 + at % 3, 0) for at in range(few)} | levels
            rows += [(pool, what, at, *n, block) for at, n in levels.items() if any(n)]
    return pd.DataFrame(rows, columns=["pool", "measure", "level", "over", "open", "block"])


@given(tables_of_counts())
def test_quantiles(counts):
    """As by the product-limit formula, of all blocks and without each."""
    assume(len(counts))
    names = ["pool", "measure"]
    expected, found = plain_summary.quantiles(counts), quantile_table(counts)
    event(f"reached: {len(expected) > 0}")
    columns = ["mean", "low", "high", "n"]
    if not len(expected):
        assert not len(found)
        return
    pd.testing.assert_frame_equal(
        found.set_index(names)[columns].sort_index(),
        expected.set_index(names)[columns].sort_index(),
        check_dtype=False,
        rtol=1e-12,
        atol=1e-12,
    )


def test_summary_of_many_replications():
    """Quantiles of 120 replications: their intervals leave out 3 at a time, 40 times."""
    result = fs.run(SCENARIO, replications=120, workers=1)
    summary = result.summary().set_index(["measure", "pool"])
    assert summary.loc[("stay_median", "ward"), "n"] == 40
    single = fs.run(SCENARIO, replications=40, workers=1).summary()
    half, wide = (
        (table["high"] - table["low"]).loc[("stay_median", "ward")].item()
        for table in (summary, single.set_index(["measure", "pool"]))
    )
    assert 0.35 < half / wide < 0.9  # 0.58 expected


def test_summary_of_rows_in_any_order():
    """The tables may be sorted as one likes, and hold names as plain text."""
    result = fs.run(SCENARIO)
    found = result.summary().set_index(["pool", "group", "municipality", "measure"])
    text = dict.fromkeys(("year", "pool", "group", "municipality", "measure"), str)
    measures = result.measures.sample(frac=1, random_state=1).astype(text)
    counts = result.counts.sample(frac=1, random_state=1).astype({"pool": str, "measure": str})
    again = summarise(measures, counts).set_index(found.index.names)
    pd.testing.assert_frame_equal(found, again.loc[found.index], check_dtype=False, rtol=1e-12)


# -- without a compiler ---------------------------------------------------------------------------

UNCOMPILED = """
import json, sys
from flexsim.engine.simpy_engine import simulate
from flexsim.measures.measure import measure
from flexsim.measures.summary import summarise
from flexsim.measures.tidy import count_table, frame
from flexsim.plan.build import build
from flexsim.scenario import load

plan = build(load(json.loads(sys.stdin.read())))
measured = [measure(simulate(plan, 7, n), plan) for n in range(2)]
cells = frame("any", plan, [m.cells for m in measured])
counts = count_table(plan.pools, [m.counts for m in measured])
days = [float(m.days['occupied'].sum()) for m in measured]
print(json.dumps([cells["value"].tolist(), counts["over"].tolist(), days,
                  summarise(cells, counts)["mean"].tolist()]))
"""


@pytest.mark.ci
def test_without_a_compiler():
    """As plain Python the same functions give the same numbers."""
    run = {"warm_up_days": 10, "days": 50, "seed": 7}
    text = json.dumps(SCENARIO | {"run": run})
    results = []
    for disabled in ("0", "1"):
        environment = os.environ | {"NUMBA_DISABLE_JIT": disabled}
        done = subprocess.run(
            [sys.executable, "-W", "error::RuntimeWarning", "-c", UNCOMPILED],
            input=text,
            capture_output=True,
            text=True,
            env=environment,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        results.append(json.loads(done.stdout))
    compiled, plain = results
    assert compiled[0]
    for one, other in itertools.zip_longest(compiled, plain):
        assert one == pytest.approx(other, rel=1e-12)
