"""How much is run: everything, or a short version of it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Effort:
    """Numbers of rounds and replications."""

    rounds: int
    slow_rounds: int  # of engines that take a second a replication
    batch: int  # replications of a fast engine in one round
    checked: int  # replications of plain SimPy and of Ciw that are held against the reference
    twins: int  # replications whose registers are compared
    scales: tuple[int, ...]
    simpy_scales: tuple[int, ...]
    memory_scales: tuple[int, ...]
    scale_rounds: int
    region_rounds: int
    starts: int  # times that a process is started
    compile_first: bool  # also with an empty cache, which takes the better part of a minute
    many: int  # replications of the compiled engine on two cores
    few: int  # replications of plain SimPy beside them


FULL = Effort(
    rounds=20,
    slow_rounds=10,
    batch=25,
    checked=60,
    twins=5,
    scales=(1, 10, 100),
    simpy_scales=(1, 10),
    memory_scales=(1, 10, 100),
    scale_rounds=5,
    region_rounds=10,
    starts=5,
    compile_first=True,
    many=1000,
    few=30,
)

QUICK = Effort(
    rounds=5,
    slow_rounds=2,
    batch=5,
    checked=0,
    twins=1,
    scales=(1, 10),
    simpy_scales=(1,),
    memory_scales=(10,),
    scale_rounds=1,
    region_rounds=2,
    starts=1,
    compile_first=False,
    many=100,
    few=3,
)
