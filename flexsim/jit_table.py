"""The type of a table in compiled code: an array that tells the compiler what it may rely on.

Three things are true here that numba cannot assume of an array. No index is counted from the end.
Tables never overlap, nor do two columns of a table, so what is written to one leaves what was read
from another as it was (LLVM's type-based alias analysis, with a "type" per table and column).
Python keeps a table alive while compiled code runs, so that nobody needs to count its users.
The first two are worth a fifth of the kernel's time; without the third, adding up the rows of a
register takes four times as long.
"""

from __future__ import annotations

import operator
from typing import Any, TypeVar

import numba
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.typing import signature
from numba.extending import intrinsic, lower_builtin, models, register_model
from numpy.typing import NDArray

Array = TypeVar("Array", bound=NDArray[Any])

#: Bytes that a processor fetches at a time.
LINE = 64


class Table(types.Array):
    """A table, or a part of it with the same last columns.

    Parameters
    ----------
    table : str
        Whose part it is.
    """

    def __init__(self, dtype: Any, ndim: int, table: str) -> None:
        self.table = table
        super().__init__(dtype, ndim, "C", name=f"{table}({dtype}, {ndim})")

    def copy(self, dtype: Any = None, ndim: int | None = None, **_: Any) -> Table:
        """The same with another number of dimensions; asked by numba for the type of a row."""
        return Table(dtype or self.dtype, self.ndim if ndim is None else ndim, self.table)

    @property
    def key(self) -> tuple[Any, ...]:
        """What tells two types apart."""
        return (*super().key, self.table)


register_model(Table)(models.ArrayModel)


if numba.config.DISABLE_JIT:

    def as_table(array: Array, _: str) -> Array:
        """The array itself."""
        return array

    def fetch(table: Any, row: int, numbers: int) -> None:
        """Nothing: Python fetches when it reads."""
else:

    @intrinsic(prefer_literal=True)
    def as_table(typing: Any, array: Any, name: Any) -> Any:
        """The table of a name that an array is, which whoever called the entry keeps alive."""
        table = Table(array.dtype, array.ndim, name.literal_value)

        def generate(context: Any, builder: Any, _: Any, values: Any) -> Any:
            given = context.make_array(array)(context, builder, values[0])
            found = context.make_array(table)(context, builder)
            for field in ("data", "nitems", "itemsize", "shape", "strides"):
                setattr(found, field, getattr(given, field))
            for owner in ("meminfo", "parent"):
                setattr(found, owner, cgutils.get_null_value(getattr(found, owner).type))
            return found._getvalue()

        return table(array, name), generate

    @intrinsic
    def fetch(typing: Any, table: Any, row: Any, numbers: Any) -> Any:
        """Ask the processor for so many numbers at the beginning of a row; nothing changes."""
        if not isinstance(numbers, types.IntegerLiteral):
            return None
        lines = -(-numbers.literal_value * table.dtype.bitwidth // 8 // LINE)

        def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
            array = context.make_array(table)(context, builder, values[0])
            position = context.cast(builder, values[1], row, types.uintp)
            indices = [position, *[position.type(0)] * (table.ndim - 1)]
            begin = cgutils.get_item_pointer(context, builder, table, array, indices)
            begin = builder.bitcast(begin, cgutils.voidptr_t)
            how = ir.IntType(32)  # to read, keep near, data
            kind = ir.FunctionType(ir.VoidType(), [cgutils.voidptr_t, how, how, how])
            call = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0i8")
            for line in range(lines):
                at = builder.gep(begin, [ir.IntType(64)(LINE * line)])
                builder.call(call, [at, how(0), how(3), how(1)])
            return context.get_dummy_value()

        return types.none(table, row, numbers), generate


@lower_builtin(operator.getitem, Table, types.Integer)
@lower_builtin(operator.getitem, Table, types.BaseTuple)
def _read(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    from numba.np import arrayobj  # slow to import, and only compiling needs it

    table, index = sig.args
    indices = _from_start(context, builder, index, args[1])
    if len(indices) < table.ndim:
        return _rows(context, builder, sig, args[0], indices)
    pointer = _pointer(context, builder, table, args[0], indices)
    value = arrayobj.load_item(context, builder, table, pointer)
    if isinstance(value, ir.LoadInstr):
        value.set_metadata("tbaa", _tag(builder.module, table.table, indices[-1]))
    return value


def _rows(context: Any, builder: Any, sig: Any, value: Any, indices: list[Any]) -> Any:
    """A part of a table, by its leading indices."""
    from numba.np import arrayobj

    whole = types.UniTuple(types.uintp, len(indices))
    index = cgutils.pack_array(builder, indices)
    part = signature(sig.return_type, sig.args[0], whole)
    return arrayobj.getitem_array_tuple(context, builder, part, (value, index))


@lower_builtin(operator.setitem, Table, types.Integer, types.Any)
@lower_builtin(operator.setitem, Table, types.BaseTuple, types.Any)
def _write(context: Any, builder: Any, sig: Any, args: Any) -> None:
    table, index, given = sig.args
    indices = _from_start(context, builder, index, args[1])
    pointer = _pointer(context, builder, table, args[0], indices)
    value = context.cast(builder, args[2], given, table.dtype)
    stored = builder.store(value, pointer)
    stored.set_metadata("tbaa", _tag(builder.module, table.table, indices[-1]))


def _from_start(context: Any, builder: Any, index: Any, value: Any) -> list[Any]:
    """One index or several, as numbers that have no sign."""
    if not isinstance(index, types.BaseTuple):
        return [context.cast(builder, value, index, types.uintp)]
    values = cgutils.unpack_tuple(builder, value, count=len(index))
    return [
        context.cast(builder, one, kind, types.uintp)
        for one, kind in zip(values, index, strict=True)
    ]


def _pointer(context: Any, builder: Any, table: Table, value: Any, indices: list[Any]) -> Any:
    array = context.make_array(table)(context, builder, value)
    return cgutils.get_item_pointer(context, builder, table, array, indices)


def _tag(module: Any, table: str, column: Any) -> Any:
    """What an access touches: a column of a table, or any column if that is not known yet."""
    every = module.add_metadata(["flexsim"])
    node = module.add_metadata([table, every, ir.Constant(ir.IntType(64), 0)])
    if isinstance(column, ir.Constant):
        name = f"{table}.{column.constant}"
        node = module.add_metadata([name, node, ir.Constant(ir.IntType(64), 0)])
    return module.add_metadata([node, node, ir.Constant(ir.IntType(64), 0)])
