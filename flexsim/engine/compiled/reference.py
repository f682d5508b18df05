"""A `World` as compiled code sees it: one pointer to the addresses and lengths of its tables.

Passing some forty arrays from function to function, each with a count of who uses it, would cost
more than the simulation itself. Python keeps the tables alive during a run.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

import numba
import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.typing.templates import AttributeTemplate, infer_getattr
from numba.extending import intrinsic, lower_getattr_generic, models, register_model
from numba.np import numpy_support
from numpy.typing import NDArray

from flexsim.engine.compiled.tables import Tables
from flexsim.engine.compiled.world import SHAPES, World
from flexsim.jit_table import Table

#: Numbers per table: its address and up to three lengths.
WIDTH = 4
_WORD = ir.IntType(64)


def argument(world: World, tables: Tables) -> World | NDArray[np.int64]:
    """What `run` is given: addresses and lengths, or the world itself where nothing is compiled."""
    if numba.config.DISABLE_JIT:
        return world
    fixed = shared(tables)  # the first fields of a world
    return np.concatenate([fixed, addresses(world[len(fixed) :])])


@lru_cache(maxsize=8)
def shared(tables: Tables) -> NDArray[np.int64]:
    """`addresses` of the tables that the worlds of a plan share."""
    return addresses(tables.fixed.values())


def addresses(tables: Iterable[NDArray[np.generic]]) -> NDArray[np.int64]:
    """Address and lengths of each table, shape (tables, WIDTH)."""
    lengths = (1,) * (WIDTH - 1)
    numbers = [
        (table.__array_interface__["data"][0], *(table.shape + lengths)[: WIDTH - 1])
        for table in tables
    ]
    return np.array(numbers, dtype=np.int64)


class WorldType(types.Type):
    """The type of a world; the rows of the register have 32 or 64 bits."""

    def __init__(self, row: Any) -> None:
        super().__init__(f"World({row})")
        self.row = row

    def table(self, name: str) -> Table:
        """The type of one table."""
        kind, lengths = SHAPES[name]
        number = self.row if kind is None else numpy_support.from_dtype(np.dtype(kind))
        return Table(number, len(lengths), name)


register_model(WorldType)(models.OpaqueModel)


if numba.config.DISABLE_JIT:

    def world_of(argument: World, row: Any) -> World:
        """The world itself."""
        return argument
else:

    @intrinsic
    def world_of(typing: Any, argument: Any, row: Any) -> Any:
        """The world behind `argument`."""

        def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
            numbers = context.make_array(argument)(context, builder, values[0])
            return builder.bitcast(numbers.data, cgutils.voidptr_t)

        return WorldType(row.dtype)(argument, row), generate


@infer_getattr
class _Tables(AttributeTemplate):
    key = WorldType

    def generic_resolve(self, world: WorldType, name: str) -> Table:
        return world.table(name)


@lower_getattr_generic(WorldType)
def _table(context: Any, builder: Any, world: WorldType, value: Any, name: str) -> Any:
    """The array ``world.name``, owned by nobody, made of numbers that never change."""
    from numba.np.arrayobj import populate_array  # slow to import, and only compiling needs it

    numbers = builder.bitcast(value, _WORD.as_pointer())
    first = WIDTH * World._fields.index(name)

    def number(n: int) -> Any:
        found = builder.load(builder.gep(numbers, [_WORD(first + n)]))
        found.set_metadata("invariant.load", builder.module.add_metadata([]))
        return found

    table = world.table(name)
    lengths = [number(n + 1) if a is None else _WORD(a) for n, a in enumerate(SHAPES[name][1])]
    size = context.get_abi_sizeof(context.get_data_type(table.dtype))
    strides, stride = [], _WORD(size)
    for length in reversed(lengths):
        strides.insert(0, stride)
        stride = builder.mul(stride, length)
    array = context.make_array(table)(context, builder)
    populate_array(
        array,
        data=builder.inttoptr(number(0), array.data.type),
        shape=lengths,
        strides=strides,
        itemsize=_WORD(size),
        meminfo=None,
    )
    return array._getvalue()
