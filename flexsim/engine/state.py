"""What an engine knows while it runs: citizens, their requests, and pools."""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field
from heapq import heappop, heappush
from typing import TYPE_CHECKING

from flexsim.engine.rules import room_for
from flexsim.plan.plan import NONE, UNLIMITED
from flexsim.register import NOT_YET, Purpose

if TYPE_CHECKING:
    from flexsim.engine.quota import Quota

#: A time that never comes.
FAR = UNLIMITED

NEED, GOAL, BRIDGE = int(Purpose.NEED), int(Purpose.GOAL), int(Purpose.BRIDGE)
ENROLMENT = int(Purpose.ENROLMENT)

#: What a case is to decide: nothing, since nobody has to decide where the citizen goes next.
IN_VAIN = -2

#: Of a request that is ready for no pool yet; replaced, never added to.
NO_POOLS: list[int] = []

#: A waiting entry: (priority, ready, requested, citizen, rank in the search, purpose, number,
#: request), so that comparing entries is the order of service.
Entry = tuple[int, int, int, int, int, int, int, "Request"]


@dataclass(slots=True)
class FirstDraws:
    """What the citizens of a source, by their number, draw first in one of their needs."""

    stream: int
    people: int
    episode: int
    uniforms: dict[int, list[float]] = field(default_factory=dict)  # by code of the key
    durations: dict[tuple[int, int], list[int]] = field(default_factory=dict)  # by law and code
    goals: dict[int, list[int]] = field(default_factory=dict)  # by pool


@dataclass(slots=True)
class Source:
    """Where citizens of a stream come from: who they are, and what they ask for on arrival."""

    stream: int
    group: int
    people: list[tuple[int, ...]]  # residence and the value of each trait
    times: list[int] = field(default_factory=list)  # of arrival
    search: int = NONE
    urgent: bool = False
    priority: int = 1
    arrived: int = 0
    first_draws: list[FirstDraws] = field(init=False)

    def __post_init__(self) -> None:
        # of the first and the second need: later ones are few
        self.first_draws = [FirstDraws(self.stream, len(self.people), need) for need in range(2)]


class Citizen:
    """A citizen: who it is, where it is, and what it is waiting for."""

    __slots__ = (
        *("rank", "source", "stream", "nth", "group", "residence", "traits"),
        *("place", "held", "need", "goal", "bridge"),
        *("episode", "requests", "first_draws", "drawn", "luck"),
        *("survival", "baseline", "ratio", "ratio_after", "at_risk_since", "relapse_at"),
        *("teams", "admissions"),
    )

    place: Request | None  # the stay going on
    held: Request | None  # granted or kept, not moved in
    need: Request | None  # searches that are open
    goal: Request | None
    bridge: Request | None
    first_draws: FirstDraws | None  # of this episode, where they are made for all at once
    drawn: dict[int, int]  # how often each key was drawn in this episode
    luck: int  # key of the draws of this episode, once computed
    survival: float  # luck left of the time at risk; negative: not drawn
    baseline: float  # 1 - share x F(time in this place), when the ratio last changed
    ratio: float  # what the hazard is multiplied by since then
    ratio_after: float  # of that, what the way of leaving the last place gives
    teams: tuple[Request, ...]  # courses going on and enrolments asked for, the last one first
    admissions: tuple[int, ...]  # to wards, the last one first, as many as are asked for

    def __init__(self, source: Source, nth: int) -> None:
        self.source = source
        self.stream = source.stream
        self.group = source.group
        self.nth = nth
        self.rank = source.stream << 40 | nth  # the order of (stream name, n)
        person = source.people[nth]
        self.residence = person[0]
        self.traits = person[1:]
        self.place = self.held = self.need = self.goal = self.bridge = None
        self.episode = self.requests = 0
        self.first_draws = source.first_draws[0]
        self.drawn = {}
        self.survival = -1.0
        self.baseline = self.ratio = self.ratio_after = 1.0
        self.luck = self.at_risk_since = self.relapse_at = NOT_YET
        self.teams = self.admissions = ()

    def begin_episode(self) -> None:
        """A new need, with new luck."""
        self.episode += 1
        known = self.source.first_draws
        self.first_draws = known[self.episode] if self.episode < len(known) else None
        self.drawn.clear()
        self.survival = -1.0
        self.luck = self.at_risk_since = self.relapse_at = NOT_YET


class Request:
    """A request and the place it leads to: one row of the register, and what is open about it."""

    __slots__ = (
        *("citizen", "episode", "number", "purpose", "sought", "pool", "kind", "place"),
        *("requested", "wanted", "ready", "granted", "admitted", "completed", "left", "ended"),
        *(
            "outcome",
            "search",
            "urgent",
            "priority",
            "is_open",
            "goal",
            "order",
            "offered",
            "ready_at",
        ),
        *("unready", "entries", "accepted", "patience", "deadline", "sent_out"),
        *("need_end", "planned_end", "leaves_at", "onward"),
    )

    # while it waits
    goal: int  # the goal that it seeks, or that a case is to decide (or IN_VAIN)
    order: list[int]  # pools in order of preference: those of the search, at least
    offered: list[int]  # pools it is ready for, in that order
    ready_at: dict[int, int] | None  # per pool, where they differ
    unready: int  # pools whose decision, assessment or outside wait is not finished
    entries: dict[int, Entry] | None  # pool -> its entry on the list there
    accepted: bool  # has passed the limits of the lists, and may wait
    deadline: int  # when its patience runs out
    sent_out: int  # asked for because a stay elsewhere ended so (its outcome), or 0
    # while the citizen stays
    need_end: int  # end of the need for this place; of a place kept, what is left of the need
    planned_end: int  # the earlier of that and the limit
    leaves_at: int  # unplanned, if the need has not ended before
    onward: int  # the goal drawn at the end of this stay

    def __init__(
        self,
        citizen: Citizen,
        purpose: int,
        search: int,
        requested: int,
        urgent: bool,
        priority: int,
    ) -> None:
        self.citizen = citizen
        self.episode = citizen.episode
        self.number = citizen.requests
        citizen.requests += 1
        self.purpose = purpose
        self.search = search
        self.urgent = urgent
        self.priority = priority
        self.requested = self.wanted = requested
        self.sought = self.pool = self.place = self.ready = self.granted = self.goal = NOT_YET
        self.admitted = self.completed = self.left = self.ended = self.onward = NOT_YET
        self.patience = self.deadline = self.need_end = self.planned_end = NOT_YET
        self.leaves_at = NOT_YET
        self.kind = self.outcome = self.unready = self.sent_out = 0
        self.is_open = True
        self.accepted = False
        self.ready_at = self.entries = None
        self.order = self.offered = NO_POOLS

    @property
    def is_kept(self) -> bool:
        """Whether it is a place kept for the citizen, which was not asked for."""
        return self.wanted == NOT_YET

    def again(self) -> Request:
        """The same request, searching on after a place granted was given up."""
        again = Request(
            self.citizen, self.purpose, self.search, self.requested, self.urgent, self.priority
        )
        self.citizen.requests -= 1
        again.number = self.number
        again.episode = self.episode
        again.sought = self.sought
        again.wanted = FAR
        again.ready = self.ready
        again.patience = self.patience
        again.goal = self.goal
        again.order = self.order
        again.offered = self.offered
        again.ready_at = self.ready_at
        again.accepted = self.accepted
        return again


class PoolState:
    """Places of a pool, who waits for them, and its counter through time.

    Parameters
    ----------
    number : int
    norm, surge, reserve : int
        Places of the norm at time zero, places above it, places kept for urgent requests.
    always_unlimited : bool
        No norm to hold the count against, so none is kept.
    """

    __slots__ = (
        *("number", "admits", "norm", "surge", "reserve", "room", "closed", "used", "waiting"),
        *("free", "next_place", "present", "is_counted", "taken", "given_back", "quota"),
    )

    def __init__(
        self, number: int, norm: int, surge: int, reserve: int, always_unlimited: bool
    ) -> None:
        self.number = number
        self.admits = number  # row of the plan's target groups
        self.surge = surge
        self.reserve = reserve
        self.set_norm(norm)
        self.closed = False  # taking nobody in now
        self.used = 0  # places occupied or held
        self.waiting: list[Entry] = []  # in the order of service
        self.free: list[int] = []  # numbers of places given back, a heap
        self.next_place = 0
        self.present: dict[int, Request] | None = None  # place -> who is there; where asked for
        self.quota: Quota | None = None  # of nights
        # the counter of places in use
        self.is_counted = not always_unlimited
        self.taken = array("q")  # when a place was assigned
        self.given_back = array("q")

    def set_norm(self, norm: int) -> None:
        """The number of places changes."""
        self.norm = norm
        # places that ordinary and that urgent requests may fill
        self.room = (
            room_for(False, norm, self.surge, self.reserve),
            room_for(True, norm, self.surge, self.reserve),
        )

    def take(self, request: Request, now: int) -> None:
        """Assign the lowest free place."""
        if self.free:
            place = heappop(self.free)
        else:
            place = self.next_place
            self.next_place = place + 1
        request.place = place
        self.used += 1
        if self.is_counted:
            self.taken.append(now)
        if self.present is not None:
            self.present[place] = request

    def keep(self, request: Request) -> None:
        """The place stays in use: it is kept for who was there."""
        if self.present is not None:
            self.present[request.place] = request

    def give_back(self, request: Request, now: int) -> None:
        """A place is free again."""
        heappush(self.free, request.place)
        self.used -= 1
        if self.is_counted:
            self.given_back.append(now)
        if self.present is not None:
            del self.present[request.place]
