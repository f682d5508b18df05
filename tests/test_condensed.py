"""The summary of a point of a sweep is that of its tables, bit for bit."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from flexsim.measures.blocks import Blocks
from flexsim.measures.condensed import NAMES, NUMBERS, condensed
from flexsim.measures.hours import COUNTED, Counts
from flexsim.measures.layout import Cells, layout_of
from flexsim.measures.summary import summarise
from flexsim.measures.tidy import count_table, frame
from flexsim.plan.build import build
from flexsim.scenario import load

CELL = list(NAMES[:4])


@st.composite
def cells_of_replications(draw, size):
    """Values that are often the same, cells that are missing in some years, in some or in all."""
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    replications, there = draw(st.integers(1, 25)), draw(st.sampled_from([0.02, 0.5, 1.0]))
    values = draw(st.sampled_from([np.arange(3.0), random.random(1000)]))
    ever = random.random(size) < draw(st.sampled_from([0.5, 1.0]))
    return [
        Cells(
            random.choice(values, size),
            random.choice(values, size) * ever * (random.random(size) < there),
        )
        for _ in range(replications)
    ]


@st.composite
def counts_of_replications(draw, cells, replications):
    """Few levels in each cell, none at all in some."""
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    most, lost = draw(st.sampled_from([0, 3, 60])), draw(st.sampled_from([1, 3]))
    found = []
    for _ in range(replications):
        levels = [np.flatnonzero(random.random(2 * most + 1) < 0.4) for _ in range(cells)]
        level = np.concatenate(levels).astype(np.int32)
        over, open_ = random.integers(1, 4, len(level)), random.integers(0, lost, len(level))
        first = np.cumsum([0, *map(len, levels)])
        found.append(Counts(first, level, over.astype(np.int32), open_.astype(np.int32)))
    return found


@cache
def _plan(days):
    return build(load("wards_shared", [f"run.days={days}", "run.warm_up_days=30"]))


@settings(max_examples=30)
@given(st.data(), st.sampled_from([730, 400]))
def test_condensed(data, days):
    """Ties, weights of zero, missing years, one replication."""
    plan = _plan(days)
    cells = data.draw(cells_of_replications(len(layout_of(plan).drawn.picks.top)))
    counts = data.draw(counts_of_replications(len(COUNTED) * len(plan.pools), len(cells)))
    blocks = Blocks(len(cells))
    for one in counts:
        blocks.add(one)
    names, numbers, n = condensed(plan, cells, blocks)
    found = pd.DataFrame({**names.columns, **dict(zip(NUMBERS, numbers, strict=True)), "n": n})
    expected = summarise(frame("made", plan, cells), count_table(plan.pools, blocks))
    assert len(found) == len(expected)
    expected = expected.set_index(CELL).loc[pd.MultiIndex.from_frame(found[CELL])]
    pd.testing.assert_frame_equal(
        found.set_index(CELL), expected, check_exact=True, check_dtype=False
    )
