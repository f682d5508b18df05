"""Warnings: what is allowed, but makes a result say less than it seems to."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator

from pydantic import BaseModel

from flexsim.message import Message, rounded
from flexsim.scenario.laws import Law
from flexsim.scenario.schema import Pool, Scenario

#: From here on the mean of a lognormal law hangs on stays rarer than a run can contain.
WIDE_CV = 10.0
WIDE_LOG_SD = 2.2
#: Values that hold no law; told apart first, since most values are such.
_PLAIN = (str, int, float, list)


def warnings(scenario: Scenario) -> list[str]:
    """What the reader of a result should know, one line each."""
    return [*_run(scenario), *_wide_laws(scenario), *_unused_places(scenario)]


def _run(scenario: Scenario) -> Iterator[str]:
    if scenario.run.replications == 1:
        yield Message("run.replications is 1: no confidence interval can be given")


def _wide_laws(scenario: Scenario) -> Iterator[str]:
    for key, law in _laws(scenario, ""):
        log_sd = _log_sd(law)
        cv = math.sqrt(math.expm1(log_sd**2)) if log_sd < 25 else math.inf
        if cv >= WIDE_CV or log_sd >= WIDE_LOG_SD:
            if cv < 1e6:
                draws = Message(
                    "about {draws} draws are needed to find it within 10 %",
                    draws=rounded(400 * cv**2, 2),
                )
            else:
                draws = Message("no run is long enough to find it within 10 %")
            yield Message(
                "{key}: the mean is dominated by rare stays (cv {cv}); {draws}",
                key=key,
                cv=rounded(cv),
                draws=draws,
            )


def _log_sd(law: Law) -> float:
    """Standard deviation of the logarithm; 0 for a law that is not lognormal."""
    if law.law != "lognormal":
        return 0.0
    if law.log_sd is not None:
        return law.log_sd
    mean = law.mean_days or 0.0
    if law.median_days is not None:
        return math.sqrt(2 * math.log(mean / law.median_days))
    cv = law.cv if law.cv is not None else (law.sd_days or 0.0) / mean
    return math.sqrt(math.log1p(cv**2))


def _unused_places(scenario: Scenario) -> Iterator[str]:
    """`places` that a later step replaces before the run has even begun."""
    for name, pool in scenario.pools.items():
        step = _in_force(pool, scenario.run.start)
        if step is not None:
            later = pool.later[step]
            yield Message(
                "pools.{name}.places ({places}) is not used: later.{step} holds {later} from"
                " {date}, when the run has not begun",
                name=name,
                places=pool.places,
                step=step,
                later=later.places,
                date=later.from_,
            )


def _in_force(pool: Pool, start: dt.date) -> str | None:
    """The step that holds when the run starts, if it differs from `places`."""
    past = [name for name, step in pool.later.items() if step.from_ <= start]
    if not past:
        return None
    last = max(past, key=lambda name: pool.later[name].from_)
    return last if pool.later[last].places != pool.places else None


def _laws(thing: object, key: str) -> Iterator[tuple[str, Law]]:
    """Every law of a scenario, with its key."""
    if isinstance(thing, Law):
        yield key, thing
    if isinstance(thing, BaseModel):
        for name, field in type(thing).model_fields.items():
            value = getattr(thing, name)
            if value is not None and not isinstance(value, _PLAIN):
                yield from _laws(value, _below(key, field.alias or name))
    elif isinstance(thing, dict):
        for name, value in thing.items():
            yield from _laws(value, _below(key, name))


def _below(key: str, name: str) -> str:
    return f"{key}.{name}" if key else name
