"""The animation as HTML: data, style and player in one piece."""

from __future__ import annotations

import html
import json
from importlib.resources import files
from typing import Any

from flexsim import __version__
from flexsim.language import ENGLISH, Language, phrase
from flexsim.output.animation.scenes import State, scene
from flexsim.output.headlines import KINDS, title
from flexsim.plan.plan import Plan
from flexsim.register import Register
from flexsim.scenario.names import shown
from flexsim.scenario.schema import Scenario

#: State -> (its words, its mark, which tells it without colour).
_STATES = {
    State.STAYING: (phrase("in treatment, or staying"), ""),
    State.DECISION: (phrase("awaiting a decision"), "?"),
    State.PLACE: (phrase("awaiting a place"), "×"),
    State.MOVE: (phrase("awaiting the move"), "›"),
    State.HELD: (phrase("place held for somebody"), ""),
}
_FREE, _BEYOND = phrase("free"), phrase("number beyond the norm (an extra bed, or closed)")
#: What the player says, by its name there.
_PLAYER = {
    "play": phrase("Play"),
    "pause": phrase("Pause"),
    "taken": phrase("{taken} of {norm} places taken"),
    "present": phrase("citizens present: {taken}"),
    "above": phrase("{count} above the norm"),
    "arrived": phrase("moved in since the first day: {count}"),
    "waiting": phrase("{count} on the waiting list"),
    "decision": phrase("{count} awaiting a decision"),
    "place": phrase("{count} awaiting a place"),
    "move": phrase("{count} awaiting the move"),
    "held": phrase("{count} held"),
    "where": phrase("{citizen} is in {pool}, place {place}: {state}"),
    "elsewhere": phrase("{citizen} is in none of these places"),
    "nobody": phrase("nobody"),
    "strip": phrase("Citizens with completed treatment in the wards, by what they await"),
    "most": phrase("at most {count}"),
    "free": _FREE,
}


def fragment(
    register: Register,
    plan: Plan,
    scenario: Scenario,
    replication: int = 0,
    first_day: int | None = None,
    days: int = 365,
    language: Language = ENGLISH,
) -> str:
    """One replication as a piece of HTML that can be played.

    Parameters
    ----------
    register, plan
        The replication and its plan (of a `Result`: `simulated(n)` and `plan`).
    scenario : Scenario
        Whose names of pools are shown.
    replication : int
        Its number, to be named below.
    first_day : int, optional
        First day shown, in days since the start of the run; default the end of the warm-up.
    days : int
        How many are shown, at most.
    language : Language

    Returns
    -------
    str
        A ``<figure>`` with style, program and data; about 100 kB for a region and a year.

    Raises
    ------
    ValueError
        If no day of the run would be shown.
    """
    titles = {name: title(name, pool, language) for name, pool in scenario.pools.items()}
    data = scene(register, plan, titles, first_day, days)
    data["language"] = language.code
    data["kinds"] = {kind: language.text(words) for kind, words in KINDS.items()}
    data["states"] = [
        {"words": language.text(words), "mark": mark} for words, mark in _STATES.values()
    ]
    data["say"] = {name: language.text(words) for name, words in _PLAYER.items()}
    facts = language.text(
        "Scenario {scenario}, replication {replication} (seed {seed}), flexsim {version}. One"
        " of many possible courses: no forecast, and no citizen is a real one.",
        scenario=scenario.name,
        replication=replication,
        seed=scenario.run.seed,
        version=__version__,
    )
    return _FRAGMENT.format(
        language=language.code,
        style=_read("player.css"),
        program=_read("player.js"),
        data=_as_script(data),
        heading=html.escape(language.text("See it move: who is where, and what they wait for")),
        facts=html.escape(facts),
        legend=_legend(language),
        **{
            name: html.escape(language.text(words), quote=True) for name, words in _CONTROLS.items()
        },
    )


def document(
    register: Register,
    plan: Plan,
    scenario: Scenario,
    replication: int = 0,
    first_day: int | None = None,
    days: int = 365,
    language: Language = ENGLISH,
) -> str:
    """The same as a whole file; see `fragment`."""
    return _DOCUMENT.format(
        language=language.code,
        title=html.escape(shown(language.text(scenario.title) or scenario.name, 200)),
        fragment=fragment(register, plan, scenario, replication, first_day, days, language),
    )


def _legend(language: Language) -> str:
    """States with their colours and marks; the same cells as in the picture."""
    entries = [(f"s{state.value}", *_STATES[state]) for state in State]
    entries += [("", _FREE, ""), ("beyond", _BEYOND, "")]
    return "".join(
        f'<li><i class="cell {sort}">{mark}</i> {html.escape(language.text(words))}</li>'
        for sort, words, mark in entries
    )


def _as_script(data: dict[str, Any]) -> str:
    """JSON that nothing in a name can end: no `<` stands in it."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def _read(name: str) -> str:
    return (files("flexsim.output.animation") / name).read_text(encoding="utf-8")


_CONTROLS = {
    "play": phrase("Play"),
    "day": phrase("One day"),
    "time": phrase("Time"),
    "speed": phrase("Speed"),
    "slow": phrase("1 day a second"),
    "medium": phrase("7 days a second"),
    "fast": phrase("30 days a second"),
    "follow": phrase("Follow a citizen"),
    "nobody": phrase("nobody"),
    "hint": phrase(
        "Choose a citizen to follow, or click on a cell. Arrow keys on the slider move by six"
        " hours."
    ),
}
_FRAGMENT = """<figure class="flexsim-move" lang="{language}">
<style>{style}</style>
<figcaption><strong>{heading}</strong></figcaption>
<div class="controls">
<button type="button" class="play">▶ {play}</button>
<button type="button" class="back" aria-label="{day} ←">−1</button>
<button type="button" class="on" aria-label="{day} →">+1</button>
<output class="date" aria-live="off"></output>
<label>{speed} <select class="speed"><option value="1">{slow}</option>
<option value="7" selected>{medium}</option><option value="30">{fast}</option></select></label>
<label>{follow} <select class="follow"><option value="-1">{nobody}</option></select></label>
</div>
<input type="range" class="time" min="0" step="6" value="0" aria-label="{time}">
<div class="strip"></div>
<ul class="legend">{legend}</ul>
<p class="followed" role="status"></p>
<div class="pools"></div>
<p class="small">{hint}</p>
<p class="small">{facts}</p>
<script type="application/json" class="data">{data}</script>
<script>{program}</script>
</figure>
"""
_DOCUMENT = """<!DOCTYPE html>
<html lang="{language}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>body {{ max-width: 70rem; margin: 1rem auto; padding: 0 1rem; }}</style>
</head>
<body>
<h1 style="font: 600 1.3rem system-ui, sans-serif">{title}</h1>
{fragment}
</body>
</html>
"""
