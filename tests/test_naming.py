"""Keys and names in words: every key that a number can stand under has them."""

from __future__ import annotations

import typing

import pytest

import flexsim as fs
from flexsim.app import choices
from flexsim.language import ENGLISH, Language
from flexsim.output import naming
from flexsim.reporting.assumptions import assumptions
from flexsim.scenario import schema, wording

DANISH = Language("da")
#: Keys that are said nowhere: names, notes and what only composes a scenario.
SILENT = {"title", "sources", "ranges", "template"}


def keys_below(model, seen):
    """Keys of a model and of all models below it."""
    if model not in seen:
        seen.add(model)
        for key, annotation in wording.keys(model).items():
            yield key
            yield from of_annotation(annotation, seen)


def of_annotation(annotation, seen):
    for option in wording.options(annotation):
        inner = typing.get_args(option.kind)
        if typing.get_origin(option.kind) in (dict, list):
            yield from of_annotation(inner[-1], seen)
        elif isinstance(option.kind, type) and wording.model_of(option.kind):
            yield from keys_below(wording.model_of(option.kind), seen)


def test_every_key_has_words():
    """No key of pools, searches, goals, streams and groups is shown as it is written in YAML."""
    models = schema.Pool, schema.Search, schema.Goal, schema.Stream, schema.Group
    found = {key for model in models for key in keys_below(model, set())}
    assert "mean_days" in found
    west = choices.opened("midtjylland_west", choices.AS_PUBLISHED, "da")
    for key in sorted(found - SILENT):
        said = naming.key([west], f"pools.mpo.{key}", ENGLISH)
        assert said.startswith("MPO: ")
        assert "_" not in said
        assert key in naming.KEYS, key


@pytest.mark.parametrize(
    ("dotted", "english", "danish"),
    [
        (
            "pools.mpo.stay.mean_days",
            "MPO: stay needed, mean in days",
            "MPO: behov for ophold, middel i dage",
        ),
        (
            "goals.longterm_housing.decision.mean_days",
            "Long-term housing: time to a decision, mean in days",
            "Længerevarende botilbud: tid til afgørelse, middel i dage",
        ),
        (
            "pools.goedstrup.onward.shelter",
            "Gødstrup: share who go on to Shelter",
            "Gødstrup: andel, der skal videre til Forsorgshjem",
        ),
        ("run.days", "run.days", "run.days"),
    ],
)
def test_keys_in_words(dotted, english, danish):
    """The entry by its title, a goal by where it leads to, then step by step what."""
    west = choices.opened("midtjylland_west", choices.AS_PUBLISHED, "en")
    assert naming.key([west], dotted, ENGLISH) == english
    assert naming.key([west], dotted, DANISH) == danish


@pytest.mark.parametrize("region", choices.regions())
def test_assumptions_of_shipped_regions_read_as_words(region):
    """No label of an assumption has an underscore left of a key."""
    scenario = choices.opened(region, choices.AS_PUBLISHED, "da")
    for assumption in assumptions(scenario):
        for dotted in assumption.keys:
            assert "_" not in naming.key([scenario], dotted, DANISH), dotted


def test_purses_and_regions():
    """A municipality as a whole and by part; whose purse is no municipality's; a region."""
    west = choices.opened("midtjylland_west", choices.AS_PUBLISHED, "da")
    assert naming.purse(west, "herning", DANISH) == "Herning Kommune"
    assert naming.purse(west, "herning.treasury", DANISH) == "Herning, kommunekasse"
    assert naming.purse(west, "state", DANISH) == "staten"
    assert naming.region("midtjylland_west", DANISH) == "Vest i Region Midtjylland"
    assert naming.region("none", ENGLISH) == "a network of its own"


def test_values_and_sources():
    """Numbers in local form, keys and words in the language, the author's text as it is."""
    west = fs.load("baseline")
    given = {"law": "lognormal", "mean_days": 18.9, "otherwise": "shelter"}
    assert naming.value(west, given, DANISH) == (
        "fordeling lognormal, middel i dage 18,9, ellers Forsorgshjem"
    )
    assert naming.source("VIVE 2023; assumption: half", DANISH) == "VIVE 2023; antagelse: half"
