"""Names that must lead somewhere, and what to say when they do not."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from flexsim.scenario.faults import Fault
from flexsim.scenario.names import listed, nearest, shown
from flexsim.scenario.yaml_text import Key


def known_name(
    key: Key, name: str, known: Collection[str], what: str, words: Collection[str] = ()
) -> Iterator[Fault]:
    """Fault of a name that is none of the known ones, and none of some further words."""
    if name not in known and name not in words:
        also = f" or {' or '.join(words)}" if words else ""
        yield Fault(
            key,
            f": no {what} '{shown(name)}'; there are: {listed(known)}{also}"
            f"{nearest(name, [*known, *words])}",
        )


def keys_known(
    key: Key, names: Iterable[str], known: Collection[str], what: str
) -> Iterator[Fault]:
    """Faults of keys that are none of the known names."""
    for name in names:
        if name not in known:
            yield Fault(
                (*key, name),
                f" names no {what}; there are: {listed(known)}{nearest(name, known)}",
            )
