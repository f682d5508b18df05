"""What a sweep is of, so that it is resumed as what it was begun as."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from flexsim.errors import ScenarioError
from flexsim.scenario.names import shown
from flexsim.sweeping.keys import described, model_version
from flexsim.sweeping.points import Points

#: Changed keys that are listed.
SHOWN = 8


@dataclass(frozen=True)
class Identity:
    """A sweep without its points: these may become more when it is resumed.

    Attributes
    ----------
    model : str
        Version of the model.
    keys : list of str
        The swept keys.
    points : int
    bases : dict
        Scenarios by the choices that led to them (``scenario=baseline``), by dotted key.
    """

    model: str
    keys: list[str]
    points: int
    bases: dict[str, dict[str, Any]]

    @classmethod
    def of(cls, points: Points) -> Identity:
        """That of points that were checked."""
        bases: dict[str, dict[str, Any]] = {}
        for point in points.points:
            label = " ".join(s.text for s in point.settings if s.composes and s.key in points.keys)
            if label not in bases:
                bases[label] = described(points.bases[point.base])
        return cls(model_version(), list(points.keys), len(points.points), bases)

    @classmethod
    def read(cls, path: Path) -> Identity:
        """As it was written into a folder.

        Raises
        ------
        ScenarioError
            If the file is not one of these.
        """
        try:
            return cls(**json.loads(path.read_text(encoding="utf-8")))
        except (ValueError, TypeError):
            raise ScenarioError(f"{shown(path, 200)} does not describe a sweep") from None

    def text(self) -> str:
        """As JSON."""
        return json.dumps(asdict(self), indent=1, ensure_ascii=False) + "\n"

    def compare(self, begun: Identity, folder: Path) -> None:
        """Raise ScenarioError if the sweep was begun as another one; lists what has changed."""
        changed = list(self._changed(begun))
        if not changed:
            return
        more = len(changed) - SHOWN
        lines = [
            f"{shown(folder, 200)} cannot be resumed: the scenario has changed since it was begun"
            " (choose another folder, or --overwrite)",
            *(f"  {line}" for line in changed[:SHOWN]),
        ]
        raise ScenarioError(lines + ([f"  ... and {more} more"] if more > 0 else []))

    def _changed(self, begun: Identity) -> Iterator[str]:
        if self.model != begun.model:
            yield f"the model: {shown(begun.model)} then, {self.model} now"
        swept = {*self.keys, *begun.keys}
        for label in self.bases.keys() & begun.bases.keys():
            now, then = self.bases[label], begun.bases[label]
            for key in [*then, *(key for key in now if key not in then)]:
                if key not in swept and now.get(key) != then.get(key):
                    yield f"{key}: {_shown(then, key)} then, {_shown(now, key)} now"


def _shown(values: dict[str, Any], key: str) -> str:
    return shown(json.dumps(values[key], ensure_ascii=False)) if key in values else "absent"
