"""Where configuration files are: shipped with the package, or in the current folder.

Imports nothing heavy, so that help can list what there is at once.
"""

from __future__ import annotations

from pathlib import Path

from flexsim.errors import ScenarioError
from flexsim.message import Message
from flexsim.scenario.names import listed, nearest, shown

#: Groups that a command line can choose from, and the folder that holds each.
FOLDERS = {
    "run": "configs/run",
    "region": "configs/region",
    "pools": "configs/pools",
    "scenario": "scenarios",
    "experiment": "experiments",
}
#: Groups whose files strangers may write; a user's own folder stands beside the shipped one.
OWN_FOLDERS = ("scenario", "experiment")


def data_folder() -> Path:
    """Folder that holds configs/, scenarios/ and experiments/."""
    package = Path(__file__).resolve().parents[1]
    packaged = package / "_data"
    return packaged if packaged.is_dir() else package.parent


def configs_folder() -> Path:
    """Absolute path of the base configuration."""
    return data_folder() / "configs"


def shipped(group: str) -> dict[str, Path]:
    """Files of a group that come with flexsim, by name."""
    return _yaml_files(data_folder() / FOLDERS[group])


def own(group: str) -> dict[str, Path]:
    """Files of a group in the user's current folder, by name."""
    return _yaml_files(Path.cwd() / FOLDERS[group]) if group in OWN_FOLDERS else {}


def options(group: str) -> list[str]:
    """Names that a group can be set to."""
    return sorted({**shipped(group), **own(group)})


def find(group: str, name: str) -> Path:
    """The file of a group with this name.

    Raises
    ------
    ScenarioError
        If there is none, or if the user's own folder and flexsim both have one.
    """
    ours, theirs = shipped(group).get(name), own(group).get(name)
    if ours and theirs and ours.read_bytes() != theirs.read_bytes():
        raise ScenarioError(
            Message(
                "{group} '{name}' is both {label} and a {group} that comes with flexsim; give"
                " your file another name",
                group=Message(group),
                name=name,
                label=label(theirs),
            )
        )
    found = theirs or ours
    if found is None:
        known = options(group)
        raise ScenarioError(
            Message(
                "no {group} '{name}'; there are: {known}{hint}",
                group=Message(group),
                name=shown(name),
                known=listed(known),
                hint=nearest(name, known),
            )
        )
    return found


def label(path: Path) -> str:
    """How a file is called in messages: relative to where the user is, if it is there."""
    path = path.absolute()
    for folder in (Path.cwd(), data_folder()):
        if path.is_relative_to(folder):
            return path.relative_to(folder).as_posix()
    return str(path)


def in_words(path: Path) -> str:
    """The first comment line of a file: what it is, in words."""
    with path.open(encoding="utf-8", errors="replace") as lines:
        for line in lines:
            text = line.strip().lstrip("\ufeff")
            if text.startswith("#") and not text.startswith("# @package"):
                return text.lstrip("# ").rstrip()
            if text and not text.startswith("#"):
                break
    return ""


def _yaml_files(folder: Path) -> dict[str, Path]:
    """YAML files by name; one in a subfolder is called `subfolder/name`."""
    paths = sorted(folder.rglob("*.yaml"))
    return {path.relative_to(folder).with_suffix("").as_posix(): path for path in paths}
