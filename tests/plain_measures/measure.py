"""All measures of one register."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from flexsim.plan.plan import Plan
from flexsim.register import Register
from plain_measures.delay import measure_delay
from plain_measures.flow import measure_flow
from plain_measures.ledger import ledger
from plain_measures.places import daily_average, measure_places, occupancy_counts
from plain_measures.tidy import Tidy
from plain_measures.view import DAY, Floats, Stretch, View
from plain_measures.waits import measure_stays, measure_waits, stay_counts, wait_counts


@dataclass
class Plain:
    """What a register says."""

    register: Register
    plan: Plan

    @cached_property
    def view(self) -> View:
        """The register prepared."""
        return View(self.register, self.plan)

    @cached_property
    def cells(self) -> dict[tuple[str, str, str, str, str], tuple[float, float]]:
        """Value and weight by (year, pool, group, municipality, measure)."""
        tidy = Tidy()
        for measure in (measure_places, measure_waits, measure_stays, measure_delay, measure_flow):
            measure(self.view, tidy)
        return dict(zip(tidy.names, zip(tidy.values, tidy.weights, strict=True), strict=True))

    @cached_property
    def ledger(self) -> pd.DataFrame:
        """Place-seconds by use."""
        return ledger(self.view)

    @cached_property
    def counts(self) -> dict[tuple[str, str], list[list[int]]]:
        """Levels, how many were over at them, and how many were not, by (pool, measure)."""
        found = {}
        for p, pool in enumerate(self.plan.pools):
            levels, seconds = occupancy_counts(self.view, p)
            for name, counted in (
                ("wait_place", wait_counts(self.view, p)),
                ("stay", stay_counts(self.view, p)),
                ("occupied", (levels, seconds, np.zeros_like(levels))),
            ):
                if len(counted[0]):
                    found[pool, name] = [column.tolist() for column in counted]
        return found

    @cached_property
    def by_day(self) -> tuple[Floats, Floats, Floats]:
        """By day: citizens present, of these with completed need, waiting; shape (P, D) each."""
        days = self.plan.end // DAY
        view, r = self.view, self.register
        row = np.flatnonzero(view.waited & (r.ready >= 0))
        begun = np.maximum(r.ready[row], r.wanted[row])
        over = np.where(r.granted[row] >= 0, r.granted[row], view.until(r.ended[row]))
        some = over > begun
        waiting = Stretch(row[some], r.pool[row[some]], begun[some], over[some])
        stretches = view.present, view.completed, waiting
        present, completed, waits = (daily_average(s, view.pools, days) for s in stretches)
        return present, completed, waits

    @property
    def waiting_lately(self) -> Floats:
        """Requests waiting in the half of the window before last and in the last, shape (2, P).

        Where the halves have whole years, only the last of these in each.
        """
        window = (self.plan.end - self.plan.warm_up) // DAY
        length = window // 2
        if length >= 365:
            length -= length % 365
        waits = self.by_day[2]
        if not length:
            return np.zeros((2, len(waits)))
        last, before = waits[:, -length:], waits[:, -2 * length : -length]
        return np.array([before.mean(axis=1), last.mean(axis=1)])
