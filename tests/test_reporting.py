"""The report and the workbook: what they say, and that nobody's text becomes anything but text."""

import base64
import copy
import csv
import dataclasses
import io
import re
import shlex
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import openpyxl
import pytest
from output_example import SCENARIO, changed, example
from test_language import assert_danish

from docs.languages import catalogue
from flexsim.cli import main
from flexsim.comparing import Comparison, compare
from flexsim.errors import ScenarioError
from flexsim.language import ENGLISH, Language
from flexsim.measures.moves import OUTSIDE, moves
from flexsim.measures.periods import ALL, YEAR
from flexsim.output import tables as csv_tables
from flexsim.reporting import purses, writing
from flexsim.reporting import workbook as excel
from flexsim.reporting.assumptions import assumptions, differs, sourced, varied
from flexsim.reporting.deciding import Answer, answer_of, trials
from flexsim.reporting.page import digest, html
from flexsim.reporting.writing import report
from flexsim.running import run
from flexsim.scenario import load

HOSTILE = ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "{{7*7}}"]
FORMULAS = ["=1+1", "=HYPERLINK(1)", "@SUM(A1)", "+45", "-2", "\t=1", "\r=1"]


def scenario(**changes):
    """The small example with sources, ranges and short runs; dotted keys are changed."""
    values = copy.deepcopy(SCENARIO)
    values["run"] |= {"days": 365, "warm_up_days": 50, "engine": "compiled"}
    ward = values["pools"]["ward"]
    ward["sources"] = {
        "stay": "assumption: half a month (10-20)",
        "onward": "assumption: two in five",
        "places": "a made-up register",
    }
    ward["ranges"] = {"stay.mean_days": [10, 20]}
    for key, value in changes.items():
        at = values
        *path, last = key.split("__")
        for name in path:
            at = at[name]
        at[last] = value
    return load(values)


@pytest.fixture(scope="module")
def comparison():
    return compare(scenario(), scenario(pools__step__places=3))


@pytest.fixture(scope="module")
def tried(comparison):
    return trials(comparison.results)


class Page(HTMLParser):
    """Tags with their attributes, and the text outside of scripts and styles."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.words, self._in = [], [], ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):  # noqa: D102
        self.tags.append((tag, dict(attrs)))
        self._in = tag

    def handle_endtag(self, tag):  # noqa: D102
        self._in = ""

    def handle_data(self, data):  # noqa: D102
        if self._in not in ("script", "style"):
            self.words.append(data)

    @property
    def text(self):  # noqa: D102
        return " ".join(" ".join(self.words).split())


# -- assumptions ------------------------------------------------------------------------------


def test_assumptions_have_their_range_or_a_fifth():
    """A stated range is taken; without one, each share but the largest goes a fifth up and down."""
    found = {one.keys: one for one in assumptions(scenario())}
    stay = found["pools.ward.stay.mean_days",]
    assert (stay.value, stay.low, stay.high, stay.stated) == (15, 10, 20, True)
    step = found["pools.ward.onward.step",]
    assert (step.low, step.high, step.stated) == (0.32, 0.48, False)
    assert len(found) == 2, "what has a source is not varied"


def test_the_same_assumption_is_varied_once():
    """The same key with the same value and range in two places is one assumption."""
    same = {"sources": {"places": "assumption: as next door"}, "places": 4}
    both = scenario(pools__empty__sources=same["sources"], pools__step__sources=same["sources"])
    assert ("pools.empty.places",) in [one.keys for one in assumptions(both)]
    alike = scenario(
        pools__empty__sources=same["sources"],
        pools__step__sources=same["sources"],
        pools__step__places=4,
    )
    assert ("pools.step.places", "pools.empty.places") in [one.keys for one in assumptions(alike)]


def test_shares_make_room():
    """The other shares of a choice keep their proportions, and all add up to one."""
    before = scenario(pools__ward__onward={"step": 0.4, "home": 0.4, "leave": 0.2})
    step = next(one for one in assumptions(before) if one.keys == ("pools.ward.onward.home",))
    after = varied(before, step, 0.7).pools["ward"].onward
    assert after == pytest.approx({"step": 0.2, "home": 0.7, "leave": 0.1})


def test_what_is_asked_is_not_varied(tried):
    """A key in which the scenarios differ is the question, not an assumption."""
    first = scenario(pools__ward__stay={"law": "exponential", "mean_days": 12})
    stay = assumptions(first)[0]
    assert differs(stay, first, scenario())
    assert not differs(stay, first, first)
    assert ("pools.step.places",) not in list(tried.table["keys"])


def test_trials_move_the_answer_as_they_should(comparison, tried):
    """Longer stays fill the wards; the one that moves the answer most comes first."""
    assert tried.answer == answer_of(comparison.baseline.scenario)
    assert tried.answer == Answer("completed_treatment_days", "ward")
    table = comparison.table()
    row = table[(table["pool"] == "ward") & (table["measure"] == tried.answer.measure)]
    row = row[(row["group"] == ALL) & (row["municipality"] == ALL)]
    assert tried.base == pytest.approx(float(row["difference"].iloc[0]))
    assert list(tried.table["moves"]) == sorted(tried.table["moves"], reverse=True)
    alone = trials([changed(example(), language="en")])
    assert alone.base > 0, "of one scenario the answer is its level"


def test_ranges_are_checked():
    """A range names a key of its entry and has two ends in order; both faults are told."""
    with pytest.raises(ScenarioError, match="did you mean 'stay'"):
        scenario(pools__ward__ranges={"stey.mean_days": [1, 2]})
    with pytest.raises(ScenarioError, match="two numbers, the lower first"):
        scenario(pools__ward__ranges={"stay.mean_days": [2, 1]})


def test_a_range_of_no_number_is_told():
    """A range that this scenario cannot try is listed as not tried."""
    one = compare(scenario(pools__ward__ranges={"stay.cv": [0.5, 1]}), scenario()).results[:1]
    assert "pools.ward.stay.cv" in trials(one).left_out


def test_sources_are_listed_in_full():
    """Every source, with its value, and whether it is an assumption."""
    table = sourced(scenario()).set_index("key")
    assert table.loc["pools.ward.places", "value"] == "5"
    assert not table.loc["pools.ward.places", "assumption"]
    assert table.loc["pools.ward.stay", "assumption"]


# -- flows ------------------------------------------------------------------------------------


def test_moves_balance(comparison):
    """What goes into a place comes from somewhere: moves in are its stays begun, in each year."""
    result = comparison.baseline
    registers = [result.simulated(n) for n in range(result.replications)]
    moved = moves(registers, result.plan)
    summary = result.summary().set_index(["pool", "group", "municipality", "measure"])["mean"]
    for pool in result.plan.pools:
        into = moved.loc[moved["to"] == pool, "per_year"].sum()
        assert into == pytest.approx(summary.get((pool, ALL, ALL, "throughput"), 0.0))
    years = (result.plan.end - result.plan.warm_up) / YEAR
    out = moved.loc[moved["to"] == OUTSIDE, "per_year"].sum()
    assert out * years * len(registers) == pytest.approx(round(out * years * len(registers)))


# -- the page ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def english(comparison, tried):
    return html(comparison, tried)


@pytest.fixture(scope="module")
def danish(comparison, tried):
    """A Danish page of scenarios without titles and published figures of their own."""
    own = {"title": "", "targets": {}}
    results = tuple(
        dataclasses.replace(r, scenario=r.scenario.model_copy(update=own), warnings=[])
        for r in comparison.results
    )
    return html(Comparison(("a", "b"), results), tried, Language("da"))


def test_the_page_stands_alone(english, danish):
    """Nothing is fetched, and it is small enough to be sent."""
    for text in (english, danish):
        page = Page(text)
        for tag, attributes in page.tags:
            for name in ("src", "href"):
                value = attributes.get(name) or "data:"
                assert value == "#" or value.startswith("data:"), (tag, value)
        bare = re.sub(r"base64,[\w+/=]+", "", text).replace("http-equiv", "")
        assert "http" not in bare.replace("http://www.w3.org/2000/svg", ""), "but a name of SVG"
        assert len(text) < 3_000_000
        assert all(attributes.get("alt") for tag, attributes in page.tags if tag == "img")


def test_a_danish_page_has_no_english(danish):
    """No English text of the catalogue is left but in sources."""
    text = Page(danish).text
    for source in ("assumption: half a month (10-20)", "assumption: two in five"):
        text = text.replace(source, "")
    assert_danish(text.replace("a made-up register", ""), catalogue.translated())


def test_the_answer_is_the_difference(english):
    """The first page has the difference with both ranges, and what was tried."""
    text = Page(english).text
    assert "Completed-treatment days a year, Ward north:" in text
    assert "95 %:" in text
    assert "In a single year the difference may be" in text
    assert (
        "Ward north: stay needed, mean in days (half a month (10-20)) pools.ward.stay.mean_days"
        " 15 10 to 20" in text
    )


def test_a_page_of_one_scenario():
    """A single scenario has levels in place of differences; nothing was tried."""
    text = Page(html(example())).text
    assert "how full are the places, and who waits where?" in text
    assert "Headline figures" in text
    assert "Differences" not in text
    assert "They were not tried for this report." in text


def test_hostile_titles_are_inert(comparison):
    """Titles are text in the page and in its pictures; no tag or template comes of them."""
    name = " ".join(HOSTILE)
    results = tuple(hostile(result, name) for result in comparison.results)
    text = html(Comparison((name, f"{name} 2"), results))
    page = Page(text)
    assert [tag for tag, _ in page.tags if tag == "script"] == ["script"] * 3, "our own"
    assert not [a for _, a in page.tags if any(key.startswith("on") for key in a)]
    assert name in page.text, "also the braces"
    for picture in re.findall(r"data:image/svg\+xml;base64,([\w+/=]+)", text):
        tags = Page(base64.b64decode(picture).decode()).tags
        assert not [tag for tag, _ in tags if tag in ("script", "img", "a")]


def hostile(result, name):
    """A result whose scenario, ward and targets carry this title."""
    base = result.scenario
    ward = base.pools["ward"].model_copy(update={"title": name, "sources": {"stay": name}})
    targets = {
        key: target.model_copy(update={"title": name, "source": name})
        for key, target in base.targets.items()
    }
    update = {"title": name, "pools": {**base.pools, "ward": ward}, "targets": targets}
    return dataclasses.replace(result, scenario=base.model_copy(update=update))


def test_hash_is_of_the_scenario(comparison):
    """Another scenario has another hash, another language has not."""
    first, second = comparison.results
    assert digest(first) != digest(second)
    assert digest(changed(first, language="da")) == digest(first)


def test_written_whole_or_not_at_all(comparison, tmp_path, monkeypatch):
    """The page appears in the folder; one that holds files is refused unless that is said."""
    monkeypatch.setattr(writing, "html", lambda *_: "<!doctype html>")
    path = report(comparison, folder=tmp_path / "here", assumptions=False, language="da")
    assert path.read_text(encoding="utf-8").startswith("<!doctype html>")
    assert [p.name for p in path.parent.iterdir()] == ["report.html"]
    with pytest.raises(ScenarioError, match="already holds files"):
        report(comparison, folder=tmp_path / "here", assumptions=False)
    with pytest.raises(ScenarioError, match="language"):
        report(comparison, language="dk")


def test_command_refuses_before_it_runs(tmp_path, monkeypatch, capsys):
    """Exit code 2 and nothing written: an unknown scenario, one twice, an option of others."""
    monkeypatch.chdir(tmp_path)
    assert main(["report", "aarhus_baselin"]) == 2
    assert main(["export", "aarhus_baseline", "pools.pitstop.plces=3"]) == 2
    assert main(["export", "aarhus_baseline", "--no-assumptions"]) == 2
    assert "did you mean" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


# -- money ------------------------------------------------------------------------------------


def test_who_pays_is_the_ledger(comparison):
    """Without prices that is said; with them the purses add up to what is paid in all."""
    assert purses.who_pays(comparison) is None
    assert "nothing is said" in purses.words(None, comparison, ENGLISH)[0]
    priced = run(load("pitstop_plus_two", ["run=quick", "run.replications=2", "run.engine=simpy"]))
    paid = purses.who_pays(priced).set_index("purse")["value"]
    assert paid.drop("total").sum() == pytest.approx(paid["total"])
    shown = purses.table(purses.largest(purses.who_pays(priced), 3), priced, Language("da"))
    assert shown.rows[-1][0] == "i alt"
    assert len(shown.rows) == 3
    assert "kr." in shown.rows[-1][1]
    sheet = as_read(priced)["money"]
    assert isinstance(sheet.cell(2, 3).value, int | float)


# -- the workbook -----------------------------------------------------------------------------


def as_read(subject, language=None):
    return openpyxl.load_workbook(io.BytesIO(excel.workbook(subject, language)))


def test_sheets(comparison):
    """Summary, comparison, assumptions, sources, evidence and run; headings stay in sight."""
    book = as_read(comparison)
    names = ["summary", "comparison", "assumptions", "sources", "evidence", "run"]
    assert book.sheetnames == names
    assert {page.freeze_panes for page in book} == {"A2"}
    assert as_read(example()).sheetnames == [names[0], *names[2:]]
    assert as_read(comparison, Language("da")).sheetnames[:2] == ["oversigt", "sammenligning"]


def test_numbers_are_numbers(comparison):
    """Every difference is a number of the table, unrounded; shares are shown in per cent."""
    rows = list(as_read(comparison)["comparison"].values)
    at = rows[0].index("difference")
    found = [np.nan if row[at] is None else row[at] for row in rows[1:]]
    np.testing.assert_allclose(np.array(found, float), comparison.table()["difference"], rtol=1e-14)
    assert np.nanmin(np.array(found, float)) < 0, "negative numbers stay numbers"
    page = as_read(comparison)["comparison"]
    formats = {row[5].value: row[at].number_format for row in page.iter_rows(min_row=2)}
    assert formats["share"] == "0.0%"


@pytest.mark.parametrize("name", FORMULAS)
def test_names_are_no_formulas(comparison, name, tmp_path):
    """In Excel a title is text as it is; in CSV it is led by an apostrophe."""
    subject = Comparison((name, "other"), tuple(hostile(r, name) for r in comparison.results))
    cells = [cell for page in as_read(subject) for row in page.iter_rows() for cell in row]
    assert not [cell for cell in cells if cell.data_type == "f"]
    assert [cell for cell in cells if isinstance(cell.value, str) and name.strip() in cell.value]
    table = hostile(comparison.baseline, name).evidence()
    csv_tables.write_csv(table, tmp_path / "evidence.csv")
    with (tmp_path / "evidence.csv").open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    assert all(row["title"].startswith("'") and row["source"].startswith("'") for row in rows)
    assert "-2.5" in {row["published"] for row in rows}, "negative numbers stay numbers"


def test_workbook_is_written(comparison, tmp_path):
    """As a file in a folder of its own."""
    path = excel.export(comparison, folder=tmp_path / "tables")
    assert path.name == "tables.xlsx"
    assert openpyxl.load_workbook(path).sheetnames[0] == "summary"


# -- the page of the docs ---------------------------------------------------------------------

DOCS = (Path(__file__).parents[1] / "docs" / "report.md").read_text(encoding="utf-8")
SMALL = ["run.replications=2", "run.days=365", "run.warm_up_days=10", "run.engine=compiled"]


@pytest.mark.ci
@pytest.mark.parametrize("line", [x for x in DOCS.splitlines() if x.startswith("flexsim ")][1:])
def test_commands_of_the_docs(line, tmp_path, monkeypatch, capsys):
    """Every command of the page works, here with little of each and without trials."""
    monkeypatch.chdir(tmp_path)
    words = [*shlex.split(line)[1:], *SMALL]
    words += ["--no-assumptions"] if "report" in line and "--no-assumptions" not in line else []
    assert main(words) == 0
    said = "skrevet til results" if "language=da" in line else "written to results"
    assert said in capsys.readouterr().out


@pytest.mark.ci
def test_python_of_the_docs(tmp_path, monkeypatch):
    """So does its Python."""
    monkeypatch.chdir(tmp_path)
    code = "\n".join(re.findall(r"```python\n(.*?)```", DOCS, flags=re.DOTALL))
    few = f"replications=2, overrides={SMALL}"
    assert code.count("replications=50") == 1
    code = code.replace("replications=50", few)
    code = code.replace('folder="my_report"', f'folder="my_report", assumptions=False, {few}')
    names: dict[str, object] = {}
    exec(code, names)
    assert names["content"][:2] == b"PK"
    assert "<!doctype html>" in names["text"]
