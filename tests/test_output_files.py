"""A result as files: whole or not at all, and harmless."""

import csv
import dataclasses
import errno
import json
import os
import re

import numpy as np
import pandas as pd
import pytest
from output_example import changed, example, once

from flexsim.errors import ScenarioError, WorkplaceError
from flexsim.output import figures, files, tables
from flexsim.scenario import load


@pytest.fixture(scope="module")
def result():
    """Take the example without figures, which take time."""
    return changed(example(), figures="none")


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def below(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


def test_all_files(here):
    """Everything that was asked for is there, whole and listed, and nothing else."""
    result = changed(example(), registers="first")
    written = files.write(result, here / "out")
    names = [path.relative_to(here / "out").as_posix() for path in written]
    assert names == [
        "evidence.csv",
        *(f"figures/{pool}.png" for pool in sorted(result.scenario.pools)),
        *("measures.csv", "measures.parquet", "register_000.csv", "register_000.parquet"),
        *("scenario.yaml", "summary.csv", "summary.parquet", "manifest.json"),
    ]
    assert sorted([*names, "figures"]) == below(here / "out")
    assert below(here)[0] == "out"


def test_tables_hold_the_result(result, here):
    """CSV and Parquet give the tables back."""
    files.write(result, here / "out")
    for name, table in {"measures": result.measures, "summary": result.summary()}.items():
        parquet = pd.read_parquet(here / f"out/{name}.parquet")
        pd.testing.assert_frame_equal(parquet, table, check_dtype=False, check_categorical=False)
        text = pd.read_csv(here / f"out/{name}.csv", dtype={"year": str}, keep_default_na=True)
        assert list(text.columns) == list(table.columns)
        numeric = table.select_dtypes("number").columns
        np.testing.assert_array_equal(text[numeric], table[numeric])


def test_one_replication_leaves_intervals_empty(here):
    """The columns of an interval that cannot be given are empty, not zero and not "nan"."""
    files.write(changed(once(), figures="none"), here / "out")
    with (here / "out/summary.csv").open(encoding="utf-8") as text:
        rows = list(csv.DictReader(text))
    assert {row["low"] for row in rows} == {""}
    assert {row["year_high"] for row in rows} == {""}
    assert all(row["mean"] for row in rows)


def test_registers_of_all_replications(result, here):
    """One register per replication, equal to the one the result gives."""
    files.write(changed(result, registers="all"), here / "out")
    names = [name for name in below(here / "out") if name.endswith(".parquet")]
    assert names[1:4] == [f"register_00{n}.parquet" for n in range(3)]
    register = pd.read_parquet(here / "out/register_002.parquet")
    assert len(register) == len(result.register(2))


def test_scenario_runs_again(result, here):
    """scenario.yaml is the text handed in, or else one that loads as the same scenario."""
    files.write(result, here / "a", composed="run: {days: 3}\n")
    assert (here / "a/scenario.yaml").read_text() == "run: {days: 3}\n"
    files.write(result, here / "b")
    assert load(here / "b/scenario.yaml").pools == result.scenario.pools


def test_manifest(result, here):
    """The manifest says what was run, how, with what, and what to beware of."""
    warned = dataclasses.replace(result, warnings=["mind the step"])
    command = ["flexsim", "title=two words"]
    files.write(warned, here / "out", command=command)
    manifest = json.loads((here / "out/manifest.json").read_text(encoding="utf-8"))
    assert manifest["seed"] == 7
    assert manifest["replications"] == 3
    assert manifest["engine"] == "simpy"
    assert manifest["warnings"] == ["mind the step"]
    assert manifest["command"] == "flexsim 'title=two words'"
    assert set(manifest["packages"]) == {"numpy", "scipy", "pandas", "simpy"}
    assert manifest["finished"].endswith("+00:00")
    assert sorted([*manifest["files"], "manifest.json"]) == below(here / "out")


def test_default_folder(result, here):
    """results/<scenario>/<time>; a second run in the same second has a folder of its own."""
    first, second = files.write(result)[0].parent, files.write(result)[0].parent
    assert re.fullmatch(r"results/scenario/\d{4}-\d\d-\d\d_\d\d-\d\d-\d\d(_2)?", first.as_posix())
    assert first != second
    assert len(below(here / "results/scenario")) == 2 + 2 * 7


def test_folder_of_the_scenario(result, here):
    """output.folder is used, and its parents are made."""
    written = files.write(changed(result, folder="a/b"))
    assert all(path.exists() for path in written)
    assert written[0].parent.as_posix() == "a/b"


def test_used_folder_is_refused(result, here):
    """A folder with files is left as it is, before and after a run."""
    files.write(result, here / "out")
    before = (here / "out/manifest.json").read_bytes()
    with pytest.raises(ScenarioError, match="already holds files"):
        files.check_folder(changed(result, folder=str(here / "out")).scenario)
    with pytest.raises(ScenarioError, match="--overwrite"):
        files.write(result, here / "out")
    assert (here / "out/manifest.json").read_bytes() == before


def test_overwriting_replaces_only_our_files(result, here):
    """Files of the earlier run that the new one does not have go; a reader's notes stay."""
    files.write(changed(result, registers="first"), here / "out")
    (here / "out/notes.txt").write_text("mine")
    scenario = changed(result, folder=str(here / "out")).scenario
    files.check_folder(scenario, overwrite=True)
    files.write(result, here / "out", overwrite=True)
    names = below(here / "out")
    assert "register_000.csv" not in names
    assert (here / "out/notes.txt").read_text() == "mine"
    assert len(names) == 8


def test_manifest_of_another_hand(result, here):
    """A manifest that lists files outside, or of others, makes nothing disappear."""
    (here / "precious.txt").write_text("mine")
    (here / "out").mkdir()
    (here / "out/thesis.txt").write_text("mine")
    listed = ["../precious.txt", str(here / "precious.txt"), "thesis.txt", "figures/../thesis.txt"]
    (here / "out/manifest.json").write_text(json.dumps({"files": listed}))
    files.write(result, here / "out", overwrite=True)
    assert (here / "precious.txt").exists()
    assert (here / "out/thesis.txt").exists()


@pytest.mark.parametrize("text", ["", "[]", "nonsense", '{"files": 3}', '{"files": [[1]]}'])
def test_damaged_manifest(result, here, text):
    """A manifest that cannot be read does not stop an overwriting run."""
    (here / "out").mkdir()
    (here / "out/manifest.json").write_text(text)
    files.write(result, here / "out", overwrite=True)
    assert json.loads((here / "out/manifest.json").read_text())["seed"] == 7


def test_empty_folder_is_filled(result, here):
    """A folder that exists and is empty, such as a mounted one, stays the same folder."""
    (here / "out").mkdir()
    inode = (here / "out").stat().st_ino
    files.write(result, here / "out")
    assert (here / "out").stat().st_ino == inode
    assert len(below(here / "out")) == 7


def test_link_out_of_the_folder(here, tmp_path_factory, monkeypatch):
    """No file is written through a link that leads out of the folder."""
    monkeypatch.setattr(figures, "write", lambda _, path: (path / "ward.png").touch())
    outside = tmp_path_factory.mktemp("outside")
    (here / "out").mkdir()
    (here / "out/figures").symlink_to(outside)
    with pytest.raises(WorkplaceError, match="leads out of the folder"):
        files.write(example(), here / "out", overwrite=True)
    assert below(outside) == []
    assert below(here / "out") == ["figures"]


@pytest.mark.parametrize("exists", [False, True])
@pytest.mark.parametrize("error", [OSError(errno.ENOSPC, "No space left on device"), KeyError()])
def test_failing_write_leaves_nothing(result, here, monkeypatch, exists, error):
    """A full disk or a stop half way: no file, no temporary folder, no new parent."""
    if exists:
        (here / "new").mkdir()
    before = below(here)
    calls = []

    def write(table, path):
        calls.append(path)
        path.with_suffix(".csv").write_text("half")
        if len(calls) == 2:
            raise error

    monkeypatch.setattr(tables, "write", write)
    expected = WorkplaceError if isinstance(error, OSError) else KeyError
    with pytest.raises(expected):
        files.write(result, here / "new" if exists else here / "new/folder")
    assert below(here) == before


def test_failing_overwrite_keeps_the_earlier_run(result, here, monkeypatch):
    """A full disk while overwriting leaves the finished run as it was."""
    files.write(result, here / "out")
    before = {path: path.read_bytes() for path in (here / "out").iterdir()}

    def fail(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(tables, "write_csv", fail)
    with pytest.raises(WorkplaceError, match="No space left"):
        files.write(result, here / "out", overwrite=True)
    assert {path: path.read_bytes() for path in (here / "out").iterdir()} == before


def test_failing_figure_leaves_nothing(here, monkeypatch):
    """A figure that cannot be drawn takes the whole folder with it."""

    def fail(*_):
        raise RuntimeError

    monkeypatch.setattr(figures, "draw", fail)
    with pytest.raises(RuntimeError):
        files.write(example(), here / "out")
    assert below(here) == []


def test_folder_is_a_file(result, here):
    """A file where the folder (or one above it) should be is refused before the run."""
    (here / "taken").write_text("")
    for folder in ("taken", "taken/below"):
        with pytest.raises(ScenarioError, match="is a file"):
            files.check_folder(changed(result, folder=folder).scenario)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_folder_without_rights(result, here):
    """A place where nothing may be written is refused before the run."""
    (here / "locked").mkdir(mode=0o500)
    with pytest.raises(WorkplaceError, match="nothing may be written"):
        files.check_folder(changed(result, folder="locked/out").scenario)


def test_free_folders(result, here):
    """A new folder, an empty one, and the default one may be used; asking makes none."""
    (here / "empty").mkdir()
    for folder in (None, "new/folder", "empty"):
        files.check_folder(changed(result, folder=folder).scenario)
    assert below(here) == ["empty"]


@pytest.mark.parametrize("start", ["=1+1", "+45", "-2", "@SUM(A1)", "\tx", "\rx", "\nx"])
@pytest.mark.parametrize("kind", ["object", "category", "string"])
def test_no_formula_in_csv(here, start, kind):
    """Text that a spreadsheet would compute is led by an apostrophe; numbers stay numbers."""
    table = pd.DataFrame({"title": pd.Series([start, "plain"], dtype=kind), "value": [-2.5, 1.0]})
    tables.write_csv(table, here / "t.csv")
    with (here / "t.csv").open(encoding="utf-8", newline="") as text:
        rows = list(csv.reader(text))
    assert rows[1:] == [["'" + start.replace("\r", "\n"), "-2.5"], ["plain", "1.0"]]


def test_no_formula_in_evidence(result, here):
    """Titles and sources of the scenario are user text; published figures are numbers."""
    files.write(result, here / "out")
    evidence = pd.read_csv(here / "out/evidence.csv")
    assert list(evidence["title"]) == [
        "'=Use of the beds",
        "'-1 of a town that is not in the model",
    ]
    assert list(evidence["published"]) == [0.9, -2.5]
    assert evidence["source"][0] == "'@a made-up register"
