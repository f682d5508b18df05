"""Explanations: which changes there are, what belongs together, and parts that add up."""

from __future__ import annotations

import copy
import json

import pandas as pd
import pytest
import yaml
from output_example import SCENARIO
from test_turning import SYSTEM

import flexsim as fs
from flexsim import cli, explaining
from flexsim.output import explanation as output
from flexsim.output import waterfall
from flexsim.scenario.changes import changes, grouped, switched
from flexsim.scenario.separating import separable


def _subsets(count):
    return explaining._asked(count, 2, 1)


def changed(**keys):
    """The example with other values of dotted keys; None takes one away."""
    mapping = copy.deepcopy(SCENARIO) | {"name": "changed"}
    for dotted, value in keys.items():
        *above, last = dotted.split(".")
        at = mapping
        for name in above:
            at = at.setdefault(name, {})
        at[last] = value
        if value is None:
            del at[last]
    return mapping


#: Three changes: shorter stays, one place more, and a pool that nobody asks for.
BETTER = changed(
    **{
        "pools.ward.stay.mean_days": 13,
        "pools.step.places": 3,
        "pools.unused": {"kind": "other", "places": 2, "stay": {"law": "fixed", "mean_days": 3}},
    }
)
OF = {"measure": "occupied", "pool": "ward"}


@pytest.fixture(scope="module")
def found():
    return fs.explain(SCENARIO, BETTER, replications=4, **OF)


# -- changes ----------------------------------------------------------------------------------


def named(mapping, other=SCENARIO):
    return {c.name: c.words() for c in changes(fs.load(other), fs.load(mapping))}


def test_a_change_is_a_key_or_an_entry():
    assert named(BETTER) == {
        "pools.ward.stay": "mean_days 15 -> 13",
        "pools.step.places": "2 -> 3",
        "pools.unused": "added",
    }
    assert named(SCENARIO, BETTER)["pools.unused"] == "removed"


def test_laws_shares_and_lists_are_one_change():
    mapping = changed(
        **{
            "pools.ward.stay": {"law": "gamma", "mean_days": 15, "sd_days": 9},
            "pools.ward.onward": {"step": 0.5, "home": 0.5},
            "searches.ward.pools": ["ward", "guest"],
        }
    )
    assert named(mapping) == {
        "pools.ward.stay": "law exponential -> gamma, sd_days none -> 9",
        "pools.ward.onward": "step 0.4 -> 0.5, home 0.6 -> 0.5",
        "searches.ward.pools": "['ward'] -> ['ward', 'guest']",
    }


def test_words_and_sources_are_no_change():
    mapping = changed(**{"pools.ward.title": "Another name", "title": "Other words"})
    assert named(mapping) == {}
    with pytest.raises(fs.ScenarioError, match="do not differ"):
        fs.explain(SCENARIO, mapping, **OF)


def test_what_follows_by_reference_belongs_to_the_key():
    """In Aarhus other places relapse as home does: one key of home changes them all."""
    first = fs.load("aarhus_baseline")
    second = fs.load("aarhus_baseline", ["pools.home.relapse_by_group.patients.share=0.4"])
    (one,) = changes(first, second)
    assert len(one.keys) == 5
    key = "pools.home.relapse_by_group.patients.share"
    assert one.name == f"{key} (and what follows from it: 4 more)"
    assert one.words() == "0.42 -> 0.4"


def test_all_changes_lead_to_the_second_scenario():
    first, second = fs.load(SCENARIO), fs.load(BETTER)
    together = switched(first, changes(first, second))
    assert together.model_copy(update={"name": second.name}) == second
    assert switched(first, []) == first


def test_grouping():
    parts = changes(fs.load(SCENARIO), fs.load(BETTER))
    both = grouped(parts, {"places": ["pools.step", "pools.unused"]})
    assert [(part.name, len(part.keys)) for part in both] == [("places", 2), ("pools.ward.stay", 1)]
    with pytest.raises(fs.ScenarioError, match=r"no change of 'pools.stp'.*did you mean"):
        grouped(parts, {"places": ["pools.stp"]})
    with pytest.raises(fs.ScenarioError, match="in no other group"):
        grouped(parts, {"a": ["pools.step"], "b": ["pools.step.places"]})


def test_what_is_no_scenario_apart_is_taken_together():
    """A search that names a new pool; a goal that names the search; a stream by itself."""
    mapping = changed(
        **{
            "pools.annex": {"kind": "other", "places": 1, "stay": {"law": "fixed", "mean_days": 3}},
            "searches.annex": {"pools": ["annex"], "otherwise": "leave"},
            "goals.annex": {"search": "annex"},
            "streams.guests.rate_per_year": 5,
        }
    )
    first = fs.load(SCENARIO)
    parts, said = separable(first, changes(first, fs.load(mapping)), _subsets)
    assert sorted(len(part.keys) for part in parts) == [1, 3]
    assert parts[0].name == "pools.annex + searches.annex + goals.annex"
    assert len(said) == 1
    assert "no pool 'annex'" in said[0] or "no search 'annex'" in said[0]


# -- parts ------------------------------------------------------------------------------------


def test_parts_add_up_and_nothing_is_nothing(found):
    """The difference is that of a comparison; a pool that nobody asks for has no part."""
    table = found.table.set_index("change")
    assert table["part"].sum() == pytest.approx(found.difference, rel=1e-12)
    compared = fs.compare(SCENARIO, BETTER, replications=4).table()
    chosen = (compared["pool"] == "ward") & (compared["measure"] == "occupied")
    row = compared[chosen & (compared["group"] == "all") & (compared["municipality"] == "all")]
    for name in ("difference", "low", "high"):
        assert getattr(found, name) == pytest.approx(row[name].item())
    assert found.first == pytest.approx(row["baseline"].item())
    nothing = table.loc["pools.unused"]
    assert [nothing[name] for name in ("part", "low", "high", "alone", "last")] == [0.0] * 5
    assert nothing["verdict"] == "cannot be told apart"
    assert table.loc["pools.ward.stay", "part"] < 0
    assert (found.runs, found.orders, found.is_exact) == (8, 6, True)
    assert (table["low"] <= table["part"]).all()
    assert (table["part"] <= table["high"]).all()


def test_backwards_the_parts_change_their_sign(found):
    """Orders from the other end are the same orders."""
    back = fs.explain(BETTER, SCENARIO, replications=4, **OF)
    parts = back.table.set_index("change")["part"]
    for change, part in found.table.set_index("change")["part"].items():
        assert parts[change] == pytest.approx(-part, abs=1e-12)


def test_interaction_is_shared():
    """M/M/inf: rate x stay from 20 x 1 to 30 x 2 (units of the first): parts by hand.

    In the long run the mean present is their product, so alone the longer stay adds 1, the higher
    rate 0.5, and both together 2: the 0.5 that they add only together is halved.
    """
    mapping = copy.deepcopy(SYSTEM)
    del mapping["pools"]["home"]["relapse"]
    both = copy.deepcopy(mapping)
    both["pools"]["ward"]["stay"]["mean_days"] = 20
    both["streams"]["people"]["rate_per_year"] = 1.5 * 73
    found = fs.explain(mapping, both, replications=20, **OF)
    unit = 73 * 10 / 365
    table = found.table.set_index("change")
    for change, part in (("pools.ward.stay", 1.25), ("streams.people.rate_per_year", 0.75)):
        row = table.loc[change]
        assert row["low"] - 0.1 < part * unit < row["high"] + 0.1
        assert row["verdict"] == "more"
    assert table.loc["pools.ward.stay", "alone"] == pytest.approx(unit, rel=0.1)


def test_many_changes_are_drawn(monkeypatch, found):
    """Parts still add up. Here two changes matter, of which an order and its reverse are all."""
    monkeypatch.setattr(explaining, "EXACT", 2)
    drawn = fs.explain(SCENARIO, BETTER, replications=4, pairs=2, **OF)
    assert (drawn.is_exact, drawn.orders) == (False, 4)
    assert drawn.table["part"].sum() == pytest.approx(drawn.difference, rel=1e-12)
    assert drawn.table["part"].to_numpy() == pytest.approx(found.table["part"].to_numpy())
    assert drawn.table["order_error"].to_numpy() == pytest.approx(0, abs=1e-9)


def test_quantiles_and_all_pools():
    for of in ({"measure": "stay_median", "pool": "ward"}, {}):
        found = fs.explain(SCENARIO, BETTER, replications=3, **of)
        assert found.table["part"].sum() == pytest.approx(found.difference)
        assert found.table["part"].abs().max() > 0


# -- what is refused, and what is shown -------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"pool": "wrd"}, "no pool 'wrd'.*did you mean 'ward'"),
        ({"measure": "ocupied"}, "did you mean 'occupied'"),
        ({"replications": 1}, "must be 2 or more"),
        ({"pairs": 1}, "pairs must be 2 or more"),
        ({"groups": {"x": ["pools.nowhere"]}}, "group x: no change of 'pools.nowhere'"),
    ],
)
def test_what_is_refused(asked, said):
    with pytest.raises(fs.ScenarioError, match=said):
        fs.explain(SCENARIO, BETTER, **(OF | asked))


def test_a_result_has_no_parts():
    result = fs.run(SCENARIO, replications=2)
    with pytest.raises(fs.ScenarioError, match="is a result already"):
        fs.explain(result, result, **OF)


def test_print(found, capsys):
    output.show(found)
    text = capsys.readouterr().out
    assert all(len(line) <= 80 for line in text.splitlines())
    for words in ("pools.ward.stay: mean_days 15 -> 13", "pools.unused: added", "6 orders"):
        assert words in " ".join(text.split())
    assert "nan" not in text


def test_files(found, tmp_path):
    paths = output.write(found, folder=tmp_path / "out", command=["flexsim", "explain"])
    assert {path.name for path in paths} == {path.name for path in (tmp_path / "out").iterdir()}
    table = pd.read_csv(tmp_path / "out" / "explanation.csv")
    assert table["part"].sum() == pytest.approx(found.difference)
    assert json.loads((tmp_path / "out" / "manifest.json").read_text())["compared"]
    output.write(found, folder=tmp_path / "out", overwrite=True)


def test_picture(found):
    """A bar for either end and one for each part, the last ending where the second stands."""
    (axes,) = waterfall.draw(found).axes
    bars = axes.patches
    assert len(bars) == 2 + len(found.table)
    assert bars[1].get_width() == pytest.approx(found.second)
    last = bars[-1].get_x() + bars[-1].get_width()
    assert last == pytest.approx(found.second)


def test_command(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    for name, values in (("before", SCENARIO), ("after", BETTER)):
        (tmp_path / f"{name}.yaml").write_text(yaml.safe_dump(values | {"name": name}))
    words = ["explain", "before.yaml", "after.yaml", "run.replications=2", "output.figures=none"]
    groups = ["--groups", "places=pools.step,pools.unused"]
    assert cli.main([*words, "--measure", "occupied", "--pool", "ward", *groups]) == 0
    assert "places" in capsys.readouterr().out
    (folder,) = (tmp_path / "results" / "before_explained").iterdir()
    assert len(pd.read_csv(folder / "explanation.csv")) == 2
    for wrong, said in (
        (["explain", "before.yaml"], "write flexsim explain A B"),
        ([*words, "--groups", "places"], "must be 'name=key,key"),
    ):
        assert cli.main(wrong) == 2
        assert said in " ".join(capsys.readouterr().err.split())
