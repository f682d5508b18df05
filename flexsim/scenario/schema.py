"""The scenario: every key a YAML file may hold, its unit, its default and its range.

Plain mappings go in, frozen objects come out. Checks that need one key alone stand here;
checks that need two names to agree stand in `references`.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, JsonValue, model_validator

from flexsim.message import Message
from flexsim.scenario.dates import date_of
from flexsim.scenario.laws import (
    DAYS,
    MOST,
    SHARE,
    Amount,
    Days,
    Law,
    Positive,
    PositiveDays,
    Share,
    Sources,
    Strict,
    checked_shares,
)
from flexsim.scenario.money import Money

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

Kind = Literal[
    "ward",
    "flexible",
    "guest_bed",
    "housing",
    "shelter",
    "community",
    "other",
    "contact",
    "team",
]
Origin = Literal["ward", "somatic_ward", "street", "home", "shelter", "other"]

#: Where a search or a limit may send a citizen besides a pool: out of the model.
LEAVE = "leave"
#: Days of a run, and of its warm-up, at most.
LONGEST_RUN = 100_000
#: In `admits`: the entry for every value that is not named.
OTHERS = "others"


def open_minutes(intake: str) -> tuple[int, int]:
    """From when (incl.) to when (excl.) a pool takes people in, in minutes of the day.

    Past 1440 on the day after: `22:00-06:00` ends at 1800. An empty span if closed.

    Raises
    ------
    ValueError
        If it is neither a word nor two times of the day.
    """
    if intake in ("open", "closed"):
        return 0, (1440 if intake == "open" else 0)
    found = re.fullmatch(r"(\d\d):([0-5]\d)-(\d\d):([0-5]\d)", intake)
    if found is None:
        raise ValueError(Message("must be open, closed or hours as in 08:00-16:00"))
    hours = [int(part) for part in found.groups()]
    start, end = 60 * hours[0] + hours[1], 60 * hours[2] + hours[3]
    if start >= 1440 or end > 1440:
        raise ValueError(
            Message("has a time that is not on the clock; a day goes from 00:00 to 24:00")
        )
    if start == end:
        raise ValueError(Message("begins and ends at the same time; write open or closed"))
    return start, end if end > start else end + 1440


def _intake(text: str) -> str:
    open_minutes(text)
    return text


def _code(text: str) -> str:
    if not re.fullmatch(r"[0-9]{3,4}", text):
        raise ValueError(Message("a municipality code has 3 or 4 digits"))
    return text


Code = Annotated[str, AfterValidator(_code)]
Intake = Annotated[str, AfterValidator(_intake)]
Date = Annotated[dt.date, BeforeValidator(date_of)]
Shares = Annotated[dict[str, Share], AfterValidator(checked_shares)]
Count = Annotated[int, Field(ge=0, le=MOST)]
CountOrUnlimited = Count | Literal["unlimited"]
Welcome = Literal["admitted", "refused"]

_PLACES: dict[str, JsonValue] = {"unit": "places"}
_NIGHTS: dict[str, JsonValue] = {"unit": "nights"}
_REQUESTS: dict[str, JsonValue] = {"unit": "requests"}
_PEOPLE: dict[str, JsonValue] = {"unit": "inhabitants"}
_PER_YEAR: dict[str, JsonValue] = {"unit": "per year"}
_SHARE_PER_YEAR: dict[str, JsonValue] = {"unit": "share per year"}
_DAY_OF_YEAR: dict[str, JsonValue] = {"unit": "day of the year"}

#: What the risk of relapse is multiplied by.
Ratio = Annotated[
    float,
    Field(ge=0, le=100, allow_inf_nan=False, json_schema_extra={"unit": "ratio"}),
]


def _two_in_order(ends: list[float]) -> list[float]:
    if len(ends) != 2 or not ends[0] < ends[1]:
        raise ValueError(Message("must be two numbers, the lower first"))
    return ends


Range = Annotated[list[Annotated[float, Field(allow_inf_nan=False)]], AfterValidator(_two_in_order)]
#: What a report tries for an assumption: dotted key of the entry -> lowest and highest value.
Ranges = Annotated[
    dict[str, Range],
    Field(
        description="lowest and highest value that an assumption may have, by key"
        " (`stay.mean_days: [30, 45]`); a report tries both"
    ),
]


class History(Strict):
    """A citizen's own history: so many ward admissions in the last days."""

    admissions: Annotated[int, Field(ge=1, le=100)] = Field(
        description="ward admissions at least", json_schema_extra={"unit": "admissions"}
    )
    within_days: PositiveDays = Field(description="in so many days before the request, days")


class Admits(Strict):
    """Target group (målgruppe): whom a pool takes in. Values not named follow `others`."""

    residence: dict[str, Welcome] = Field(
        default_factory=dict,
        description="by municipality of residence; `others` for the rest",
    )
    traits: dict[str, dict[str, Welcome]] = Field(
        default_factory=dict, description="by trait and value; `others` for the rest"
    )
    history: History | None = Field(
        None, description="only citizens with so many ward admissions lately"
    )


class CapacityStep(Strict):
    """From a date on, another number of places, and perhaps another limit or target group."""

    from_: Date = Field(alias="from", description="first day with this number of places")
    places: CountOrUnlimited = Field(
        description="number of places from that day on", json_schema_extra=_PLACES
    )
    limit_days: PositiveDays | None = Field(
        None,
        description="longest stay of those admitted from that day on, days (default: as before;"
        " needs a `limit`)",
    )
    admits: Admits | None = Field(
        None,
        description="target group of requests made from that day on (default: as before)",
    )


class Extension(Strict):
    """At the limit a share of stays is extended, once."""

    share: Share = Field(description="share of stays reaching the limit that are extended")
    by: Law = Field(description="how much longer, days")


class Limit(Strict):
    """The longest stay, and what happens when it is reached."""

    days: PositiveDays = Field(description="longest stay, days")
    then: Literal["leave", "stay"] = Field(
        "leave",
        description="leave to `otherwise` with the search going on, or stay and wait",
    )
    otherwise: str = Field(
        LEAVE,
        description="pool to go to when the limit is reached (it must take everybody at once), or"
        " `leave` the model",
    )
    extension: Extension | None = Field(None, description="chance and length of an extension")


class Review(Strict):
    """A fixed day of a stay on which it is decided how it goes on (opfølgningsmøde)."""

    day: PositiveDays = Field(description="day of the review, days from admission")
    every_days: Annotated[float, Field(ge=1, le=LONGEST_RUN, allow_inf_nan=False)] | None = Field(
        None,
        description="held again each time so many days have passed (default: once)",
        json_schema_extra=DAYS,
    )
    ends: Share = Field(0.0, description="share of stays whose end is set at this review")
    notice_days: Days = Field(
        0.0,
        description="days from the review to the end so set; the search for the next place begins"
        " at the review",
    )
    extends: Share = Field(0.0, description="share of stays whose `limit` is put off")
    by_days: PositiveDays | None = Field(None, description="how much longer they may stay, days")
    search_begins: Share = Field(
        0.0, description="share of stays for which the search for the next place begins"
    )

    @model_validator(mode="after")
    def _one_decision(self) -> Review:
        total = self.ends + self.extends + self.search_begins
        if total > 1 + 1e-9:
            raise ValueError(
                Message(
                    "ends + extends + search_begins must be at most 1 (they add up to {total})",
                    total=f"{total:g}",
                )
            )
        if self.extends and self.by_days is None:
            raise ValueError(Message("extends needs by_days: how much longer they may stay"))
        return self


class LeavesEarly(Strict):
    """Unplanned leave: a citizen goes before the need has ended, without a next place."""

    share: Share = Field(description="probability of leaving so if the stay were to last for ever")
    after: Law = Field(description="time from admission among those who leave so, days")
    otherwise: str = Field(
        LEAVE, description="pool to go to (it must take everybody at once), or `leave` the model"
    )


class Quota(Strict):
    """A right to nights in a pool, so many in each calendar month or year."""

    nights: Count = Field(
        description="nights of each citizen, or of the residents of each municipality",
        json_schema_extra=_NIGHTS,
    )
    per: Literal["month", "year"] = Field(description="calendar month or year that they are for")
    of: Literal["citizen", "municipality"] = Field(
        description="whose they are: each citizen's (the pool needs a `limit`), or those of all"
        " residents of a municipality together"
    )
    by_municipality: dict[str, Count] = Field(
        default_factory=dict,
        description="nights of (the citizens of) a municipality",
        json_schema_extra=_NIGHTS,
    )


class KeepsPlace(Strict):
    """The place of a citizen who is readmitted is kept: nobody else gets it meanwhile."""

    days: Days = Field(description="for how long at most, days; 0: the place is given back at once")


class EarlyAssessment(Strict):
    """The search for the next place begins before the stay is completed."""

    share: Share = Field(0.0, description="share of stays for which it is done")
    after_days: Days = Field(0.0, description="days from admission to the start of the search")
    false_starts: str | None = Field(
        None,
        description="team that assesses in vain those whose next place no caseworkers have to"
        " decide (it needs a `stay`: how long that takes; default: it costs nothing)",
    )


class Relapse(Strict):
    """Return to a search from this place: a probability with a delay (the hazard that fits)."""

    share: Share = Field(description="probability of relapse if the stay were to last for ever")
    delay: Law = Field(
        description="time to relapse among those who relapse, days (not fixed, empirical or"
        " mixture)"
    )
    search: str = Field(description="the search that a relapse leads to")
    urgency: Literal["urgent", "ordinary"] = Field("ordinary", description="of that request")
    priority: Count | None = Field(
        None, description="rank on waiting lists, lower first (urgent 0, ordinary 1)"
    )

    @model_validator(mode="after")
    def _invertible(self) -> Relapse:
        if self.delay.law in ("empirical", "mixture", "fixed"):
            raise ValueError(
                Message(
                    "delay of a relapse must be exponential, gamma, lognormal, weibull or uniform"
                )
            )
        return self


class RelapseRatioAfter(Strict):
    """Risk of relapse by the way of leaving, until the next ward stay."""

    limit_reached: Ratio = Field(
        1.0, description="the risk of who left since the limit was reached, relative to others"
    )
    left_early: Ratio = Field(
        1.0, description="the risk of who left early, unplanned, relative to others"
    )


class Enrols(Strict):
    """When citizens are asked to enrol with a team; once each time, unless known to it."""

    on_leaving: list[str] = Field(
        default_factory=list, description="pools: asked when moving out of one of them"
    )
    on_entering: list[str] = Field(
        default_factory=list, description="pools: asked when moving into one of them"
    )
    share: Share = Field(1.0, description="share of those asked who are reached")


class Pool(Strict):
    """Interchangeable places under one set of rules."""

    template: str | None = Field(
        None,
        description="pool whose settings a new pool starts from (of this file or shipped)",
    )
    title: str | None = Field(None, description="name shown in tables and figures")
    kind: Kind = Field(description="what sort of place it is")
    places: CountOrUnlimited = Field(
        description="number of places (the norm)", json_schema_extra=_PLACES
    )
    later: dict[str, CapacityStep] = Field(
        default_factory=dict,
        description="named later changes of the number of places, the limit and the target group",
    )
    surge: CountOrUnlimited = Field(
        0, description="places above the norm (overbelægning)", json_schema_extra=_PLACES
    )
    reserve: Count = Field(
        0,
        description="places of the norm that only urgent requests may take",
        json_schema_extra=_PLACES,
    )
    admits: Admits = Field(default_factory=Admits, description="target group")
    assessment: Law | None = Field(
        None,
        description="duration of the assessment (visitation) before a place is granted, days",
    )
    assessment_by_residence: dict[str, Law] = Field(
        default_factory=dict,
        description="duration of the assessment by municipality of residence, days; `others` for"
        " those not named (default: `assessment`)",
    )
    intake: dict[Weekday, Intake] = Field(
        default_factory=dict,
        description="when people are taken in, by weekday: open, closed, or hours as in"
        " 08:00-16:00 (to 24:00; an earlier end is on the next day; default open)",
    )
    queue_limit: CountOrUnlimited = Field(
        "unlimited",
        description="most requests on the waiting list; more are turned away",
        json_schema_extra=_REQUESTS,
    )
    outside_wait: Law | None = Field(
        None,
        description="wait for a place outside the model, days, from when it is decided and wanted"
        " (only for unlimited places)",
    )
    declined: Share = Field(
        0.0, description="share of the citizens who are offered a place here and decline it"
    )
    declined_by_group: dict[str, Share] = Field(
        default_factory=dict, description="share of a group that declines"
    )
    move_in: Law | None = Field(
        None, description="transfer lead time: from place granted to moved in, days"
    )
    stay: Law | None = Field(
        None,
        description="needed length of stay, days; none: no need of its own ends here (a ward"
        " needs one; a contact is over at once)",
    )
    stay_by_group: dict[str, Law] = Field(
        default_factory=dict, description="needed length of stay of a group, days"
    )
    limit: Limit | None = Field(None, description="longest stay")
    reviews: dict[str, Review] = Field(
        default_factory=dict, description="fixed days on which it is decided how a stay goes on"
    )
    need_ends: Literal["at_any_time", "at_reviews"] = Field(
        "at_any_time",
        description="whether the end of the need is found when it is there, or at the next review",
    )
    quota: Quota | None = Field(
        None, description="nights that may be spent here, per month or year"
    )
    leaves_early: LeavesEarly | None = Field(None, description="unplanned leave")
    keeps_place: KeepsPlace | None = Field(
        None,
        description="the place is kept for a citizen whom a new need takes elsewhere (default:"
        " given back)",
    )
    moves_on: Literal["when_complete", "at_once"] = Field(
        "when_complete",
        description="a citizen waiting for a place elsewhere leaves when the need here is"
        " complete, or as soon as the place is there",
    )
    onward: Shares = Field(
        default_factory=dict,
        description="shares of goals after the stay; none: leave the model",
    )
    onward_by_group: dict[str, Shares] = Field(
        default_factory=dict, description="shares of goals of a group"
    )
    early_assessment: EarlyAssessment = Field(
        default_factory=EarlyAssessment, description="search begun before completion"
    )
    relapse: Relapse | None = Field(None, description="return to a search from this place")
    relapse_by_group: dict[str, Relapse] = Field(
        default_factory=dict, description="relapse of a group"
    )
    priority_by_group: dict[str, Count] = Field(
        default_factory=dict,
        description="rank of a group on this pool's list, lower first",
    )
    relapse_ratio_after: RelapseRatioAfter = Field(
        default_factory=RelapseRatioAfter,
        description="risk of relapse of those whose stay here ended so",
    )
    enrols: Enrols | None = Field(
        None, description="when citizens are asked (a team needs it, unless it is of caseworkers)"
    )
    patience: Law | None = Field(
        None,
        description="how long an enrolment is waited for before giving up, days (only a team;"
        " elsewhere it is the search that has a patience)",
    )
    relapse_ratio: Ratio = Field(
        1.0, description="risk of relapse while enrolled, relative to others (only a team)"
    )
    sources: Sources = Field(default_factory=dict)
    ranges: Ranges = Field(default_factory=dict)

    @property
    def is_caseworkers(self) -> bool:
        """Whether its places are caseworkers: a team that enrols nobody, in a checked scenario."""
        return self.kind == "team" and self.enrols is None


class Search(Strict):
    """An ordered list of pools, and what happens when none has room."""

    pools: Annotated[list[str], Field(min_length=1)] = Field(
        description="pools in order of preference"
    )
    when_full: Literal["wait", "wait_first", "turned_away"] = Field(
        "wait",
        description="wait for any of the pools, for the first one only, or be turned away",
    )
    patience: Law | None = Field(
        None,
        description="how long the citizen waits before giving up, days from wanting a place",
    )
    otherwise: str = Field(
        description="pool to go to (it must take everybody at once) when given up, turned away,"
        " declined or outside the target group; `leave` the model; `here`: stay where"
        " one is (bridges and relapses)"
    )
    sources: Sources = Field(default_factory=dict)
    ranges: Ranges = Field(default_factory=dict)


class Meetings(Strict):
    """Days on which something is decided; who does not turn up waits for the next meeting."""

    weekdays: Annotated[list[Weekday], Field(min_length=1)] = Field(
        description="weekdays with a meeting, which is at the beginning of the day"
    )
    no_show: Annotated[float, Field(ge=0, lt=1, allow_inf_nan=False)] = Field(
        0.0,
        description="share of meetings that come to nothing and are held again",
        json_schema_extra=SHARE,
    )


class Goal(Strict):
    """Where a citizen goes next: a search with its own decision delay and bridge."""

    search: str = Field(description="the search for the place")
    decision: Law | None = Field(None, description="time until the goal is decided, days")
    caseworkers: str | None = Field(
        None,
        description="team whose places are caseworkers: `decision` begins when one of them is free"
        " (default: at once)",
    )
    meetings: Meetings | None = Field(
        None, description="the goal is decided at the first meeting after `decision`"
    )
    bridge: str | None = Field(None, description="search for a place to be in meanwhile")
    urgency: Literal["urgent", "ordinary"] = Field("ordinary", description="of these requests")
    priority: Count | None = Field(
        None, description="rank on waiting lists, lower first (urgent 0, ordinary 1)"
    )
    sources: Sources = Field(default_factory=dict)
    ranges: Ranges = Field(default_factory=dict)


class Season(Strict):
    """A yearly swing of arrivals: factor 1 + amplitude x cos(2 pi (day - peak_day) / 365)."""

    amplitude: Share = Field(0.0, description="relative swing around the mean rate")
    peak_day: Annotated[float, Field(ge=0, le=366, allow_inf_nan=False)] = Field(
        0.0,
        description="day of the year with most arrivals (0 = 1 January)",
        json_schema_extra=_DAY_OF_YEAR,
    )


class Stream(Strict):
    """New needs: who comes, from where, how often, and what is sought."""

    template: str | None = Field(None, description="stream whose settings a new one starts from")
    title: str | None = Field(None, description="name shown in tables and figures")
    group: str = Field(description="group of the citizens")
    origin: Origin = Field(description="where they come from")
    rate_per_year: Amount = Field(
        description="new needs per year of 365 days", json_schema_extra=_PER_YEAR
    )
    residence: Shares | Literal["by_population"] = Field(
        "by_population", description="shares of municipalities, or all by population"
    )
    payer: Shares | None = Field(
        None,
        description="shares of the municipalities that pay for them (default: the municipality of"
        " residence; payer and residence are drawn apart)",
    )
    weekdays: dict[Weekday, Amount] = Field(
        default_factory=dict,
        description="relative arrivals by weekday (default 1; the mean is kept)",
    )
    season: Season = Field(default_factory=Season, description="yearly pattern")
    growth_per_year: Annotated[float, Field(gt=-1, allow_inf_nan=False)] = Field(
        0.0,
        description="relative change of the rate per year from the start of the run",
        json_schema_extra=_SHARE_PER_YEAR,
    )
    search: str = Field(description="the search that a new need makes")
    urgency: Literal["urgent", "ordinary"] = Field("ordinary", description="of the request")
    priority: Count | None = Field(
        None, description="rank on waiting lists, lower first (urgent 0, ordinary 1)"
    )
    sources: Sources = Field(default_factory=dict)
    ranges: Ranges = Field(default_factory=dict)

    @model_validator(mode="after")
    def _some_day(self) -> Stream:
        if self.weekdays and sum(self.weekdays.get(day, 1.0) for day in WEEKDAYS) <= 0:
            raise ValueError(Message("weekdays: at least one day must be above 0"))
        return self


class Group(Strict):
    """Citizens who share parameters; each trait has values with shares."""

    title: str | None = Field(None, description="name shown in tables and figures")
    traits: dict[str, Shares] = Field(
        default_factory=dict, description="trait, its values and their shares"
    )
    sources: Sources = Field(default_factory=dict)
    ranges: Ranges = Field(default_factory=dict)


class Municipality(Strict):
    """A municipality of the catchment."""

    title: str | None = Field(None, description="name shown in tables and figures")
    code: Code | None = Field(None, description="municipality code of 3 or 4 digits, quoted")
    population: Positive = Field(description="inhabitants", json_schema_extra=_PEOPLE)
    sources: Sources = Field(default_factory=dict)


class Occupied(Strict):
    """Places of a pool that are occupied when the run starts."""

    occupied: Count = Field(
        description="occupied places at time zero, at most places + surge",
        json_schema_extra=_PLACES,
    )
    stream: str = Field(description="stream whose citizens they are like")


class Target(Strict):
    """A published figure that a run is laid beside."""

    title: str = Field(description="what the figure is")
    measure: str = Field(description="measure of the result table")
    pool: str = Field("all", description="pool the figure is about")
    municipality: str = Field("all", description="municipality the figure is about")
    published: Annotated[float, Field(allow_inf_nan=False)] = Field(
        description="the published figure, or the lower end of its range"
    )
    published_high: Annotated[float, Field(allow_inf_nan=False)] | None = Field(
        None, description="upper end, when the sources give a range"
    )
    unit: str = Field(description="unit of the figure")
    role: Literal["input", "fitted", "independent"] = Field(
        description="input: put in; fitted: a parameter was set to give it; independent: neither"
    )
    source: str = Field(description="publication and table or section")


class HalfWidth(Strict):
    """How narrow an interval has to be."""

    half_width: Positive | None = Field(
        None,
        description="half the length of the 95 % interval, in the unit of the measure (of a share:"
        " 0.01 is one percentage point)",
    )
    relative: Positive | None = Field(
        None,
        description="the same, relative to the mean (instead of `half_width`)",
        json_schema_extra=SHARE,
    )

    @model_validator(mode="after")
    def _one_of_them(self) -> HalfWidth:
        if (self.half_width is None) == (self.relative is None):
            raise ValueError(Message("takes either half_width or relative"))
        return self


class Run(Strict):
    """How long, how often, and with which chance."""

    start: Date = Field(dt.date(2024, 1, 1), description="date of time zero (start of warm-up)")
    warm_up_days: Annotated[int, Field(ge=0, le=LONGEST_RUN)] = Field(
        365, description="days before results are counted", json_schema_extra=DAYS
    )
    days: Annotated[int, Field(ge=1, le=LONGEST_RUN)] = Field(
        1825,
        description="days that are counted; a budget year is 365 of them",
        json_schema_extra=DAYS,
    )
    replications: Annotated[int, Field(ge=1, le=MOST)] = Field(
        30, description="independent repetitions of the run; with `until`, the fewest"
    )
    until: dict[str, dict[str, HalfWidth]] = Field(
        default_factory=dict,
        description="by pool (or `all`) and measure: repeat until its interval is so narrow",
    )
    most_replications: Annotated[int, Field(ge=1, le=MOST)] = Field(
        1000, description="with `until`, the most repetitions"
    )
    seed: Annotated[int, Field(ge=0, lt=2**63)] = Field(2026, description="seed of all chance")
    engine: Literal["auto", "simpy", "compiled"] = Field(
        "auto",
        description="which engine computes the run; both give the same numbers, and `auto` takes"
        " the one that is done first",
    )
    workers: Annotated[int, Field(ge=1)] | Literal["all"] = Field(
        "all", description="processes or threads; results do not depend on it"
    )
    sources: Sources = Field(default_factory=dict)

    @model_validator(mode="after")
    def _from_fewest_to_most(self) -> Run:
        if self.until and self.replications < 2:
            raise ValueError(
                Message("until needs replications of 2 or more: one gives no interval")
            )
        if self.until and self.most_replications < self.replications:
            raise ValueError(
                Message(
                    "most_replications must be at least replications, which is {replications}"
                    " (got {most_replications})",
                    replications=self.replications,
                    most_replications=self.most_replications,
                )
            )
        return self


class Output(Strict):
    """What a run writes, and where."""

    folder: str | None = Field(
        None, description="folder for the results (default results/<scenario>/<time>)"
    )
    registers: Literal["none", "first", "all"] = Field(
        "none", description="replications whose register is written"
    )
    figures: Literal["none", "all"] = Field("all", description="one figure per pool, or none")
    language: Literal["en", "da"] = Field(
        "en", description="language of tables, figures and reports: English or Danish"
    )


class Scenario(Strict):
    """A network of pools, who comes to it, and how it is run."""

    name: str = Field("scenario", description="name of the scenario")
    title: str = Field("", description="the scenario in words")
    region: str = Field("none", description="region the scenario builds on")
    changed: list[str] = Field(
        default_factory=list,
        description="keys that differ from the region as published (noted when it is loaded)",
    )
    stated: list[str] = Field(
        default_factory=list,
        description="targets that the scenario itself states, of the places as it describes them"
        " (noted when it is loaded)",
    )
    run: Run = Field(default_factory=Run, description="how long, how often, with which chance")
    output: Output = Field(default_factory=Output, description="what is written, and where")
    municipalities: dict[str, Municipality] = Field(
        default_factory=dict, description="municipalities of the catchment"
    )
    groups: dict[str, Group] = Field(default_factory=dict, description="groups of citizens")
    pools: dict[str, Pool] = Field(description="places, pool by pool")
    searches: dict[str, Search] = Field(description="where a place is asked for, in order")
    goals: dict[str, Goal] = Field(
        default_factory=dict, description="where citizens go after a stay"
    )
    streams: dict[str, Stream] = Field(description="new needs: who comes, and how often")
    start: dict[str, Occupied] = Field(
        default_factory=dict, description="occupied places at time zero, by pool"
    )
    targets: dict[str, Target] = Field(
        default_factory=dict, description="published figures to lay beside the result"
    )
    money: Money = Field(default_factory=Money, description="what places cost and who pays")
