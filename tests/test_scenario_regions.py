"""A pool says which region is meant, if the usual region has it not."""

from __future__ import annotations

import pytest

from flexsim import cli
from flexsim.scenario.regions import implied


@pytest.mark.parametrize(
    ("texts", "region"),
    [
        (["pools.pitstop.places=12", "run.replications=50"], "aarhus"),
        (["pools.pitstop.places=6,8,10"], "aarhus"),
        (["pools.mpo.places=12"], None),  # the usual region has it
        (["pools.shelter.places=12"], None),
        (["pools.pitstop.places=12", "pools.mpo.places=2"], "midtjylland"),
        (["pools.pitstop.places=12", "pools.overnight.places=2"], None),  # no region has both
        (["pools.pitstp.places=12"], None),
        (["pools.pitstop.places=12", "scenario=baseline"], None),  # what is named stands
        (["pools.pitstop.places=12", "region=midtjylland_west"], None),
        (["run.replications=50"], None),
    ],
)
def test_implied(texts, region):
    """A pool that the usual region lacks implies the smallest region that has it."""
    assert implied(texts) == region


def test_said_on_the_command_line(capsys):
    """The region taken is named, and an unknown pool is still refused."""
    assert cli.main(["check", "pools.pitstop.places=12"]) == 0
    assert "region aarhus" in capsys.readouterr().err
    assert cli.main(["check", "pools.pitstop.places=12", "scenario=baseline"]) == 2
    assert "not a pool of region midtjylland_west" in capsys.readouterr().err
