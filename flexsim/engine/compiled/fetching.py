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
    """The rows of the request and the citizen that the first event of the heap is about."""
    request = w.calendar[0, 1] >> REQUEST_SHIFT & REQUESTS
    fetch(w.request, request, _REQUEST)
    citizen = w.request[request, c.CITIZEN]
    fetch(w.citizen, citizen, _CITIZEN)
    fetch(w.risk, citizen, _RISK)
    fetch(w.drawn, citizen, _DRAWN)
