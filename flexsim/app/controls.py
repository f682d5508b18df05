"""What can be changed on the page: places, arrivals, stays and rules, read off the scenario."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from flexsim.language import ENGLISH, Language, phrase
from flexsim.output import naming
from flexsim.output.headlines import title
from flexsim.scenario import wording
from flexsim.scenario.laws import MOST, Law
from flexsim.scenario.schema import EarlyAssessment, Limit, Pool, Scenario, Stream

PLACES, ARRIVALS, STAYS, RULES = (
    phrase("Places"),
    phrase("Arrivals"),
    phrase("Lengths of stay"),
    phrase("Rules and delays"),
)
_PLACES_UNIT, _PER_YEAR, _DAYS, _SHARE = (
    phrase("places"),
    phrase("per year"),
    phrase("days"),
    phrase("share, 0 to 1"),
)


@dataclass(frozen=True)
class Control:
    """One key of the scenario that can be changed.

    Attributes
    ----------
    key : str
        As an override names it: ``pools.mpo.places``.
    section, label, unit : str
        In the language of the page.
    value : int or float
        As the scenario has it.
    low, high : int or float
        What the schema allows.
    reach : int or float
        Up to where a slider goes; larger values can be typed.
    source : str
        Where the value comes from, as the scenario says; may be empty.
    """

    key: str
    section: str
    label: str
    unit: str
    value: float
    low: float
    high: float
    reach: float
    source: str

    @property
    def whole(self) -> bool:
        """Whether the value is a whole number."""
        return isinstance(self.value, int)


def controls(scenario: Scenario, language: Language = ENGLISH) -> list[Control]:
    """Everything that the page offers to change, in the order in which it is shown."""
    return [
        *_of_pools(scenario, language),
        *_of_streams(scenario, language),
        *_of_stays(scenario, language),
        *_of_rules(scenario, language),
    ]


def overrides(found: list[Control], values: Mapping[str, float]) -> list[str]:
    """The changes that were made, as the command line writes them."""
    return [
        f"{control.key}={values[control.key]!r}"
        for control in found
        if control.key in values and values[control.key] != control.value
    ]


def _of_pools(scenario: Scenario, language: Language) -> Iterator[Control]:
    for name, pool in scenario.pools.items():
        if pool.places != "unlimited" and pool.kind != "contact":
            words = title(name, pool, language)
            yield _control(
                *(f"pools.{name}.places", PLACES, words, _PLACES_UNIT, pool.places, Pool, "places"),
                sources=pool.sources,
                language=language,
            )


def _of_streams(scenario: Scenario, language: Language) -> Iterator[Control]:
    for name, stream in scenario.streams.items():
        words = naming.entry(scenario, "streams", name, language)
        yield _control(
            *(f"streams.{name}.rate_per_year", ARRIVALS, words, _PER_YEAR),
            *(stream.rate_per_year, Stream, "rate_per_year"),
            sources=stream.sources,
            language=language,
        )


def _of_stays(scenario: Scenario, language: Language) -> Iterator[Control]:
    for name, pool in scenario.pools.items():
        words = title(name, pool, language)
        if pool.stay is not None and pool.stay.mean_days is not None:
            label = language.text("{pool}: mean stay needed", pool=words)
            yield _control(
                *(f"pools.{name}.stay.mean_days", STAYS, label, _DAYS),
                *(pool.stay.mean_days, Law, "mean_days"),
                sources={"mean_days": pool.sources.get("stay", "")},
                language=language,
            )
        if pool.limit is not None:
            label = language.text("{pool}: longest stay", pool=words)
            yield _control(
                *(f"pools.{name}.limit.days", STAYS, label, _DAYS, pool.limit.days, Limit, "days"),
                sources={"days": pool.sources.get("limit", "")},
                language=language,
            )


def _of_rules(scenario: Scenario, language: Language) -> Iterator[Control]:
    for name, pool in scenario.pools.items():
        words = title(name, pool, language)
        if pool.kind == "ward":
            label = language.text("{pool}: share of early assessments", pool=words)
            yield _control(
                *(f"pools.{name}.early_assessment.share", RULES, label, _SHARE),
                *(pool.early_assessment.share, EarlyAssessment, "share"),
                sources={"share": pool.sources.get("early_assessment", "")},
                language=language,
            )
        elif pool.places != "unlimited" and pool.kind not in ("contact", "team"):
            label = language.text("{pool}: places reserved for urgent requests", pool=words)
            yield _control(
                *(f"pools.{name}.reserve", RULES, label, _PLACES_UNIT, pool.reserve, Pool),
                "reserve",
                sources=pool.sources,
                language=language,
            )
    for name, goal in scenario.goals.items():
        if goal.decision is not None and goal.decision.mean_days is not None:
            label = language.text(
                "{goal}: mean time to a decision",
                goal=naming.entry(scenario, "goals", name, language),
            )
            yield _control(
                *(f"goals.{name}.decision.mean_days", RULES, label, _DAYS),
                *(goal.decision.mean_days, Law, "mean_days"),
                sources={"mean_days": goal.sources.get("decision", "")},
                language=language,
            )


def _control(
    key: str,
    section: str,
    label: str,
    unit: str,
    value: Any,
    model: type[BaseModel],
    name: str,
    sources: Mapping[str, str],
    language: Language,
) -> Control:
    """A control with the limits that the schema sets."""
    numbers = wording.options(wording.keys(model)[name])
    option = next(one for one in numbers if one.kind in (int, float))
    kind = option.kind
    low = kind(option.low if option.low is not None else 0)
    high = kind(option.high if option.high is not None else MOST)
    reach = min(high, kind(max(2 * value, value + 5)) if kind is int else max(2.0 * value, 1.0))
    return Control(
        key=key,
        section=language.text(section),
        label=label,
        unit=language.text(unit),
        value=kind(value),
        low=low,
        high=high,
        reach=reach,
        source=naming.source(sources.get(name, ""), language),
    )
