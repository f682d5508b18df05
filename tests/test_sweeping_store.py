"""The store: whatever interrupts a sweep, it ends with the same bytes."""

from __future__ import annotations

import errno

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flexsim.errors import WorkplaceError
from flexsim.measures.condensed import NAMES, Condensed, Names
from flexsim.sweeping import store as stores
from flexsim.sweeping.lock import locked
from flexsim.sweeping.store import Store, done, failure

PART = 4


@pytest.fixture(autouse=True)
def _small_parts(monkeypatch):
    monkeypatch.setattr(stores, "PART", PART)


def _outcome(key):
    """Made of the key alone, as a simulation is."""
    number = sum(map(ord, key))
    rows = 1 + number % 3
    names = {n: np.array([f"{n}{(number + r) % 4}" for r in range(rows)], object) for n in NAMES}
    numbers = np.full((5, rows), float(number))
    numbers[3:, 0] = np.nan
    warnings = ["a list grows"] if number % 5 == 0 else []
    return done(Condensed(Names(names), numbers, np.full(rows, 7)), warnings)


def _open(folder, keys):
    folder.mkdir(exist_ok=True)
    return Store(folder, keys, {"pools.p.places": pa.array(range(len(keys)))})


def _run(folder, keys, order=None, stop=None, flush_every=3, ends_well=True):
    """Run what there is to do, in some order; `stop` after so many points."""
    store = _open(folder, keys)
    todo = store.todo
    order = sorted(todo, key=lambda n: (n * 7 + (order or 0)) % len(keys))
    for count, n in enumerate(order):
        if count == stop:
            break
        store.add(keys[n], _outcome(keys[n]))
        if count % flush_every == 0:
            store.flush()
    if ends_well:
        store.flush()
        store.finish()
    return len(todo)


def _bytes(folder):
    parts = {path.name: path.read_bytes() for path in sorted((folder / "parts").iterdir())}
    return parts, (folder / ".pending").exists()


KEYS = st.lists(st.sampled_from([f"{a}{b}" for a in "abcd" for b in "uvwxyz"]), min_size=1)


@settings(max_examples=25)
@given(
    keys=KEYS,
    order=st.integers(0, 20),
    stops=st.lists(st.tuples(st.integers(0, 20), st.integers(1, 4), st.booleans()), max_size=3),
)
def test_interrupted_sweep_ends_with_the_same_bytes(tmp_path_factory, keys, order, stops):
    """In whatever order points come, wherever it stops (killed or not), with points that repeat."""
    whole, broken = tmp_path_factory.mktemp("whole"), tmp_path_factory.mktemp("broken")
    assert _run(whole, keys) == len(set(keys))
    for n, (stop, flush_every, ends_well) in enumerate(stops):
        _run(broken, keys, order + n, stop, flush_every, ends_well)
    _run(broken, keys, order)
    assert _bytes(broken) == _bytes(whole)
    assert _run(broken, keys) == 0
    table = pq.read_table(broken / "parts")
    assert sorted(set(table["point"].to_pylist())) == list(range(len(keys)))


def test_points_that_are_there_are_used_in_a_longer_design(tmp_path):
    keys = [f"k{n}" for n in range(10)]
    _run(tmp_path / "longer", keys[:6])
    assert _run(tmp_path / "longer", keys) == 4
    _run(tmp_path / "whole", keys)
    assert _bytes(tmp_path / "longer") == _bytes(tmp_path / "whole")


def test_failed_points_are_kept_apart_and_tried_again(tmp_path):
    keys = [f"k{n}" for n in range(6)]
    store = _open(tmp_path, keys)
    for n, key in enumerate(keys):
        store.add(key, failure("no way out") if n == 2 else _outcome(key))
    store.finish()
    assert [outcome for outcome, _ in store.outcomes()].count("done") == 5
    assert list(store.outcomes())[2] == ("failed", "no way out")
    assert 2 not in pq.read_table(tmp_path / "parts")["point"].to_pylist()
    assert _open(tmp_path, keys).todo == [2]
    _run(tmp_path, keys)
    _run(tmp_path / "whole", keys)
    assert _bytes(tmp_path) == _bytes(tmp_path / "whole")


def test_full_disk_leaves_no_broken_file(tmp_path, monkeypatch):
    """What was written before stays whole, and the sweep goes on from there."""
    keys = [f"k{n}" for n in range(9)]
    written = []

    def write(table, path, **options):
        if len(written) == 2:
            path.write_bytes(b"PAR1 cut off")
            raise OSError(errno.ENOSPC, "No space left on device")
        written.append(path)
        pq_write(table, path, **options)

    pq_write = pq.write_table
    with monkeypatch.context() as patch:
        patch.setattr(stores.pq, "write_table", write)
        with pytest.raises(OSError, match="No space left"):
            _run(tmp_path, keys, flush_every=2)
    for path in tmp_path.rglob("*.parquet"):
        assert pq.read_table(path).num_rows
    assert not [p for p in tmp_path.rglob(".*") if p.is_file()]
    _run(tmp_path, keys)
    _run(tmp_path / "whole", keys)
    assert _bytes(tmp_path) == _bytes(tmp_path / "whole")


def test_second_process_is_told_who_has_the_folder(tmp_path):
    with (
        locked(tmp_path),
        pytest.raises(WorkplaceError, match=r"is in use by process \d+ on"),
        locked(tmp_path),
    ):
        pass
    with locked(tmp_path):
        pass


def test_part_says_its_points_and_their_warnings(tmp_path):
    keys = ["aa", "ab", "ac"]
    _run(tmp_path, keys)
    said = dict(zip(keys, _open(tmp_path, keys).outcomes(), strict=True))
    assert {key for key, (_, message) in said.items() if message} == {
        key for key in keys if sum(map(ord, key)) % 5 == 0
    }
