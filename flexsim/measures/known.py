"""Which measures a plan has of a pool, so that one that there is not is refused before a run."""

from __future__ import annotations

from collections.abc import Collection

from flexsim.measures.layout import layout_of
from flexsim.measures.periods import ALL
from flexsim.measures.quantiles import QUANTILES
from flexsim.message import Message
from flexsim.plan.plan import Plan
from flexsim.scenario.names import listed, nearest, shown

#: Measures that stand in the summary only: they have no value of a single replication.
OF_QUANTILES = frozenset(f"{name}_{q}" for name, qs in QUANTILES.items() for q in qs)


def known(plan: Plan, pool: str) -> set[str]:
    """Measures of everybody in the result table, by pool ("all": of all pools together)."""
    names = layout_of(plan).names
    everybody = (names["group"] == ALL) & (names["municipality"] == ALL)
    return set(names["measure"][everybody & (names["pool"] == pool)])


def absent(plan: Plan, pool: str, measure: str, also: Collection[str] = ()) -> str:
    """Say that there is no such pool, or no such measure of it; empty if there is.

    Parameters
    ----------
    plan : Plan
    pool, measure : str
    also : collection of str
        Further measures that may be asked for.
    """
    if pool != ALL and pool not in plan.pools:
        return Message(
            "no pool '{pool}'; there are: all, {pools}{hint}",
            pool=shown(pool),
            pools=listed(plan.pools),
            hint=nearest(pool, plan.pools),
        )
    measures = {*known(plan, pool), *also}
    if measure in measures:
        return ""
    return Message(
        "no measure '{measure}' of pool {pool}; there are: {measures}{hint}",
        measure=shown(measure),
        pool=pool,
        measures=", ".join(sorted(measures)),
        hint=nearest(measure, measures),
    )
