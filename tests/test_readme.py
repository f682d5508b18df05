"""The README says what is true."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pandas as pd
import pytest

from flexsim import cli
from flexsim.comparing import prepare

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```(\w*)\n(.*?)```", README, flags=re.DOTALL)
COMMANDS = [
    shlex.split(line, comments=True)[1:]
    for language, block in BLOCKS
    for line in block.splitlines()
    if not language and line.startswith("flexsim ")
]
#: Named in the README as a file of the reader's own, shown right below.
MINE = next(block for language, block in BLOCKS if language == "yaml")


@pytest.mark.ci
def test_python_example_runs():
    """The examples run as they stand, with fewer replications, and give what they say."""
    code = "\n".join(block for language, block in BLOCKS if language == "python")
    names: dict[str, object] = {}
    exec(code.replace("replications=50", "replications=2"), names)
    result = names["result"]
    assert isinstance(result.summary(), pd.DataFrame)
    assert result.register(replication=0)["requested"].dtype.kind == "M"


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_commands_are_in_order(words, tmp_path, monkeypatch):
    """Every command of the README composes, including the reader's own file."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "scenarios").mkdir()
    (tmp_path / "scenarios" / "mine.yaml").write_text(MINE, encoding="utf-8")
    if words[0] in ("compare", "explain", "turning-point", "money", "report", "export"):
        names = [word for word in words[1:] if "=" not in word and not word.startswith("-")][:2]
        if len(names) > 1:
            assert len(prepare(names)[0]) == len(names)
            return
        words = [f"scenario={names[0]}"]
    words = [word for word in words if word not in ("check", "show", "warm-up")]
    assert cli.main(words if "--help" in words else ["check", *words]) == 0


def test_documents_it_links_to_are_there():
    """No link leads nowhere."""
    root = Path(__file__).parents[1]
    links = re.findall(r"\]\((?!http)([^)#]+)\)", README)
    assert len(links) > 3
    assert [link for link in links if not (root / link).exists()] == []
