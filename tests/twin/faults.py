"""Planted faults: mistakes a developer could make in one engine, which comparing them must find.

Each is one replacement in one file of a copy of flexsim. A rule that both engines call (`rules`,
`chance`, the plan) cannot be tested so: the exact systems and the rules of a register test those.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

SIMPY = "engine/simpy_engine.py"
RISK, TEAMS = "engine/risk.py", "engine/teams.py"
ADMISSION = "engine/admission.py"
LISTS = "engine/waiting.py"
DRAWS = "engine/draws.py"
STATE = "engine/state.py"
KERNEL = "engine/compiled/"


@dataclass(frozen=True)
class Fault:
    """What is wrong, in which file below `flexsim`, and the text put in place of another."""

    name: str
    file: str = ""
    right: str = ""
    wrong: str = ""

    def plant(self, package: Path, copy: Path) -> None:
        """Copy the package, and put the wrong text in its place.

        Raises
        ------
        ValueError
            If the file no longer holds the right text, once: the fault has to be written anew.
        """
        shutil.copytree(package, copy, ignore=shutil.ignore_patterns("__pycache__"))
        if not self.file:
            return
        path = copy / self.file
        source = path.read_text(encoding="utf-8")
        if source.count(self.right) != 1:
            raise ValueError(f"{self.file} has {source.count(self.right)} times:\n{self.right}")
        path.write_text(source.replace(self.right, self.wrong), encoding="utf-8")


NO_FAULT = Fault("none")

IN_SIMPY = [
    Fault(
        "a list in the order of asking, not of being ready",
        LISTS,
        "            entry = (\n                *self._order_at(request, number),\n",
        "            entry = (\n                self._order_at(request, number)[0],\n"
        "                request.requested,\n",
    ),
    Fault(
        "surge before norm",
        LISTS,
        "key = (*entry[:4], in_surge(pool.used, pool.norm), *entry[4:7])",
        "key = (*entry[:4], 1 - in_surge(pool.used, pool.norm), *entry[4:7])",
    ),
    Fault(
        "patience runs on during a new need",
        SIMPY,
        "                request.deadline = NOT_YET  # patience begins anew when wanted again\n",
        "",
    ),
    Fault(
        "bridge not withdrawn when the goal is found",
        ADMISSION,
        "if citizen.bridge is not None and request.purpose == GOAL:",
        "if citizen.bridge is not None and request.purpose == NEED:",
    ),
    Fault(
        "limit ignored after completion",
        SIMPY,
        "if stay.left == NOT_YET and self.plan.limit_leaves[stay.pool]:",
        "if stay.left == stay.completed == NOT_YET and self.plan.limit_leaves[stay.pool]:",
    ),
    Fault(
        "queue limit off by one",
        ADMISSION,
        "for entry in waiting) < limit",
        "for entry in waiting) <= limit",
    ),
    Fault(
        "completion of a stay that is over",
        SIMPY,
        "if stay.left == NOT_YET and stay.citizen.need is None:\n            stay.completed",
        "if stay.citizen.need is None:\n            stay.completed",
    ),
    Fault(
        "attempt of a draw not counted",
        DRAWS,
        "citizen.drawn[code] = attempt + 1",
        "citizen.drawn[code] = 1",
    ),
    Fault(
        "place held kept when a new need is granted",
        ADMISSION,
        "if citizen.held is not None and request.purpose == NEED:",
        "if citizen.held is not None and request.purpose == GOAL:",
    ),
    Fault(
        "reserve ignored",
        STATE,
        "room_for(False, norm, self.surge, self.reserve)",
        "room_for(False, norm, self.surge, 0)",
    ),
    Fault(
        "opening a day late in the second week",
        SIMPY,
        "self.at(self.now + WEEK, RULES, self._open_or_close, about)",
        "self.at(self.now + WEEK + 86_400, RULES, self._open_or_close, about)",
    ),
    Fault(
        "luck of a relapse not carried to the next place",
        RISK,
        "citizen.survival = survival_after("
        "citizen.survival, before, citizen.baseline, citizen.ratio)",
        "citizen.survival = -1.0",
    ),
    Fault(
        "the hazard goes on as it was when a course begins or ends",
        RISK,
        "if ratio != citizen.ratio:",
        "if ratio != ratio:",
    ),
    Fault(
        "asked by a team that one knows",
        TEAMS,
        "if any(request.sought == team for request in citizen.teams):",
        "if any(request.pool == team for request in citizen.teams):",
    ),
]

IN_COMPILED = [
    Fault(
        "a list in the order of asking, not of being ready",
        KERNEL + "waiting.py",
        '''two entries of one priority at one pool."""
    a, b = w.entry[one], w.entry[other]
    if a[c.READY_HERE] != b[c.READY_HERE]:
        return a[c.READY_HERE] < b[c.READY_HERE]
''',
        '''two entries of one priority at one pool."""
    a, b = w.entry[one], w.entry[other]
''',
    ),
    Fault(
        "surge before norm",
        KERNEL + "waiting.py",
        "return surge < other_surge",
        "return surge > other_surge",
    ),
    Fault(
        "priority of a group ignored",
        KERNEL + "waiting.py",
        "return row[c.PRIORITY] if priority == NONE else priority",
        "return row[c.PRIORITY]",
    ),
    Fault(
        "patience runs on during a new need",
        KERNEL + "journeys.py",
        "            w.request[request, c.DEADLINE] = NOT_YET  # patience begins anew when wanted"
        " again\n",
        "",
    ),
    Fault(
        "bridge not withdrawn when the goal is found",
        KERNEL + "admission.py",
        "if owner[c.BRIDGE_OPEN] != NONE and row[c.PURPOSE] == GOAL:",
        "if owner[c.BRIDGE_OPEN] != NONE and row[c.PURPOSE] == NEED:",
    ),
    Fault(
        "end of a patience that was given anew",
        KERNEL + "run.py",
        "return row[c.GRANTED] == NOT_YET and row[c.DEADLINE] == w.clock[c.NOW]",
        "return row[c.GRANTED] == NOT_YET",
    ),
    Fault(
        "queue limit off by one",
        KERNEL + "admission.py",
        "return waiting < limit",
        "return waiting <= limit",
    ),
    Fault(
        "attempt of a draw not counted",
        KERNEL + "luck.py",
        "            drawn[i] += 1\n",
        "",
    ),
    Fault(
        "place held kept when a new need is granted",
        KERNEL + "admission.py",
        "if owner[c.HOLDING] != NONE and row[c.PURPOSE] == NEED:",
        "if owner[c.HOLDING] != NONE and row[c.PURPOSE] == GOAL:",
    ),
    Fault(
        "reserve forgotten when the number of places changes",
        KERNEL + "places.py",
        "room_for(False, norm, row[c.SURGE], row[c.RESERVE])",
        "room_for(False, norm, row[c.SURGE], 0)",
    ),
    Fault(
        "opening a day late in the second week",
        KERNEL + "run.py",
        "at(w, w.clock[c.NOW] + WEEK, RULES, c.OPEN_OR_CLOSE, change)",
        "at(w, w.clock[c.NOW] + WEEK + 86_400, RULES, c.OPEN_OR_CLOSE, change)",
    ),
    Fault(
        "luck of a relapse not carried to the next place",
        KERNEL + "risk.py",
        "risk[c.SURVIVAL] = survival_after("
        "risk[c.SURVIVAL], before, risk[c.BASELINE], risk[c.RATIO])",
        "risk[c.SURVIVAL] = -1.0",
    ),
    Fault(
        "the ratio of one course only",
        KERNEL + "risk.py",
        "ratio *= w.share[",
        "ratio = w.share[",
    ),
    Fault(
        "history without the last admission",
        KERNEL + "journeys.py",
        "for n in range(len(admissions) - 1, 0, -1):",
        "for n in range(len(admissions) - 1, 1, -1):",
    ),
    Fault(
        "not the lowest free place",
        KERNEL + "places.py",
        "if child + 1 < n and heap[child + 1] < heap[child]:",
        "if child + 1 < n and heap[child + 1] > heap[child]:",
    ),
]
