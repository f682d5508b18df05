"""The C loop `ward.c`: built into a temporary folder, called through ctypes.

Its draws, tables and seconds are flexsim's, so its rows must equal flexsim's register exactly, in
every column; `differences` says where they do not.
"""

from __future__ import annotations

import atexit
import ctypes
import os
import shutil
import subprocess
import tempfile
from ctypes import c_double, c_int64, c_uint64
from dataclasses import asdict, dataclass, fields
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.reference import Seconds, add_up, patient_events
from flexsim.chance import Draw, subject_word
from flexsim.engine.draws import Draws
from flexsim.plan.plan import COMMUNITY, NONE, UNLIMITED, Plan
from flexsim.register import Register

SOURCE = Path(__file__).with_name("ward.c")
#: No multiply-add may be fused: it would round differently from Python and numpy.
FLAGS = ("-O3", "-march=native", "-ffp-contract=off", "-fno-math-errno")
POOLS, HOMES, GOALS = 6, 2, 6
#: Rows per arrival that buffers are made for; about 2.4 are needed.
ROWS_PER_ARRIVAL = 4
#: Of a row in ward.c.
COLUMNS = (
    *("citizen", "episode", "request", "purpose", "sought", "pool", "kind", "place", "requested"),
    *("wanted", "ready", "granted", "admitted", "completed", "left", "ended", "outcome"),
)

Rows = NDArray[np.int32]


class Law(ctypes.Structure):
    """See ward.c."""

    _fields_ = [("table", ctypes.POINTER(c_double)), ("mean", c_double)]


class Model(ctypes.Structure):
    """See ward.c."""

    _fields_ = [
        ("end", c_int64),
        ("warm_up", c_int64),
        ("expected", c_double),
        ("stream", c_uint64),
        ("word_arrival", c_uint64),
        ("word_goal", c_uint64),
        ("word_relapse", c_uint64),
        ("word_stay", c_uint64 * POOLS),
        ("places", c_int64 * POOLS),
        ("limit", c_int64 * POOLS),
        ("stay", Law * POOLS),
        ("onward", c_double * GOALS),
        ("leads_to", c_int64 * GOALS),
        ("after_pool", c_int64),
        ("relapse", c_double * POOLS),
        ("until_relapse", Law * POOLS),
    ]


class Totals(ctypes.Structure):
    """Whole-number results of one replication, within the window after the warm-up."""

    _fields_ = [
        ("rows", c_int64),
        ("events", c_int64),
        ("starts", c_int64),
        ("wait", c_int64),
        ("delayed", c_int64),
        ("stays", c_int64 * POOLS),
        ("occupied", c_int64 * POOLS),
    ]

    def as_dict(self) -> dict[str, int | list[int]]:
        """By name."""
        values = {name: getattr(self, name) for name, *_ in self._fields_}
        return {name: v if isinstance(v, int) else list(v) for name, v in values.items()}

    def seconds(self) -> Seconds:
        """What is held against the register."""
        values = self.as_dict()
        return Seconds(**{f.name: values[f.name] for f in fields(Seconds)})


def compiler() -> str | None:
    """The C compiler, if there is one."""
    return shutil.which(os.environ.get("CC", "gcc"))


@cache
def library() -> ctypes.CDLL:
    """The compiled loop.

    Raises
    ------
    RuntimeError
        If there is no C compiler.
    """
    found = compiler()
    if found is None:
        raise RuntimeError("no C compiler (gcc, or the one that CC names)")
    folder = tempfile.mkdtemp(prefix="flexsim-benchmark-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    target = Path(folder) / "ward.so"
    command = [found, *FLAGS, "-shared", "-fPIC", str(SOURCE), "-o", str(target), "-lm"]
    subprocess.run(command, check=True)
    loaded = ctypes.CDLL(str(target))
    loaded.ward_arrivals.restype = loaded.ward_run.restype = c_int64
    loaded.ward_order.restype = None
    return loaded


@dataclass(frozen=True)
class Output:
    """What one replication gave: arrays are valid until the next one, and None with totals only.

    `rows` stand as they were closed; `order` puts them in the order of the register, in which each
    citizen's begin at `first`.
    """

    totals: Totals
    rows: Rows | None = None
    order: Rows | None = None
    first: Rows | None = None


class Ward:
    """The loop with its buffers, which are used again by every replication.

    Parameters
    ----------
    plan : Plan
        Of `textbook/ward_and_step_down`, at any scale.
    """

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._tables = np.ascontiguousarray(plan.quantiles)
        self._model = self._prepare()
        expected = float(plan.knot_expected[-1])
        room = int(expected + 6 * expected**0.5 + 20)
        self._times = np.empty(room, dtype=np.int32)
        self._rows = np.empty((ROWS_PER_ARRIVAL * room, len(COLUMNS)), dtype=np.int32)
        self._order = np.empty(len(self._rows), dtype=np.int32)
        self._first, self._following = np.empty((2, room + 1), dtype=np.int32)

    def run(
        self, seed: int, replication: int, keep_rows: bool = True, times: Rows | None = None
    ) -> Output:
        """One replication.

        Parameters
        ----------
        seed, replication : int
        keep_rows : bool
            Write the register, in order; else only add up totals.
        times : ndarray of int32, optional
            Arrivals from elsewhere, in place of those that the C code draws.
        """
        if times is None:
            times = self.arrivals(seed, replication)
        totals = Totals()
        library().ward_run(
            ctypes.byref(self._model),
            c_uint64(seed),
            c_uint64(replication),
            ctypes.c_void_p(times.ctypes.data),
            c_int64(len(times)),
            ctypes.c_void_p(self._rows.ctypes.data if keep_rows else None),
            c_int64(len(self._rows)),
            ctypes.byref(totals),
        )
        if keep_rows and totals.rows > len(self._rows):
            raise RuntimeError(f"{totals.rows} rows do not fit into {len(self._rows)}")
        if not keep_rows:
            return Output(totals)
        sorting = (self._rows, self._order, self._first, self._following)
        rows, order, first, following = (ctypes.c_void_p(array.ctypes.data) for array in sorting)
        library().ward_order(
            *(rows, c_int64(totals.rows), c_int64(len(times)), order, first, following)
        )
        n = totals.rows
        return Output(totals, self._rows[:n], self._order[:n], self._first[: len(times) + 1])

    def arrivals(self, seed: int, replication: int) -> Rows:
        """Times of arrival in seconds, drawn in C; valid until the next call."""
        found = library().ward_arrivals(
            ctypes.byref(self._model),
            c_uint64(seed),
            c_uint64(replication),
            ctypes.c_void_p(self._times.ctypes.data),
            c_int64(len(self._times)),
        )
        if found < 0:
            raise RuntimeError("more arrivals than expected")
        return self._times[:found]

    def _prepare(self) -> Model:
        """The plan as the C code reads it."""
        plan = self._plan
        _check_shape(plan)
        model = Model(end=plan.end, warm_up=plan.warm_up, expected=float(plan.knot_expected[-1]))
        model.stream = int(plan.stream_hash[0])
        model.word_arrival = subject_word(Draw.ARRIVAL, 0)
        model.word_goal = subject_word(Draw.GOAL, 0)
        model.word_relapse = subject_word(Draw.RELAPSE, 0)
        for pool in range(POOLS):
            model.word_stay[pool] = subject_word(Draw.STAY, int(plan.pool_hash[pool]))
            model.places[pool] = int(plan.norm[pool])
            model.limit[pool] = int(plan.limit[pool])
            model.stay[pool] = self._law(int(plan.stay_law[pool, 0]))
            model.relapse[pool] = float(plan.relapse_share[pool, 0])
            model.until_relapse[pool] = self._law(int(plan.relapse_law[pool, 0]))
        leads_to = plan.search_pool[plan.search_first[plan.goal_search]].tolist()
        for goal, upto in enumerate(plan.onward[0, 0].tolist()):
            model.onward[goal] = upto
            model.leads_to[goal] = leads_to[goal] if goal < len(leads_to) else NONE
        model.after_pool = leads_to[int(np.flatnonzero(plan.onward[1, 0] >= 1)[0])]
        return model

    def _law(self, law: int) -> Law:
        if law == NONE:
            return Law(None, 0.0)
        part = int(self._plan.law_first[law])
        table = self._tables[self._plan.part_table[part]]
        pointer = table.ctypes.data_as(ctypes.POINTER(c_double))
        return Law(pointer, float(self._plan.part_scale[part]))


def _check_shape(plan: Plan) -> None:
    """The C code knows one model only; refuse any other."""
    is_home = plan.kind == COMMUNITY
    fits = (
        len(plan.pools) == POOLS
        and not is_home[:-HOMES].any()
        and is_home[-HOMES:].all()
        and plan.onward.shape == (POOLS, 1, GOALS)
        and len(plan.knot_time) == 2
        and np.array_equal(plan.search_pool, np.arange(POOLS))
        and (plan.norm[-HOMES:] == UNLIMITED).all()
        and (plan.part_low == 0).all()
        and len(plan.part_kind) == len(plan.law_first) - 1
    )
    if not fits:
        raise ValueError("the C loop simulates textbook/ward_and_step_down only")


# -- The same as flexsim -------------------------------------------------------------------------


def differences(ward: Ward, register: Register, plan: Plan, seed: int, replication: int) -> str:
    """What differs between the C loop and flexsim's register of one replication; '' if nothing.

    The C code takes logarithms from its own library, so an arrival could fall into the second
    beside. Arrivals are compared first; everything else is compared with flexsim's arrivals.
    """
    times = np.array(Draws(plan, seed, replication).arrivals(0), dtype=np.int32)
    found = ward.run(seed, replication, times=times)
    if found.rows is None or len(found.rows) != len(register.citizen):
        return "number of rows"
    rows = found.rows[found.order]
    theirs = {name: getattr(register, name) for name in COLUMNS}
    theirs["citizen"] = register.citizen_nth[register.citizen]
    for name, column in zip(COLUMNS, rows.T, strict=True):
        if not np.array_equal(column, theirs[name]):
            return f"column {name}"
    totals = ward.run(seed, replication, keep_rows=False, times=times).totals.as_dict()
    expected = asdict(add_up(register, plan)) | {
        "rows": len(rows),
        "events": patient_events(register, plan),
    }
    wrong = [name for name, value in expected.items() if totals[name] != value]
    return f"totals {', '.join(wrong)}" if wrong else ""


def moved_arrivals(ward: Ward, plan: Plan, seed: int, replication: int) -> int:
    """Arrivals that the two logarithms put into different seconds."""
    theirs = np.array(Draws(plan, seed, replication).arrivals(0), dtype=np.int32)
    ours = ward.arrivals(seed, replication)
    if len(ours) != len(theirs):
        return max(len(ours), len(theirs))
    return int((ours != theirs).sum())
