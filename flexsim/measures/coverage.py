"""Which share of the demand each pool may serve, by its target group when the run ends."""

from __future__ import annotations

import pandas as pd

from flexsim.plan.eligible import eligible
from flexsim.plan.plan import Plan


def coverage(plan: Plan) -> pd.DataFrame:
    """Share of new needs, all streams together, whose citizens are in each pool's target group.

    Where the target group changes on a date, it is the last one.

    Returns
    -------
    DataFrame
        pool, share.
    """
    expected = plan.knot_expected[plan.knot_first[1:] - 1]
    share = eligible(plan) @ expected / max(expected.sum(), 1e-300)
    return pd.DataFrame({"pool": list(plan.pools), "share": share})
