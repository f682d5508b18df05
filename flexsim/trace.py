"""One citizen's journey in words, read off the register: dates, places, waits and reasons."""

from __future__ import annotations

import datetime as dt
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from flexsim.errors import ScenarioError
from flexsim.language import ENGLISH, Language, phrase
from flexsim.message import Message, Number, joined
from flexsim.plan.names import UNSTATED
from flexsim.plan.plan import WARD, Plan
from flexsim.register import NOT_YET, Kind, Outcome, Purpose, Register
from flexsim.scenario.names import listed, nearest, shown

if TYPE_CHECKING:
    from flexsim.scenario import Scenario

DAY = 86_400
WIDTH = 80
_INDENT = " " * 12

_ASKS = {
    Purpose.NEED: Message("asks for a place"),
    Purpose.GOAL: Message("is to go on"),
    Purpose.BRIDGE: Message("asks for a place to be in meanwhile"),
    Purpose.TRANSFER: Message("is to be moved"),
    Purpose.ENROLMENT: Message("asks for a course with a team"),
}
_WHY = {
    Outcome.MOVED_ON: Message("moved on"),
    Outcome.WENT_HOME: Message("went home"),
    Outcome.LEFT_MODEL: Message("left the model"),
    Outcome.LIMIT_REACHED: Message("the longest stay was reached"),
    Outcome.READMITTED: Message("a new need came"),
    Outcome.GAVE_UP: Message("gave up waiting"),
    Outcome.TURNED_AWAY_FULL: Message("turned away, since all is full"),
    Outcome.NOT_IN_TARGET_GROUP: Message("not in the target group"),
    Outcome.WITHDRAWN: Message("withdrawn"),
    Outcome.LEFT_EARLY: Message("left early, unplanned"),
    Outcome.DECLINED: Message("declined"),
    Outcome.COURSE_ENDED: Message("as planned"),
}
# Of several things at one instant: what ends, then what is asked for, decided and begun. A stay of
# no length is told as a whole where it ends.
_COMPLETED, _LEFT, _PASSED, _ASKED, _READY, _ENDED, _GRANTED, _ADMITTED, _OPEN = range(9)


@dataclass(frozen=True, order=True)
class Step:
    """Something that happened to a request; `order` and `turn` are those within an instant."""

    time: int
    order: int
    request: int
    turn: int
    text: str


def trace(
    register: Register,
    plan: Plan,
    citizen: str | None = None,
    pool: str | None = None,
    scenario: Scenario | None = None,
    language: Language = ENGLISH,
) -> str:
    """One citizen's journey.

    Parameters
    ----------
    register : Register
    plan : Plan
        Of that register.
    citizen : str, optional
        ``stream#n``. Without it, who has most ward days after completed treatment; of several, the
        first.
    pool : str, optional
        Choose only among those who stayed there.
    scenario : Scenario, optional
        Of that plan: pools, groups and municipalities are shown by their titles.
    language : Language
        Default English.

    Raises
    ------
    ScenarioError
        If there is no such citizen or pool, or nobody stayed there.
    """
    number = _chosen(register, plan, pool) if citizen is None else _found(register, plan, citizen)
    names = [_title(name, scenario.pools if scenario else {}, language) for name in plan.pools]
    lines = [_who(register, plan, number, scenario, language), ""]
    last = None
    for step in steps(register, plan, number, names):
        date = language.day(dt.date.fromordinal(plan.start_day + step.time // DAY))
        first = _INDENT if date == last else f"{date}  "
        lines += textwrap.wrap(
            language.said(step.text), WIDTH, initial_indent=first, subsequent_indent=_INDENT + "  "
        )
        last = date
    return "\n".join(lines)


def steps(register: Register, plan: Plan, citizen: int, names: Sequence[str]) -> list[Step]:
    """What happened to a citizen, in order."""
    rows = np.flatnonzero(register.citizen == citizen)
    return sorted(step for row in rows.tolist() for step in _of_row(register, plan, row, names))


def _of_row(register: Register, plan: Plan, row: int, names: Sequence[str]) -> Iterator[Step]:
    number = int(register.request[row])
    times = {
        name: int(getattr(register, name)[row])
        for name in ("requested", "wanted", "ready", "granted", "admitted", "completed")
    } | {"left": int(register.left[row]), "ended": int(register.ended[row])}
    sought, pool = names[register.sought[row]], names[register.pool[row]]
    purpose, why = Purpose(int(register.purpose[row])), Outcome(int(register.outcome[row]))
    is_ward = plan.kind[register.pool[row]] == WARD
    passed = times["left"] != NOT_YET and times["left"] == times["admitted"]
    kept = times["granted"] != NOT_YET and times["wanted"] == NOT_YET

    def step(time: str, order: int, text: str) -> Step:
        is_stay = order in {_COMPLETED, _LEFT, _ADMITTED}
        turn = (_ADMITTED, _COMPLETED, _LEFT).index(order) if is_stay else 0
        return Step(times[time], _PASSED if passed and is_stay else order, number, turn, text)

    decides = plan.is_caseworkers[register.pool[row]]
    asks = Message("is to be assessed by caseworkers") if decides else _ASKS[purpose]
    at_once = times["admitted"] == times["requested"]
    if kept:
        yield step("granted", _GRANTED, Message("the place in {pool} is kept", pool=pool))
    elif not at_once:
        yield step("requested", _ASKED, asks + f": {sought}")
    if times["ready"] > max(times["requested"], times["wanted"]):
        yield step("ready", _READY, Message("{pool} is decided and assessed", pool=sought))
    if not kept and times["granted"] != NOT_YET and times["granted"] != times["admitted"]:
        yield step("granted", _GRANTED, Message("is granted a place in {pool}", pool=pool))
    if times["admitted"] != NOT_YET:
        number_there = int(register.place[row]) + 1
        place = Message("moves into {pool}, place {number}", pool=pool, number=number_there)
        if register.kind[row] == Kind.TEAM:
            begins = (
                phrase("begins a case with {pool}")
                if decides
                else phrase("begins a course with {pool}")
            )
            place = Message(begins, pool=pool)
        before = Message(", which was kept") if kept else _waited(times)
        yield step("admitted", _ADMITTED, place + before)
    if times["completed"] != NOT_YET and why != Outcome.COURSE_ENDED:
        what = (
            phrase("treatment is completed in {pool}, after {days}")
            if is_ward
            else phrase("the stay is completed in {pool}, after {days}")
        )
        text = Message(what, pool=pool, days=_days(times["completed"] - times["admitted"]))
        yield step("completed", _COMPLETED, text)
    if times["left"] != NOT_YET:
        yield step("left", _LEFT, _leaving(register, row, times, pool, decides, is_ward, _WHY[why]))
    elif times["ended"] != NOT_YET:
        yield step(
            "ended", _ENDED, Message("no place in {pool}: {why}", pool=sought, why=_WHY[why])
        )
    else:
        text = Message(_still(kept, times["admitted"] != NOT_YET), pool=pool)
        yield Step(plan.end, _OPEN, number, 0, text)


def _still(kept: bool, is_there: bool) -> str:
    """What goes on when the run ends."""
    if is_there:
        return phrase("is still in {pool} when the run ends")
    if kept:
        return phrase("still has a place kept in {pool} when the run ends")
    return phrase("is still waiting for {pool} when the run ends")


def _leaving(
    register: Register,
    row: int,
    times: Mapping[str, int],
    pool: str,
    decides: bool,
    is_ward: bool,
    why: str,
) -> str:
    if register.kind[row] == Kind.HELD and times["wanted"] == NOT_YET:
        kept = _days(times["left"] - times["granted"])
        return Message("the place in {pool} is no longer kept, after {days}", pool=pool, days=kept)
    if register.kind[row] == Kind.HELD:
        return Message("gives up the place granted in {pool}: {why}", pool=pool, why=why)
    if register.kind[row] == Kind.TEAM:
        ends = (
            phrase("ends the case with {pool} after {days}: {why}")
            if decides
            else phrase("ends the course with {pool} after {days}: {why}")
        )
        return Message(
            ends,
            pool=pool,
            days=_days(times["left"] - times["admitted"]),
            why=why,
        )
    days = _days(times["left"] - times["admitted"])
    if is_ward and times["completed"] != NOT_YET and times["left"] > times["completed"]:
        return Message(
            "leaves {pool} after {days}, {delayed} of them after completed treatment: {why}",
            pool=pool,
            days=days,
            delayed=_days(times["left"] - times["completed"]),
            why=why,
        )
    return Message("leaves {pool} after {days}: {why}", pool=pool, days=days, why=why)


def _waited(times: Mapping[str, int]) -> str:
    """The waits before a place, by cause; nothing if there was none."""
    begun = max(times["ready"], times["wanted"])
    waits = {
        phrase("{days} for a decision"): max(0, times["ready"] - times["wanted"]),
        phrase("{days} for a place"): times["granted"] - begun,
        phrase("{days} for the move"): times["admitted"] - times["granted"],
    }
    parts = [Message(cause, days=_days(wait)) for cause, wait in waits.items() if wait > 0]
    if not parts:
        return ""
    return Message(", having waited {waits}", waits=joined(Message(" and "), parts))


def _days(seconds: int) -> str:
    if seconds < DAY:
        hours = max(1, round(seconds / 3600)) if seconds else 0
        return Message("1 hour") if hours == 1 else Message("{hours} hours", hours=hours)
    return Message("{days} days", days=Number(seconds / DAY, 1))


def _title(name: str, entries: Mapping[str, Any], language: Language) -> str:
    """The title of an entry of the scenario, or else its name."""
    title = getattr(entries.get(name), "title", None)
    return language.text(title) if title else name


def _word(name: str, language: Language) -> str:
    return language.text(name.replace("_", " "))


def _who(
    register: Register, plan: Plan, citizen: int, scenario: Scenario | None, language: Language
) -> str:
    """Name, group, residence and traits."""
    group = plan.groups[register.citizen_group[citizen]]
    about = [_title(group, scenario.groups if scenario else {}, language)]
    residence = plan.municipalities[register.citizen_residence[citizen]]
    if residence != UNSTATED:
        about.append(_title(residence, scenario.municipalities if scenario else {}, language))
    for trait, values, value in zip(
        plan.traits, plan.trait_values, register.citizen_traits[citizen].tolist(), strict=True
    ):
        if values[value] != UNSTATED:
            about.append(f"{_word(trait, language)} {_word(values[value], language)}")
    return "\n".join(textwrap.wrap(f"{_name(register, plan, citizen)}: {', '.join(about)}", WIDTH))


def _name(register: Register, plan: Plan, citizen: int) -> str:
    stream = plan.streams[register.citizen_stream[citizen]]
    return f"{stream}#{register.citizen_nth[citizen]}"


def _found(register: Register, plan: Plan, citizen: str) -> int:
    """The position of a citizen of this name."""
    stream, _, nth = citizen.rpartition("#")
    if stream not in plan.streams or not nth.isdecimal():
        raise ScenarioError(
            Message(
                "citizen: no citizen '{citizen}'; write stream#n, with one of these streams:"
                " {streams}{hint}",
                citizen=shown(citizen),
                streams=listed(plan.streams),
                hint=nearest(stream or citizen, plan.streams),
            )
        )
    known = register.citizen_nth[register.citizen_stream == plan.streams.index(stream)]
    if int(nth) not in known:
        there = f"{stream}#{known.min()} to {stream}#{known.max()}" if len(known) else "nobody"
        raise ScenarioError(
            Message(
                "citizen: no citizen '{citizen}' in this replication; of {stream} came {there}",
                citizen=shown(citizen),
                stream=stream,
                there=there,
            )
        )
    same = register.citizen_stream == plan.streams.index(stream)
    return int(np.flatnonzero(same & (register.citizen_nth == int(nth)))[0])


def _chosen(register: Register, plan: Plan, pool: str | None) -> int:
    """Who has most ward days after completed treatment."""
    if pool is not None and pool not in plan.pools:
        raise ScenarioError(
            Message(
                "pool: no pool '{pool}'; there are: {pools}{hint}",
                pool=shown(pool),
                pools=listed(plan.pools),
                hint=nearest(pool, plan.pools),
            )
        )
    people = len(register.citizen_stream)
    left = np.where(register.left == NOT_YET, plan.end, register.left)
    delayed = (plan.kind[register.pool] == WARD) & (register.completed != NOT_YET)
    days = np.bincount(
        register.citizen[delayed], (left - register.completed)[delayed], minlength=people
    )
    stayed = register.admitted != NOT_YET
    if pool is not None:
        stayed &= register.pool == plan.pools.index(pool)
    among = np.unique(register.citizen[stayed])
    if not len(among):
        raise ScenarioError(
            Message("pool: nobody stayed in {pool} in this replication", pool=pool or "any pool")
        )
    return int(among[np.argmax(days[among])])
