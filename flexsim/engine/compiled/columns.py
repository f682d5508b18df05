"""Names of the columns of the tables that the kernel works on.

All state lies in a few tables of whole numbers, a row each per pool, citizen, request and so on,
so that a compiled function can reach everything through one argument (see `world`).
"""

from __future__ import annotations

from flexsim.register import COLUMNS as REGISTER

# -- A request that is open, or the stay it led to. The first columns are those of the register.
EPISODE, NUMBER, PURPOSE, SOUGHT, POOL, KIND, PLACE = range(7)
REQUESTED, WANTED, READY, GRANTED, ADMITTED, COMPLETED, LEFT, ENDED, OUTCOME = range(7, 16)
REGISTERED = len(REGISTER)
(
    CITIZEN,  # whose
    SEARCH,
    URGENT,
    PRIORITY,
    GOAL_SOUGHT,  # the goal, of a goal request or of the case that is to decide it
    UNREADY,  # pools whose decision, assessment or outside wait is not finished
    ACCEPTED,  # has passed the limits of the lists, and may wait
    PATIENCE_LEFT,  # how long it will wait, from when a place is wanted
    DEADLINE,  # when its patience runs out
    SENT_OUT,  # asked for because a stay elsewhere ended so (its outcome), or 0
    FIRST_ENTRY,  # its entries for the pools of its search, NONE before it needs them
    LISTED,  # how many of these stand on waiting lists
    READY_DIFFERS,  # assessed for each pool apart
    NEED_END,  # end of the need for this place; of a place kept, what is left of the need
    PLANNED_END,  # the earlier of that and the limit
    LEAVES_AT,  # unplanned, if the need has not ended before
    ONWARD,  # the goal drawn at the end of this stay
    NEXT_ENROLMENT,  # the citizen's course or enrolment before this one
    IN_USE,
) = range(REGISTERED, REGISTERED + 19)
REQUEST_COLUMNS = REGISTERED + 19

# -- A citizen who is in the model
(
    PERSON,  # number in order of arrival
    RANK,  # order of (stream name, n)
    STREAM,
    NTH,
    GROUP,
    RESIDENCE,
    STAYING,  # the stay going on
    HOLDING,  # granted or kept, not moved in
    NEED_OPEN,  # searches that are open
    GOAL_OPEN,
    BRIDGE_OPEN,
    ENROLMENTS,  # the last of the courses going on and enrolments asked for, chained
    CITIZEN_EPISODE,
    REQUESTS,
    AT_RISK_SINCE,
    RELAPSE_AT,
    DRAWN,  # how many keys were drawn in this episode
    NEXT_CITIZEN,  # free rows are chained
) = range(18)
CITIZEN_COLUMNS = 18

#: Luck left (negative: not drawn), 1 - share x F(time in this place) when the ratio last changed,
#: the ratio since then, and what the way of leaving the last place gives to it.
SURVIVAL, BASELINE, RATIO, RATIO_AFTER = range(4)
RISK_COLUMNS = 4

# -- A request on the list of a pool, or not ready for it yet
(
    WHOSE,  # the request
    WHERE,  # the pool
    POSITION,  # rank of the pool in the search
    READY_HERE,
    OFFERED,
    ON_LIST,  # the list, NONE before and after
    BEFORE,
    AFTER,
    NEXT_ENTRY,  # of the same request; free rows are chained
    BY_REQUESTED,  # the order of service at this pool, after READY_HERE
    BY_CITIZEN,
    BY_POSITION,
    BY_PURPOSE_AND_NUMBER,
) = range(13)
ENTRY_COLUMNS = 13

# -- A pool: what the plan says, and what goes on
(
    IS_WARD,
    IS_COMMUNITY,
    ROW_KIND,  # what a row becomes when somebody moves in
    NORM,
    SURGE,
    RESERVE,
    ROOM_ORDINARY,  # places that ordinary and that urgent requests may fill
    ROOM_URGENT,
    QUEUE_LIMIT,
    QUOTA,  # number of its quota of nights, NONE if it has none
    OF_CITIZEN,  # whose its nights are: the citizen's, or the municipality's
    BEGUN,  # when its month or year began
    OUTSIDE_LAW,
    MOVE_IN_LAW,
    LIMIT,
    LIMIT_LEAVES,
    LIMIT_OTHERWISE,
    EXTENSION_LAW,
    FIRST_REVIEW,
    LAST_REVIEW,  # the one after it
    ENDS_AT_REVIEWS,
    LEAVE_EARLY_LAW,
    LEAVE_EARLY_OTHERWISE,
    MOVES_AT_ONCE,
    KEEPS_PLACE,
    EARLY_AFTER,
    FALSE_STARTS,  # team that assesses in vain who needs no case
    ADMITS,  # row of the target groups
    IS_COUNTED,  # has a norm to hold the count against
    IS_WATCHED,  # could get stuck
    LAST_CHANGE,  # of its places, if watched
    CLOSED,  # taking nobody in now
    USED,  # places occupied or held
    WAITING,  # entries on its lists
    NEXT_PLACE,
    GIVEN_BACK,  # numbers on its heap of free places
    SINCE,  # when the count last changed
    PERIOD,
    IS_DIRTY,  # something has changed here
    STUCK,
    ENROL_SEARCH,
) = range(41)
POOL_COLUMNS = 41

# -- Nights used of a quota, by citizen or municipality
NIGHTS_USED, NIGHTS_PRESENT, NIGHTS_SINCE = range(3)
NIGHTS_COLUMNS = 3

# -- Rules of a pool that change on a date
STEP_TIME, STEP_POOL, STEP_NORM, STEP_LIMIT, STEP_ADMITS, STEP_RENEWS = range(6)
STEP_COLUMNS = 6

# -- When a pool takes people in
INTAKE_TIME, INTAKE_POOL, INTAKE_OPEN = range(3)
INTAKE_COLUMNS = 3

# -- A review, beside its time
NOTICE, LONGER = range(2)
REVIEW_COLUMNS = 2

#: Shares of a pool.
EXTENSION_SHARE, EARLY_SHARE, LEAVE_EARLY_SHARE, ENROL_SHARE = range(4)
RELAPSE_RATIO, RATIO_AFTER_LIMIT, RATIO_AFTER_EARLY = range(4, 7)
POOL_SHARES = 7

# -- A target group
ADMISSIONS, WITHIN = range(2)

# -- A pool and a group
(
    STAY_LAW,
    RESIDUAL_LAW,
    RELAPSE_LAW,
    RELAPSE_SEARCH,
    RELAPSE_URGENT,
    RELAPSE_PRIORITY,
    GROUP_PRIORITY,
) = range(7)
BY_GROUP_COLUMNS = 7

# -- A search, a goal, a stream
FIRST_POOL, POOLS, WHEN_FULL, PATIENCE_LAW, OTHERWISE, ON_TRIAL, OPEN_TO_ALL = range(7)
SEARCH_COLUMNS = 7
(
    GOAL_SEARCH,
    DECISION_LAW,
    BRIDGE_SEARCH,
    GOAL_URGENT,
    GOAL_PRIORITY,
    MEETING_WEEKDAYS,
    CASEWORKERS,  # team that has to take on a case first
) = range(7)
GOAL_COLUMNS = 7
(
    STREAM_GROUP,
    STREAM_SEARCH,
    STREAM_URGENT,
    STREAM_PRIORITY,
    FIRST_ARRIVAL,
    NEXT_ARRIVAL,
    LAST_ARRIVAL,
) = range(7)
STREAM_COLUMNS = 7

# -- A part of a law
PART_KIND, PART_TABLE, PART_COUNT = range(3)
PART_UPTO, PART_LOW, PART_SCALE = range(3)

# -- The clock: single numbers that change
(
    NOW,
    END,
    STATUS,
    SCHEDULED,  # events so far
    DUE,  # events on the calendar
    AT_INSTANT,
    STEP_SHIFT,  # where time and step begin in the key of an event
    TIME_SHIFT,
    ARRIVAL_AT,  # the next arrival, and of which stream
    ARRIVAL_STREAM,
    REQUESTS_USED,  # rows of the tables in use
    REQUEST_FREE,  # first of the free rows, chained
    CITIZENS_USED,
    CITIZEN_FREE,
    ENTRIES_USED,
    ENTRY_FREE,
    ROWS,  # rows closed
    PEOPLE,
    FRESH,  # asked at this instant, on no waiting list yet
    ENDING,  # to decide at step 7
    DIRTY,  # pools
    ENDINGS_DUE,
    LOOK,  # for deadlock
    SLACK,  # rows that one step may need at most
    LISTS,  # waiting lists of a pool
    REFUGE_PRIORITY,
    HAS_BRIDGES,
    HAS_RATIOS,
    START_WEEKDAY,
) = range(29)
CLOCK_COLUMNS = 29

# -- An ending: six numbers of order, what to do, and about which request
ENDING_KEY = 6
ENDING_ACTION, ENDING_ABOUT = 6, 7
ENDING_COLUMNS = 8
GIVE_UP, REFUSE, DECLINE, TURN_AWAY_IF_FULL, SEND_OUT = range(5)

#: How a run stands.
RUNNING, ENDLESS, STUCK_POOLS, FULL, FULL_OF_ROWS, FULL_OF_DRAWS = range(6)
#: A table was too small: the run begins anew with a larger one.
TOO_SMALL = (FULL, FULL_OF_ROWS, FULL_OF_DRAWS)

#: What events do.
(
    CHANGE_RULES,
    OPEN_OR_CLOSE,
    MOVE_IN,
    COMPLETE,
    REACH_LIMIT,
    REACH_EXTENDED_LIMIT,
    DECIDED,
    ASSESSED,
    SEEK_EARLY,
    RELAPSE,
    ARRIVE,
    RUN_OUT,
    END_INSTANT,
    LEAVE_EARLY,
    KEEP_NO_LONGER,
    COMPLETE_COURSE,
) = range(16)
