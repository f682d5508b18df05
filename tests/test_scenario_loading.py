"""From names, files, mappings and overrides to scenarios."""

import re
import threading
from pathlib import Path

import pytest
from hydra.core.config_store import ConfigStore
from hydra.core.global_hydra import GlobalHydra
from scenario_tree import (  # noqa: F401
    folder,
    load_text,
    network,
    refusal,
    shipped_data,
)

from flexsim.errors import ScenarioError
from flexsim.scenario import compose, files, load, warnings, yaml_text
from flexsim.scenario.showing import as_yaml
from flexsim.sweeping.points import checked


def _sweep(overrides):
    """What tells each point from the others, and its scenario."""
    found = checked(overrides=overrides)
    return [(found.words(n), found.scenario(n)) for n in range(len(found.points))]


def test_scenario_by_name():
    """A shipped scenario changes what it names; its first comment line is its title."""
    scenario = load("plus_two")
    assert (scenario.name, scenario.title, scenario.region) == ("plus_two", "Two more", "aarhus")
    assert scenario.pools["pitstop"].places == 7
    assert scenario.pools["ward"].places == 20


def test_scenario_in_a_subfolder():
    assert load("textbook/network").name == "network"


def test_own_scenario_stands_beside_the_shipped_ones(folder):  # noqa: F811
    (folder / "scenarios").mkdir()
    (folder / "scenarios" / "mine.yaml").write_text(network())
    assert load("mine").pools["POLARIS"].places == 4
    assert compose(["scenario=mine"]) == load("mine")


def test_own_scenario_does_not_hide_a_shipped_one(folder):  # noqa: F811
    (folder / "scenarios").mkdir()
    (folder / "scenarios" / "plus_two.yaml").write_text(network())
    with pytest.raises(ScenarioError, match=r"'plus_two' is both scenarios/plus_two\.yaml and"):
        load("plus_two")
    assert load("baseline").name == "baseline"


def test_broken_neighbour_does_no_harm(folder):  # noqa: F811
    (folder / "scenarios").mkdir()
    (folder / "scenarios" / "broken.yaml").write_text("a: [")
    assert load("baseline").name == "baseline"
    with pytest.raises(ScenarioError, match=r"scenarios/broken\.yaml:2: not readable"):
        load("broken")


def test_file_and_mapping_give_the_same():
    by_file = load_text(network())
    by_mapping = load(yaml_text.read(network(), "x").values)
    assert by_file.name == "mine"
    assert by_mapping.model_copy(update={"name": "mine", "title": by_file.title}) == by_file


def test_file_may_be_a_path(folder):  # noqa: F811
    (folder / "sub").mkdir()
    (folder / "sub" / "mine.yaml").write_text(network())
    assert load(Path("sub/mine.yaml")).region == "none"


def test_own_file_may_be_called_like_a_shipped_one(folder):  # noqa: F811
    (folder / "plus_two.yaml").write_text(network())
    assert "POLARIS" in load("plus_two.yaml").pools
    assert "pitstop" in load("plus_two").pools


def test_unknown_scenario():
    with pytest.raises(ScenarioError, match=r"no scenario 'plus_tow'.*did you mean 'plus_two'\?"):
        load("plus_tow")


def test_region_is_asked_for():
    message = refusal("pools: {pitstop: {places: 3}}\n")
    assert "region is missing; it must be one of aarhus, midtjylland_west, none" in message
    assert load_text("pools: {pitstop: {places: 3}}\n", ["region=aarhus"]).region == "aarhus"


def test_unknown_region():
    message = refusal("region: aarhs\n")
    assert message.startswith("mine.yaml:1: no region 'aarhs'; there are: aarhus, midtjylland_west")
    assert "did you mean 'aarhus'?" in message


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("region: no", "no region 'no'"),
        ("region: 5", "no region '5'"),
        ("region:", "no region 'nothing'"),
        ("region: aarhus\nrun: qick", "no run 'qick'; there are: default, long, quick; did you"),
        ("region: aarhus\nscenario: baseline", "scenario is not a key of a scenario"),
    ],
)
def test_choices_in_a_file(line, said):
    assert said in refusal(f"{line}\n")


def test_region_on_the_command_line_wins():
    assert compose(["scenario=plus_two", "region=midtjylland_west"]).region == "midtjylland_west"


def test_run_may_be_named_in_a_scenario():
    assert load_text("region: aarhus\nrun: quick\n").run.replications == 5


def test_ordinary_overrides():
    scenario = compose(
        [
            "scenario=plus_two",
            "run=quick",
            "run.replications=50",
            "pools.pitstop.places=12",
            "pools.pitstop.surge=2",
            "pools.pitstop.later.growth.from=2023-01-01",
            "pools.pitstop.later.growth.places=14",
            "+pools.ward.title='En titel, med komma'",
            "++pools.ward.places=21",
            "~streams.admissions.rate_per_year",
            "streams.admissions.rate_per_year=250.5",
        ]
    )
    pool = scenario.pools["pitstop"]
    assert (scenario.run.days, scenario.run.replications) == (365, 50)
    assert (pool.places, pool.surge, pool.later["growth"].places) == (12, 2, 14)
    assert (scenario.pools["ward"].title, scenario.pools["ward"].places) == (
        "En titel, med komma",
        21,
    )


@pytest.mark.parametrize(
    ("override", "said"),
    [
        ("run.replicatons=5", "run.replicatons is not a key of run; did you mean 'replications'?"),
        ("pools.pitstp.places=10", "pools.pitstp is not a pool of region midtjylland_west; did you"
         " mean 'pitstop'? (a new pool names its template"),
        ("streams.admisions.rate_per_year=1", "did you mean 'admissions'?"),
        ("searches.wards.when_full=wait", "searches.wards is not a search of region"),
        ("goals.bridged_hom.priority=1", "did you mean 'bridged_home'?"),
        ("groups.patient.title=x", "groups.patient is a group that no stream has; did you mean"),
        ("pools.pitstop.places=-3", "(got -3)"),
        ("pools.pitstop.places=07", "(got 07)"),
        ("pools.pitstop.places.x=3", "pools.pitstop.places must be"),
        ("pools.pitstop.places=1,5", "add -m to run each of them; a decimal number is written 1.5"),
        ("run=qick", "no run 'qick'; there are: default, long, quick; did you mean 'quick'?"),
        ("scenario=../x", "no scenario '../x'"),
        ("pitstop", "write key=value"),
        ("pools.pitstop.places=[1", "cannot read 'pools.pitstop.places=[1'"),
        ("+pools.pitstop.places=2", "already at 'pools.pitstop.places'"),
        ("~pools.nothing", "'pools.nothing' does not exist"),
        ("hydra.run.dir=/tmp", "settings of Hydra itself cannot be changed"),
        ("+hydra.callbacks.x._target_=os.mkdir", "settings of Hydra itself"),
        ("hydra/launcher=basic", "settings of Hydra itself"),
        ("hydra={run: {dir: x}}", "settings of Hydra itself"),
        ("+pools.pitstop._target_=os.system", "names code"),
        ("pools.pitstop={_target_: os.system}", "names code"),
        ("pools.pitstop.title=${oc.env:HOME}", "may only refer to other keys"),
        ("pools.pitstop.title='${oc.env:HOME}'", "may only refer to other keys"),
        ("pools.pitstop.places=???", "is still ???"),
        ("pools.pitstop.places=nan", "(got nan); write unlimited"),
    ],
)  # fmt: skip
def test_override_is_refused(override, said, folder):  # noqa: F811
    with pytest.raises(ScenarioError) as caught:
        compose([override])
    assert said in str(caught.value)
    assert str(caught.value).startswith("command line: ")
    assert list(folder.iterdir()) == []


def test_new_pool_starts_from_a_template():
    """The settings are the template's; its title and dated changes are its own."""
    scenario = load(
        {
            "region": "aarhus",
            "pools": {
                "pitstop": {"later": {"growth": {"from": "2025-01-01", "places": 9}}},
                "red_cross_herning": {"template": "pitstop", "places": 8, "stay": {"cv": 0.7}},
                "third": {"template": "red_cross_herning"},
                "holstebro": {"template": "mpo"},
            },
        }
    )
    new, pitstop = scenario.pools["red_cross_herning"], scenario.pools["pitstop"]
    assert (new.places, new.kind, new.title, new.later) == (8, pitstop.kind, None, {})
    assert (new.stay.mean_days, new.stay.cv) == (14, 0.7)
    assert scenario.pools["third"].places == 8
    assert scenario.pools["holstebro"].places == 8


def test_new_stream_starts_from_a_template():
    scenario = compose(["streams.more.template=admissions", "streams.more.rate_per_year=20"])
    assert scenario.streams["more"].search == "ward"


def test_unknown_template():
    message = refusal("region: aarhus\npools:\n  new:\n    template: pitstp\n")
    assert message.startswith("mine.yaml:4: pools.new.template names nothing that exists")
    assert "did you mean 'pitstop'?" in message


def test_templates_in_a_circle():
    text = "region: aarhus\npools: {a: {template: b}, b: {template: a}}\n"
    assert "pools.a.template goes in a circle: a -> b -> a" in refusal(text)


def test_misspelt_pool_in_a_scenario():
    message = refusal("region: aarhus\npools:\n  pitstp:\n    places: 10\n")
    assert message.startswith("mine.yaml:3: pools.pitstp is not a pool of region aarhus")
    assert "did you mean 'pitstop'?" in message


def test_unused_pools_and_searches_are_allowed():
    """A scenario may close what a region has."""
    assert "pitstop" in compose(["goals.bridged_home.bridge=null"]).pools


def test_fault_of_a_base_file_is_found_where_it_stands():
    text = "region: aarhus\npools: {pitstop: {limit: {days: 10, otherwise: ward}}}\n"
    assert load_text(text).pools["pitstop"].limit.otherwise == "ward"
    with pytest.raises(ScenarioError) as caught:
        compose(["region=aarhus", "~searches.home"])
    assert str(caught.value).startswith(
        "configs/region/aarhus.yaml:24: goals.bridged_home.search: no search 'home'"
    )


def test_references_are_followed():
    scenario = load_text(network(("places: 4", "places: ${run.replications}\n    surge: 1")))
    assert scenario.pools["POLARIS"].places == 3


def test_experiment_sets_values_and_sweeps():
    """Without -m an experiment sets its values; with -m its sweep runs as a grid."""
    scenario = compose(["experiment=sizes"])
    assert (scenario.name, scenario.run.replications) == ("plus_two", 5)
    points = _sweep(["experiment=sizes", "run.seed=1,2"])
    assert [(s.pools["pitstop"].places, s.run.seed) for _, s in points] == [
        (6, 1),
        (8, 1),
        (6, 2),
        (8, 2),
    ]
    assert points[0][0] == ["pools.pitstop.places=6", "run.seed=1"]


def test_command_line_replaces_an_axis_of_the_experiment():
    points = _sweep(["experiment=sizes", "pools.pitstop.places=range(1,4)"])
    assert [s.pools["pitstop"].places for _, s in points] == [1, 2, 3]


@pytest.mark.parametrize(
    ("override", "names"),
    [
        ("scenario=baseline,plus_two", ["baseline", "plus_two"]),
        ("scenario=choice(plus_two,baseline)", ["plus_two", "baseline"]),
        ("scenario=glob(*)", ["baseline", "plus_two"]),
    ],
)
def test_sweep_over_scenarios(override, names):
    assert [scenario.name for _, scenario in _sweep([override])] == names


@pytest.mark.parametrize(
    ("override", "said"),
    [
        ("pools.pitstop.places=glob(*)", "nothing to run"),
        ("pools.pitstop.places=interval(1,2)", "does not support sweep type"),
        ("scenario=plus_two,plus_tow", "did you mean 'plus_two'?"),
        ("pools.pitstop.title='${oc.env:HOME}',b", "may only refer to other keys"),
    ],
)
def test_sweep_is_refused(override, said):
    with pytest.raises(ScenarioError, match=re.escape(said)):
        _sweep([override])
    with pytest.raises(ScenarioError):
        compose([override])


def test_sweep_is_checked_before_anything_runs():
    with pytest.raises(ScenarioError, match=r"pools\.pitstop\.places .* \(got -1\)"):
        _sweep(["pools.pitstop.places=4,5,-1"])


@pytest.mark.parametrize(
    ("sweep_text", "said"),
    [
        ("sweep: [1, 2]", "sweep must be a mapping"),
        ("sweep: {pools.pitstop.places: [[1]]}", "must be a list of numbers or words"),
        ("sweep: {hydra.run.dir: [a, b]}", "settings of Hydra itself"),
        ("sweep: {pools.pitstop._target_: [a, b]}", "names code"),
        ("sweep: {pools.pitstop.title: ['${oc.env:HOME}']}", "may only refer to other keys"),
    ],
)
def test_sweep_of_an_experiment_is_vetted(sweep_text, said, folder):  # noqa: F811
    (folder / "experiments").mkdir()
    (folder / "experiments" / "mine.yaml").write_text(f"scenario: plus_two\n{sweep_text}\n")
    with pytest.raises(ScenarioError, match=said):
        _sweep(["experiment=mine"])


@pytest.mark.parametrize("source", ["plus_two", "textbook/network", "baseline"])
@pytest.mark.parametrize("defaults", [False, True])
def test_scenario_that_is_shown_loads_the_same(source, defaults):
    scenario = load(source)
    again = load(yaml_text.read(as_yaml(scenario, defaults), "shown").values)
    assert again == scenario


def test_scenario_is_frozen_and_hydra_leaves_no_trace():
    scenario = load("plus_two")
    with pytest.raises(ValueError, match="frozen"):
        scenario.run.days = 3
    assert not GlobalHydra.instance().is_initialized()
    assert "scenario" not in ConfigStore.instance().repo


def test_threads_do_not_disturb_each_other():
    """A page may load for two users at once."""
    found = {}

    def look(places):
        found[places] = load("plus_two", [f"pools.pitstop.places={places}"])

    threads = [threading.Thread(target=look, args=(places,)) for places in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [found[places].pools["pitstop"].places for places in range(5)] == list(range(5))


@pytest.mark.parametrize(
    ("overrides", "said"),
    [
        (["run.replications=1"], ["run.replications is 1: no confidence interval can be given"]),
        (
            ["pools.ward.stay.log_sd=null", "pools.ward.stay.cv=50"],
            [
                "pools.ward.stay: the mean is dominated by rare stays (cv 50); about 1,000,000"
                " draws are needed to find it within 10 %"
            ],
        ),
        (
            ["pools.pitstop.later.a.from=2020-01-01", "pools.pitstop.later.a.places=8"],
            [
                "pools.pitstop.places (5) is not used: later.a holds 8 from 2020-01-01,"
                " when the run has not begun"
            ],
        ),
        ([], []),
    ],
)
def test_warnings(overrides, said):
    assert warnings(compose(overrides)) == said


def test_every_run_setting_composes():
    for name in files.options("run"):
        assert compose([f"run={name}"]).run.days > 0
