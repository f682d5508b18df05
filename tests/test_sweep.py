"""Sweeps from end to end: the numbers of single runs, kept whatever happens to the process."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest

import flexsim as fs
from flexsim import cli
from flexsim.errors import RunError, ScenarioError, WorkplaceError
from flexsim.measures.summary import CELL
from flexsim.sweeping import sweep as sweeps
from flexsim.sweeping import working
from flexsim.sweeping.points import checked

ROOT = Path(__file__).parents[1]
#: A ward that passes on to a few places, whose list grows if there are too few.
NETWORK = {
    "groups": {"known": {}, "new": {}},
    "pools": {
        "ward": {
            "kind": "ward",
            "places": 4,
            "surge": "unlimited",
            "stay": {"law": "gamma", "mean_days": 10, "cv": 0.8},
            "onward": {"care": 1.0},
        },
        "care": {"kind": "flexible", "places": 6, "stay": {"law": "exponential", "mean_days": 20}},
    },
    "searches": {
        "ward": {"pools": ["ward"], "when_full": "turned_away", "otherwise": "leave"},
        "care": {"pools": ["care"], "otherwise": "leave"},
    },
    "goals": {"care": {"search": "care"}},
    "streams": {
        name: {"group": name, "origin": "home", "rate_per_year": 60, "search": "ward"}
        for name in ("known", "new")
    },
    "run": {"days": 730, "warm_up_days": 30, "replications": 3, "engine": "simpy"},
}
DESIGN = {"pools.care.places": [1, 5, 7], "streams.new.rate_per_year": [20, 60.5]}


def _bytes(folder):
    names = ["points.csv", "points.parquet", *(f"parts/{p.name}" for p in _parts(folder))]
    return {name: (folder / name).read_bytes() for name in names}


def _parts(folder):
    return sorted((folder / "parts").glob("*.parquet"))


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A sweep that nothing disturbed."""
    return fs.sweep(NETWORK, DESIGN, folder=tmp_path_factory.mktemp("sweep") / "whole")


def test_table_holds_what_single_runs_give(whole):
    """Bit for bit, in one tidy table with the swept keys as columns."""
    table = whole.table()
    assert list(table.columns[:3]) == ["point", *DESIGN]
    for point, (places, rate) in enumerate([(1, 20), (1, 60.5), (5, 20), (5, 60.5)]):
        changes = [f"pools.care.places={places}", f"streams.new.rate_per_year={rate}"]
        single = fs.run(fs.load(NETWORK, changes)).summary()
        mine = table[table["point"] == point].drop(columns=["point"])
        assert set(mine["pools.care.places"]) == {places}
        assert set(mine["streams.new.rate_per_year"]) == {rate}
        both = [
            t[single.columns].astype(dict.fromkeys([*CELL, "unit"], str)).sort_values(CELL)
            for t in (mine, single)
        ]
        pd.testing.assert_frame_equal(*(t.reset_index(drop=True) for t in both), check_exact=True)


def test_points_without_a_steady_state_say_so(whole):
    said = whole.points["message"]
    assert said[1].startswith("no steady state: the waiting list of care still grows")
    assert said[4] == ""


def test_part_of_the_table(whole):
    table = whole.table(measure="occupied", pool="care", group="all", municipality="all")
    assert table["point"].tolist() == list(range(6))
    with pytest.raises(ScenarioError, match=r"no measure 'ocupied'.*did you mean 'occupied'"):
        whole.table(measure="ocupied")


def test_duckdb_and_pandas_read_the_folder(whole):
    import duckdb

    query = f"select count(*), count(distinct point) from '{whole.folder}/parts/*.parquet'"
    assert duckdb.sql(query).fetchall() == [(len(whole.table()), 6)]
    assert len(pd.read_parquet(whole.folder / "parts")) == len(whole.table())


def test_sampled_design_and_experiment_give_tables_too():
    design = {"design": "sobol", "points": 2, "ranges": {"pools.care.places": [2, 9]}}
    found = fs.sweep(NETWORK, design, replications=1)
    assert sorted(found.points["outcome"]) == ["done", "done"]
    assert found.table(measure="occupied", pool="care", group="all")["low"].isna().all()


@pytest.mark.parametrize(("workers", "threads"), [(2, True), (2, False), (8, True)])
@pytest.mark.ci
def test_workers_change_nothing(workers, threads, whole, tmp_path, monkeypatch):
    """One worker or eight, threads or processes, points or replications shared out: same bytes."""
    monkeypatch.setattr(working, "SMALL", {"simpy": 0, "compiled": 0})
    if threads:
        monkeypatch.setattr(working, "WORTH_PROCESSES", 1e9)
        monkeypatch.setattr(working, "THREADED", ("compiled", "simpy"))
    fs.sweep(NETWORK, DESIGN, workers=workers, folder=tmp_path / "other")
    assert _bytes(tmp_path / "other") == _bytes(whole.folder)


def _stopping(error, after):
    """In place of `outcomes`: some points, then an exception."""

    def outcomes(points, todo, workers, where):
        for n, found in enumerate(working.outcomes(points, todo)):
            if n == after:
                raise error
            yield found

    return outcomes


@pytest.mark.parametrize("error", [KeyboardInterrupt(), RunError("workers were lost")])
def test_what_is_finished_is_kept(error, whole, tmp_path, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(sweeps, "outcomes", _stopping(error, 4))
        with pytest.raises(type(error)):
            fs.sweep(NETWORK, DESIGN, folder=tmp_path / "a")
    assert pd.read_csv(tmp_path / "a" / "points.csv")["outcome"].tolist().count("done") == 4
    with pytest.raises(ScenarioError, match=r"holds a sweep already.*--resume"):
        fs.sweep(NETWORK, DESIGN, folder=tmp_path / "a")
    asked = []
    monkeypatch.setattr(
        sweeps, "outcomes", lambda p, todo, *a: (asked.extend(todo), working.outcomes(p, todo))[1]
    )
    fs.sweep(NETWORK, DESIGN, folder=tmp_path / "a", resume=True)
    assert len(asked) == 2
    assert _bytes(tmp_path / "a") == _bytes(whole.folder)


def test_edited_scenario_is_not_resumed(whole):
    """The keys that have changed are listed, with what they were."""
    before = _bytes(whole.folder)
    edited = json.loads(json.dumps(NETWORK))
    edited["pools"]["ward"]["places"] = 5
    with pytest.raises(ScenarioError) as caught:
        fs.sweep(edited, DESIGN, seed=3, folder=whole.folder, resume=True)
    assert "pools.ward.places: 4 then, 5 now" in str(caught.value)
    assert "run.seed: 2026 then, 3 now" in str(caught.value)
    assert _bytes(whole.folder) == before


def test_overwriting_begins_anew_and_leaves_other_files(tmp_path):
    design = {"pools.care.places": [3, 4]}
    first = fs.sweep(NETWORK, design, replications=2, folder=tmp_path / "a")
    (first.folder / "notes.txt").write_text("mine")
    second = fs.sweep(NETWORK, design, replications=1, folder=tmp_path / "a", overwrite=True)
    assert len(_parts(second.folder)) == 1
    assert (second.folder / "notes.txt").read_text() == "mine"
    with pytest.raises(ScenarioError, match="not both"):
        fs.sweep(NETWORK, design, folder=tmp_path / "a", overwrite=True, resume=True)


def test_refused_sweep_writes_nothing(tmp_path):
    with pytest.raises(ScenarioError):
        fs.sweep(NETWORK, {"pools.care.places": [3, -4]}, folder=tmp_path / "a")
    assert list(tmp_path.iterdir()) == []


def test_point_that_fails_leaves_the_others_alone(whole, tmp_path, monkeypatch):
    """The failed one is in the table of points with its values and its message."""
    build = working.build

    def failing(scenario):
        if scenario.pools["care"].places == 5 and scenario.run.replications == 2:
            raise RunError("the events of day 3.00 never come to an end")
        return build(scenario)

    monkeypatch.setattr(working, "build", failing)
    found = fs.sweep(NETWORK, DESIGN, replications=2, folder=tmp_path / "a")
    assert found.failed["pools.care.places"].tolist() == [5, 5]
    assert set(found.failed["message"]) == {"the events of day 3.00 never come to an end"}
    assert found.points["outcome"].tolist().count("done") == 4


# -- other processes --------------------------------------------------------------------------

SCRIPT = """
import json, sys
from flexsim.sweeping import sweep as sweeps
import flexsim as fs
sweeps.FLUSH = 0.0
network, design = json.loads(sys.argv[1])
fs.sweep(network, design, workers=1, folder=sys.argv[2], resume=True)
"""


def _process(design, folder):
    words = [sys.executable, "-c", SCRIPT, json.dumps([NETWORK, design]), str(folder)]
    return subprocess.Popen(words, cwd=ROOT, stderr=subprocess.PIPE, text=True)


def _wait_for(condition, process, seconds=120):
    until = time.monotonic() + seconds
    while not condition() and process.poll() is None and time.monotonic() < until:
        time.sleep(0.01)
    return condition()


@pytest.mark.ci
def test_killed_process_leaves_whole_files_and_no_lock(tmp_path):
    """Kill -9 in the middle; another process is refused before, and goes on afterwards."""
    design = {"run.seed": list(range(12))}
    folder = tmp_path / "a"
    process = _process(design, folder)
    try:
        pending = folder / ".pending"
        assert _wait_for(lambda: len(list(pending.glob("[!.]*.parquet"))) > 2, process)
        with pytest.raises(WorkplaceError, match=f"in use by process {process.pid}"):
            fs.sweep(NETWORK, design, folder=folder, resume=True)
    finally:
        process.kill()
        process.communicate()
    assert process.returncode == -signal.SIGKILL
    for path in folder.rglob("[!.]*.parquet"):
        assert pd.read_parquet(path).notna().any().any()
    fs.sweep(NETWORK, design, folder=folder, resume=True)
    fs.sweep(NETWORK, design, folder=tmp_path / "whole")
    assert _bytes(folder) == _bytes(tmp_path / "whole")
    assert not (folder / ".pending").exists()


COMMAND = """
import sys
from flexsim import cli
from flexsim.sweeping import sweep as sweeps
sweeps.FLUSH = 0.0
sys.exit(cli.main(sys.argv[1:]))
"""


@pytest.mark.ci
def test_ctrl_c_keeps_what_is_finished(tmp_path):
    """To the process and its workers, as a terminal does it: the end, and how to go on."""
    words = ["-m", "scenario=textbook/c1_turned_away", "run.seed=range(12)", "run.engine=simpy"]
    words += ["run.days=7300", "run.replications=4", "run.workers=2", "output.folder=a"]
    process = subprocess.Popen(
        [sys.executable, "-c", COMMAND, *words],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        pending = tmp_path / "a" / ".pending"
        assert _wait_for(lambda: any(pending.glob("[!.]*.parquet")), process)
        os.killpg(process.pid, signal.SIGINT)
        _, said = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == 130
    assert "finished points are kept in a; to go on: flexsim -m" in " ".join(said.split())
    outcomes = pd.read_csv(tmp_path / "a" / "points.csv")["outcome"].tolist()
    assert set(outcomes) == {"done", "not run"}


@pytest.fixture
def small_disk(tmp_path):
    """A disk of 256 KiB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(disk)]
    if not shutil.which("mount") or subprocess.run(mount, check=False).returncode:
        pytest.skip("nothing may be mounted here")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def test_full_disk(small_disk, tmp_path, monkeypatch):
    """Said in plain words; what is finished is whole, and used when there is room again."""
    monkeypatch.setattr(sweeps, "FLUSH", 0.0)
    design = {"run.seed": list(range(12))}
    filler = small_disk / "filler"
    filler.write_bytes(bytes(200 * 1024))
    with pytest.raises(WorkplaceError, match=r"No space left on device; what is finished is kept"):
        fs.sweep(NETWORK, design, folder=small_disk / "a")
    finished = list((small_disk / "a").rglob("[!.]*.parquet"))
    assert finished
    for path in finished:
        assert len(pd.read_parquet(path))
    filler.unlink()
    fs.sweep(NETWORK, design, folder=small_disk / "a", resume=True)
    fs.sweep(NETWORK, design, folder=tmp_path / "whole")
    assert _bytes(small_disk / "a") == _bytes(tmp_path / "whole")


def _outcomes_and_a_kill(points, worker, where=None):
    """Outcomes of all points; after the first, the process that `worker` gives is killed."""
    found = {}
    for point, outcome in working.outcomes(points, range(len(points.points)), 2, where):
        if not found:
            os.kill(worker(), signal.SIGKILL)
        assert point not in found
        found[point] = outcome
    return found


def _same(found, points):
    alone = dict(working.outcomes(points, range(len(points.points)), 1))
    return found.keys() == alone.keys() and all(
        found[n].table.equals(alone[n].table) and found[n].warnings == alone[n].warnings
        for n in alone
    )


@pytest.mark.ci
def test_killed_worker_of_this_machine_loses_nothing(monkeypatch):
    from joblib.externals.loky import reusable_executor  # asking it for its pool would stop that

    points = checked(NETWORK, {"run.seed": list(range(12))})
    with monkeypatch.context() as patch:
        patch.setattr(working, "SMALL", {"simpy": 0, "compiled": 0})
        patch.setattr(working, "MOST", 2)
        found = _outcomes_and_a_kill(
            points, lambda: next(iter(reusable_executor._executor._processes))
        )
    assert _same(found, points)


@pytest.mark.ci
def test_killed_worker_of_a_cluster_loses_nothing():
    """A cluster of two processes: nothing lost, nothing twice, the numbers of one process.

    The lost one does not come back: a new one would still be starting when all is done.
    """
    import distributed

    points = checked(NETWORK, {"run.seed": list(range(12))})
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address=None
    ) as cluster:
        lost = cluster.workers[0]
        lost.close_gracefully()
        found = _outcomes_and_a_kill(points, lambda: lost.pid, cluster.scheduler_address)
    assert _same(found, points)


def test_cluster_that_is_none():
    with pytest.raises(ScenarioError, match="is no scheduler file, and no address"):
        fs.sweep(NETWORK, DESIGN, cluster="nowhere.json")


# -- command line -----------------------------------------------------------------------------

WORDS = ["-m", "scenario=textbook/c1_turned_away", "run.seed=1,2", "run.replications=2"]


@pytest.fixture
def short(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return [*WORDS, "run.days=30", "run.warm_up_days=0", "run.engine=simpy", "output.folder=a"]


def test_command_line(short, capsys):
    """A table of points, one folder; it is not overwritten unless asked."""
    assert cli.main(short) == 0
    shown = capsys.readouterr()
    assert shown.err == ""
    assert "2 points" in shown.out
    assert all(len(line) <= 80 for line in shown.out.splitlines())
    assert cli.main(short) == 2
    assert "--resume" in capsys.readouterr().err
    assert cli.main([*short, "--resume"]) == 0


@pytest.mark.parametrize(("error", "code"), [(KeyboardInterrupt(), 130), (OSError(28, "full"), 4)])
def test_stopped_command_says_how_to_go_on(error, code, short, capsys, monkeypatch):
    monkeypatch.setattr(sweeps, "outcomes", _stopping(error, 1))
    assert cli.main(short) == code
    said = " ".join(capsys.readouterr().err.split())
    assert "finished points are kept in a; to go on: flexsim -m" in said
    assert "--resume" in said


def test_command_with_a_failing_point(short, capsys, monkeypatch):
    build = working.build

    def failing(scenario):
        if scenario.run.seed == 2:
            raise RunError("no way out")
        return build(scenario)

    monkeypatch.setattr(working._Load, "__init__", _load_of(build))
    monkeypatch.setattr(working, "build", failing)
    assert cli.main(short) == 3
    assert "1 of 2 points failed; see a/points.csv" in " ".join(capsys.readouterr().err.split())
    assert pd.read_csv("a/points.csv")["message"].tolist()[1] == "no way out"


def _load_of(build):
    before = working._Load.__init__

    def init(self, points, todo):
        now, working.build = working.build, build
        try:
            before(self, points, todo)
        finally:
            working.build = now

    return init


@pytest.mark.parametrize("flags", [["--resume"], ["--cluster", "local"]])
def test_options_that_go_with_m(flags, capsys):
    assert cli.main(["scenario=baseline", *flags]) == 2
    assert "goes with -m" in capsys.readouterr().err
