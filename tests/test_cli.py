"""The command line: exit codes, messages, and what is (not) written."""

import os
import signal
import subprocess
import sys
import types
from pathlib import Path

import pandas as pd
import pytest
from scenario_tree import REPOSITORY, folder, shipped_data  # noqa: F401

import flexsim.output
from flexsim import cli
from flexsim.errors import RunError
from flexsim.scenario import load


@pytest.fixture
def runs(monkeypatch):
    """Stand-ins for the engine and the output, noting what they are asked for."""
    noted = []

    def run(scenario, progress):
        noted.append(scenario)
        if scenario.run.seed == 13:
            raise RunError("replication 3 could not be finished")
        use = pd.DataFrame({"pool": ["pitstop"], "measure": ["utilisation"], "mean": [0.75]})
        summary = use.assign(group="all", municipality="all")
        return types.SimpleNamespace(scenario=scenario, summary=lambda: summary)

    def write(result, command, composed, overwrite):
        path = Path(result.scenario.output.folder or "results")
        path.mkdir(parents=True, exist_ok=True)
        (path / "composed.yaml").write_text(composed)
        return [path / "composed.yaml"]

    running = types.ModuleType("flexsim.running")
    running.run = run
    terminal = types.ModuleType("flexsim.output.terminal")
    terminal.show = lambda result: print(f"result of {result.scenario.name}")
    files = types.ModuleType("flexsim.output.files")
    files.write = write
    monkeypatch.setitem(sys.modules, "flexsim.running", running)
    for module in (terminal, files):
        monkeypatch.setitem(sys.modules, module.__name__, module)
        monkeypatch.setattr(flexsim.output, module.__name__.split(".")[-1], module, raising=False)
    return noted


def test_plain_run(runs, capsys):
    """Runs, shows, writes, and names what it has written."""
    assert cli.main(["scenario=plus_two", "run=quick"]) == 0
    assert runs[0].pools["pitstop"].places == 7
    output = capsys.readouterr().out
    assert "result of plus_two" in output
    assert "written to results:\n  composed.yaml" in output


def test_word_run_and_no_words_at_all(runs):
    assert cli.main(["run", "scenario=baseline"]) == 0
    assert cli.main([]) == 0
    assert runs[0] == runs[1]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["pools.pitstop.places=-1"], "pools.pitstop.places must be a whole number"),
        (["pools.pitstp.places=10"], "did you mean 'pitstop'?"),
        (["run.replicatons=5"], "did you mean 'replications'?"),
        (["scenario=plus_tow"], "did you mean 'plus_two'?"),
        (["chek"], "no command 'chek'"),
        (["check", "show"], "write key=value"),
        (["--fast"], "--fast"),
        (["hydra.run.dir=x"], "settings of Hydra itself"),
        (["pools.pitstop.places=6,8"], "add -m"),
        (["-m", "pools.pitstop.places=6,-8"], "(got -8)"),
        (["run.seed=1.5"], "run.seed must be"),
    ],
)
def test_bad_input(words, said, runs, folder, capsys):  # noqa: F811
    """Exit code 2, a short message on stderr, nothing run and nothing written."""
    assert cli.main(words) == 2
    captured = capsys.readouterr()
    assert said in " ".join(captured.err.split())
    assert captured.out == ""
    assert "Traceback" not in captured.err
    assert "\033" not in captured.err
    assert len(captured.err.splitlines()) <= 10
    assert all(len(line) <= 80 for line in captured.err.splitlines())
    assert runs == []
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize(
    "words", [["-m", "pools.pitstop.places=6,8"], ["pools.pitstop.places=6,8", "-m"]]
)
def test_check_of_a_sweep(words, folder, capsys):  # noqa: F811
    """-m may stand anywhere; what a sweep does is in test_sweep."""
    assert cli.main(["check", *words]) == 0
    assert capsys.readouterr().out == "ok: 2 runs\n"
    assert list(folder.iterdir()) == []


def test_experiment_without_its_sweep(runs, capsys):
    """One run is made, and the reader is told that there are more."""
    assert cli.main(["experiment=sizes"]) == 0
    message = " ".join(capsys.readouterr().err.split())
    assert "experiment sizes has a sweep, which is left out; add -m" in message


def test_run_that_fails(runs, capsys):
    assert cli.main(["run.seed=13"]) == 3
    assert capsys.readouterr().err == "replication 3 could not be finished\n"


def test_folder_with_files_is_not_touched(runs, folder, capsys):  # noqa: F811
    (folder / "mine").mkdir()
    (folder / "mine" / "notes.txt").write_text("keep")
    assert cli.main(["output.folder=mine"]) == 2
    assert "mine already holds files" in capsys.readouterr().err
    assert runs == []
    assert cli.main(["output.folder=mine", "--overwrite"]) == 0


def test_folder_that_is_a_file(runs, folder):  # noqa: F811
    (folder / "mine").write_text("")
    assert cli.main(["output.folder=mine", "--overwrite"]) == 2
    assert runs == []


@pytest.mark.parametrize(
    ("raised", "code"),
    [
        (OSError(28, "No space left on device", "x.parquet"), 4),
        (PermissionError(13, "Permission denied", "x"), 4),
        (KeyboardInterrupt(), 130),
        (ValueError("odd"), 1),
    ],
)
def test_exit_codes(raised, code, runs, monkeypatch, capsys):
    def fail(*_, **__):
        raise raised

    monkeypatch.setattr(sys.modules["flexsim.output.files"], "write", fail)
    assert cli.main([]) == code
    assert "Traceback" not in capsys.readouterr().err


def test_sigterm(runs, monkeypatch):
    before = signal.getsignal(signal.SIGTERM)
    monkeypatch.setattr(
        sys.modules["flexsim.running"], "run", lambda *_, **__: os.kill(os.getpid(), signal.SIGTERM)
    )
    assert cli.main([]) == 143
    assert signal.getsignal(signal.SIGTERM) == before


@pytest.mark.parametrize("switch", [True, False])
def test_debug_shows_where(switch, monkeypatch):
    monkeypatch.setenv("FLEXSIM_DEBUG", "" if switch else "1")
    with pytest.raises(Exception, match="places"):
        cli.main(["pools.pitstop.places=-1", *(["--debug"] if switch else [])])


def test_check(runs, capsys):
    assert cli.main(["check", "run.replications=1"]) == 0
    captured = capsys.readouterr()
    assert captured.out == "ok\n"
    assert captured.err.startswith("warning: run.replications is 1: no confidence interval")
    assert cli.main(["check", "-m", "run.seed=1,2"]) == 0
    assert capsys.readouterr().out == "ok: 2 runs\n"
    assert runs == []


def test_show_gives_a_scenario_that_loads(capsys, folder):  # noqa: F811
    assert cli.main(["show", "scenario=plus_two"]) == 0
    (folder / "again.yaml").write_text(capsys.readouterr().out)
    assert load("again.yaml") == load("plus_two")
    assert cli.main(["show", "--defaults"]) == 0
    assert "queue_limit: unlimited" in capsys.readouterr().out


def test_list_and_help(capsys, folder):  # noqa: F811
    (folder / "scenarios").mkdir()
    (folder / "scenarios" / "mine.yaml").write_text("# Min egen\nregion: aarhus\n")
    assert cli.main(["list"]) == 0
    listing = capsys.readouterr().out
    assert cli.main(["--help"]) == 0
    text = capsys.readouterr().out
    assert listing in text
    for line in ("Min egen", "Two more", "How many places", "A ward and five flexible places"):
        assert line in listing
    assert all(len(line) <= 80 for line in text.splitlines())


def test_help_imports_nothing_heavy():
    """Help answers at once: no engine, no Hydra, no pydantic."""
    code = (
        "import sys; from flexsim.cli import main; main(['--help']); "
        "heavy = {'numpy', 'pandas', 'hydra', 'pydantic', 'yaml', 'simpy', 'scipy', 'matplotlib'}; "
        "sys.exit(','.join(heavy & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        check=False,
    )
    assert done.stderr == "\n"
    assert "usage: flexsim" in done.stdout


def test_as_a_module(tmp_path):
    """From any folder, with the files of the repository: refused with code 2, nothing written."""
    done = subprocess.run(
        [sys.executable, "-m", "flexsim", "pools.x.places=-1", "region=none"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        check=False,
    )
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []
