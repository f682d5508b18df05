"""Rows that the next event will need, fetched while this one is still going on.

With tens of thousands of people under way their rows lie in no near cache, and waiting for them
would take a sixth of a run.
"""

from __future__ import annotations

from typing import Any

import numba
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from flexsim.engine.compiled import columns as c
from flexsim.engine.compiled.calendar import REQUEST_SHIFT, REQUESTS
from flexsim.engine.compiled.world import World
from flexsim.jit import hot

#: Bytes that a processor fetches at a time, and of a number.
_LINE, _NUMBER = 64, 8
#: Numbers at the beginning of a row that are needed; of the draws the first few.
_REQUEST, _CITIZEN, _RISK, _DRAWN = c.REQUEST_COLUMNS, c.CITIZEN_COLUMNS, c.RISK_COLUMNS, 8

if numba.config.DISABLE_JIT:

    def _fetch(table: Any, row: int, numbers: int) -> None:
        """Nothing: Python fetches when it reads."""
else:

    @intrinsic
    def _fetch(typing: Any, table: Any, row: Any, numbers: Any) -> Any:
        """Ask the processor for the beginning of a row; nothing changes."""
        if not isinstance(numbers, types.IntegerLiteral):
            return None
        lines = -(-numbers.literal_value * _NUMBER // _LINE)

        def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
            array = context.make_array(table)(context, builder, values[0])
            position = context.cast(builder, values[1], row, types.uintp)
            indices = [position, position.type(0)]
            begin = cgutils.get_item_pointer(context, builder, table, array, indices)
            begin = builder.bitcast(begin, cgutils.voidptr_t)
            how = ir.IntType(32)  # to read, keep near, data
            kind = ir.FunctionType(ir.VoidType(), [cgutils.voidptr_t, how, how, how])
            fetch = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0i8")
            for line in range(lines):
                at = builder.gep(begin, [ir.IntType(64)(_LINE * line)])
                builder.call(fetch, [at, how(0), how(3), how(1)])
            return context.get_dummy_value()

        return types.none(table, row, numbers), generate


@hot
def fetch_next(w: World) -> None:
    """The rows of the request and the citizen that the first event of the heap is about."""
    request = w.calendar[0, 1] >> REQUEST_SHIFT & REQUESTS
    _fetch(w.request, request, _REQUEST)
    citizen = w.request[request, c.CITIZEN]
    _fetch(w.citizen, citizen, _CITIZEN)
    _fetch(w.risk, citizen, _RISK)
    _fetch(w.drawn, citizen, _DRAWN)
