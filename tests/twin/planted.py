"""Which kept network first shows a difference, for each of some copies of flexsim; as JSON.

A program of its own (`python -m twin.planted folder ...`), run with nothing compiled. Each folder
holds a copy of flexsim, mostly with a planted fault, that is loaded in a process of its own.
"""

from __future__ import annotations

import json
import sys
from importlib import import_module
from multiprocessing import TimeoutError, get_context
from pathlib import Path

SEED = 1
#: Seconds after which a copy is taken never to come to an end.
PATIENCE = 60
#: Loaded once, before the processes part.
COMMON = ("hypothesis", "numba", "numpy", "pandas", "pydantic", "scipy.special", "simpy")
#: What a fault may also do: a table overrun, a citizen lost, a number of the wrong kind.
BROKEN = (LookupError, AttributeError, TypeError, ValueError, AssertionError, MemoryError)


def differing(folder: str) -> list[str]:
    """The first kept network on which the engines of a copy differ, or one breaks down."""
    sys.path.insert(0, folder)
    import flexsim
    from twin.kept import KEPT
    from twin.sides import compiled, difference, end_of, simpy

    if Path(flexsim.__file__).parents[1] != Path(folder):
        raise ImportError(f"not the copy in {folder}: {flexsim.__file__}")
    for name, network in KEPT.items():
        plan = network.plan
        try:
            if difference(end_of(simpy, plan, SEED), end_of(compiled, plan, SEED), plan):
                return [name]
        except BROKEN:
            return [name]
    return []


def main() -> None:
    """Compare and print."""
    for name in COMMON:
        import_module(name)
    found = {folder: _apart(folder) for folder in sys.argv[1:]}
    print(json.dumps(found))


def _apart(folder: str) -> list[str]:
    """`differing` in a process of its own."""
    with get_context().Pool(1) as pool:
        try:
            return pool.apply_async(differing, (folder,)).get(PATIENCE)
        except TimeoutError:
            return ["endless"]


if __name__ == "__main__":
    main()
