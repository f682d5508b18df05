"""The report as one HTML page that needs nothing else."""

from __future__ import annotations

import datetime as dt
import hashlib
import shlex
from collections.abc import Sequence
from typing import Any

from markupsafe import Markup

from flexsim import __version__
from flexsim.comparing import Comparison
from flexsim.language import Language, phrase
from flexsim.measures.moves import moves
from flexsim.output import (
    animation,
    difference_figure,
    figures,
    headlines,
    naming,
    numbers,
    terminal,
)
from flexsim.output.comparison import plain_label
from flexsim.reporting import pictures, purses, sentences, tables
from flexsim.reporting.deciding import Trials
from flexsim.reporting.tables import Table
from flexsim.result import Result
from flexsim.scenario.names import shown
from flexsim.scenario.showing import as_yaml

#: Replications that flows are counted in; each is simulated again.
FLOW_REPLICATIONS = 3
#: Assumptions on the first page.
DECIDING = 5
_LONGEST = 300

Subject = Result | Comparison


def html(
    subject: Subject,
    trials: Trials | None = None,
    language: Language | None = None,
    command: Sequence[str] = (),
) -> str:
    """Write the report of a result, or of a comparison.

    Parameters
    ----------
    subject : Result or Comparison
    trials : Trials, optional
        From `flexsim.reporting.deciding.trials`; without them the page says that no assumption was
        tried.
    language : Language, optional
        Default that of the scenario.
    command : sequence of str
        The command line, to be repeated by whoever reads it.

    Returns
    -------
    str
        HTML with its pictures inside; a few hundred kB.
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined

    results, labels = sides(subject)
    language = language or Language.of(results[0].scenario)
    results = tuple(spoken(result, language) for result in results)
    subject = results[0] if isinstance(subject, Result) else Comparison(labels, results)
    environment = Environment(
        loader=PackageLoader("flexsim", "reporting"), autoescape=True, undefined=StrictUndefined
    )
    content = _first(subject, trials, language) | _rest(subject, results, labels, language)
    content |= _tried(trials, results, language) | _provenance(results, labels, command, language)
    template = environment.get_template("template.html.j2")
    return template.render(**content, text=language.text, code=language.code, version=__version__)


def sides(subject: Subject) -> tuple[tuple[Result, ...], tuple[str, ...]]:
    """The results that a report is of, and what they are called."""
    if isinstance(subject, Result):
        return (subject,), (subject.scenario.name,)
    return subject.results, subject.labels


def spoken(result: Result, language: Language) -> Result:
    """The same result in a language: figures follow that of the scenario."""
    from dataclasses import replace

    output = result.scenario.output.model_copy(update={"language": language.code})
    return replace(result, scenario=result.scenario.model_copy(update={"output": output}))


def _first(subject: Subject, trials: Trials | None, language: Language) -> dict[str, Any]:
    """What stands on the first page."""
    results, labels = sides(subject)
    alternatives = range(1, len(results)) if isinstance(subject, Comparison) else (0,)
    question = sentences.question(subject, language)
    paid = purses.who_pays(subject)
    return {
        "title": question,
        "question": question,
        "facts": terminal.facts(results[0], language, in_words=True),
        "answers": [
            {"label": shown(labels[n]), "lines": sentences.answer(subject, n, language)}
            for n in alternatives
        ],
        "pays": purses.words(paid, subject, language),
        "purses": None if paid is None else purses.table(purses.largest(paid), subject, language),
        "all_purses": None
        if paid is None or len(purses.largest(paid)) == len(paid)
        else purses.table(paid, subject, language),
        "warnings": [shown(language.said(line), _LONGEST) for line in subject.warnings],
        "deciding": tables.tried(trials, results, DECIDING, language) if trials else None,
        "deciding_words": _deciding_words(trials, results, language) if trials else "",
    }


def _deciding_words(trials: Trials, results: Sequence[Result], language: Language) -> str:
    answer = trials.answer
    values = {
        "what": plain_label(answer.measure, language),
        "where": sentences.place(answer.pool, tuple(results), language),
        "base": numbers.text(trials.base, answer.unit, language=language),
        "count": len(trials.table),
    }
    if len(results) > 1:
        return language.text(
            "Each of {count} assumptions was tried by itself at both ends of its range. The answer"
            " is the difference in {what}, {where}: {base} as assumed. These move it most:",
            **values,
        )
    return language.text(
        "Each of {count} assumptions was tried by itself at both ends of its range. The answer"
        " is {what}, {where}: {base} as assumed. These move it most:",
        **values,
    )


def _rest(
    subject: Subject, results: Sequence[Result], labels: Sequence[str], language: Language
) -> dict[str, Any]:
    """The pages after the first."""
    named = list(zip(map(shown, labels), results, strict=True))
    moved = [_moves(result) for result in results]
    last = results[-1]
    note = _provenance_line(results, labels)
    wards = any(pool.kind == "ward" for r in results for pool in r.scenario.pools.values())
    compared = isinstance(subject, Comparison)
    return {
        "differences": _differences(subject, language) if isinstance(subject, Comparison) else [],
        "difference_picture": _picture(
            difference_figure.draw(subject), subject.table(), "differences", note, language
        )
        if isinstance(subject, Comparison)
        else None,
        "levels": []
        if compared
        else [{"label": n, "blocks": list(tables.levels(r, language))} for n, r in named],
        "occupancy": list(_occupancy(results, labels, language)),
        "waits": [{"label": n, "table": tables.waits(r, language)} for n, r in named],
        "flow_picture": _picture(
            *pictures.flows(moved[-1], results, language), "flows", note, language
        ),
        "flow_table": tables.flows(moved, results, labels, language),
        "cause_picture": _picture(
            *pictures.causes(results, [n for n, _ in named], language), "causes", note, language
        )
        if wards
        else None,
        "causes": [{"label": n, "table": tables.causes(r, language)} for n, r in named],
        "where": tables.where(results, labels, language),
        "animation": _animation(last, language),
        "evidence": tables.evidence(results[0], language),
        "assumed": tables.sources(last, True, language),
        "known": tables.sources(last, False, language),
    }


def _animation(result: Result, language: Language) -> Markup:
    """The first replication, to be played; its names are escaped where it is drawn."""
    register = result.simulated(0)
    return Markup(animation.fragment(register, result.plan, result.scenario, language=language))


_WORDS = {
    "differences": phrase("Differences with their 95 % interval"),
    "flows": phrase("Moves between places a year"),
    "causes": phrase("Completed-treatment days a year by cause"),
}


def _picture(
    figure: Any, table: Any, name: str, provenance: str, language: Language
) -> pictures.Picture:
    return pictures.picture(figure, table, name, language.text(_WORDS[name]), provenance)


def _occupancy(results: Sequence[Result], labels: Sequence[str], language: Language) -> Any:
    """Pools with a norm: all of the last scenario; of the others the wards, and what changed."""
    for n, result in enumerate(results):
        for name, pool in result.scenario.pools.items():
            differs = pool.kind == "ward" or results[-1].scenario.pools.get(name) != pool
            if not headlines.is_unlimited(pool) and (n == len(results) - 1 or differs):
                words = f"{headlines.heading(name, pool, language)}, {shown(labels[n])}"
                yield pictures.picture(
                    figures.draw(result, name),
                    figures.course_table(result, name),
                    f"{result.scenario.name}_{name}",
                    words,
                    _provenance_line([result], [labels[n]]),
                )


def _differences(comparison: Comparison, language: Language) -> list[dict[str, Any]]:
    return [
        {
            "label": shown(comparison.labels[n]),
            "lines": sentences.told(comparison, n, language),
            "table": tables.differences(comparison, n, language),
        }
        for n in range(1, len(comparison.labels))
    ]


def _moves(result: Result) -> Any:
    count = min(FLOW_REPLICATIONS, result.replications)
    return moves([result.simulated(n) for n in range(count)], result.plan)


def _tried(trials: Trials | None, results: Sequence[Result], language: Language) -> dict[str, Any]:
    if trials is None:
        return {"tried": None, "tried_words": "", "left_out": ()}
    words = language.text(
        "One at a time, {replications} each, on the same citizens. An assumption without a stated"
        " range is varied by a fifth up and down, which is no statement of how sure it is."
        " A move of less than {noise} may be chance. Assumptions that together move the answer"
        " farther are not looked for.",
        noise=numbers.text(trials.noise, trials.answer.unit, language=language),
        replications=terminal.replications(trials.replications, language),
    )
    scenarios = [result.scenario for result in results]
    left_out = [naming.key(scenarios, key, language) for key in trials.left_out]
    return {
        "tried": tables.tried(trials, results, None, language),
        "tried_words": words,
        "left_out": left_out,
    }


def _provenance(
    results: Sequence[Result], labels: Sequence[str], command: Sequence[str], language: Language
) -> dict[str, Any]:
    run = results[0].scenario.run
    rows = [
        ("flexsim", __version__),
        (language.text("made"), language.date(dt.datetime.now(dt.UTC).date())),
        (language.text("seed"), str(results[0].seed)),
        (language.text("replications"), str(results[0].replications)),
        (language.text("start of the run"), language.date(run.start)),
        *((shown(label), f"SHA-256 {digest(r)}") for label, r in zip(labels, results, strict=True)),
    ]
    return {
        "command": shlex.join(command or ["flexsim", "report", *labels]),
        "provenance": Table(("", ""), rows, words=2),
    }


def digest(result: Result) -> str:
    """The first digits of the hash of a scenario, its way of writing and its language aside."""
    scenario = result.scenario.model_copy(update={"output": type(result.scenario.output)()})
    return hashlib.sha256(as_yaml(scenario, defaults=True).encode()).hexdigest()[:16]


def _provenance_line(results: Sequence[Result], labels: Sequence[str]) -> str:
    names = ", ".join(shown(label) for label in labels)
    first = results[0]
    return (
        f"flexsim {__version__}, scenario {names}, seed {first.seed},"
        f" {first.replications} replications, SHA-256 {' '.join(map(digest, results))}"
    )
