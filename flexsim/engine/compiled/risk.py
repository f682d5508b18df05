"""Time at risk of a relapse: luck is drawn once, and used up by a hazard that may change.

The ways of leaving and the courses with teams multiply the hazard.
"""

from __future__ import annotations

from flexsim.chance import Draw
from flexsim.engine.clock import NEEDS
from flexsim.engine.compiled import columns as c
from flexsim.engine.compiled.calendar import at
from flexsim.engine.compiled.luck import at_quantile, probability_of, uniform_of
from flexsim.engine.compiled.world import World
from flexsim.engine.rules import relapse_chance, survival_after
from flexsim.jit import cold, hot, part
from flexsim.plan.plan import NONE
from flexsim.register import NOT_YET

RELAPSE = int(Draw.RELAPSE)


@hot
def take_risk(w: World, citizen: int, stay: int) -> bool:
    """Time at risk goes on in this place; says whether a relapse lies before the end."""
    risk = w.risk[citizen]
    if risk[c.SURVIVAL] < 0:
        risk[c.SURVIVAL] = 1.0 - uniform_of(w, citizen, RELAPSE, 0)
    w.citizen[citizen, c.AT_RISK_SINCE] = w.clock[c.NOW]
    risk[c.BASELINE] = 1.0
    if w.clock[c.HAS_RATIOS]:
        risk[c.RATIO] = _ratio(w, citizen)
    return _expect_relapse(w, citizen, stay)


@hot
def _expect_relapse(w: World, citizen: int, stay: int) -> bool:
    """When luck runs out if nothing changes; says whether before the end."""
    owner, pool, risk = w.citizen[citizen], w.request[stay, c.POOL], w.risk[citizen]
    share = w.relapse_share[pool, owner[c.GROUP]]
    chance = relapse_chance(risk[c.SURVIVAL], risk[c.BASELINE], share, risk[c.RATIO])
    if chance >= 1.0:
        return False
    law = w.by_group[pool, owner[c.GROUP], c.RELAPSE_LAW]
    time = owner[c.AT_RISK_SINCE] + at_quantile(w, law, chance)
    owner[c.RELAPSE_AT] = max(time, w.clock[c.NOW])
    return at(w, owner[c.RELAPSE_AT], NEEDS, c.RELAPSE, stay)


@part
def _use_luck(w: World, citizen: int, stay: int) -> None:
    """What is left of it now."""
    owner, pool, risk = w.citizen[citizen], w.request[stay, c.POOL], w.risk[citizen]
    law = w.by_group[pool, owner[c.GROUP], c.RELAPSE_LAW]
    gone = probability_of(w, law, w.clock[c.NOW] - owner[c.AT_RISK_SINCE])
    before = risk[c.BASELINE]
    risk[c.BASELINE] = 1.0 - w.relapse_share[pool, owner[c.GROUP]] * gone
    risk[c.SURVIVAL] = survival_after(risk[c.SURVIVAL], before, risk[c.BASELINE], risk[c.RATIO])
    owner[c.RELAPSE_AT] = NOT_YET


@part
def stop_risk(w: World, citizen: int, stay: int) -> None:
    """The citizen leaves: the luck that is left goes along."""
    _use_luck(w, citizen, stay)
    w.citizen[citizen, c.AT_RISK_SINCE] = NOT_YET


@cold
def _ratio(w: World, citizen: int) -> float:
    """What the hazard is multiplied by: the way of leaving, and each course."""
    ratio = w.risk[citizen, c.RATIO_AFTER]
    course = w.citizen[citizen, c.ENROLMENTS]
    while course != NONE:
        if w.request[course, c.ADMITTED] != NOT_YET:
            ratio *= w.share[w.request[course, c.POOL], c.RELAPSE_RATIO]
        course = w.request[course, c.NEXT_ENROLMENT]
    return ratio


@cold
def change_ratio(w: World, citizen: int) -> None:
    """A course began or ended: the time at risk goes on with another hazard."""
    owner = w.citizen[citizen]
    if not w.clock[c.HAS_RATIOS] or owner[c.AT_RISK_SINCE] == NOT_YET:
        return
    ratio = _ratio(w, citizen)
    if ratio != w.risk[citizen, c.RATIO]:
        _use_luck(w, citizen, owner[c.STAYING])
        w.risk[citizen, c.RATIO] = ratio
        _expect_relapse(w, citizen, owner[c.STAYING])
