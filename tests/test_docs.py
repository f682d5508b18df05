"""The reference pages say what the code does; every example on the pages about mechanisms works."""

from __future__ import annotations

import copy
import re
import shlex
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from docs.reference import make
from flexsim import cli
from flexsim.engine.choice import simulate
from flexsim.measures import sums
from flexsim.measures.layout import layout_of
from flexsim.measures.quantiles import IN_WORDS, QUANTILES
from flexsim.measures.units import unit
from flexsim.plan.build import build
from flexsim.register import rows
from flexsim.scenario import files, load, wording
from flexsim.scenario.templates import merged

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"


# -- reference --------------------------------------------------------------------------------


@pytest.mark.parametrize("path", make.MECHANISMS, ids=lambda path: path.stem)
def test_page_of_a_mechanism_lists_the_keys_of_its_examples(path):
    """As the schema has them; if not, run docs/reference/make.py."""
    page = path.read_text(encoding="utf-8")
    assert page == make.with_keys(page)
    assert "| `" in page.split(make.BEGIN)[1]


@pytest.mark.parametrize("name", make.PAGES)
def test_reference_is_up_to_date(name):
    """If not, run docs/reference/make.py."""
    assert (make.HERE / name).read_text(encoding="utf-8") == make.PAGES[name]()


def test_every_key_is_described():
    """No key of the schema is without words."""
    silent = [
        f"{model.__name__}.{key}"
        for model in make.places(make.Scenario)
        for key in wording.keys(model)
        if not wording.description(model, key)
    ]
    assert silent == []


def test_every_measure_has_words():
    """Every measure that a run can give stands on the page, with words and a unit."""
    shown = {measure.name: measure for measure in make.all_measures()}
    given = set(layout_of(build(load(BASE))).names["measure"])
    assert given <= shown.keys()
    assert [name for name, measure in shown.items() if not measure.words.strip()] == []
    assert [name for name in shown if not unit(name)] == []
    assert IN_WORDS.keys() == QUANTILES.keys()


def test_every_sum_has_words():
    """A measure is one sum over another, and the page says which."""
    assert sorted(sums.IN_WORDS) == list(range(sums.COLUMNS))
    assert all(sums.IN_WORDS.values())


# -- mechanisms -------------------------------------------------------------------------------

#: What the examples on the pages are put into: a ward, Pitstop, a shelter, housing, home.
BASE = yaml.safe_load("""
run: {start: 2024-01-01, warm_up_days: 0, days: 730, replications: 1, seed: 7, workers: 1}
municipalities:
  aarhus: {population: 360000}
  samsoe: {population: 40000}
groups:
  new: {traits: {violence: {present: 0.2, none: 0.8}}}
  known: {traits: {violence: {present: 0.2, none: 0.8}}}
pools:
  ward:
    kind: ward
    places: 10
    stay: {law: gamma, mean_days: 14, sd_days: 10}
    onward: {home: 0.5, temporary_housing: 0.5}
  pitstop:
    kind: flexible
    places: 5
    stay: {law: exponential, mean_days: 25}
    onward: {home: 1.0}
  temporary_housing:
    kind: housing
    places: 4
    stay: {law: exponential, mean_days: 60}
  shelter: {kind: shelter, places: unlimited, stay: {law: exponential, mean_days: 30}}
  home: {kind: community, places: unlimited}
searches:
  acute: {pools: [ward], otherwise: leave}
  pitstop: {pools: [pitstop], otherwise: shelter}
  temporary_housing: {pools: [temporary_housing], otherwise: home}
  home: {pools: [home], otherwise: leave}
goals:
  home: {search: home}
  temporary_housing: {search: temporary_housing}
streams:
  ward_admissions: {group: known, origin: home, rate_per_year: 200, search: acute}
  street: {group: new, origin: street, rate_per_year: 60, search: pitstop}
  referred: {group: known, origin: home, rate_per_year: 20, search: pitstop}
""")


def _examples() -> list[Any]:
    return [
        pytest.param(block, id=f"{path.stem}-{n}")
        for path in sorted((DOCS / "mechanisms").glob("*.md"))
        for n, block in enumerate(_blocks(path))
    ]


def _blocks(path: Path) -> list[str]:
    return re.findall(r"```yaml\n(.*?)```", path.read_text(encoding="utf-8"), flags=re.DOTALL)


def _register(mapping: dict[str, Any]) -> Any:
    scenario = load(copy.deepcopy(mapping))
    plan = build(scenario)
    return rows(simulate(plan, scenario.run.seed, 0, "simpy"), plan, dates=False)


@cache
def _plain() -> Any:
    return _register(BASE)


@pytest.mark.parametrize("block", _examples())
def test_example_composes_and_does_something(block):
    """The example is in order, can be run, and changes what happens."""
    assert not _plain().equals(_register(merged(BASE, yaml.safe_load(block))))


def test_every_mechanism_is_listed_with_an_example():
    """The index links all pages, and each has an example and says the same things."""
    folder = DOCS / "mechanisms"
    index = (folder / "README.md").read_text(encoding="utf-8")
    for path in sorted(folder.glob("[!R]*.md")):
        text = path.read_text(encoding="utf-8")
        assert f"({path.name})" in index
        assert _blocks(path)
        for words in ("**What happens.**", "**In the results.**", "**Limits.**", "**Evidence.**"):
            assert words in text, (path.name, words)


# -- comparing --------------------------------------------------------------------------------

COMPARING = (DOCS / "comparing.md").read_text(encoding="utf-8")
SMALL = ["run.replications=2", "run.days=365", "run.warm_up_days=10", "run.engine=compiled"]
SMALL += ["output.figures=none"]


@pytest.mark.ci
@pytest.mark.parametrize(
    "line", [line for line in COMPARING.splitlines() if line.startswith("flexsim ")]
)
def test_commands_that_compare(line, tmp_path, monkeypatch, capsys):
    """Every command of the page works, here with little of each."""
    monkeypatch.chdir(tmp_path)
    assert cli.main([*shlex.split(line)[1:], *SMALL]) == 0
    assert capsys.readouterr().out


@pytest.mark.ci
def test_python_that_compares():
    """So does its Python, and it gives what it says."""
    code = "\n".join(re.findall(r"```python\n(.*?)```", COMPARING, flags=re.DOTALL))
    names: dict[str, Any] = {}
    small = f"replications=2, overrides={SMALL}"
    for scenario in ("base, more", '"aarhus_baseline", "pitstop_plus_two"'):
        assert f"({scenario}, replications=50)" in code
        few = "replications=2" if scenario == "base, more" else small
        code = code.replace(f"({scenario}, replications=50)", f"({scenario}, {few})")
    code = code.replace('places=12"]', f'places=12", *{SMALL}]')
    code = code.replace('fs.load("aarhus_baseline")', f'fs.load("aarhus_baseline", {SMALL})')
    code = code.replace("    replications=50,", f"    {small},")
    assert "50" not in code
    exec(code, names)
    assert names["found"].runs == len(names["found"].points) + 1


# -- sweeps -----------------------------------------------------------------------------------

SWEEPS = (DOCS / "sweeps.md").read_text(encoding="utf-8")
_TINY = ["run.replications=2", "run.days=30", "run.warm_up_days=5", "run.engine=compiled"]


@pytest.mark.ci
@pytest.mark.parametrize(
    "line", [line for line in SWEEPS.splitlines() if line.startswith("flexsim -m")]
)
def test_commands_that_sweep(line, tmp_path, monkeypatch):
    """Every sweep of the page is in order; those of four points and fewer are run."""
    monkeypatch.chdir(tmp_path)
    words = shlex.split(line, comments=True)[1:]
    if "--cluster" in words:
        words = words[: words.index("--cluster")]
    few = "experiment" not in line and "scenario" not in line
    words = [word for word in words if few or word != "--resume"]
    assert cli.main([*words, *_TINY] if few else ["check", *words]) == 0


@pytest.mark.ci
def test_python_that_sweeps(tmp_path, monkeypatch):
    """So is its Python, with the tables that it reads."""
    monkeypatch.chdir(tmp_path)
    code = "\n".join(re.findall(r"```python\n(.*?)```", SWEEPS, flags=re.DOTALL))
    assert code.count("replications=20") == 2
    names: dict[str, Any] = {}
    few = f"replications=2, overrides={_TINY[1:]}"
    exec(code.replace("replications=20", few).replace('"points": 16', '"points": 4'), names)
    assert len(names["everything"]) == len(names["sample"].table())
    assert names["best"]["days"].notna().all()


@pytest.mark.ci
def test_experiment_that_samples(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "experiments").mkdir()
    (block,) = re.findall(r"```yaml\n(.*?)```", SWEEPS, flags=re.DOTALL)
    (tmp_path / "experiments" / "mine.yaml").write_text(block, encoding="utf-8")
    assert cli.main(["check", "-m", "experiment=mine"]) == 0


# -- precision, explaining --------------------------------------------------------------------

PAGES = [(DOCS / name).read_text(encoding="utf-8") for name in ("precision.md", "explaining.md")]


@pytest.mark.ci
@pytest.mark.parametrize(
    "line", [line for page in PAGES for line in page.splitlines() if line.startswith("flexsim ")]
)
def test_commands_of_precision_and_explaining(line, tmp_path, monkeypatch, capsys):
    """Every command works, here with little of each."""
    monkeypatch.chdir(tmp_path)
    words = shlex.split(line)[1:]
    few = ["run.days=90", "run.most_replications=4"]
    words = [word for word in words if not word.startswith("run.most_replications")]
    assert cli.main([*words, *SMALL, *few]) == 0
    assert capsys.readouterr().out


@pytest.mark.ci
@pytest.mark.parametrize("page", PAGES, ids=["precision", "explaining"])
def test_python_of_precision_and_explaining(page, monkeypatch):
    """So does the Python, on a small scenario in place of the one named."""
    code = "\n".join(re.findall(r"```python\n(.*?)```", page, flags=re.DOTALL))
    small = copy.deepcopy(BASE)
    small["run"] |= {"days": 200, "replications": 3, "most_replications": 4}
    other = merged(small, {"pools": {"pitstop": {"places": 3}}})
    code = code.replace('"aarhus_baseline"', "small").replace('"aarhus_hotspot"', "other")
    exec(code.replace('pool="auh"', 'pool="pitstop"'), {"small": small, "other": other})


def test_systems_are_seen_in_what_is_shipped():
    """Each row of the page of systems names a shipped scenario, a page or an offer."""
    page = (DOCS / "systems.md").read_text(encoding="utf-8")
    table = [line for line in page.splitlines() if line.startswith("| ")]
    shown = [line.rstrip(" |").rsplit("|", 1)[1] for line in table if "Seen in" not in line]
    named = {name for cell in shown for name in re.findall(r"`([\w/]+)`", cell)}
    assert named <= set(files.shipped("scenario"))
    assert len(named) > 50
    empty = [cell for cell in shown if not re.search(r"`|\]\(|tests|every region", cell)]
    assert empty == []


def test_links_lead_somewhere():
    """No link between the documents leads nowhere."""
    broken = [
        f"{path.relative_to(ROOT)}: {link}"
        for path in DOCS.rglob("*.md")
        for link in re.findall(r"\]\((?!http)([^)#]+)", path.read_text(encoding="utf-8"))
        if not (path.parent / link).exists()
    ]
    assert broken == []
