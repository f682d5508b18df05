"""The reference pages say what the code does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from docs.reference import make
from flexsim.measures import sums
from flexsim.measures.layout import layout_of
from flexsim.measures.quantiles import IN_WORDS, QUANTILES
from flexsim.measures.summary import unit
from flexsim.plan.build import build
from flexsim.scenario import load, wording

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"


# -- reference --------------------------------------------------------------------------------


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
    given = set(layout_of(build(load(BASE))).names["measure"].categories)
    assert given <= shown.keys()
    assert [name for name, measure in shown.items() if not measure.words.strip()] == []
    assert [name for name in shown if not unit(name)] == []
    assert IN_WORDS.keys() == QUANTILES.keys()


def test_every_sum_has_words():
    """A measure is one sum over another, and the page says which."""
    assert sorted(sums.IN_WORDS) == list(range(sums.COLUMNS))
    assert all(sums.IN_WORDS.values())


#: A small network: a ward, Pitstop, a shelter, housing, home.
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
  street: {group: new, origin: street, rate_per_year: 80, search: pitstop}
""")


def test_links_lead_somewhere():
    """No link between the documents leads nowhere."""
    broken = [
        f"{path.relative_to(ROOT)}: {link}"
        for path in DOCS.rglob("*.md")
        for link in re.findall(r"\]\((?!http)([^)#]+)", path.read_text(encoding="utf-8"))
        if not (path.parent / link).exists()
    ]
    assert broken == []
