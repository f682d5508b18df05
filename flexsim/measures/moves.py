"""Flow between places: how many citizens a year go from one pool to another."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from flexsim.measures.periods import YEAR
from flexsim.plan.plan import Plan
from flexsim.register import NOT_YET, Kind, Register

#: Where citizens come from who are in no pool yet, and go who leave the model.
OUTSIDE = "outside"


def moves(registers: Sequence[Register], plan: Plan) -> pd.DataFrame:
    """Moves within the window after the warm-up, per year.

    A stay that follows another of the same citizen is a move from its pool; a first stay comes from
    outside, and a stay that ended and is followed by none leads outside. Team courses and contacts
    are no places and are left out.

    Parameters
    ----------
    registers : sequence of Register
        One or more replications.
    plan : Plan

    Returns
    -------
    DataFrame
        from, to, per_year; largest first.
    """
    names = [*plan.pools, OUTSIDE]
    outside = len(plan.pools)
    counts = np.zeros((len(names), len(names)))
    for r in registers:
        rows = np.flatnonzero((r.kind == Kind.PLACE) & (r.admitted != NOT_YET))
        rows = rows[np.lexsort((r.request[rows], r.admitted[rows], r.citizen[rows]))]
        citizen, pool = r.citizen[rows], r.pool[rows]
        first = np.diff(citizen, prepend=-1) != 0
        come_from = np.where(first, outside, np.roll(pool, 1))
        begun = r.admitted[rows] >= plan.warm_up
        np.add.at(counts, (come_from[begun], pool[begun]), 1)
        last = np.roll(first, -1)
        left = r.left[rows]
        gone = last & (left != NOT_YET) & (left >= plan.warm_up)
        np.add.at(counts, (pool[gone], outside), 1)
    years = len(registers) * (plan.end - plan.warm_up) / YEAR
    at = np.argwhere(counts > 0)
    table = pd.DataFrame(
        {
            "from": [names[a] for a, _ in at],
            "to": [names[b] for _, b in at],
            "per_year": counts[tuple(at.T)] / years,
        }
    )
    return table.sort_values("per_year", ascending=False, ignore_index=True, kind="stable")
