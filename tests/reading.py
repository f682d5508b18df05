"""A register read against its scenario: what each row asked for, by names and written rules only.

Nothing here looks into an engine. A register does not say which goal was drawn or how urgent a
request was; `Ask` lists what a row may have been, and a rule is applied where all agree.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from networks import DAY, START, Network

from flexsim.engine.draws import Draws
from flexsim.register import TIMES, Kind, Outcome, Purpose, Register
from flexsim.scenario.schema import WEEKDAYS, Admits, Law, Pool, Search, open_minutes

ABSENT = -1
UNLIMITED = 10**12
NEVER = 10**15
REFUSED = {Outcome.GAVE_UP, Outcome.TURNED_AWAY_FULL, Outcome.NOT_IN_TARGET_GROUP,
           Outcome.DECLINED}  # fmt: skip


@dataclass(frozen=True)
class Ask:
    """What a request may have been."""

    # enrolment, case, in vain, start, new, relapse, goal, bridge, kept, refuge (otherwise),
    # limit, early (sent out)
    why: str
    search: str | None = None
    urgent: bool = False
    priority: int = 1
    goal: str | None = None


@dataclass(eq=False)
class Row:
    """One row of the register, with names; a time that has not come is -1."""

    stream: str
    nth: int
    group: str
    residence: str
    traits: dict[str, str]
    episode: int
    number: int
    purpose: Purpose
    sought: str
    pool: str
    kind: Kind
    place: int
    requested: int
    wanted: int
    ready: int
    granted: int
    admitted: int
    completed: int
    left: int
    ended: int
    outcome: Outcome
    asks: list[Ask] = field(default_factory=list)
    case: Row | None = None  # of the caseworker who had to take it on first

    @property
    def asked(self) -> int:
        """When the pools were asked for a place: at once, or when a caseworker took it on."""
        return self.requested if self.case is None else self.case.granted

    @property
    def who(self) -> tuple[str, int]:
        """The citizen, as ties compare it."""
        return self.stream, self.nth

    @property
    def gone(self) -> int:
        """When the request or the stay was over; NEVER if it is not."""
        return max(self.left, self.ended) if max(self.left, self.ended) >= 0 else NEVER

    @property
    def settled(self) -> int:
        """When it no longer waited for a place to be granted."""
        return self.granted if self.granted >= 0 else self.gone

    @property
    def is_start(self) -> bool:
        """Whether the place was occupied at time zero."""
        return self.stream.endswith("@start") and self.number == 0

    @property
    def is_kept(self) -> bool:
        """Whether the place was not asked for, but kept for a citizen who was readmitted."""
        return self.granted >= 0 and self.wanted == ABSENT

    def agreed(self, attribute: str) -> Any:
        """What all asks say; None if they differ."""
        values = {getattr(ask, attribute) for ask in self.asks}
        return values.pop() if len(values) == 1 else None

    def times(self) -> dict[str, int]:
        """Times by column."""
        return {name: getattr(self, name) for name in TIMES}


class Reading:
    """A network, its register, and its rows by citizen."""

    def __init__(self, network: Network, register: Register, seed: int, replication: int) -> None:
        self.network = network
        self.scenario = network.scenario
        self.plan = network.plan
        self.searches = dict(self.scenario.searches)
        for name, pool in self.scenario.pools.items():
            if pool.kind == "team":
                own = Search(pools=[name], patience=pool.patience, otherwise="leave")
                self.searches[_enrolment(name)] = own
        self.register = register
        self.end = (self.scenario.run.warm_up_days + self.scenario.run.days) * DAY
        self._draws = Draws(self.plan, seed, replication)
        self.rows = self._read()
        self.citizens: dict[tuple[str, int], list[Row]] = defaultdict(list)
        for row in self.rows:
            self.citizens[row.who].append(row)
        for rows in self.citizens.values():
            self._ask(rows)

    # -- rows ----------------------------------------------------------------------------------

    def _read(self) -> list[Row]:
        r, plan = self.register, self.plan
        traits = self._traits()
        columns = zip(
            r.citizen.tolist(), r.episode.tolist(), r.request.tolist(), r.purpose.tolist(),
            r.sought.tolist(), r.pool.tolist(), r.kind.tolist(), r.place.tolist(),
            *(getattr(r, name).tolist() for name in TIMES), r.outcome.tolist(), strict=True,
        )  # fmt: skip
        rows = []
        for c, episode, number, purpose, sought, pool, kind, place, *times, outcome in columns:
            stream, nth = plan.streams[r.citizen_stream[c]], int(r.citizen_nth[c])
            rows.append(
                Row(
                    stream,
                    nth,
                    plan.groups[r.citizen_group[c]],
                    plan.municipalities[r.citizen_residence[c]],
                    traits[stream, nth],
                    episode,
                    number,
                    Purpose(purpose),
                    plan.pools[sought],
                    plan.pools[pool],
                    Kind(kind),
                    place,
                    *times,
                    Outcome(outcome),
                )
            )
        return rows

    def _traits(self) -> dict[tuple[str, int], dict[str, str]]:
        """Values of traits by citizen, from their keyed draws."""
        r, plan = self.register, self.plan
        values = {
            t: [
                *sorted({v for g in self.scenario.groups.values() for v in g.traits.get(t, {})}),
                "",
            ]
            for t in plan.traits
        }
        found = {}
        for stream, name in enumerate(plan.streams):
            nth = r.citizen_nth[r.citizen_stream == stream].tolist()
            _, *columns = self._draws.people(stream, max(nth, default=-1) + 1)
            for n in nth:
                found[name, n] = {
                    t: values[t][column[n]] for t, column in zip(plan.traits, columns, strict=True)
                }
        return found

    # -- what each row asked for -----------------------------------------------------------------

    def _ask(self, rows: list[Row]) -> None:
        refuge: dict[Purpose, Row | None] = {}
        asked: dict[int, Row] = {}
        for row in rows:
            ended = refuge.pop(row.purpose, None)
            if row.number in asked:
                row.asks = asked[row.number].asks  # released and asked again
                row.case = asked[row.number].case
            elif row.is_start:
                row.asks = [Ask("start")]
            elif row.is_kept:
                row.asks = [Ask("kept")] if self.stay_before(row) else []
            elif ended is not None and ended.ended == row.requested:
                row.asks = [Ask("refuge")]
            else:
                row.case = self._case_of(row, rows)
                asks = self._may_ask(row, rows)
                row.asks = [ask for ask in asks if self._might_seek(ask, row)]
            asked[row.number] = row
            if row.outcome in REFUSED and row.purpose != Purpose.ENROLMENT:
                refuge[row.purpose] = row

    def stay_before(self, kept: Row) -> Row | None:
        """The stay that was left when a place was kept."""
        if self.scenario.pools[kept.pool].keeps_place is None:
            return None
        for row in self.citizens[kept.who]:
            same = (row.pool, row.place, row.left) == (kept.pool, kept.place, kept.granted)
            if same and row.outcome == Outcome.READMITTED and row.number < kept.number:
                return row
        return None

    def need_end(self, row: Row) -> int | None:
        """End of the need for a place moved into, where it is fixed; a return goes on with it."""
        need, before = fixed(self.stay_law(row)), self.stay_before(row) if row.is_kept else None
        if before is not None:
            end = self.need_end(before)
            return None if end is None else row.admitted + max(0, end - before.left)
        return None if need is None or row.is_start else row.admitted + need

    def _may_ask(self, row: Row, rows: list[Row]) -> Iterator[Ask]:
        if row.purpose == Purpose.NEED:
            if row.number == 0:
                stream = self.scenario.streams[row.stream]
                yield Ask("new", stream.search, *_rank(stream.urgency, stream.priority))
            else:
                yield from self._relapses(row, rows)
        elif row.purpose == Purpose.GOAL:
            for name in {
                goal for stay in stays_at(rows, row.requested) for goal in self.onward(stay)
            }:
                goal = self.scenario.goals[name]
                if goal.caseworkers != (None if row.case is None else row.case.sought):
                    continue
                yield Ask("goal", goal.search, *_rank(goal.urgency, goal.priority), name)
        elif self.is_caseworkers(row.sought):
            yield from self._cases(row, rows)
        elif row.purpose == Purpose.ENROLMENT:
            if row.requested in self.asked_to_enrol(row.sought, rows):
                yield Ask("enrolment", _enrolment(row.sought))
        else:
            yield from self._bridges(row, rows)

    def is_caseworkers(self, name: str) -> bool:
        """Whether a pool is a team that has cases to decide."""
        return self.pool(name).kind == "team" and self.pool(name).enrols is None

    def _case_of(self, row: Row, rows: list[Row]) -> Row | None:
        """The case that has to be taken on before a goal is looked for: the next request.

        Teams that decide goals have no cases in vain, unless they decide all of them.
        """
        teams = {goal.caseworkers for goal in self.scenario.goals.values()}
        following = [r for r in rows if r.number == row.number + 1 and r.sought in teams]
        same = [r for r in following if r.requested == row.requested]
        return same[0] if row.purpose == Purpose.GOAL and same else None

    def _cases(self, row: Row, rows: list[Row]) -> Iterator[Ask]:
        search = _enrolment(row.sought)
        for goal in rows:
            if goal.case is row:
                for ask in goal.asks:
                    yield Ask("case", search, ask.urgent, ask.priority, ask.goal)
                return
        for stay in stays_at(rows, row.requested):
            if self.pool(stay.pool).early_assessment.false_starts == row.sought:
                yield Ask("in vain", search)

    def asked_to_enrol(self, team: str, rows: list[Row]) -> set[int]:
        """When a citizen met the team: moving out of or into the pools that it names."""
        enrols, found = self.pool(team).enrols, set()
        stays = [row for row in rows if row.admitted >= 0 and row.kind != Kind.TEAM]
        moves = {row.admitted for row in stays}
        for row in stays:
            if row.pool in enrols.on_leaving and row.left in moves:
                found.add(row.left)
            if row.pool in enrols.on_entering and not row.is_start:
                found.add(row.admitted)
        return found

    def _relapses(self, row: Row, rows: list[Row]) -> Iterator[Ask]:
        for stay in stays_at(rows, row.requested):
            pool = self.scenario.pools[stay.pool]
            relapse = pool.relapse_by_group.get(row.group, pool.relapse)
            if relapse is not None:
                rank = _rank(relapse.urgency, relapse.priority)
                yield Ask("relapse", relapse.search, *rank)

    def _bridges(self, row: Row, rows: list[Row]) -> Iterator[Ask]:
        goals = [r for r in rows if r.purpose == Purpose.GOAL and r.number < row.number]
        for ask in goals[-1].asks if goals else []:
            goal = self.scenario.goals[ask.goal] if ask.goal else None
            if goal is not None and goal.bridge is not None:
                rank = _rank(goal.urgency, goal.priority)
                yield Ask("bridge", goal.bridge, *rank, ask.goal)
        for stay in stays_at(rows, row.requested):
            limit = self.scenario.pools[stay.pool].limit
            if limit is not None and limit.then == "leave" and limit.otherwise == row.sought:
                yield Ask("limit")
            early = self.scenario.pools[stay.pool].leaves_early
            if early is not None and early.otherwise == row.sought:
                yield Ask("early")

    def _might_seek(self, ask: Ask, row: Row) -> bool:
        """Whether this ask would have sought what the row sought."""
        if ask.search is None:
            return True
        if row.asked == ABSENT:
            return row.sought == self.searches[ask.search].pools[0]
        return self._sought_by(ask, row)

    def _sought_by(self, ask: Ask, row: Row) -> bool:
        """The same of a row that was offered to the pools of its search."""
        pools = self.eligible_pools(row, ask.search)
        moved = row.purpose == Purpose.BRIDGE and len(self.where(row)) > 1
        if moved or any(self.is_uncertain(row, p) for p in self.searches[ask.search].pools):
            return row.sought in self.searches[ask.search].pools
        if row.outcome == Outcome.DECLINED:
            admitting = self._admitting(row, ask.search)
            declined = [self.declines(row, p) is not False for p in admitting]
            return row.sought == admitting[0] and all(declined) if admitting else False
        if any(self.declines(row, p) is None for p in pools):
            return row.sought in pools
        if pools:
            return pools[0] == row.sought and row.outcome != Outcome.NOT_IN_TARGET_GROUP
        return row.ready == ABSENT and row.ended == row.asked  # refused, or withdrawn before

    # -- the scenario, as a reader would take it -----------------------------------------------

    def pool(self, name: str) -> Pool:
        """The pool of this name."""
        return self.scenario.pools[name]

    def search(self, row: Row) -> Search | None:
        """The search of a row, where it is known and the row has one."""
        name = row.agreed("search")
        if name is None or any(
            self.declines(row, pool) is None for pool in self._admitting(row, name)
        ):
            return None  # which pools the citizen would have taken is not known
        return self.searches[name]

    def declines(self, row: Row, name: str) -> bool | None:
        """Whether the citizen declines a place there; None if that is left to chance."""
        if self.is_uncertain(row, name):
            return None
        pool = self.pool(name)
        share = pool.declined_by_group.get(row.group, pool.declined)
        return None if 0 < share < 1 else share == 1

    def admits(self, row: Row, name: str) -> bool:
        """Whether the citizen was in the target group of a pool when it was asked for."""
        rules = self.target_group(name, row.asked)
        if rules.history is not None:
            before, just_then = self._admissions(row, rules)
            if before + just_then < rules.history.admissions:
                return False
        asked = [(rules.residence, row.residence)]
        asked += [(rules.traits.get(trait, {}), value) for trait, value in row.traits.items()]
        return all(
            rule.get(value, rule.get("others", "admitted")) == "admitted" for rule, value in asked
        )

    def assessment(self, row: Row, name: str) -> Law | None:
        """The law of the assessment of a citizen at a pool."""
        pool = self.pool(name)
        by_residence = pool.assessment_by_residence
        return by_residence.get(row.residence, by_residence.get("others", pool.assessment))

    def is_uncertain(self, row: Row, name: str) -> bool:
        """Whether an admission at the very instant decides if a history was long enough."""
        rules = self.target_group(name, row.asked)
        if rules.history is None:
            return False
        before, just_then = self._admissions(row, rules)
        return before < rules.history.admissions <= before + just_then

    def _admissions(self, row: Row, rules: Admits) -> tuple[int, int]:
        """Ward admissions that count: before the instant of the request, and at it."""
        since = row.asked - round(rules.history.within_days * DAY)
        times = [
            r.admitted
            for r in self.citizens[row.who]
            if r.admitted >= max(since, 0) and self.pool(r.pool).kind == "ward"
        ]
        return sum(t < row.asked for t in times), times.count(row.asked)

    def target_group(self, name: str, time: int) -> Admits:
        """The target group in force at a time."""
        admits, pool = self.pool(name).admits, self.pool(name)
        for step in sorted(pool.later.values(), key=lambda step: step.from_):
            if step.admits is not None and (step.from_ - START).days * DAY <= time:
                admits = step.admits
        return admits

    def eligible_pools(self, row: Row, search: str) -> list[str]:
        """Pools of a search that may take this citizen, in its order."""
        return [p for p in self._admitting(row, search) if self.declines(row, p) is not True]

    def _admitting(self, row: Row, search: str) -> list[str]:
        """The same, those that the citizen declines among them."""
        pools = [p for p in self.searches[search].pools if self.admits(row, p)]
        if row.purpose != Purpose.BRIDGE:
            return pools
        here = self.where(row)
        return [p for p in pools if not (len(here) == 1 and p in here)]

    def where(self, row: Row) -> set[str]:
        """Where the citizen was when it asked (several pools only if it moved just then)."""
        stays = stays_at(self.citizens[row.who], row.requested)
        return {stay.pool for stay in stays if stay.number < row.number}

    def onward(self, stay: Row) -> list[str]:
        """Goals that may follow a stay."""
        pool = self.pool(stay.pool)
        shares = pool.onward_by_group.get(stay.group, pool.onward)
        return [goal for goal, share in shares.items() if share > 0 and goal != "leave"]

    def limit_days(self, row: Row) -> float | None:
        """The longest stay in force on the day of admission; None without a limit."""
        pool = self.pool(row.pool)
        if pool.limit is None:
            return None
        days = pool.limit.days
        for step in sorted(pool.later.values(), key=lambda step: step.from_):
            began = (step.from_ - self.scenario.run.start).days * DAY <= row.admitted
            if began and step.limit_days is not None:
                days = step.limit_days
        return days

    def stay_law(self, row: Row) -> Law | None:
        """The law of the needed stay; a contact without one is over at once."""
        pool = self.pool(row.pool)
        law = pool.stay_by_group.get(row.group, pool.stay)
        return Law(law="fixed", mean_days=0) if law is None and pool.kind == "contact" else law

    def is_open(self, name: str, time: int) -> bool:
        """Whether a pool takes people in at a time."""
        intake, day, minute = self.pool(name).intake, time // DAY, time % DAY / 60
        (_, late), (start, end) = (
            open_minutes(intake.get(WEEKDAYS[d % 7], "open")) for d in (day - 1, day)
        )
        return minute < late - 1440 or start <= minute < end

    def opens(self, name: str, time: int) -> bool:
        """Whether a pool begins to take people in at a time."""
        return self.is_open(name, time) and not self.is_open(name, time - 1)

    def norm(self, name: str, time: int) -> int:
        """Places of the norm at a time."""
        pool = self.pool(name)
        past = [step for step in pool.later.values() if (step.from_ - START).days * DAY <= time]
        places = max(past, key=lambda step: step.from_).places if past else pool.places
        return UNLIMITED if isinstance(places, str) else places

    def ceiling(self, name: str, time: int) -> int:
        """Places that may be in use by admission."""
        surge = self.pool(name).surge
        return UNLIMITED if surge == "unlimited" else self.norm(name, time) + surge

    def nights_left(self, row: Row, name: str, time: int) -> float:
        """Nights of a pool's quota that a citizen may still use in the month or year of a time."""
        quota = self.pool(name).quota
        if quota is None:
            return float("inf")
        day = START + dt.timedelta(days=time // DAY)
        first = day.replace(day=1) if quota.per == "month" else day.replace(month=1, day=1)
        begun = (first - START).days * DAY
        used = 0
        for other in self.by_pool[name]:
            mine = (
                other.who == row.who if quota.of == "citizen" else other.residence == row.residence
            )
            if mine and 0 <= other.admitted < time:
                start, stop = max(other.admitted, begun, 0), min(other.gone, time)
                used += max(0, -(-stop // DAY) - -(-start // DAY))
        return quota.by_municipality.get(row.residence, quota.nights) - used

    @cached_property
    def by_pool(self) -> dict[str, list[Row]]:
        """Rows that led to a stay, by pool."""
        found = defaultdict(list)
        for row in self.rows:
            if row.admitted >= 0:
                found[row.pool].append(row)
        return found

    def has_room(self, name: str, used: int, time: int, urgent: bool) -> bool:
        """Whether a pool has a place for one more request."""
        reserve = self.pool(name).reserve
        if urgent or reserve == 0:
            return used < self.ceiling(name, time)
        return self.norm(name, time) - used > reserve

    def able(self, row: Row, name: str) -> tuple[int, int] | None:
        """When a row is ready at a pool, and could take a place there; None if not known.

        A place outside the model is waited for from when it is first wanted; the register has the
        last such time, so that it may have been there earlier.
        """
        if row.ready == ABSENT:
            return None
        there = self.pool(name)
        ready = row.ready
        if name != row.pool:
            mine, known = fixed(self.assessment(row, name)), fixed(self.assessment(row, row.pool))
            if mine is None or known is None:
                return None
            ready += mine - known
        outside = fixed(there.outside_wait)
        if outside is None or (outside and self._left_early_since(row)):
            return None
        return ready, max(ready, row.wanted) + outside if outside else ready

    def _left_early_since(self, row: Row) -> bool:
        """Whether a place came to be wanted sooner than was foreseen, which shortens no wait."""
        return any(
            stay.outcome == Outcome.LEFT_EARLY and row.requested <= stay.left <= row.settled
            for stay in self.citizens[row.who]
        )

    def rank(self, row: Row, name: str) -> int | None:
        """Priority of a row at a pool, where known."""
        given = self.pool(name).priority_by_group.get(row.group)
        return row.agreed("priority") if given is None else given

    # -- states at the end of each instant -------------------------------------------------------

    @cached_property
    def instants(self) -> np.ndarray:
        """Every time at which something may change: rows, dates, midnights, opening hours."""
        columns = [getattr(self.register, name) for name in TIMES]
        midnights = np.arange(self.end // DAY, dtype=np.int64) * DAY
        intakes = {i for pool in self.scenario.pools.values() for i in pool.intake.values()}
        minutes = {minute % 1440 for intake in intakes for minute in open_minutes(intake)}
        hours = [midnights + 60 * minute for minute in {0, *minutes}]
        times = np.unique(np.concatenate([*columns, *hours]))
        return times[(times >= 0) & (times < self.end)]

    @cached_property
    def used(self) -> dict[str, np.ndarray]:
        """Places occupied or held in each pool at the end of each instant."""
        change = {
            name: np.zeros(len(self.instants) + 1, dtype=np.int64) for name in self.plan.pools
        }
        for row in self.rows:
            if row.granted >= 0:
                change[row.pool][self._at(row.granted)] += 1
                if row.left >= 0:
                    change[row.pool][self._at(row.left)] -= 1
        return {name: np.cumsum(steps)[:-1] for name, steps in change.items()}

    @cached_property
    def norms(self) -> dict[str, np.ndarray]:
        """The norm of each pool at each instant."""
        times = self.instants.tolist()
        return {p: np.array([self.norm(p, t) for t in times]) for p in self.plan.pools}

    def rooms(self, name: str, urgent: bool) -> np.ndarray:
        """Whether a pool could take one more request at the end of each instant."""
        pool, used, norm = self.pool(name), self.used[name], self.norms[name]
        surge = UNLIMITED if pool.surge == "unlimited" else pool.surge
        room = used < norm + surge if urgent or not pool.reserve else norm - used > pool.reserve
        if not pool.intake:
            return room
        return room & np.array([self.is_open(name, time) for time in self.instants.tolist()])

    def _at(self, time: int) -> int:
        return int(np.searchsorted(self.instants, time))

    def used_at(self, name: str, time: int) -> int:
        """Places in use at the end of the instant."""
        return int(self.used[name][np.searchsorted(self.instants, time, side="right") - 1])

    def used_before(self, name: str, time: int) -> int:
        """Places in use just before a time."""
        at = self._at(time)
        return int(self.used[name][at - 1]) if at else 0

    @cached_property
    def granted(self) -> dict[tuple[str, int], list[Row]]:
        """Rows granted, by pool and time; not those present at the start, nor places kept."""
        found = defaultdict(list)
        for row in self.rows:
            if row.granted >= 0 and not (row.is_start or row.is_kept):
                found[row.pool, row.granted].append(row)
        return found

    @cached_property
    def busy(self) -> dict[int, set[tuple[str, int]]]:
        """Citizens whose rows change at each time."""
        found = defaultdict(set)
        for row in self.rows:
            for time in set(row.times().values()) - {ABSENT}:
                found[time].add(row.who)
        return found

    def waits(self, name: str) -> list[tuple[Row, int, int, int]]:
        """Who surely waited at a pool: row, when it was ready there, from when, until when."""
        found = []
        for row in self.rows:
            search = self.search(row)
            if search is None or row.wanted == ABSENT or not self._may_wait_at(row, search, name):
                continue
            able = self.able(row, name)
            if able is not None:
                ready, offered = able
                since = max(offered, row.wanted, row.requested)
                if since < min(row.settled, self.end):
                    found.append((row, ready, since, row.settled))
        return found

    def _may_wait_at(self, row: Row, search: Search, name: str) -> bool:
        pools = self.eligible_pools(row, row.agreed("search"))
        if name not in pools or search.when_full == "turned_away":
            return False
        if search.when_full == "wait_first":
            return name == pools[0]
        return len(pools) == 1 or self.pool(name).queue_limit == "unlimited"


def _rank(urgency: str, priority: int | None) -> tuple[bool, int]:
    urgent = urgency == "urgent"
    return urgent, (0 if urgent else 1) if priority is None else priority


def _enrolment(team: str) -> str:
    """Name of the search for a place with a team."""
    return f"enrolment with {team}"


def stays_at(rows: list[Row], time: int) -> list[Row]:
    """Stays of a citizen that touch a time (several only if it moved then)."""
    return [
        r
        for r in rows
        if r.kind != Kind.TEAM and 0 <= r.admitted <= time <= (r.left if r.left >= 0 else NEVER)
    ]


def fixed(law: Law | None) -> int | None:
    """Seconds of a duration that is always the same (0 for none); None if it varies."""
    if law is None:
        return 0
    if law.law == "fixed":
        return round((law.mean_days or 0) * DAY)
    if law.observed_days is not None and len(set(law.observed_days)) == 1:
        return round(law.observed_days[0] * DAY)
    return None


def longest(law: Law) -> int:
    """The longest a duration can be; NEVER if it has no bound."""
    if law.observed_days is not None:
        return round(max(law.observed_days) * DAY)
    if law.law == "uniform":
        return round((law.high_days or 0) * DAY)
    length = fixed(law)
    return NEVER if length is None else length
