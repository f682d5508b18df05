"""A result in the terminal: what it says, and that it fits."""

import dataclasses
import io
import math

import pytest
import yaml
from output_example import example, once, retitled
from rich.console import Console

import flexsim as fs
from flexsim.output import numbers, terminal
from flexsim.result import Result
from flexsim.scenario.showing import as_yaml


def printed(result, capsys):
    terminal.show(result)
    return capsys.readouterr().out


@pytest.fixture(scope="module")
def result():
    return example()


def test_says_what_was_run(result, capsys):
    """The first lines name the scenario in words, and how it was run."""
    text = " ".join(printed(result, capsys).split())
    assert text.startswith("scenario: A ward that sends on to two places region none")
    assert "3 replications, 400 days, warm-up 50 days, seed 7, engine simpy" in text


def test_every_line_fits(result, capsys):
    """No line is wider than 80 columns, whatever the titles and warnings."""
    title = "A title that goes on and on, " * 6
    long = dataclasses.replace(retitled(result, title), warnings=["word " * 40])
    for line in printed(long, capsys).splitlines():
        assert len(line) <= 80


def test_piped_text_is_plain(result, capsys):
    """A pipe gets no escape codes and no trailing blanks."""
    text = printed(result, capsys)
    assert "\x1b" not in text
    assert all(line == line.rstrip() for line in text.splitlines())


def test_no_color_on_a_terminal(result, capsys, monkeypatch):
    """NO_COLOR silences all escape codes, even where the terminal knows them."""
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm-256color")
    assert "\x1b" in printed(result, capsys)
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b" not in printed(result, capsys)


def test_own_console(result):
    """A console that is handed in is printed to."""
    console = Console(file=io.StringIO(), width=80)
    terminal.show(result, console)
    assert "Ward north (ward, norm 5)" in console.file.getvalue()


def test_blocks_by_kind(result, capsys):
    """A ward shows its overcrowding, other places their use, unlimited ones how many came."""
    text = printed(result, capsys)
    ward, rest = text.split("step (flexible places, norm 2, 1 from 1 March 2024)")
    assert "days above the norm" in ward
    assert "awaiting a place" in ward
    assert "turned away" not in ward
    step, rest = rest.split("guest (guest bed, norm 1)")
    assert "use of the places" in step
    summary = result.summary().set_index(["pool", "measure"])["mean"]
    lost = summary["step", "turned_away"] > 0
    assert ("turned away a year" in step) == lost, "those turned away are shown if there are any"
    home = rest.split("home (community, unlimited)")[1].split("empty")[0]
    assert "citizens present" not in home, "nobody is bound to leave: the number only grows"
    assert "use of the places" not in home


def test_numbers_are_those_of_the_summary(result, capsys):
    """The mean and both ranges of a line are the summary's."""
    summary = result.summary().set_index(["pool", "group", "municipality", "measure"])
    row = summary.loc[("ward", "all", "all", "occupied")]
    line = next(line for line in printed(result, capsys).splitlines() if "places in use" in line)
    assert numbers.text(row["mean"], "places") in line
    assert numbers.span(row["low"], row["high"], "places", row["mean"]) in line
    assert numbers.span(row["year_low"], row["year_high"], "places", row["mean"]) in line


def test_few_citizens_are_counted(result, capsys):
    """Below five citizens a year nothing is said in per cent."""
    text = printed(result, capsys)
    guest = text.split("guest (guest bed")[1].split("home (")[0]
    assert "places in use" in guest
    assert "%" not in guest


def test_few_citizens_in_a_ward(result, capsys, monkeypatch):
    """The days above the norm of a small ward are counted, not a percentage."""
    measures = result.measures.copy()
    ward = (measures["pool"] == "ward") & measures["measure"].isin(["citizens", "throughput"])
    measures.loc[ward, "value"] = 2.0
    monkeypatch.setattr(Result, "measures", measures)
    text = printed(dataclasses.replace(result), capsys)
    ward_lines = text.split("Ward north")[1].split("step (")[0]
    assert "days above the norm a year" in ward_lines
    assert "%" not in ward_lines


def test_evidence(result, capsys):
    """Published beside simulated; a verdict for independent figures only."""
    lines = printed(result, capsys).splitlines()
    start = next(n for n, line in enumerate(lines) if line.startswith("published figure"))
    use = " ".join(lines[start + 1 : start + 3])
    assert "90.0 to 120.0 %" in use
    assert "independent" in use
    assert ("agrees" in use) != ("differs" in use)
    fitted = " ".join(lines[start + 3 :])
    assert "-2.50" in fitted
    assert "agrees" not in fitted
    assert "differs" not in fitted


SHORT = ["run.replications=2", "run.days=100", "run.warm_up_days=0"]
WHAT_IF = "Published figures are of the places as they were, not of this what-if:"


@pytest.mark.parametrize(
    ("scenario", "override", "headed", "verdicts"),
    [
        ("aarhus_overnight_2021", "run.days=364", [], {"differs"}),
        ("aarhus_overnight_2021", "pools.overnight.places=12", ["stay", "stays"], set()),
        ("aarhus_overnight_2019", "streams.agreements.title=x", [], set()),
        ("pitstop_plus_two", "run.days=364", ["ward_utilisation"], set()),
        ("mpo_project", "run.days=364", ["ward_utilisation"], set()),
    ],
)
def test_which_figures_are_of_the_what_if(scenario, override, headed, verdicts, capsys):
    """Figures that a scenario states are of itself, unless an override makes it another one."""
    short = ["run.replications=2", override, "run.warm_up_days=100"]
    result = fs.run(fs.load(scenario, short))
    text = printed(result, capsys)
    assert text.count(WHAT_IF) == bool(headed)
    own, _, below = text.partition(WHAT_IF)
    for name, target in result.scenario.targets.items():
        words = target.title.split()[0]
        if name in headed:
            assert words in below
        elif name in result.scenario.stated:
            assert words in own
    assert set(result.evidence()["verdict"]) - {""} == verdicts


def test_stated_figures_survive_being_written_down():
    """What `show` prints says the same of its figures; a further change is a what-if of it."""
    for override, stated in ([], ["stay", "stays"]), (["pools.overnight.places=12"], []):
        first = fs.load("aarhus_overnight_2021", override)
        again = fs.load(yaml.safe_load(as_yaml(first)))
        assert first.stated == again.stated == stated
    assert fs.load(yaml.safe_load(as_yaml(again)), ["pools.overnight.places=9"]).stated == []


def test_coverage(result, capsys):
    """Pools with the same share of the demand stand together."""
    assert "100 %          Ward north, step, guest, home, empty" in printed(result, capsys)


def test_coverage_of_a_single_pool(capsys):
    """One pool alone is written as several are."""
    text = printed(fs.run(fs.load("textbook/b1_unlimited", SHORT)), capsys)
    assert "100 %          P\n" in text


def test_one_replication_has_no_interval(capsys):
    """Ranges are left empty, not zero, and nothing is shown as nan."""
    text = printed(once(), capsys)
    assert "nan" not in text
    assert "None" not in text
    line = next(line for line in text.splitlines() if "places in use" in line)
    assert " to " not in line
    assert "warning: run.replications is 1" in text


def test_user_text_is_inert(result, capsys):
    """Markup and control codes in a title are shown, not obeyed."""
    text = printed(retitled(result, "[bold red]x[/] :smile: \x1b[2J"), capsys)
    assert "[bold red]x[/] :smile: \\x1b[2J" in text


def test_poor_terminal(result, monkeypatch):
    """A terminal without the letter shows a question mark, and no error."""
    raw = io.BytesIO()
    monkeypatch.setattr("sys.stdout", io.TextIOWrapper(raw, encoding="ascii"))
    terminal.show(retitled(result, "Gødstrup"))
    assert b"G?dstrup (ward, norm 5)" in raw.getvalue()


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (0.3742, "share", "37.4 %"),
        (1.0, "share", "100 %"),
        (0.0, "share", "0 %"),
        (4218.4, "per year", "4218"),
        (0.4, "stays per year", "0.4"),
        (148.6, "days", "149"),
        (14.23, "days", "14.2"),
        (6.018, "places", "6.02"),
        (-0.001, "days", "0.00"),
        (0.0, "days", "0"),
        (math.nan, "days", ""),
    ],
)
def test_digits(value, unit, text):
    """Three digits, whole counts, shares in per cent, nothing for a missing value."""
    assert numbers.text(value, unit) == text


def test_span_has_the_decimals_of_the_mean():
    """Both ends are as precise as the mean they belong to."""
    assert numbers.span(5.9, 10.25, "places", 7.48) == "5.90 to 10.25"
    assert numbers.span(math.nan, 1.0, "places", 1.0) == ""
