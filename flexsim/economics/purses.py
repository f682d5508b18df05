"""Purses, and the flows of money between them.

A municipality has three: the authority that grants places, the offers that it runs, and the
treasury. `RESOURCES` is no purse: it is what money is spent on (staff, premises), so that the sum
of what all purses pay less what they get is the total cost, exactly.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Ints = NDArray[np.int64]

REGION, STATE, NGO, CITIZEN = "region", "state", "ngo", "citizen"
RESOURCES = "resources"
OUTSIDE = (REGION, STATE, NGO, CITIZEN)
AUTHORITY, OFFER, TREASURY = "authority", "offer", "treasury"
PARTS = (AUTHORITY, OFFER, TREASURY)


def purse(municipality: str, part: str) -> str:
    """A purse of a municipality, as it is called in tables: ``herning.treasury``."""
    return f"{municipality}.{part}"


def municipality_of(name: str) -> str:
    """The municipality that a purse belongs to; empty if to none."""
    return name.rpartition(".")[0]


def operator(run_by: str) -> str:
    """The purse of an offer, by who runs it."""
    return run_by if run_by in OUTSIDE else purse(run_by, OFFER)


@dataclass(frozen=True, eq=False)
class Flow:
    """Money from one purse to another; `ore` has shape (R, Y)."""

    offer: str
    pool: str
    source: str
    target: str
    what: str
    ore: Ints


@dataclass(frozen=True, eq=False)
class Flows:
    """Flows as they are found; what is nothing throughout is left out."""

    replications: int
    years: int
    found: list[Flow] = field(default_factory=list)

    def add(self, offer: tuple[str, str], source: str, target: str, what: str, ore: Ints) -> None:
        """Add a flow of an offer (its name and its pool); `ore` fits the shape (R, Y)."""
        whole = np.broadcast_to(ore, (self.replications, self.years))
        if whole.any() and source != target:
            self.found.append(Flow(*offer, source, target, what, whole))

    def add_each(
        self,
        offer: tuple[str, str],
        sources: Sequence[str],
        target: str,
        what: str,
        ore: Ints,
    ) -> None:
        """Add a flow from each of several purses; `ore` has shape (R, Y, purses)."""
        for n, source in enumerate(sources):
            self.add(offer, source, target, what, ore[..., n])


def paid_by(flows: Sequence[Flow], shape: tuple[int, int]) -> dict[str, Ints]:
    """What each purse pays less what it gets, each of shape (R, Y); their sum is the total cost."""
    net: dict[str, Ints] = {}
    for flow in flows:
        for name, sign in ((flow.source, 1), (flow.target, -1)):
            if name != RESOURCES:
                net[name] = net.get(name, np.zeros(shape, dtype=np.int64)) + sign * flow.ore
    return net


def as_table(flows: Sequence[Flow]) -> pd.DataFrame:
    """Flows as a ledger, a row for each year and replication in which there is any.

    Returns
    -------
    DataFrame
        year, replication, offer, pool, from, to, what, ore (int64).
    """
    parts = []
    for flow in flows:
        replication, year = np.nonzero(flow.ore)
        parts.append(
            pd.DataFrame(
                {
                    "year": year + 1,
                    "replication": replication,
                    "offer": flow.offer,
                    "pool": flow.pool,
                    "from": flow.source,
                    "to": flow.target,
                    "what": flow.what,
                    "ore": flow.ore[replication, year],
                }
            )
        )
    columns = ["year", "replication", "offer", "pool", "from", "to", "what", "ore"]
    if not parts:
        return pd.DataFrame(columns=columns)
    table = pd.concat(parts, ignore_index=True)
    for name in ("offer", "pool", "from", "to", "what"):
        table[name] = table[name].astype("category")
    return table.sort_values(["replication", "year"], kind="stable", ignore_index=True)
