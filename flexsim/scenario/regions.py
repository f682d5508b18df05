"""The region that a command line speaks of without naming it."""

from __future__ import annotations

from collections.abc import Sequence

from flexsim.scenario import files, yaml_text
from flexsim.scenario.overrides import chosen, parse

_POOL = "/pools@pools."


def implied(texts: Sequence[str]) -> str | None:
    """The smallest region that has all pools named, if the usual region does not have them.

    ``flexsim pools.pitstop.places=12`` means Aarhus, though all of Midtjylland has it as well. None
    where a region, a scenario or an experiment is named, where the usual region will do, or where
    two regions that would are equally small.
    """
    overrides = parse(texts)
    if any(chosen(overrides, group) for group in ("region", "scenario", "experiment")):
        return None
    keys = [override.key_or_group.split(".") for override in overrides]
    named = {key[1] for key in keys if key[0] == "pools" and len(key) > 1}
    if not named or named <= _pools(_usual()):
        return None
    pools = {region: _pools(region) for region in files.options("region")}
    sizes = {region: len(found) for region, found in pools.items() if named <= found}
    smallest = [region for region, size in sizes.items() if size == min(sizes.values())]
    return smallest[0] if len(smallest) == 1 else None


def _usual() -> str:
    base = yaml_text.read_file(files.configs_folder() / "config.yaml").values
    choices = [entry for entry in base["defaults"] if isinstance(entry, dict)]
    return next(str(entry["region"]) for entry in choices if "region" in entry)


def _pools(region: str) -> set[str]:
    """Names of the pools of a region, from its list of files and its own keys."""
    values = yaml_text.read_file(files.find("region", region)).values
    entries = [
        key for entry in values.get("defaults", []) if isinstance(entry, dict) for key in entry
    ]
    listed = {key.removeprefix(_POOL) for key in entries if key.startswith(_POOL)}
    return listed | set(values.get("pools", {}))
