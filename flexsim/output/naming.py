"""Names and keys of a scenario in words: whoever reads a result has not read its YAML.

An entry is called by its title; a search or goal, which has none, by the places it leads to. A key
below an entry is put together from the words of its steps, which are here and nowhere else.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from flexsim.language import Language, phrase
from flexsim.scenario import files
from flexsim.scenario.names import shown
from flexsim.scenario.schema import Scenario

#: The region of a scenario that has none.
NO_REGION = "none"
_LONGEST = 120
_ASSUMPTION = re.compile(r"\bassumption\b")
#: Places of a search that are named; of more, the first.
_NAMED = 2

#: Purses that are no municipality's.
PURSES = {
    "region": phrase("the region"),
    "state": phrase("the state"),
    "ngo": phrase("organisations"),
    "citizen": phrase("the citizens themselves"),
    "total": phrase("in all"),
}
#: What a freed ward day is worth.
VALUES = {"cash": phrase("in cash"), "marginal": phrase("marginal"), "full": phrase("full")}
_PARTS = {
    "authority": phrase("authority"),
    "offer": phrase("own offers"),
    "treasury": phrase("treasury"),
}
#: Keys below an entry, as they are said after its name.
KEYS = {
    "admissions": phrase("admissions"),
    "admits": phrase("target group"),
    "after": phrase("after"),
    "after_days": phrase("from day"),
    "amplitude": phrase("amplitude"),
    "assessment": phrase("assessment"),
    "assessment_by_residence": phrase("assessment"),
    "bridge": phrase("where to wait meanwhile"),
    "by": phrase("by"),
    "by_days": phrase("by so many days"),
    "by_municipality": phrase("nights of each municipality"),
    "caseworkers": phrase("caseworkers"),
    "code": phrase("code"),
    "cv": phrase("coefficient of variation"),
    "day": phrase("day"),
    "days": phrase("days"),
    "decision": phrase("time to a decision"),
    "declined": phrase("share who decline"),
    "declined_by_group": phrase("share who decline"),
    "delay": phrase("delay"),
    "early_assessment": phrase("early assessment"),
    "ends": phrase("share that ends"),
    "enrols": phrase("who is enrolled"),
    "every_days": phrase("days between"),
    "extends": phrase("share that is extended"),
    "extension": phrase("extension"),
    "false_starts": phrase("assessments in vain"),
    "fri": phrase("Fridays"),
    "from": phrase("from"),
    "group": phrase("group"),
    "growth_per_year": phrase("growth a year"),
    "high_days": phrase("highest in days"),
    "history": phrase("earlier admissions"),
    "intake": phrase("intake"),
    "keeps_place": phrase("place kept during readmission"),
    "kind": phrase("kind"),
    "later": phrase("later"),
    "law": phrase("distribution"),
    "leave": phrase("leaves the model"),
    "leaves_early": phrase("leaving early"),
    "left_early": phrase("after leaving early"),
    "limit": phrase("longest stay"),
    "limit_days": phrase("longest stay in days"),
    "limit_reached": phrase("after the longest stay"),
    "log_sd": phrase("standard deviation of the logarithm"),
    "low_days": phrase("lowest in days"),
    "mean_days": phrase("mean in days"),
    "median_days": phrase("median in days"),
    "meetings": phrase("meetings"),
    "mon": phrase("Mondays"),
    "move_in": phrase("time to move in"),
    "moves_on": phrase("moving on"),
    "need_ends": phrase("when the need ends"),
    "nights": phrase("nights"),
    "no_show": phrase("share who do not come"),
    "notice_days": phrase("days of notice"),
    "observed_days": phrase("observed days"),
    "of": phrase("of"),
    "on_entering": phrase("on entering"),
    "on_leaving": phrase("on leaving"),
    "onward": phrase("where to next"),
    "onward_by_group": phrase("where to next"),
    "origin": phrase("origin"),
    "others": phrase("others"),
    "otherwise": phrase("otherwise"),
    "outside_wait": phrase("wait for a place"),
    "parts": phrase("parts"),
    "patience": phrase("patience"),
    "payer": phrase("who pays"),
    "peak_day": phrase("day of the peak"),
    "per": phrase("per"),
    "places": phrase("places"),
    "pools": phrase("places, in order"),
    "population": phrase("inhabitants"),
    "priority": phrase("priority"),
    "priority_by_group": phrase("priority"),
    "queue_limit": phrase("longest waiting list"),
    "quota": phrase("quota of nights"),
    "rate_per_year": phrase("citizens a year"),
    "relapse": phrase("relapse"),
    "relapse_by_group": phrase("relapse"),
    "relapse_ratio": phrase("times the relapse while enrolled"),
    "relapse_ratio_after": phrase("times the relapse"),
    "reserve": phrase("places reserved for urgent requests"),
    "residence": phrase("residence"),
    "reviews": phrase("reviews"),
    "sat": phrase("Saturdays"),
    "sd_days": phrase("standard deviation in days"),
    "search": phrase("search"),
    "search_begins": phrase("share whose search begins"),
    "season": phrase("season"),
    "shape": phrase("shape"),
    "share": phrase("share"),
    "stay": phrase("stay needed"),
    "stay_by_group": phrase("stay needed"),
    "sun": phrase("Sundays"),
    "surge": phrase("places above the norm"),
    "then": phrase("then"),
    "thu": phrase("Thursdays"),
    "traits": phrase("traits"),
    "tue": phrase("Tuesdays"),
    "urgency": phrase("urgency"),
    "wed": phrase("Wednesdays"),
    "weekdays": phrase("pattern of the week"),
    "when_full": phrase("when all is full"),
    "within_days": phrase("within days"),
}
#: Keys that are said together with the step that follows.
_LEADING = {
    "onward": phrase("share who go on to {next}"),
    "residence": phrase("share who live in {next}"),
    "traits": phrase("share with {next}"),
    "relapse_ratio_after": phrase("times the relapse {next}"),
}
#: Words that a key may have as its value.
_WORDS = {
    "admitted": phrase("admitted"),
    "at_any_time": phrase("at any time"),
    "at_once": phrase("at once"),
    "at_reviews": phrase("at reviews"),
    "by_population": phrase("by population"),
    "citizen": phrase("citizen"),
    "empirical": phrase("empirical"),
    "exponential": phrase("exponential"),
    "fixed": phrase("fixed"),
    "home": phrase("home"),
    "gamma": phrase("gamma"),
    "lognormal": phrase("lognormal"),
    "mixture": phrase("mixture"),
    "month": phrase("month"),
    "municipality": phrase("municipality"),
    "ordinary": phrase("ordinary"),
    "refused": phrase("refused"),
    "somatic_ward": phrase("somatic ward"),
    "stay": phrase("stay"),
    "street": phrase("street"),
    "turned_away": phrase("turned away"),
    "uniform": phrase("uniform"),
    "unlimited": phrase("unlimited"),
    "urgent": phrase("urgent"),
    "wait": phrase("wait"),
    "wait_first": phrase("wait for the first"),
    "weibull": phrase("weibull"),
    "when_complete": phrase("when complete"),
    "year": phrase("year"),
    "closed": phrase("closed"),
    "open": phrase("open"),
}
#: Sections in which a step of a key may name an entry, in the order in which they are asked.
_NAMING = ("goals", "groups", "municipalities", "pools", "streams", "searches")


def entry(scenario: Scenario, section: str, name: str, language: Language) -> str:
    """An entry by its title, by the places it leads to, or by its name with spaces."""
    found = getattr(scenario, section).get(name)
    title = getattr(found, "title", None)
    if title:
        return shown(language.text(title), _LONGEST)
    if section == "goals" and found is not None:
        return entry(scenario, "searches", found.search, language)
    if section == "searches" and found is not None and found.pools:
        return _places(scenario, found.pools, language)
    return shown(name.replace("_", " "), _LONGEST)


def _places(scenario: Scenario, pools: Sequence[str], language: Language) -> str:
    named = [entry(scenario, "pools", pool, language) for pool in pools[:_NAMED]]
    if len(pools) > _NAMED:
        return language.text("{place} and others", place=named[0])
    if len(named) == 1:
        return named[0]
    return language.text("{first} or {second}", first=named[0], second=named[1])


def key(scenarios: Sequence[Scenario], dotted: str, language: Language) -> str:
    """A key in words: whose it is, then step by step what.

    Parameters
    ----------
    scenarios : sequence of Scenario
        The entry is looked for in the last of them first.
    dotted : str
        ``pools.pitstop.stay.mean_days``; one that names no entry is given back as it is.
    """
    section, name, *steps = dotted.split(".")
    for scenario in reversed(scenarios):
        if name in getattr(scenario, section, {}):
            whose = entry(scenario, section, name, language)
            return f"{whose}: {_steps(scenario, steps, language)}"
    return dotted


def _steps(scenario: Scenario, steps: Sequence[str], language: Language) -> str:
    first, rest = steps[0], steps[1:]
    if not rest:
        return _step(scenario, first, language)
    if first in _LEADING:
        return language.text(_LEADING[first], next=_steps(scenario, rest, language))
    return f"{_step(scenario, first, language)}, {_steps(scenario, rest, language)}"


def _step(scenario: Scenario, step: str, language: Language) -> str:
    return language.text(KEYS[step]) if step in KEYS else _name(scenario, step, language)


def _word(scenario: Scenario, word: str, language: Language) -> str:
    return language.text(_WORDS[word]) if word in _WORDS else _name(scenario, word, language)


def _name(scenario: Scenario, name: str, language: Language) -> str:
    """A name of an entry by its title; any other by itself."""
    section = next((one for one in _NAMING if name in getattr(scenario, one)), None)
    if section:
        return entry(scenario, section, name, language)
    return language.text(name.replace("_", " "))


def value(scenario: Scenario, given: object, language: Language) -> str:
    """A value as one would write it on a line: numbers in local form, keys in words."""
    if isinstance(given, Mapping):
        parts = (
            f"{_step(scenario, str(step), language)} {value(scenario, part, language)}"
            for step, part in given.items()
        )
        return ", ".join(parts)
    if isinstance(given, list):
        return ", ".join(value(scenario, part, language) for part in given)
    if isinstance(given, bool):
        return language.text("yes") if given else language.text("no")
    if isinstance(given, (int, float)):
        return language.exact(float(f"{given:.6g}"))
    return "" if given is None else _word(scenario, str(given), language)


def source(text: str, language: Language) -> str:
    """Where a number comes from, as its author wrote it, but for the word `assumption`."""
    return _ASSUMPTION.sub(language.text("assumption"), text)


def purse(scenario: Scenario, name: str, language: Language) -> str:
    """A purse in words; a municipality by its title, and its parts after it."""
    if name in PURSES:
        return language.text(PURSES[name])
    municipality, _, part = name.partition(".")
    title = _municipality(scenario.municipalities, municipality)
    if part:
        return f"{title}, {language.text(_PARTS[part])}"
    return language.text("{municipality}, municipality", municipality=title)


def whose(scenario: Scenario, name: str, language: Language) -> str:
    """Whose cost is counted: everybody's, with a value of a freed ward day, or that of a purse."""
    everybody, comma, value = name.partition(", ")
    if not comma:
        return purse(scenario, name, language)
    return f"{language.text(everybody)}, {language.text(VALUES[value])}"


def _municipality(municipalities: Mapping[str, Any], name: str) -> str:
    """A municipality by its title, which is a name in every language."""
    return shown(getattr(municipalities.get(name), "title", None) or name.replace("_", " "))


def offer(scenario: Scenario, name: str, language: Language) -> str:
    """What is paid for: by its title, or that of its pool."""
    found = scenario.money.offers[name]
    if found.title or found.pool is None:
        return shown(language.text(found.title or "") or name.replace("_", " "))
    return entry(scenario, "pools", found.pool, language)


def region(name: str, language: Language) -> str:
    """A region in words: the first line of its file, as far as its colon."""
    if name == NO_REGION:
        return language.text("a network of its own")
    return language.text(files.in_words(files.find("region", name))).partition(":")[0] or name
