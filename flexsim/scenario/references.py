"""Checks that need two keys to agree: every name leads somewhere, every rule can be kept."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

from flexsim.message import Message, joined
from flexsim.scenario import money_references, ranges
from flexsim.scenario.faults import Fault
from flexsim.scenario.known import (
    GOAL,
    GROUP,
    MUNICIPALITY,
    POOL,
    SEARCH,
    STREAM,
    keys_known,
    known_name,
)
from flexsim.scenario.names import listed
from flexsim.scenario.schema import (
    LEAVE,
    OTHERS,
    Admits,
    CountOrUnlimited,
    Pool,
    Relapse,
    Scenario,
)
from flexsim.scenario.yaml_text import Key

HERE = "here"
ALL = "all"
TEAM = "team"
_ONLY_TEAMS = ("enrols", "patience", "relapse_ratio")
#: Keys that say nothing of a team.
_NO_TEAMS = (
    *("surge", "reserve", "outside_wait", "move_in", "limit", "leaves_early", "moves_on"),
    *("onward", "onward_by_group", "early_assessment", "relapse", "relapse_by_group"),
    *("relapse_ratio_after", "reviews", "need_ends", "quota", "keeps_place"),
)
#: Keys that say nothing of caseworkers: every case is taken on, and only the decision matters.
_NO_CASEWORKERS = (
    *("enrols", "patience", "relapse_ratio", "admits", "declined", "declined_by_group"),
    *("assessment", "assessment_by_residence", "queue_limit"),
)


def faults(scenario: Scenario) -> list[Fault]:
    """All faults of a scenario whose keys are each valid by themselves."""
    checks = (
        *(_run, _network, _pools, _searches, _goals, _streams, _start, _targets),
        ranges.faults,
        money_references.faults,
    )
    return [fault for check in checks for fault in check(scenario)]


def _run(scenario: Scenario) -> Iterator[Fault]:
    for pool in scenario.run.until:
        yield from known_name(("run", "until", pool), pool, scenario.pools, POOL, (ALL,))


def _network(scenario: Scenario) -> Iterator[Fault]:
    if not scenario.pools:
        yield Fault(("pools",), Message(" must not be empty: there is no place to be"))
    if not scenario.streams:
        yield Fault(("streams",), Message(" must not be empty: nobody would come"))


def _pools(scenario: Scenario) -> Iterator[Fault]:
    for name, pool in scenario.pools.items():
        key = ("pools", name)
        yield from _capacity(key, pool)
        yield from _admits(key, pool.admits, scenario)
        yield from _assessment(key, pool, scenario)
        for date, step in pool.later.items():
            if step.admits is not None:
                yield from _admits((*key, "later", date), step.admits, scenario)
        yield from _onward(key, pool, scenario)
        yield from _pool_groups(key, pool, scenario)
        yield from _pool_relapses(key, pool, scenario)
        if pool.quota is not None:
            where = (*key, "quota", "by_municipality")
            known = scenario.municipalities
            yield from keys_known(where, pool.quota.by_municipality, known, MUNICIPALITY)
            if pool.quota.of == "citizen" and pool.limit is None:
                words = Message(
                    " shortens the longest stay of a citizen, but {key} has none: state its"
                    " `limit`",
                    key=".".join(key),
                )
                yield Fault((*key, "quota"), words)
        if pool.limit is not None:
            yield from _destination((*key, "limit", "otherwise"), pool.limit.otherwise, scenario)
        if pool.leaves_early is not None:
            where = (*key, "leaves_early", "otherwise")
            yield from _destination(where, pool.leaves_early.otherwise, scenario)
        yield from _reviews(key, pool)
        yield from _false_starts(key, pool, scenario)
        if pool.kind == "ward" and pool.stay is None:
            yield Fault((*key, "stay"), Message(" is missing; a ward needs a length of stay"))
        yield from _team(key, pool, scenario) if pool.kind == TEAM else _no_team(key, pool)


def _no_team(key: Key, pool: Pool) -> Iterator[Fault]:
    for name in _ONLY_TEAMS:
        if _is_given(pool, name):
            yield Fault(
                (*key, name),
                Message(" is for teams (kind: team; this pool is a {kind})", kind=pool.kind),
            )


def _team(key: Key, pool: Pool, scenario: Scenario) -> Iterator[Fault]:
    for name in _NO_TEAMS:
        if _is_given(pool, name):
            yield Fault((*key, name), Message(" is not for a team: nobody lives there"))
    users = _cases_from(key[-1], scenario)
    if users:
        yield from _caseworkers(key, pool, users)
        return
    if pool.enrols is None or not (pool.enrols.on_leaving or pool.enrols.on_entering):
        yield Fault(
            (*key, "enrols"),
            Message(
                " must name a pool in on_leaving or on_entering; else nobody is asked (a team of"
                " caseworkers needs none: a goal names it in `caseworkers`)"
            ),
        )
        return
    for moment in ("on_leaving", "on_entering"):
        places = getattr(pool.enrols, moment)
        for n, name in enumerate(places):
            where = (*key, "enrols", moment, str(n))
            yield from _place(where, name, scenario)
            if name in places[:n]:
                yield Fault(where, Message(" names {name} a second time", name=name))


def _cases_from(team: str, scenario: Scenario) -> list[str]:
    """Keys that give a team cases to decide."""
    goals = [f"goals.{n}.caseworkers" for n, g in scenario.goals.items() if g.caseworkers == team]
    return goals + [
        f"pools.{name}.early_assessment.false_starts"
        for name, pool in scenario.pools.items()
        if pool.early_assessment.false_starts == team
    ]


def _caseworkers(key: Key, pool: Pool, users: list[str]) -> Iterator[Fault]:
    for name in _NO_CASEWORKERS:
        if _is_given(pool, name):
            yield Fault(
                (*key, name),
                Message(" is not for caseworkers ({users} names this team)", users=listed(users)),
            )
    for name, step in pool.later.items():
        if step.admits is not None:
            yield Fault((*key, "later", name, "admits"), Message(" is not for caseworkers"))


def _cases(key: Key, team: str, scenario: Scenario) -> Iterator[Fault]:
    """A team that has cases to decide."""
    yield from known_name(key, team, scenario.pools, Message("team"))
    if team in scenario.pools and scenario.pools[team].kind != TEAM:
        yield Fault(
            key,
            Message(
                " must be a pool of kind team ({team} is of kind {kind})",
                team=team,
                kind=scenario.pools[team].kind,
            ),
        )


def _false_starts(key: Key, pool: Pool, scenario: Scenario) -> Iterator[Fault]:
    team = pool.early_assessment.false_starts
    if team is None:
        return
    yield from _cases((*key, "early_assessment", "false_starts"), team, scenario)
    there = scenario.pools.get(team)
    if there is not None and there.kind == TEAM and there.stay is None:
        yield Fault(
            ("pools", team, "stay"),
            Message(
                " is missing: how long an assessment in vain takes ({key} has false_starts)",
                key=".".join(key),
            ),
        )


def _is_given(pool: Pool, name: str) -> bool:
    return bool(getattr(pool, name) != _default(name))


@cache
def _default(name: str) -> Any:
    return Pool.model_fields[name].get_default(call_default_factory=True)


def _place(key: Key, name: str, scenario: Scenario, *words: str) -> Iterator[Fault]:
    """A pool that somebody can live in."""
    yield from known_name(key, name, scenario.pools, POOL, words)
    if name in scenario.pools and scenario.pools[name].kind == TEAM:
        yield Fault(
            key, Message(" cannot be {name}, which is a team: nobody lives there", name=name)
        )


def _capacity(key: Key, pool: Pool) -> Iterator[Fault]:
    norms: list[tuple[Key, CountOrUnlimited]] = [((*key, "places"), pool.places)]
    norms += [((*key, "later", name, "places"), step.places) for name, step in pool.later.items()]
    for where, places in norms:
        if places == "unlimited":
            continue
        if pool.reserve > places:
            yield Fault(
                (*key, "reserve"),
                Message(
                    " must be at most {where}, which is {places} (got {reserve})",
                    where=".".join(where),
                    places=places,
                    reserve=pool.reserve,
                ),
            )
        if pool.outside_wait is not None:
            yield Fault(
                (*key, "outside_wait"),
                Message(
                    " is for pools with unlimited places ({where} is {places})",
                    where=".".join(where),
                    places=places,
                ),
            )
    for name, step in pool.later.items():
        if step.limit_days is not None and pool.limit is None:
            where = (*key, "later", name, "limit_days")
            yield Fault(
                where,
                Message(
                    " changes a limit, but {key} has none: state its `limit`", key=".".join(key)
                ),
            )
    yield from _distinct_dates(key, pool)


def _reviews(key: Key, pool: Pool) -> Iterator[Fault]:
    for name, review in pool.reviews.items():
        if review.extends and pool.limit is None:
            where = (*key, "reviews", name, "extends")
            yield Fault(
                where,
                Message(
                    " puts off a limit, but {key} has none: state its `limit`", key=".".join(key)
                ),
            )
    if pool.need_ends == "at_reviews" and not pool.reviews:
        yield Fault((*key, "need_ends"), Message(" is at_reviews, but there are no `reviews`"))


def _distinct_dates(key: Key, pool: Pool) -> Iterator[Fault]:
    seen: dict[object, str] = {}
    for name, step in pool.later.items():
        other = seen.setdefault(step.from_, name)
        if other != name:
            yield Fault(
                (*key, "later", name, "from"),
                Message(
                    " is the same day as in step {other} (got {from_})",
                    other=other,
                    from_=step.from_,
                ),
            )


def _admits(key: Key, admits: Admits, scenario: Scenario) -> Iterator[Fault]:
    where = (*key, "admits", "residence")
    known = {*scenario.municipalities, OTHERS}
    yield from keys_known(where, admits.residence, known, MUNICIPALITY)
    if not admits.traits:
        return
    traits: dict[str, set[str]] = {}
    for group in scenario.groups.values():
        for trait, shares in group.traits.items():
            traits.setdefault(trait, {OTHERS}).update(shares)
    where = (*key, "admits", "traits")
    yield from keys_known(where, admits.traits, traits, Message("trait of a group"))
    for trait, values in admits.traits.items():
        if trait in traits:
            yield from keys_known(
                (*where, trait), values, traits[trait], Message("value of {trait}", trait=trait)
            )


def _assessment(key: Key, pool: Pool, scenario: Scenario) -> Iterator[Fault]:
    known = {*scenario.municipalities, OTHERS}
    where = (*key, "assessment_by_residence")
    yield from keys_known(where, pool.assessment_by_residence, known, MUNICIPALITY)


def _onward(key: Key, pool: Pool, scenario: Scenario) -> Iterator[Fault]:
    known = {*scenario.goals, LEAVE}
    yield from keys_known((*key, "onward"), pool.onward, known, GOAL)
    for group, shares in pool.onward_by_group.items():
        yield from keys_known((*key, "onward_by_group", group), shares, known, GOAL)


def _pool_groups(key: Key, pool: Pool, scenario: Scenario) -> Iterator[Fault]:
    by_group: dict[str, Iterable[str]] = {
        "stay_by_group": pool.stay_by_group,
        "onward_by_group": pool.onward_by_group,
        "relapse_by_group": pool.relapse_by_group,
        "priority_by_group": pool.priority_by_group,
        "declined_by_group": pool.declined_by_group,
    }
    for name, groups in by_group.items():
        yield from keys_known((*key, name), groups, scenario.groups, GROUP)


def _pool_relapses(key: Key, pool: Pool, scenario: Scenario) -> Iterator[Fault]:
    relapses: dict[Key, Relapse] = {
        (*key, "relapse_by_group", group): relapse
        for group, relapse in pool.relapse_by_group.items()
    }
    if pool.relapse is not None:
        relapses[*key, "relapse"] = pool.relapse
    for where, relapse in relapses.items():
        yield from known_name((*where, "search"), relapse.search, scenario.searches, SEARCH)


def _searches(scenario: Scenario) -> Iterator[Fault]:
    for name, search in scenario.searches.items():
        key = ("searches", name)
        for n, pool in enumerate(search.pools):
            yield from _place((*key, "pools", str(n)), pool, scenario)
            if pool in search.pools[:n]:
                yield Fault(
                    (*key, "pools", str(n)), Message(" names {pool} a second time", pool=pool)
                )
        if search.otherwise != HERE:
            yield from _destination((*key, "otherwise"), search.otherwise, scenario, HERE)
        else:
            yield from _nowhere_to_stay(key, name, scenario)


def _nowhere_to_stay(key: Key, name: str, scenario: Scenario) -> Iterator[Fault]:
    """`here` needs a place to stay in: a new need has none, and a goal must lead somewhere."""
    users = [f"stream {n}" for n, stream in scenario.streams.items() if stream.search == name]
    users += [f"goal {n}" for n, goal in scenario.goals.items() if goal.search == name]
    if users:
        yield Fault(
            (*key, "otherwise"),
            Message(
                " cannot be here: {users} makes this search (here is for bridges and relapses)",
                users=listed(users),
            ),
        )


def _goals(scenario: Scenario) -> Iterator[Fault]:
    for name, goal in scenario.goals.items():
        key = ("goals", name)
        yield from known_name((*key, "search"), goal.search, scenario.searches, SEARCH)
        if goal.bridge is not None:
            yield from known_name((*key, "bridge"), goal.bridge, scenario.searches, SEARCH)
        if goal.caseworkers is not None:
            yield from _cases((*key, "caseworkers"), goal.caseworkers, scenario)
            if goal.decision is None:
                yield Fault(
                    (*key, "decision"), Message(" is missing: how long a case takes a caseworker")
                )


def _streams(scenario: Scenario) -> Iterator[Fault]:
    for name, stream in scenario.streams.items():
        key = ("streams", name)
        yield from known_name((*key, "group"), stream.group, scenario.groups, GROUP)
        yield from known_name((*key, "search"), stream.search, scenario.searches, SEARCH)
        if isinstance(stream.residence, dict):
            known = scenario.municipalities
            yield from keys_known((*key, "residence"), stream.residence, known, MUNICIPALITY)
        if stream.payer is not None:
            known = scenario.municipalities
            yield from keys_known((*key, "payer"), stream.payer, known, MUNICIPALITY)


def _start(scenario: Scenario) -> Iterator[Fault]:
    for name, occupied in scenario.start.items():
        key = ("start", name)
        yield from known_name((*key, "stream"), occupied.stream, scenario.streams, STREAM)
        if name not in scenario.pools:
            yield from keys_known(("start",), [name], scenario.pools, POOL)
            continue
        yield from _place(key, name, scenario)
        room = _room(scenario.pools[name])
        if room is not None and occupied.occupied > room:
            yield Fault(
                (*key, "occupied"),
                Message(
                    " must be at most places + surge, which is {room} (got {occupied})",
                    room=room,
                    occupied=occupied.occupied,
                ),
            )


def _room(pool: Pool) -> int | None:
    if pool.places == "unlimited" or pool.surge == "unlimited":
        return None
    return pool.places + pool.surge


def _targets(scenario: Scenario) -> Iterator[Fault]:
    for name, target in scenario.targets.items():
        key = ("targets", name)
        yield from known_name((*key, "pool"), target.pool, {*scenario.pools, ALL}, POOL)
        known = {*scenario.municipalities, ALL}
        yield from known_name((*key, "municipality"), target.municipality, known, MUNICIPALITY)
        high = target.published_high
        if high is not None and high < target.published:
            yield Fault(
                (*key, "published_high"),
                Message(
                    " must be {published} or more (got {high})",
                    published=f"{target.published:g}",
                    high=f"{high:g}",
                ),
            )


def _destination(key: Key, name: str, scenario: Scenario, *words: str) -> Iterator[Fault]:
    """An `otherwise`: known, and able to take anybody at any time."""
    if name == LEAVE:
        return
    unknown = list(_place(key, name, scenario, LEAVE, *words))
    yield from unknown
    reasons = [] if unknown else list(_may_turn_away(scenario.pools[name]))
    if reasons:
        yield Fault(
            key,
            Message(
                " must be a pool that takes everybody at once, but pools.{name} has {reasons}",
                name=name,
                reasons=joined(", ", reasons),
            ),
        )


def _may_turn_away(pool: Pool) -> Iterator[str]:
    """Why a pool cannot take everybody at once."""
    norms = [pool.places, *(step.places for step in pool.later.values())]
    if pool.surge != "unlimited" and any(norm != "unlimited" for norm in norms):
        yield Message("limited places and surge")
    if pool.assessment is not None:
        yield Message("an assessment")
    if pool.move_in is not None:
        yield Message("a move_in")
    if pool.outside_wait is not None:
        yield Message("an outside_wait")
    if pool.assessment_by_residence:
        yield Message("an assessment by residence")
    if pool.reserve:
        yield Message("a reserve")
    if pool.quota is not None:
        yield Message("a quota of nights")
    groups = [pool.admits, *(step.admits for step in pool.later.values() if step.admits)]
    welcomes = [rule for admits in groups for rule in (admits.residence, *admits.traits.values())]
    if any("refused" in w.values() for w in welcomes) or any(a.history for a in groups):
        yield Message("a target group (admits)")
    if pool.declined or any(pool.declined_by_group.values()):
        yield Message("citizens who decline it")
    if any(intake != "open" for intake in pool.intake.values()):
        yield Message("times without intake")
