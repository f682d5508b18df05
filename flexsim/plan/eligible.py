"""Which share of a stream's citizens is in the target group of each pool."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from flexsim.plan.plan import Plan

Floats = NDArray[np.float64]


def eligible(plan: Plan) -> Floats:
    """Shares by residence and traits, shape (P, S); the last target group where it changes.

    What depends on a citizen's history is left out.
    """
    row = np.arange(len(plan.pools))
    row[plan.step_pool] = plan.step_admits
    residence = np.diff(plan.stream_residence, prepend=0.0)
    share: Floats = plan.admits_residence[row] @ residence.T
    for trait in range(len(plan.traits)):
        values = np.diff(plan.trait_shares[plan.stream_group, trait], prepend=0.0)
        admitted = plan.admits_trait[row, trait, None] >> np.arange(values.shape[1]) & 1
        share = share * (admitted @ values.T)
    return share
