"""Rows that the next event will need, fetched while this one is still going on.

With tens of thousands of people under way their rows lie in no near cache, and waiting for them
would take a sixth of a run.
"""

from __future__ import annotations

from flexsim.engine.compiled import columns as c
from flexsim.engine.compiled.calendar import REQUEST_SHIFT, REQUESTS
from flexsim.engine.compiled.world import World
from flexsim.jit import hot
from flexsim.jit_table import fetch

#: Numbers at the beginning of a row that are needed; of the draws the first few.
_REQUEST, _CITIZEN, _RISK, _DRAWN = c.REQUEST_COLUMNS, c.CITIZEN_COLUMNS, c.RISK_COLUMNS, 8


@hot
def fetch_next(w: World) -> None:
    """The last event of the heap, and rows of request and citizen that the first is about."""
    fetch(w.calendar, w.clock[c.DUE] - 1, 2)
    request = w.calendar[0, 1] >> REQUEST_SHIFT & REQUESTS
    fetch(w.stamp, request, 1)
    fetch(w.request, request, _REQUEST)
    citizen = w.owner[request]
    fetch(w.luck, citizen, 1)
    fetch(w.citizen, citizen, _CITIZEN)
    fetch(w.risk, citizen, _RISK)
    fetch(w.drawn, citizen, _DRAWN)
