"""The bed-day ledger: what every place of a pool was used for, in whole seconds.

needed stay + completed (decision, place, transfer) + held + empty + closed
    = places of the norm + places over it

`over` and `empty` come from the engine's counter of each pool, the rest from the rows of the
register, so that the balance can fail.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from flexsim.errors import RunError
from flexsim.jit import entry
from flexsim.measures import sums as s
from flexsim.measures.adding import added_up
from flexsim.measures.intake import Rows, take_in
from flexsim.measures.layout import Layout, layout_of
from flexsim.measures.periods import DAY
from flexsim.measures.sums import Bools, Ints
from flexsim.plan.plan import Plan
from flexsim.register import Register, RowTable

if TYPE_CHECKING:
    import pandas as pd

CLASSES = ("needed", "decision", "place", "transfer", "held", "empty", "closed")
_SUMS = (s.NEEDED, s.DECISION, s.PLACE, s.TRANSFER, s.HELD)


def ledger(register: Register | RowTable, plan: Plan) -> pd.DataFrame:
    """Place-seconds of each pool with a norm, per period.

    Returns
    -------
    DataFrame
        pool, period (0 is the warm-up, if any), one column per class, norm, over; int64 seconds.
    """
    import pandas as pd  # slow to import: a run needs no table

    rows, layout = take_in(register), layout_of(plan)
    sums, _ = added_up(rows, layout)
    used, norm, over, empty = _sides(layout, sums.by_pool, rows)
    pool, period = np.nonzero(np.broadcast_to(layout.finite[:, None], norm.shape))
    columns = {"pool": np.array(plan.pools)[pool], "period": period}
    columns |= {name: used[n][pool, period] for n, name in enumerate(CLASSES[:-2])}
    columns |= {"empty": empty[pool, period], "closed": np.zeros_like(period)}
    return pd.DataFrame(columns | {"norm": norm[pool, period], "over": over[pool, period]})


def check_ledger(layout: Layout, by_pool: Ints, rows: Rows) -> None:
    """Raise RunError if the ledger of a finite pool does not balance to the second.

    Parameters
    ----------
    by_pool : ndarray
        The sums of the register (`flexsim.measures.sums`).
    rows : Rows
        The register, with what the engine counted.
    """
    norm, over, empty = layout.norm_seconds, rows.counted_over, rows.counted_empty
    if _is_balanced(by_pool, layout.edges, layout.finite, norm, over, empty):
        return
    used, norm, over, empty = _sides(layout, by_pool, rows)
    off = (used.sum(axis=0) + empty - norm - over) * layout.finite[:, None]
    pool, period = np.argwhere(off)[0].tolist()
    raise RunError(
        f"the bed-day ledger of pool {layout.pools[pool]} does not balance in period"
        f" {period}: {off[pool, period] / DAY:.6f} place-days too many."
        " This is a fault in flexsim; please report it with the scenario and the seed."
    )


@entry
def _is_balanced(
    by_pool: Ints, edges: Ints, finite: Bools, norm: Ints, over: Ints, empty: Ints
) -> bool:
    """Whether the two sides are equal, for each finite pool and segment that is not empty."""
    period = 0
    for segment in range(len(edges) - 1):
        if edges[segment] == edges[segment + 1]:
            continue
        for pool in range(len(finite)):
            used = empty[pool, period]
            for column in _SUMS:
                used += by_pool[segment, pool, column]
            if finite[pool] and used != norm[pool, segment] + over[pool, period]:
                return False
        period += 1
    return True


def _sides(layout: Layout, by_pool: Ints, rows: Rows) -> tuple[Ints, Ints, Ints, Ints]:
    """Seconds by what places were used for, of the norm, over it and empty, by pool and period.

    Periods are the segments that are not empty.
    """
    periods = np.diff(layout.edges) > 0
    used = by_pool[periods][:, :, _SUMS].transpose(2, 1, 0)
    return used, layout.norm_seconds[:, periods], rows.counted_over, rows.counted_empty
