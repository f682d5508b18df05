"""A small region and a small network of its own, for tests of scenarios and the command line."""

import shutil
from pathlib import Path

import pytest

from flexsim.errors import ScenarioError
from flexsim.scenario import files, load

REPOSITORY = Path(__file__).parents[1]

NETWORK = """\
# One sort of place and a home
groups:
  patients:
    traits:
      abuse: {active: 0.3, none: 0.7}
municipalities:
  herning: {population: 90000, code: "0657"}
pools:
  POLARIS:
    kind: flexible
    places: 4
    stay:
      law: exponential
      mean_days: 30
    onward:
      go_home: 1
  home:
    kind: community
    places: unlimited
searches:
  flexible:
    pools: [POLARIS]
    otherwise: leave
  home: {pools: [home], otherwise: leave}
goals:
  go_home: {search: home}
streams:
  needs:
    group: patients
    origin: ward
    rate_per_year: 100
    search: flexible
run:
  replications: 3
"""

REGION = """\
# @package _global_
# A ward and five flexible places
defaults:
  - /pools@pools.pitstop: pitstop
  - _self_

municipalities:
  aarhus: {population: 367100}
groups:
  patients: {}
pools:
  ward:
    kind: ward
    places: 20
    surge: unlimited
    stay: {law: lognormal, mean_days: 15, log_sd: 1.2}
    onward: {bridged_home: 1.0}
  home: {kind: community, places: unlimited}
searches:
  ward: {pools: [ward], otherwise: leave}
  pitstop: {pools: [pitstop], when_full: turned_away, otherwise: here}
  home: {pools: [home], otherwise: leave}
goals:
  bridged_home: {search: home, bridge: pitstop}
streams:
  admissions: {group: patients, origin: home, rate_per_year: 300, search: ward}
"""

POOL = """\
# Five care places
title: Pitstop
kind: flexible
places: 5
stay: {law: gamma, mean_days: 14, cv: 0.5}
"""


def data_folder(root: Path) -> Path:
    """Lay out the repository's base configuration, a small region and three scenarios."""
    shutil.copytree(REPOSITORY / "configs" / "run", root / "configs" / "run")
    written = {
        "configs/config.yaml": (REPOSITORY / "configs" / "config.yaml").read_text(),
        "configs/region/none.yaml": (REPOSITORY / "configs" / "region" / "none.yaml").read_text(),
        "configs/region/midtjylland_west.yaml": REGION,
        "configs/region/aarhus.yaml": REGION,
        "configs/pools/pitstop.yaml": POOL,
        "configs/pools/mpo.yaml": POOL.replace("Pitstop", "MPO").replace("places: 5", "places: 8"),
        "scenarios/baseline.yaml": "# Nothing changed\nregion: midtjylland_west\n",
        "scenarios/plus_two.yaml": "# Two more\nregion: aarhus\npools: {pitstop: {places: 7}}\n",
        "scenarios/textbook/network.yaml": NETWORK,
        "experiments/sizes.yaml": "# How many places\nscenario: plus_two\nrun: quick\n"
        "sweep:\n  pools.pitstop.places: [6, 8]\n",
    }
    for name, text in written.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


@pytest.fixture(scope="session")
def shipped_data(tmp_path_factory):
    return data_folder(tmp_path_factory.mktemp("data"))


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch, shipped_data):
    """Run in an empty current folder, with the small configuration."""
    monkeypatch.setattr(files, "data_folder", lambda: shipped_data)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def network(*changes, add=""):
    """Give the text of the small network with some of its text replaced."""
    text = NETWORK
    for old, new in changes:
        if old not in text:
            raise LookupError(old)
        text = text.replace(old, new, 1)
    return text + add


def load_text(text, overrides=()):
    """Load a scenario from a file that holds this text."""
    Path("mine.yaml").write_text(text, encoding="utf-8")
    return load("mine.yaml", overrides)


def refusal(text, overrides=()):
    """Give the message with which a file is refused, after checking that nothing was written."""
    with pytest.raises(ScenarioError) as caught:
        load_text(text, overrides)
    if [path.name for path in Path.cwd().iterdir()] != ["mine.yaml"]:
        raise RuntimeError("a refused scenario left files behind")
    for noise in ("literal[", "function-", "constrained", "pydantic", "DictConfig", "Traceback"):
        if noise in str(caught.value):
            raise RuntimeError(f"{noise} in {caught.value}")
    return str(caught.value)
