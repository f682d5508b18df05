"""Base files, scenario and overrides put together by Hydra.

Base files are Hydra's own business. Scenario and experiment files are read and vetted here and
handed to Hydra as configs of the groups `scenario` and `experiment`, so that their authors need
no Hydra syntax.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any, cast

from hydra import compose as hydra_compose
from hydra import initialize_config_dir
from hydra.core.config_store import ConfigStore
from hydra.core.global_hydra import GlobalHydra
from hydra.core.override_parser.types import Override
from hydra.errors import HydraException
from omegaconf import DictConfig, OmegaConf, open_dict
from omegaconf.errors import OmegaConfBaseException

from flexsim.errors import ScenarioError
from flexsim.message import Message
from flexsim.scenario import faults, files, vetting, yaml_text
from flexsim.scenario.names import listed, nearest, shown, slug_fault
from flexsim.scenario.overrides import LABEL, chosen, is_choice, line
from flexsim.scenario.yaml_text import Document, Key, Origin

CONFIG = "config"
#: Keys that choose a file of a group when a scenario or an experiment gives them a name.
_CHOICES = {"scenario": ("region", "run"), "experiment": ("region", "run", "scenario")}
#: Groups whose files are read and vetted here, in Hydra's order.
_GROUPS = ("scenario", "experiment")
#: What several regions are put together from.
_PARTS = (
    *("parts/network", "parts/evidence", "parts/municipalities", "parts/streams"),
    "parts/money",
)
#: All groups in the order in which their files override each other.
_ORDER = ("run", *_PARTS, "pools", "money", "region", *_GROUPS)
#: The key that a file of a group is put under; the others hold keys of the scenario itself.
_PACKAGES = {"run": "run", "pools": "pools"}
#: How Hydra calls the scenario itself, where a key of it could stand.
_GLOBAL = "_global_"
#: Sections that describe the network, and keys in them that change no result.
_NETWORK = ("municipalities", "groups", "pools", "searches", "goals", "streams", "start")
_WORDS = ("title", "sources", "ranges")
#: Keys of these files that are not part of what is composed.
_OURS = ("sweep", "name")
#: Hydra keeps its state in one place for the whole process.
_lock = threading.RLock()


@dataclass(frozen=True)
class Layer:
    """One file in the composition, and the key it is put under."""

    group: str
    name: str
    package: str

    @property
    def prefix(self) -> Key:
        """The key it is put under; empty if its own keys are those of the scenario."""
        return tuple(self.package.split(".")) if self.package else ()


@dataclass
class Composition:
    """Everything composed, and what it was composed from (later layers win)."""

    values: dict[str, Any]
    choices: dict[str, str | None]
    documents: dict[tuple[str, str], Document]
    overrides: Sequence[Override]

    @property
    def region(self) -> str:
        """Name of the region."""
        return self.choices.get("region") or "none"

    @property
    def scenario(self) -> str:
        """Name of the scenario, without the folder it is in."""
        return (self.choices.get("scenario") or "scenario").rpartition("/")[2]

    @property
    def scenario_file(self) -> Document | None:
        """The scenario as it was read."""
        return self.documents.get(("scenario", self.choices.get("scenario") or ""))

    @cached_property
    def layers(self) -> list[Layer]:
        """The files, later ones overriding earlier ones."""
        found = [Layer("", CONFIG, "")]
        chosen = [*self.choices.items(), *self._listed()]
        for group in _ORDER:
            for key, name in chosen:
                head, _, package = key.partition("@")
                if head == group and name is not None:
                    package = "" if package == _GLOBAL else package or _PACKAGES.get(group, "")
                    found.append(Layer(group, name, package))
        return found

    def _listed(self) -> Iterator[tuple[str, str]]:
        """Choices that the region makes as a list of several files, which Hydra does not note."""
        for entry in self._document(Layer("region", self.region, "")).values.get("defaults", []):
            for key, names in entry.items() if isinstance(entry, dict) else ():
                if isinstance(names, list):
                    yield from ((key.removeprefix("/"), name) for name in names)

    @cached_property
    def origins(self) -> dict[Key, Origin]:
        """Where each composed value was written; only asked for when there is a fault."""
        found: dict[Key, Origin] = {}
        for layer in self.layers:
            for key, origin in self._document(layer).origins.items():
                found[(*layer.prefix, *key)] = origin
        for override in self.overrides:
            if not is_choice(override) and not override.is_delete():
                _overlay(found, override)
        return found

    @property
    def whose(self) -> str:
        """What an entry ought to be part of, in words."""
        is_own = self.region == "none"
        if is_own:
            return Message("scenario {name}", name=self.scenario)
        return Message("region {name}", name=self.region)

    @cached_property
    def base(self) -> set[Key]:
        """Keys that the region (or, in a network of its own, the scenario) defines."""
        others = ("experiment",) if self.region == "none" else _GROUPS
        layers = [layer for layer in self.layers if layer.group not in others]
        return {(*layer.prefix, *key) for layer in layers for key in self._document(layer).origins}

    @property
    def changed(self) -> list[str]:
        """Keys of the network that a scenario, an experiment or an override sets in a region."""
        if self.region == "none":
            return []
        network = _of_network(self._written_in("scenario") | self._after_scenario)
        return sorted(".".join(key) for key in network)

    @property
    def is_varied(self) -> bool:
        """Whether an experiment or an override changes the network that the scenario describes."""
        return bool(_of_network(self._after_scenario))

    @property
    def stated(self) -> list[str]:
        """Targets whose figure the scenario file gives, so of the region as it changes it."""
        keys = set() if self.region == "none" else self._written_in("scenario")
        return sorted({key[1] for key in keys if key[::2] == ("targets", "published")})

    @property
    def _after_scenario(self) -> set[Key]:
        typed = {tuple(o.key_or_group.split(".")) for o in self.overrides if not is_choice(o)}
        return self._written_in("experiment") | typed

    def _written_in(self, group: str) -> set[Key]:
        layers = (layer for layer in self.layers if layer.group == group)
        return {key for layer in layers for key in self._document(layer).origins}

    def _document(self, layer: Layer) -> Document:
        key = (layer.group, layer.name)
        if key not in self.documents:
            path = files.configs_folder() / layer.group / f"{layer.name}.yaml"
            self.documents[key] = yaml_text.read_file(path)
        return self.documents[key]


def _of_network(keys: set[Key]) -> set[Key]:
    """Settings of the network among keys: those that may change a result."""
    network = {key[:3] for key in keys if len(key) > 2 and key[0] in _NETWORK}
    return {key for key in network if key[2] not in _WORDS}


def _overlay(found: dict[Key, Origin], override: Override) -> None:
    """Note that a value comes from the command line."""
    key = tuple(override.key_or_group.split("."))
    if not isinstance(override.value(), dict):
        for below in [other for other in found if other[: len(key)] == key]:
            del found[below]
    for length in range(1, len(key)):
        if key[:length] in found and found[key[:length]].typed is not None:
            found[key[:length]] = Origin(LABEL)
    found[key] = Origin(LABEL, override.get_value_element_as_str())


@contextmanager
def hydra() -> Iterator[Any]:
    """Hydra set up on the base configuration; gives its config loader."""
    folder = str(files.configs_folder())
    with _lock, initialize_config_dir(config_dir=folder, version_base="1.3", job_name="flexsim"):
        store = ConfigStore.instance().repo
        others = {group: store.pop(group) for group in _GROUPS if group in store}
        for group in _GROUPS:
            for name in files.options(group):
                _store(group, name, {})
        try:
            yield GlobalHydra.instance().config_loader()
        finally:
            for group in _GROUPS:
                store.pop(group, None)
            store.update(others)


def compose(
    overrides: Sequence[Override], mine: Document | None = None, name: str = ""
) -> Composition:
    """Compose one run; to be called within `hydra()`.

    Parameters
    ----------
    overrides : sequence of Override
        Vetted, without lists of values.
    mine : Document, optional
        A scenario that is not in a scenarios folder, to be known as `name`.

    Raises
    ------
    ScenarioError
        If a file is missing or faulty, or an override does not fit.
    """
    documents: dict[tuple[str, str], Document] = {}
    lines = [line(override) for override in overrides]
    if mine is not None:
        documents["scenario", name] = mine
        _store("scenario", name, {})
        lines.insert(0, f"scenario={name}")
    try:
        _hand_over(overrides, documents)
        config = hydra_compose(CONFIG, overrides=lines, return_hydra_config=True)
        choices = dict(config.hydra.runtime.choices)
        return Composition(_values(config), choices, documents, overrides)
    except (HydraException, OmegaConfBaseException, ValueError) as error:
        raise ScenarioError(f"{LABEL}: {_plainly(error)}") from error


def document(group: str, name: str) -> Document:
    """Read and vet the file of a scenario or experiment."""
    fault = slug_fault(name.rpartition("/")[2])
    if fault:
        raise ScenarioError(f"{group} '{shown(name)}' " + fault)
    return vetting.vet(yaml_text.read_file(files.find(group, name)))


def _store(group: str, name: str, node: dict[str, Any]) -> None:
    folder, _, last = f"{group}/{name}".rpartition("/")
    ConfigStore.instance().store(group=folder, name=last, node=node, package=_GLOBAL)


def _hand_over(overrides: Sequence[Override], documents: dict[tuple[str, str], Document]) -> None:
    """Read the experiment and the scenario that Hydra is about to choose, and give them to it."""
    region_given = chosen(overrides, "region") is not None
    scenario = chosen(overrides, "scenario")
    experiment = chosen(overrides, "experiment")
    if experiment is not None:
        found = documents["experiment", experiment] = document("experiment", experiment)
        _store("experiment", experiment, _node("experiment", found, region_given))
        region_given = region_given or "region" in found.values
        scenario = scenario or found.values.get("scenario")
    mine = [name for group, name in documents if group == "scenario"]
    name = mine[0] if mine else scenario or _default_scenario()
    if ("scenario", name) not in documents:
        documents["scenario", name] = document("scenario", name)
    found = documents["scenario", name]
    _store("scenario", name, _node("scenario", found, region_given))


def _default_scenario() -> str:
    base = yaml_text.read_file(files.configs_folder() / f"{CONFIG}.yaml")
    choices = [entry for entry in base.values["defaults"] if isinstance(entry, dict)]
    return next(str(entry["scenario"]) for entry in choices if "scenario" in entry)


def _values(config: DictConfig) -> dict[str, Any]:
    """Everything but Hydra's own settings, references left as they are."""
    with open_dict(config):
        del config["hydra"]
    return cast("dict[str, Any]", OmegaConf.to_container(config, resolve=False))


def _node(group: str, found: Document, region_given: bool) -> dict[str, Any]:
    """A scenario as Hydra wants it: the names of other files in a defaults list."""
    values = {key: value for key, value in found.values.items() if key not in _OURS}
    defaults: list[Any] = ["_self_"]
    if group == "scenario" and "region" not in values and not region_given:
        values["region"] = _own_region(found)
    for choice in _CHOICES[group]:
        if choice in values and not (choice == "run" and isinstance(values["run"], dict)):
            name = _known(found, choice, values.pop(choice))
            defaults.append({f"override /{choice}": name})
    return {"defaults": defaults, **values}


def _known(found: Document, group: str, name: Any) -> str:
    known = files.options(group)
    if isinstance(name, str) and name in known:
        return name
    here = faults.place((group,), found.origins)
    typed = faults.got(name, (group,), found.origins)
    raise ScenarioError(
        Message(
            "{here}no {group} '{typed}'; there are: {known}{hint}",
            here=here,
            group=Message(group),
            typed=typed,
            known=listed(known),
            hint=nearest(str(name), known),
        )
    )


def _own_region(found: Document) -> str:
    """The region of a scenario that names none: `none`, if it is a whole network by itself."""
    sections = [found.values.get(section) for section in ("pools", "searches", "streams")]
    if all(isinstance(section, dict) for section in sections):
        pools = found.values["pools"].values()
        if any(isinstance(pool, dict) and "kind" in pool for pool in pools):
            return "none"
    place = f"{found.label}: " if found.label else ""
    raise ScenarioError(
        Message(
            "{place}region is missing; it must be one of {options} (none: a network of its own,"
            " with all pools, searches and streams)",
            place=place,
            options=listed(files.options("region")),
        )
    )


def _plainly(error: Exception) -> str:
    first = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
    return shown(first.replace("Could not override", "cannot set"), 200)
