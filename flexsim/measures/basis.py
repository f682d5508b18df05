"""What of a plan the measures depend on."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from flexsim.measures.delay import WHERE
from flexsim.measures.levels import Stretches
from flexsim.measures.sums import Bools, Ints
from flexsim.plan.plan import KINDS, ORIGINS, UNLIMITED, Plan


class Basis(NamedTuple):
    """All of a plan that the measures depend on; plans alike in this are measured alike."""

    pools: tuple[str, ...]
    groups: tuple[str, ...]
    municipalities: tuple[str, ...]
    kind: tuple[int, ...]  # of the pools
    norm: tuple[int, ...]  # at time zero
    steps: tuple[tuple[int, int, int], ...]  # time, pool, norm
    finite: tuple[bool, ...]  # pools with a norm at some time
    admits: tuple[tuple[bool, ...], ...]  # at some time, by pool and municipality
    origin: tuple[int, ...]  # of the streams
    warm_up: int
    end: int

    @classmethod
    def of(cls, plan: Plan) -> Basis:
        """That of a plan."""
        steps = (plan.step_time.tolist(), plan.step_pool.tolist(), plan.step_norm.tolist())
        return cls(
            plan.pools,
            plan.groups,
            plan.municipalities,
            tuple(plan.kind.tolist()),
            tuple(plan.norm.tolist()),
            tuple(zip(*steps, strict=True)),
            tuple((~plan.always_unlimited).tolist()),
            tuple(map(tuple, plan.ever_admits.tolist())),
            tuple(plan.stream_origin.tolist()),
            plan.warm_up,
            plan.end,
        )

    @property
    def ward(self) -> Bools:
        """Which pools are wards."""
        return np.array([KINDS[kind] == "ward" for kind in self.kind])

    @property
    def team(self) -> Bools:
        """Which pools are outreach teams."""
        return np.array([KINDS[kind] == "team" for kind in self.kind])

    @property
    def from_ward(self) -> Bools:
        """Which streams come from wards outside the model."""
        return np.array([ORIGINS[origin] == "ward" for origin in self.origin], dtype=np.bool_)

    @property
    def where(self) -> list[str]:
        """Where a citizen in a pool awaits the right offer."""
        return [WHERE[KINDS[kind]] for kind in self.kind]

    def norms(self, pool: int) -> Iterator[tuple[int, int, int]]:
        """Stretches of the run with the norm of a pool in force: start, stop, places."""
        steps = [(0, self.norm[pool]), *((time, norm) for time, p, norm in self.steps if p == pool)]
        for (start, norm), (stop, _) in pairwise([*steps, (self.end, 0)]):
            if start < min(stop, self.end):
                yield start, min(stop, self.end), norm

    def norm_seconds(self, edges: Ints) -> Ints:
        """Place-seconds of the norm, shape (P, segments); unlimited stretches count as none."""
        seconds = np.zeros((len(self.pools), len(edges) - 1), dtype=np.int64)
        for pool in range(len(self.pools)):
            for start, stop, norm in self.norms(pool):
                length = np.minimum(edges[1:], stop) - np.maximum(edges[:-1], start)
                seconds[pool] += np.maximum(length, 0) * (0 if norm == UNLIMITED else norm)
        return seconds

    def stretches(self, edges: Ints) -> Stretches:
        """The segments of the window, cut where the norm changes."""
        first, rows = [0], []
        segments = list(enumerate(pairwise(edges.tolist())))[1:]
        for pool in range(len(self.pools)):
            for segment, (begin, end) in segments:
                for start, stop, norm in self.norms(pool):
                    if max(begin, start) < min(end, stop):
                        rows.append((max(begin, start), min(end, stop), segment, norm))
            first.append(len(rows))
        columns = np.ascontiguousarray(np.array(rows, dtype=np.int64).reshape(-1, 4).T)
        return Stretches(np.array(first, dtype=np.int64), *columns)
