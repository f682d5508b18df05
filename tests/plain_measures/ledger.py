"""The bed-day ledger: what every place of a pool was used for, in whole seconds.

needed stay + completed (decision, place, transfer) + held + empty + closed
    = places of the norm + places over it

`over` and `empty` come from the engine's counter of each pool, the rest from the rows of the
register, so that the balance can fail.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd

from flexsim.register import periods
from plain_measures.view import View

CLASSES = ("needed", "decision", "place", "transfer", "held", "empty", "closed")


def ledger(view: View) -> pd.DataFrame:
    """Place-seconds of each pool with a norm, per period.

    Returns
    -------
    DataFrame
        pool, period (0 is the warm-up, if any), one column per class, norm, over; int64 seconds.
    """
    edges = periods(view.plan)
    stretches = {"needed": view.in_need, **view.delayed_by_cause, "held": view.held}
    rows = []
    for pool in np.flatnonzero(view.finite).tolist():
        for n, (start, stop) in enumerate(pairwise(edges)):
            row: dict[str, object] = {"pool": view.plan.pools[pool], "period": n}
            for name, stretch in stretches.items():
                mine = stretch.pool == pool
                row[name] = int(stretch.within(start, stop)[mine].sum())
            row["empty"] = int(view.register.counted_empty[pool, n])
            row["closed"] = 0
            row["norm"] = view.norm_seconds(pool, start, stop)
            row["over"] = int(view.register.counted_over[pool, n])
            rows.append(row)
    return pd.DataFrame(rows, columns=["pool", "period", *CLASSES, "norm", "over"])
