"""The docs site builds without a warning, and what its guides tell a reader to do works."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from flexsim import cli

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
GUIDES = [DOCS / "tutorial.md", DOCS / "da" / "quick_start.md", DOCS / "page.md"]
GUIDES += sorted((DOCS / "howto").glob("*.md"))
SMALL = ["run.replications=2", "run.days=365", "run.warm_up_days=10", "run.engine=compiled"]
SMALL += ["output.figures=none"]
#: Commands of which the result does not depend on how long a run is.
AS_WRITTEN = {"list", "check"}
#: Tested in a browser (tests/test_app.py).
ELSEWHERE = {"app"}


def commands(text):
    """The commands of a page, in order, without what follows a #."""
    blocks = re.findall(r"^```(\w*)\n(.*?)^```$", text, flags=re.DOTALL | re.MULTILINE)
    plain = [block for language, block in blocks if not language]
    lines = [line.split(" #")[0] for block in plain for line in block.splitlines()]
    return [shlex.split(line)[1:] for line in lines if line.startswith("flexsim ")]


def written(text):
    """The files that a page tells the reader to write: path and content."""
    return re.findall(
        r"`((?:scenarios|experiments)/\w+\.yaml|more_mpo\.yaml)`.*?```yaml\n(.*?)```",
        text,
        flags=re.DOTALL,
    )


@pytest.mark.ci
@pytest.mark.parametrize("page", GUIDES, ids=lambda path: path.stem)
def test_guide_works(page, tmp_path, monkeypatch, capsys):
    """Its files are written and its commands run, here with little of each."""
    text = page.read_text(encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    files = written(text)
    assert len(files) == text.count("```yaml")
    for name, content in files:
        path = tmp_path / (name if "/" in name else f"scenarios/{name}")
        path.parent.mkdir(exist_ok=True)
        path.write_text(content, encoding="utf-8")
        assert isinstance(yaml.safe_load(content), dict)
    asked = [words for words in commands(text) if words[0] not in ELSEWHERE]
    assert asked
    for words in asked:
        small = [] if words[0] in AS_WRITTEN else SMALL
        small = [s for s in small if not (words[0] == "animate" and "replications" in s)]
        assert cli.main([*words, *small]) == 0, words
        assert capsys.readouterr().out


@pytest.mark.ci
def test_site_builds_without_a_warning(tmp_path):
    """Every page is reached, every link leads somewhere, every documented name exists."""
    command = [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", "-b", "html"]
    built = subprocess.run(
        [*command, "-d", str(tmp_path / "trees"), str(DOCS), str(tmp_path / "site")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (built.returncode, built.stderr) == (0, "")
    index = (tmp_path / "site" / "index.html").read_text(encoding="utf-8")
    assert "Who you are, and where to start" in index
    api = (tmp_path / "site" / "reference" / "api.html").read_text(encoding="utf-8")
    assert "flexsim.run" in api


def test_site_asks_nothing_of_a_network():
    """The theme's own assets only: no page of ours loads anything from elsewhere."""
    for path in DOCS.rglob("*.md"):
        text = re.sub(r"`[^`]*`", "", path.read_text(encoding="utf-8"))
        assert not re.search(r"<(script|link|img|iframe)\b", text), path
        assert not re.search(r"!\[[^\]]*\]\(http", text), path


def test_citation_names_the_version():
    """The version to cite is the version there is."""
    import flexsim

    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert citation["version"] == flexsim.__version__
    assert citation["license"] == "MIT"
