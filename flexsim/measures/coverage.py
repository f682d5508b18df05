"""Which share of the demand each pool may serve, by its target group when the run ends."""

from __future__ import annotations

import numpy as np
import pandas as pd

from flexsim.plan.plan import Plan


def coverage(plan: Plan) -> pd.DataFrame:
    """Share of new needs, all streams together, whose citizens are in each pool's target group.

    Where the target group changes on a date, it is the last one.

    Returns
    -------
    DataFrame
        pool, share.
    """
    last = plan.knot_first[1:] - 1
    expected = plan.knot_expected[last]
    share = np.zeros(len(plan.pools))
    row = np.arange(len(plan.pools))
    row[plan.step_pool] = plan.step_admits
    for stream, weight in enumerate(expected.tolist()):
        group = plan.stream_group[stream]
        residence = np.diff(plan.stream_residence[stream], prepend=0.0)
        of_stream = plan.admits_residence[row] @ residence
        for trait in range(len(plan.traits)):
            values = np.diff(plan.trait_shares[group, trait], prepend=0.0)
            admitted = plan.admits_trait[row, trait, None] >> np.arange(len(values)) & 1
            of_stream = of_stream * (admitted @ values)
        share += weight * of_stream
    return pd.DataFrame({"pool": list(plan.pools), "share": share / max(expected.sum(), 1e-300)})
