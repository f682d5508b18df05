"""Names that must lead somewhere, and what to say when they do not."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from flexsim.message import Message
from flexsim.scenario.faults import Fault
from flexsim.scenario.names import listed, nearest, shown
from flexsim.scenario.yaml_text import Key

#: What a name may be that of.
POOL, SEARCH, GROUP = Message("pool"), Message("search"), Message("group")
MUNICIPALITY, GOAL, STREAM = Message("municipality"), Message("goal"), Message("stream")


def known_name(
    key: Key, name: str, known: Collection[str], what: str, words: Collection[str] = ()
) -> Iterator[Fault]:
    """Fault of a name that is none of the known ones, and none of some further words."""
    if name not in known and name not in words:
        also = Message(" or {words}", words=" / ".join(words)) if words else ""
        yield Fault(
            key,
            Message(
                ": no {what} '{name}'; there are: {known}{also}{hint}",
                what=what,
                name=shown(name),
                known=listed(known),
                also=also,
                hint=nearest(name, [*known, *words]),
            ),
        )


def keys_known(
    key: Key, names: Iterable[str], known: Collection[str], what: str
) -> Iterator[Fault]:
    """Faults of keys that are none of the known names."""
    for name in names:
        if name not in known:
            yield Fault(
                (*key, name),
                Message(
                    " names no {what}; there are: {known}{hint}",
                    what=what,
                    known=listed(known),
                    hint=nearest(name, known),
                ),
            )
