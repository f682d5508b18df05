"""A comparison in print, as files and as a picture; the commands that make them."""

from __future__ import annotations

import json
import math

import pandas as pd
import pytest
import yaml
from output_example import SCENARIO, example
from test_comparing import _more

from flexsim import cli
from flexsim.comparing import Comparison, compare
from flexsim.errors import ScenarioError
from flexsim.output import comparison as output
from flexsim.output import difference_figure
from flexsim.scenario import load


@pytest.fixture(scope="module")
def found() -> Comparison:
    return compare(example(), _more())


@pytest.fixture
def files(tmp_path, monkeypatch):
    """Two scenarios as files in the folder that one stands in."""
    monkeypatch.chdir(tmp_path)
    more = _more().model_dump(mode="json", by_alias=True, exclude_unset=True)
    for name, values in (("before", SCENARIO), ("after", more)):
        (tmp_path / f"{name}.yaml").write_text(yaml.safe_dump(values | {"name": name}))
    return tmp_path


def test_print(found, capsys):
    """Eighty columns; both ranges; verdicts; nothing where nothing happened."""
    output.show(found, found.citizens())
    text = capsys.readouterr().out
    assert all(len(line) <= 80 for line in text.splitlines())
    assert "Compared with scenario: A ward that sends on to two places" in text
    assert "Ward north (ward, norm 5)" in text
    assert "completed-treatment days *" in text
    assert "headline differences allowed" in " ".join(text.split())
    assert "Citizens a year with another course in more" in text
    assert "gave up" not in text
    assert "nan" not in text
    table = found.table()
    ratios = table["variance_ratio"][table["p_corrected"].notna() & (table["variance_ratio"] > 0)]
    middle = ratios[ratios < math.inf].median()
    assert f"median {middle:.{1 if middle < 10 else 0}f}." in text


def test_print_of_one_replication(capsys):
    """No interval and no verdict, and it says so."""
    output.show(compare(SCENARIO, _more(), replications=1))
    text = " ".join(capsys.readouterr().out.split())
    assert "one replication gives no interval and no verdict" in text
    assert "completed-treatment days *" in text
    assert "Holm" not in text
    assert "Variance ratio" not in text


def test_pool_of_one_scenario_is_named(capsys):
    values = SCENARIO | {"name": "annex", "pools": dict(SCENARIO["pools"])}
    values["pools"]["annex"] = {
        "kind": "other",
        "places": 2,
        "stay": {"law": "fixed", "mean_days": 3},
    }
    values["searches"] = SCENARIO["searches"] | {
        "annex": {"pools": ["annex"], "otherwise": "leave"}
    }
    stream = {"group": "people", "origin": "home", "rate_per_year": 2, "search": "annex"}
    values["streams"] = SCENARIO["streams"] | {"annex": stream}
    output.show(compare(example(), load(values)))
    assert "annex (other places, norm 2): only in annex" in capsys.readouterr().out


def test_files(found, tmp_path):
    """All there, complete, readable; a second time refused."""
    target = tmp_path / "out"
    paths = output.write(found, found.citizens(), folder=target, command=["flexsim", "compare"])
    assert {path.name for path in paths} == {path.name for path in target.iterdir()}
    table = pd.read_parquet(target / "differences.parquet")
    pd.testing.assert_frame_equal(table, found.table(), check_dtype=False)
    assert len(pd.read_csv(target / "differences.csv")) == len(table)
    assert len(pd.read_csv(target / "citizens.csv")) == len(found.citizens())
    assert load(target / "scenario_1.yaml", ["run.seed=7"]) == found.results[1].scenario
    manifest = json.loads((target / "manifest.json").read_text())
    assert manifest["compared"] == ["scenario", "more"]
    with pytest.raises(ScenarioError, match="already holds files"):
        output.write(found, folder=target)
    output.write(found, folder=target, overwrite=True)
    assert not (target / "citizens.csv").exists()


def test_picture(found):
    """One panel for each headline measure that differs, in colours and marks."""
    figure = difference_figure.draw(found)
    titles = [axes.get_title(loc="left") for axes in figure.axes]
    assert "completed-treatment days a year" in titles
    assert "days above the norm, percentage points" in titles
    assert "more" in [text.get_text() for text in figure.legends[0].get_texts()]
    difference_figure.draw(compare(example(), example()))  # nothing differs


# -- commands ---------------------------------------------------------------------------------


def test_compare(files, capsys):
    words = ["compare", "before.yaml", "after.yaml", "before.yaml pools.step.places=3"]
    assert cli.main([*words, "run.replications=2", "--citizens", "output.figures=none"]) == 0
    text = capsys.readouterr().out
    assert "before pools.step.places=3" in text
    (target,) = (files / "results" / "before_compared").iterdir()
    assert f"written to results/before_compared/{target.name}:" in text
    table = pd.read_csv(target / "differences.csv")
    assert set(table["scenario"]) == {"after", "before pools.step.places=3"}


def test_turning_point(files, capsys):
    words = ["turning-point", "before.yaml", "after.yaml", "run.replications=2"]
    of = ["--key", "streams.patients.rate_per_year", "--between", "110", "300"]
    assert cli.main([*words, *of, "--measure", "occupied", "--pool", "ward"]) == 0
    text = capsys.readouterr().out
    assert all(len(line) <= 80 for line in text.splitlines())
    assert "The conclusion " in text
    assert "runs of 2 replications" in text
    assert not (files / "results").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["compare"], "two scenarios or more"),
        (["compare", "before.yaml"], "two scenarios or more"),
        (["compare", "before.yaml", "aftr"], "no scenario 'aftr'"),
        (["compare", "before.yaml", "after.yaml", "-m"], "--multirun goes with flexsim run"),
        (["compare", "before.yaml", "after.yaml run.days=365"], "run.days differs"),
        (["compare", "before.yaml", "after.yaml", "--key", "x"], "goes with flexsim turning-point"),
        (["run", "--citizens"], "goes with flexsim compare"),
        (["turning-point", "before.yaml", "after.yaml"], "--between LOW HIGH"),
        (
            ["turning-point", "before.yaml", "after.yaml", "--key", "run.x", "--between", "1", "b"],
            "must be two numbers",
        ),
    ],
)
def test_bad_input(words, said, files, capsys):
    """Exit code 2, a short message, nothing written."""
    assert cli.main(words) == 2
    captured = capsys.readouterr()
    assert said in " ".join(captured.err.split())
    assert captured.out == ""
    assert not (files / "results").exists()
