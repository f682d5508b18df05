"""A scenario is data: what is refused before anything is composed (probes B and E)."""

import datetime as dt
import itertools
import time

import numpy as np
import pytest
from scenario_tree import folder, network, refusal, shipped_data  # noqa: F401

from flexsim.errors import ScenarioError
from flexsim.scenario import load
from flexsim.scenario.yaml_text import read, write


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is empty"),
        ("# only a comment\n", "is empty"),
        ("{}\n", "is empty"),
        ("- a\n- b\n", "not a list or text"),
        ("pitstop\n", "not a list or text"),
        ("a: [1\nb: 2\n", "mine.yaml:2: not readable as YAML"),
        ("a:\n\t- 3\n", "mine.yaml:2: not readable as YAML"),
        ("a: b\n---\nc: d\n", "one document per file"),
        ("a: \0b\n", "control characters"),
        ("[" * 50_000, "nested too deeply"),
        ("a: &a [*a]\n", "too many values"),
        ("a: 1\na: 2\n", "mine.yaml:2: a is given twice (first in line 1)"),
        ("<<: {a: 1}\n", "merge keys"),
        ("? [a]\n: 1\n", "keys must be plain text"),
    ],
)
def test_text_that_is_not_a_scenario(text, said):
    assert said in refusal(text)


def test_duplicate_keys_are_found_at_any_depth():
    message = refusal(network(("places: 4", "places: 4\n    places: 6")))
    assert "mine.yaml:12: pools.POLARIS.places is given twice (first in line 11)" in message


def test_aliases_that_explode():
    """Nine to the ninth values are refused in no time."""
    levels = "abcdefghi"
    text = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
        f"{new}: &{new} [{','.join([f'*{old}'] * 9)}]\n" for old, new in itertools.pairwise(levels)
    )
    started = time.perf_counter()
    assert "too many values" in refusal(text)
    assert time.perf_counter() - started < 1


def test_references_that_explode():
    lines = [
        f"    t{n}: ${{groups.patients.t{n + 1}}}${{groups.patients.t{n + 1}}}" for n in range(40)
    ]
    text = network(("    traits:", "\n".join([*lines, "    t40: x", "    traits:"])))
    assert "grows too large" in refusal(text)


def test_chain_of_references_without_end():
    lines = [f"    t{n}: ${{groups.patients.t{n + 1}}}" for n in range(2000)]
    text = network(("    traits:", "\n".join([*lines, "    t2000: x", "    traits:"])))
    assert "grows too large" in refusal(text)


def test_chain_of_templates_without_end():
    pools = {f"p{n}": {"template": f"p{n + 1}"} for n in range(2000)}
    with pytest.raises(ScenarioError, match="more than 50 templates"):
        load({"region": "aarhus", "pools": {**pools, "p2000": {"template": "pitstop"}}})


def test_large_file_is_refused():
    assert "larger than 256 kB" in refusal("# x\n" * 100_000)


@pytest.mark.parametrize(
    "tag", ["!!python/object/apply:os.getcwd []", "!mine 3", "!!binary aGVq", "!!set {a}"]
)
def test_tags_run_nothing(tag):
    message = refusal(network(add=f"x: {tag}\n"))
    assert message.startswith("mine.yaml:35: the tag !")
    assert "is not allowed" in message


@pytest.mark.parametrize(
    "target",
    ["os.system", "logging.os.system", "subprocess.run", "builtins.open", "pathlib.Path.touch"],
)
@pytest.mark.parametrize("key", ["_target_", "_partial_", "_recursive_", "_args_", "_convert_"])
def test_no_key_names_code(target, key):
    message = refusal(network(("places: 4", f"places: 4\n    {key}: {target}")))
    assert f"mine.yaml:12: pools.POLARIS.{key} names code" in message


@pytest.mark.parametrize("key", ["hydra", "defaults"])
def test_scenario_does_not_steer_hydra(key):
    assert f"mine.yaml:35: {key} " in refusal(network(add=f"{key}: {{run: {{dir: /tmp}}}}\n"))


@pytest.mark.parametrize("value", ["${oc.env:HOME}", "a ${oc.env:HOME}", "${hydra:runtime.cwd}"])
def test_no_resolver_is_called(value):
    message = refusal(network(("places: 4", f"places: {value}")))
    assert "pools.POLARIS.places may only refer to other keys" in message


def test_reference_cycle_names_both_keys():
    text = network(
        ("places: 4", "places: ${pools.POLARIS.surge}\n    surge: ${pools.POLARIS.places}")
    )
    assert "pools.POLARIS.places -> pools.POLARIS.surge -> pools.POLARIS.places" in refusal(text)


def test_reference_to_nothing_names_both_keys():
    message = refusal(network(("places: 4", "places: ${pools.POLARS.places}")))
    assert message == (
        "mine.yaml:11: pools.POLARIS.places refers to pools.POLARS.places, which does not exist"
    )


def test_mandatory_values_left_open_are_all_listed():
    message = refusal(network(("places: 4", "places: ???"), ("mean_days: 30", "mean_days: ???")))
    assert message.splitlines() == [
        "mine.yaml:11: pools.POLARIS.places is still ???; give it a value",
        "mine.yaml:14: pools.POLARIS.stay.mean_days is still ???; give it a value",
    ]


@pytest.mark.parametrize("place", ["../../etc", "/abs/x", "a/../../b", "C:\\x", "..\\x"])
def test_results_stay_below_the_current_folder(place):
    message = refusal(network(add=f"output:\n  folder: '{place}'\n"))
    assert "output.folder must stay below the current folder" in message


@pytest.mark.parametrize(
    "name",
    ["../../etc/x", "/abs/x", "CON", "com1", "a/b", ".", "..", "", "x" * 300, "a\0b", "a\nb", "~"],
)
def test_scenario_names_are_slugs(name):
    """Neither as the name of a scenario to load, nor as the name that one gives itself."""
    with pytest.raises(ScenarioError):
        load(name)
    with pytest.raises(ScenarioError, match="name"):
        load({"region": "aarhus", "name": name})


@pytest.mark.parametrize(
    "name", ["<script>", "=1+1", "a b", "@SUM", "leave", "All", "x" * 65, "1a"]
)
def test_names_of_pools(name):
    with pytest.raises(ScenarioError, match=r"is not a name|reserved word|longer than"):
        load({"region": "aarhus", "pools": {name: {"template": "pitstop"}}})


def test_names_that_differ_in_capitals_only():
    """Their figures would overwrite each other on some disks."""
    with pytest.raises(ScenarioError, match="in capitals only"):
        load({"region": "aarhus", "pools": {"PitStop": {"template": "pitstop"}}})


@pytest.mark.parametrize(
    "value", [object(), {1, 2}, b"x", {"pools": {1: {}}}, {"pools": {"a": open}}, complex(1)]
)
def test_mapping_holds_plain_values_only(value):
    mapping = value if isinstance(value, dict) else {"region": "aarhus", "title": value}
    with pytest.raises(ScenarioError, match="must be"):
        load(mapping)


def test_mapping_that_holds_itself():
    mapping = {"region": "aarhus"}
    mapping["pools"] = mapping
    with pytest.raises(ScenarioError, match="nested too deeply"):
        load(mapping)


def test_mapping_takes_numpy_numbers_and_dates():
    scenario = load(
        {
            "region": "aarhus",
            "pools": {"pitstop": {"places": np.int64(9)}},
            "run": {"start": dt.date(2023, 1, 1)},
        }
    )
    assert scenario.pools["pitstop"].places == 9
    assert scenario.run.start == dt.date(2023, 1, 1)


def test_mapping_is_vetted_like_a_file():
    with pytest.raises(ScenarioError, match=r"pools\.pitstop\._target_ names code"):
        load({"region": "aarhus", "pools": {"pitstop": {"_target_": "os.system"}}})


def test_yaml_that_is_written_reads_the_same():
    values = {
        "a": "0661",
        "b": "2024-01-01",
        "c": "no",
        "d": 1.5,
        "e": [1, "1"],
        "f": {"yes": None},
    }
    assert read(write(values), "x").values == values


def test_what_is_read_is_not_a_file(folder):  # noqa: F811
    (folder / "x.yaml").mkdir()
    with pytest.raises(ScenarioError, match="is not a file"):
        load("x.yaml")
    with pytest.raises(ScenarioError, match=r"there\.yaml: cannot be read"):
        load("there.yaml")
    (folder / "latin.yaml").write_bytes(b"title: G\xf8dstrup\n")
    with pytest.raises(ScenarioError, match="not text in UTF-8"):
        load("latin.yaml")
