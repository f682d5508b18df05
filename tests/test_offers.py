"""The catalogue of offers: complete, sourced, added up once, and true about the templates."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

import pytest
import yaml
from test_shipped import unsourced

import flexsim as fs
from flexsim import cli
from flexsim.catalogue import COLUMNS, FILTERS, TREATMENTS, catalogue, narrowed, parts, totals
from flexsim.scenario import files

ROWS = catalogue()
BY_ID = {offer.id: offer for offer in ROWS}
TEMPLATES = sorted(files.shipped("pools"))
NAMED = {o.template for o in ROWS if o.template and o.in_flexsim != "scenario"}
PAGE = (Path(__file__).parents[1] / "docs" / "offers.md").read_text(encoding="utf-8")
#: Templates that stand for no offer of the catalogue; docs/offers.md says so.
GENERIC = {"auh", "goedstrup", "home", "randers", "viborg"}
PUBLICATION = re.compile(
    r"DEFACTUM / Region Midtjylland, efforts? no\. \d+|VIVE 2023, (section|chapter|table|box)"
    r"|SPIR 2015|Metodecentret 2023"
)
#: How a note says why a template has another number of places.
WHY = re.compile(
    r"([Pp]laces|[Bb]eds)( is| are) not stated|[Nn]umber of places is not stated"
    r"|Neither places nor stays are stated|unlimited|whole places"
)
#: Templates of the surroundings below, so not of the place in the middle; every region has them.
SURROUNDINGS = {"home", "shelter"}

#: A ward, a home and somebody who asks for the place of a template.
AROUND = """
region: none
run: {replications: 1, days: 730, warm_up_days: 30, workers: 1, seed: 1}
municipalities:
  aarhus: {population: 100}
  herning: {population: 100}
  holstebro: {population: 100}
  samsoe: {population: 100}
groups:
  patients:
    traits:
      substance_use: {active: 0.1, none: 0.9}
      violence: {present: 0.1, absent: 0.9}
      suicidality: {present: 0.1, absent: 0.9}
      night_staff: {needed: 0.1, not_needed: 0.9}
  acute_users: {}
pools:
  ward: {template: adult_ward, places: 10}
  home:
    kind: community
    places: unlimited
    moves_on: at_once
    relapse_by_group:
      patients: {share: 0.1, delay: {law: exponential, mean_days: 50}, search: ward}
  shelter: {kind: shelter, places: unlimited, stay: {law: fixed, mean_days: 5}, onward: {home: 1}}
  housing: {kind: housing, places: unlimited, outside_wait: {law: fixed, mean_days: 20}}
searches:
  ward: {pools: [ward], otherwise: home}
  home: {pools: [home], otherwise: leave}
  shelter: {pools: [shelter], otherwise: home}
  housing: {pools: [housing], otherwise: home}
  place: {pools: [place], otherwise: home}
goals:
  home: {search: home}
  shelter: {search: shelter}
  care_stay: {search: shelter}
  temporary_housing: {search: housing}
  longterm_housing: {search: housing}
streams:
  needs: {group: patients, origin: home, rate_per_year: 300, search: place}
  acute: {group: acute_users, origin: home, rate_per_year: 50, search: place}
"""


def around(template, **run):
    """Put a pool that starts from a template into a small network."""
    values = yaml.safe_load(AROUND)
    values["run"] |= run
    values["pools"]["place"] = {"template": template}
    if template == "adult_ward":
        values["pools"]["place"]["places"] = 5
    return fs.load(values)


def places_of(template):
    """Places as written in the template, or in the one that it starts from; None if in neither."""
    values = yaml.safe_load(files.shipped("pools")[template].read_text(encoding="utf-8"))
    if "places" in values or "template" not in values:
        return values.get("places")
    return places_of(values["template"])


def output(words, capsys):
    """What a command prints."""
    assert cli.main(words) == 0
    return capsys.readouterr().out


def test_all_rows_are_there():
    """98 rows with ids of their own; each of DEFACTUM's 63 efforts is a source."""
    assert len(ROWS) == len(BY_ID) == 98
    efforts = [re.findall(r"\d+", o.source) for o in ROWS if o.source.startswith("DEFACTUM")]
    assert {int(numbers[0]) for numbers in efforts} == set(range(1, 64))


@pytest.mark.parametrize("offer", ROWS, ids=lambda offer: offer.id)
def test_a_row_is_in_order(offer):
    """It has a source and a note; its words are those of the vocabulary, and fit each other."""
    assert PUBLICATION.search(offer.source)
    assert len(offer.note.split()) > 3
    assert offer.in_flexsim in TREATMENTS
    assert offer.counted in ("yes", "no")
    assert bool(offer.template) == (offer.in_flexsim in ("template", "ward", "scenario"))
    if offer.in_flexsim == "parts":
        assert offer.id in parts(ROWS)
    if offer.in_flexsim == "duplicate":
        assert offer.part_of
    if offer.counted == "yes":
        assert float(offer.places) > 0
    for column in COLUMNS:
        value = getattr(offer, column)
        assert value == " ".join(value.split()), column


def test_no_place_is_counted_twice():
    """A row is part of a row that is part of no other; only one of the two levels is counted."""
    for offer in ROWS:
        if offer.part_of:
            whole = BY_ID[offer.part_of]
            assert whole.part_of == ""
            assert (offer.counted, whole.counted) != ("yes", "yes")


def test_parts_add_up_to_their_whole():
    """The places of an offer in parts are those of the parts that are counted."""
    wholes = [offer for offer in ROWS if offer.in_flexsim == "parts" and offer.places]
    assert {offer.id for offer in wholes} == {"aarhus_ambulante_doegnpladser", "polaris_total"}
    for whole in wholes:
        own = [BY_ID[name] for name in parts(ROWS)[whole.id]]
        assert totals(own).places == float(whole.places)


def test_stated_places_are_counted_or_the_note_says_why():
    """What is left out is an aggregate, is described twice, or has ended."""
    for offer in ROWS:
        if offer.places and offer.counted == "no":
            assert offer.in_flexsim in ("parts", "duplicate") or "not counted" in offer.note


def test_totals_are_direct_sums():
    """Worked out here from the file alone."""
    table = fs.offers()
    places = table.loc[table["counted"], "places"].sum()
    offers = (table["part_of"] == "").sum()
    assert totals(ROWS) == (98, 84, 239) == (len(table), offers, places)


def test_templates_and_offers_name_each_other():
    """Every template named exists; every other template is a documented generic one."""
    assert set(TEMPLATES) >= NAMED
    assert set(TEMPLATES) - NAMED == GENERIC
    assert all(f"`{name}`" in PAGE for name in GENERIC)


def test_scenarios_of_offers_exist():
    """An offer that a scenario stands for names a shipped one."""
    named = {offer.template for offer in ROWS if offer.in_flexsim == "scenario"}
    assert named <= set(files.shipped("scenario"))
    assert len(named) > 15


@pytest.mark.parametrize(
    "offer", [o for o in ROWS if o.template in NAMED], ids=lambda offer: offer.id
)
def test_places_of_the_template(offer):
    """They are those of the catalogue, or the note says why not."""
    if str(places_of(offer.template)) != offer.places:
        assert WHY.search(offer.note)


def test_a_different_number_of_places_is_found():
    """The comparison above can fail: most offers have no excuse in their note."""
    compared = {o.id for o in ROWS if o.template in NAMED and not WHY.search(o.note)}
    assert compared >= {"pitstop", "mpo_care_places_2023", "polaris_noerregade"}
    assert len(compared) == 15


@pytest.mark.parametrize("template", sorted(set(TEMPLATES) - SURROUNDINGS))
def test_a_template_runs(template):
    """In a small network: citizens stay in it, and each of its numbers has a source."""
    scenario = around(template)
    if template != "adult_ward":
        assert [key for key in unsourced(scenario) if key.startswith("pools.place.")] == []
    summary = fs.run(scenario).summary().query("pool == 'place' and group == 'all'")
    found = summary.set_index(["municipality", "measure"])["mean"]
    assert found["all", "throughput"] > 0


@pytest.mark.parametrize(
    ("template", "days"),
    [
        ("aarhus_overnight_regional", 1.96),
        ("aarhus_overnight_municipal", 1.66),
        ("holstebro_overnight", 2.5),
    ],
)
def test_stays_are_as_stated(template, days):
    """Mean stays that the sources of a template give, over 2,000 stays (four standard errors)."""
    summary = fs.run(around(template, days=2500)).summary()
    rows = summary.query("pool == 'place' and group == 'all' and municipality == 'all'")
    found = rows.set_index("measure")["mean"]
    assert found["stay"] == pytest.approx(days, rel=0.04)


def test_table():
    """Numbers are numbers, with NaN where the source does not say; ranges are text."""
    table = fs.offers()
    assert table.index.is_unique
    assert [table.index.name, *table.columns] == list(COLUMNS)
    assert table.loc["pitstop", "places"] == 8
    assert table.loc["polaris_noerregade", "price_per_day_dkk"] == 1311
    assert table.loc["silkeborg_akut_doegntilbud", "users_per_year"] == "200-220"
    assert table["stay_mean_days"].isna().any()
    assert table["counted"].dtype == bool


def test_list(capsys):
    """Every offer, within 80 columns and uncut, and one line of totals at the end."""
    lines = output(["offers"], capsys).splitlines()
    assert all(len(line) <= 80 and "…" not in line for line in lines)
    assert [line.split()[0] for line in lines[1:] if re.match(r"\S+ .*", line)][:-1] == list(BY_ID)
    assert lines[-1] == (
        "98 rows, 84 distinct offers, 239 places counted once (150 of them nationwide)"
    )
    n = next(n for n, line in enumerate(lines) if line.startswith("pitstop "))
    assert lines[n].split() == ["pitstop", "place", "8", "Aarhus"]
    assert lines[n + 1] == "  template pitstop; VIVE 2023, chapter 4, table 1.1"


def test_narrowed_list(capsys):
    """Both conditions hold; capitals do not matter; one of several municipalities is enough."""
    text = output(["offers", "kind=place", "municipality=herning"], capsys)
    assert text.splitlines()[-1] == "8 rows, 2 distinct offers, 8 places counted once"
    assert "goedstrup_mobilteam" not in text
    text = output(["offers", "municipality=Ringkøbing-Skjern"], capsys)
    assert text.splitlines()[-1] == "1 row, 1 distinct offer, 0 places counted once"
    assert output(["offers", "kind=shelter", "cluster=Midtklyngen"], capsys) == (
        "no offer has all of these\n"
    )


@pytest.mark.parametrize("column", FILTERS)
def test_every_filter_parts_the_rows(column):
    """Rows with each value are found, and no others."""
    for value in {value for offer in ROWS for value in offer.values(column)}:
        found = narrowed(ROWS, [(column, value)])
        assert found == [o for o in ROWS if value in re.split(r"; ?", getattr(o, column))]


def test_one_offer_in_full(capsys):
    """With its places, its parts, its note and its source."""
    lines = output(["offers", "polaris_total", "mpo_care_places_2023"], capsys).splitlines()
    assert all(len(line) <= 80 for line in lines)
    text = " ".join(" ".join(lines).split())
    for said in (
        "places 8",
        "mean stay, days 149",
        "polaris_noerregade",
        "file configs/pools/mpo_2023.yaml",
        "price, DKK a day 2793",
        BY_ID["polaris_total"].note,
        BY_ID["mpo_care_places_2023"].source,
    ):
        assert said in text


def test_csv(capsys):
    """The rows as they are in the catalogue."""
    text = output(["offers", "--csv"], capsys)
    assert text == (files.configs_folder() / "offers.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(io.StringIO(output(["offers", "pitstop", "--csv"], capsys))))
    assert [row["name_en"] for row in rows] == ["Pitstop care centre"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["offers", "pitstp"], "no offer 'pitstp'; did you mean 'pitstop'?"),
        (["offers", "kind=plase"], "did you mean 'place'?"),
        (["offers", "municipality=Hernign"], "did you mean 'Herning'?"),
        (["offers", "knd=place"], "did you mean 'kind'?"),
        (["offers", "kind="], "no offer has kind ''"),
        (["offers", "pitstop", "kind=place"], "not both"),
        (["ofers"], "no command 'ofers'"),
        (["check", "--csv"], "--csv goes with flexsim offers"),
    ],
)
def test_bad_words(words, said, capsys):
    """Exit code 2, a short message on stderr, nothing printed."""
    assert cli.main(words) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert said in " ".join(captured.err.split())
    assert all(len(line) <= 80 for line in captured.err.splitlines())


def test_page_is_right():
    """Rows by kind and by word, and places by kind, are those of the catalogue."""
    table = fs.offers()
    said = dict(re.findall(r"^\| `(\w+)` \| (\d+) \| [a-z]", PAGE, flags=re.MULTILINE))
    words = {word: int(said[word]) for word in TREATMENTS}
    assert words == dict(table["in_flexsim"].value_counts())
    kinds = re.findall(r"^\| `(\w+)` \| (\d+) \| (\d+) \| ", PAGE, flags=re.MULTILINE)
    counted = table["places"].where(table["counted"], 0.0).groupby(table["kind"]).sum()
    assert {kind: int(n) for kind, n, _ in kinds} == dict(table["kind"].value_counts())
    assert {kind: float(places) for kind, _, places in kinds} == dict(counted)
