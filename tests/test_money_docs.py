"""The page on money: its commands and its Python work."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from flexsim import cli

PAGE = (Path(__file__).parents[1] / "docs" / "money.md").read_text(encoding="utf-8")
SMALL = ["run.replications=2", "run.days=365", "run.warm_up_days=10", "run.engine=compiled"]


@pytest.mark.ci
@pytest.mark.parametrize("line", [x for x in PAGE.splitlines() if x.startswith("flexsim ")])
def test_commands(line, tmp_path, monkeypatch, capsys):
    """Each prints within 80 columns, here with little of each."""
    monkeypatch.chdir(tmp_path)
    assert cli.main([*shlex.split(line)[1:], *SMALL]) == 0
    text = capsys.readouterr().out
    assert text
    assert max(map(len, text.splitlines())) <= 80


@pytest.mark.ci
def test_python():
    """The examples run in order, and the purses of the published region pay its cost."""
    code = "\n".join(re.findall(r"```python\n(.*?)```", PAGE, flags=re.DOTALL))
    small = f"{SMALL}"
    code = code.replace(
        'fs.run("baseline", replications=30)', f'fs.run(fs.load("baseline", {small}))'
    )
    code = code.replace("replications=30)", f"overrides={small})")
    assert "30)" not in code
    names: dict[str, Any] = {}
    exec(code, names)
    money = names["money"]
    assert np.array_equal(sum(money.net.values()), money.total_cost)
    assert isinstance(names["found"].per_day(), pd.DataFrame)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--uses", "mpo"], "mpo=80,90,100"),
        (["--uses", "mpoo=80"], "did you mean 'mpo'"),
        (["--uses", "shelter=80"], "number of places"),
        (["--uses", "mpo=80,101"], "at most 100 %"),
        (["--uses", "mpo=80", "--places", "mpo=6,8"], "not with --places"),
    ],
)
def test_uses_are_checked_before_the_run(words, said, tmp_path, monkeypatch, capsys):
    """In plain words, and nothing is written."""
    monkeypatch.chdir(tmp_path)
    assert cli.main(["money", "baseline", *words]) == 2
    assert said in " ".join(capsys.readouterr().err.split())
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("words", [["--places", "mpo"], ["--places", "mpo=6,x"]])
def test_places_are_numbers(words, capsys):
    """Else the command says how to write it."""
    assert cli.main(["money", "baseline", *words]) == 2
    assert "mpo=6,8,10" in capsys.readouterr().err
