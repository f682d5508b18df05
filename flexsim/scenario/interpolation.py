"""References from one key to another: ``${pools.pitstop.places}``. Nothing else is looked up."""

from __future__ import annotations

from typing import Any

from flexsim.message import Message
from flexsim.scenario.faults import Fault
from flexsim.scenario.vetting import REFERENCE
from flexsim.scenario.yaml_text import MOST_VALUES

#: References that lead to a reference that leads to a reference ...
LONGEST_CHAIN = 50


def resolved(values: dict[str, Any]) -> tuple[dict[str, Any], list[Fault]]:
    """Replace every reference by what it refers to.

    Returns
    -------
    values : dict
        Without references.
    faults : list of Fault
        References that go in a circle or lead to a key that does not exist; both keys are named.
    """
    resolver = _Resolver(values)
    return resolver.value(values, ()), list(dict.fromkeys(resolver.faults))


class _Resolver:
    def __init__(self, values: dict[str, Any]) -> None:
        self.root = values
        self.faults: list[Fault] = []
        self._count = 0

    def value(self, value: Any, chain: tuple[str, ...], key: str = "") -> Any:
        """Replace the references in a value; `chain` holds the keys that led here."""
        self._count += 1
        if isinstance(value, dict):
            return {name: self.value(item, chain, _join(key, name)) for name, item in value.items()}
        if isinstance(value, list):
            return [self.value(item, chain, _join(key, str(n))) for n, item in enumerate(value)]
        if not isinstance(value, str) or "${" not in value:
            return value
        return self._text(value, (*chain, key))

    def _text(self, text: str, chain: tuple[str, ...]) -> Any:
        whole = REFERENCE.fullmatch(text)
        if whole:
            return self._target(whole[1], chain)
        return REFERENCE.sub(lambda match: str(self._target(match[1], chain)), text)

    def _target(self, target: str, chain: tuple[str, ...]) -> Any:
        if any(target == key or key.startswith(f"{target}.") for key in chain):
            circle = " -> ".join((*chain, target))
            self._fault(chain[0], Message(" refers to itself: {circle}", circle=circle))
            return None
        if self._count > MOST_VALUES or len(chain) > LONGEST_CHAIN:
            self._fault("scenario", Message(" grows too large by its references"))
            return None
        value: Any = self.root
        for name in target.split("."):
            if not isinstance(value, dict) or name not in value:
                self._fault(
                    chain[-1], Message(" refers to {target}, which does not exist", target=target)
                )
                return None
            value = value[name]
        return self.value(value, chain, target)

    def _fault(self, key: str, text: str) -> None:
        self.faults.append(Fault(tuple(key.split(".")), text))


def _join(key: str, name: str) -> str:
    return f"{key}.{name}" if key else name
