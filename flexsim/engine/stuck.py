"""Deadlock: citizens who hold places while waiting for each other's."""

from __future__ import annotations

from collections.abc import Sequence

from flexsim.engine.state import PoolState, Request
from flexsim.plan.plan import Plan


class StuckPools:
    def __init__(self, plan: Plan) -> None:
        self.suspects: set[int] = set()

    def look_at(self, request: Request) -> None:
        pass

    def check(self, pools: Sequence[PoolState], now: int) -> None:
        pass
