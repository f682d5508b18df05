"""The page of published figures: complete, right by arithmetic, and what the runs give."""

from __future__ import annotations

import pytest
from shipped import SCENARIOS, shipped

from docs import targets

PAGE = targets.PAGE.read_text(encoding="utf-8").splitlines()


@pytest.mark.ci
def test_every_published_figure_is_on_the_page():
    """Each figure of a scenario's own places, with the number that the scenario states."""
    asked = {
        (shipped(name).targets[key].title, name)
        for name in SCENARIOS
        if not name.startswith("textbook/")
        for key in targets.own(shipped(name))
    }
    cells = [[cell.strip() for cell in line.split("|")] for line in PAGE if line.endswith("` |")]
    shown = {(line[1], line[6].strip("`")) for line in cells if len(line) == 8}
    assert len(asked) > 50
    assert shown == asked


@pytest.mark.parametrize("one", targets.DERIVED, ids=lambda one: one.words)
def test_derived_figure(one):
    """The arithmetic gives the figure, and the scenario that uses it states the same."""
    assert round(one.value, one.decimals) == one.stated
    if one.used:
        name, _, target = one.used.partition(": ")
        target, _, high = target.partition(" (")
        stated = shipped(name).targets[target]
        assert (stated.published_high if high else stated.published) == one.stated


@pytest.mark.ci
@pytest.mark.parametrize("name", ["polaris_level", "mpo_skovvang_2023", "holstebro_overnight"])
def test_the_page_is_what_the_run_gives(name):
    """A scenario that is quickly run gives the lines that stand on the page."""
    lines = list(targets.rows(shipped(name)))
    assert lines
    assert set(lines) <= set(PAGE)
