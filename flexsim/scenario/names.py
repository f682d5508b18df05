"""Names: which are allowed, and which one was probably meant."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable

from flexsim.message import Message

LONGEST = 64
#: Words with a meaning of their own in a scenario.
RESERVED = ("leave", "here", "others", "all")
_ENTRY = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_SLUG = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")
_DEVICES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)", re.IGNORECASE)
_SHOWN = 12


def entry_fault(name: str) -> str | None:
    """What is wrong with the name of a pool, stream, search, ...; None if nothing is."""
    if name.lower() in RESERVED:
        return Message(
            "is a reserved word ({words}); choose another name", words=", ".join(RESERVED)
        )
    if len(name) > LONGEST:
        return Message("is longer than {longest} characters", longest=LONGEST)
    if not _ENTRY.fullmatch(name):
        return Message("is not a name: a letter, then letters a-z, digits and _")
    return None


def slug_fault(name: str) -> str | None:
    """What is wrong with the name of a scenario, which becomes a folder; None if nothing is."""
    if len(name) > LONGEST:
        return Message("is longer than {longest} characters", longest=LONGEST)
    if not _SLUG.fullmatch(name):
        return Message("is not a name: letters a-z, digits, _ and - only")
    if _DEVICES.fullmatch(name):
        return Message("is a device name on Windows; choose another name")
    return None


def nearest(name: str, known: Iterable[str]) -> str:
    """``; did you mean 'x'?`` with the known name closest to this one, or nothing."""
    by_lower = {other.lower(): other for other in known}
    close = difflib.get_close_matches(name.lower(), list(by_lower), n=1)
    return Message("; did you mean '{name}'?", name=by_lower[close[0]]) if close else ""


def listed(known: Iterable[str]) -> str:
    """Names in a sentence, cut off when there are many."""
    names = sorted(known)
    more = ", ..." if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more if names else Message("none")


def shown(value: object, longest: int = 60) -> str:
    """A value as it can be printed on one line of a message."""
    text = "".join(char if char.isprintable() else f"\\x{ord(char):02x}" for char in str(value))
    return text if len(text) <= longest else text[:longest] + "..."
