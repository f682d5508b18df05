"""The catalogue of offers as text, for a terminal of 80 columns."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence

from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from flexsim.catalogue import COLUMNS, Offer, totals
from flexsim.language import Language, phrase
from flexsim.output import console

_LABEL = 20
_INDENT = (0, 0, 0, 2)
_SMALL = "dim"
_STRONG = "bold"
#: What is said of an offer that is in no named municipality.
_NATIONWIDE = phrase("nationwide")
#: Words of the catalogue, by which a list is narrowed; other languages say them in their own.
_WORDS = (
    *(phrase("place"), phrase("supported_housing"), phrase("shelter"), phrase("home_support")),
    *(phrase("outreach_team"), phrase("ambulatory"), phrase("drop_in"), phrase("phone")),
    *(phrase("coordination"), phrase("hospital_ward"), phrase("yes"), phrase("no")),
)
#: What is said of an offer in full, and the column that says it.
_LABELS = {
    phrase("kind"): "kind",
    phrase("municipality"): "municipality",
    phrase("cluster"): "cluster",
    phrase("run by"): "operator",
    phrase("places"): "places",
    phrase("usual stay, days"): "stay_typical_days",
    phrase("mean stay, days"): "stay_mean_days",
    phrase("longest stay, days"): "stay_max_days",
    phrase("price, DKK a day"): "price_per_day_dkk",
    phrase("budget, DKK a year"): "annual_budget_dkk",
    phrase("use of the places"): "utilisation",
    phrase("users a year"): "users_per_year",
    phrase("part of"): "part_of",
    phrase("places counted"): "counted",
}


def show(rows: Sequence[Offer], language: Language) -> None:
    """Print a list of offers, two lines each, and what they add up to."""
    console.show(_list(rows, language))


def show_in_full(
    rows: Sequence[Offer], parts: Mapping[str, Sequence[str]], language: Language
) -> None:
    """Print everything that the catalogue says of some offers.

    Parameters
    ----------
    rows : sequence of Offer
    parts : mapping
        Ids of the rows that are part of an offer.
    language : Language
    """
    for n, offer in enumerate(rows):
        gap = [Text()] if n else []
        console.show([*gap, *_in_full(offer, parts.get(offer.id, ()), language)])


def print_csv(rows: Iterable[Offer]) -> None:
    """Print rows of the catalogue as CSV, with a heading."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows([getattr(offer, column) for column in COLUMNS] for offer in rows)
    console.write(text.getvalue())


def _list(rows: Sequence[Offer], language: Language) -> Iterator[RenderableType]:
    if not rows:
        yield Text(language.text("no offer has all of these"))
        return
    headings = phrase("offer"), phrase("kind"), phrase("places"), phrase("municipality")
    yield _columns(*(Text(language.text(heading), _STRONG) for heading in headings))
    for offer in rows:
        where = offer.municipality or language.text(_NATIONWIDE)
        kind, places = (_value(offer, column, language) for column in ("kind", "places"))
        yield _columns(Text(offer.id, _STRONG), kind, places, where)
        treatment = language.said(offer.treatment)
        yield Padding(Text(f"{treatment}; {offer.source}", _SMALL), _INDENT)
    yield Text()
    yield Text(_added_up(rows, language))


def _columns(*cells: RenderableType) -> Table:
    """One line of the list; a name of a municipality is never cut."""
    table = Table.grid(padding=(0, 1, 0, 0), expand=True)
    table.add_column(width=35)
    table.add_column(width=17)
    table.add_column(width=7, justify="right")
    table.add_column(ratio=1)
    table.add_row(*cells)
    return table


def _added_up(rows: Sequence[Offer], language: Language) -> str:
    total = totals(rows)
    anywhere = totals([offer for offer in rows if not offer.municipality]).places
    said = (
        language.counted("{count} row", "{count} rows", total.rows),
        language.counted("{count} distinct offer", "{count} distinct offers", total.offers),
        language.text("1 place counted once")
        if total.places == 1
        else language.text("{places} places counted once", places=language.exact(total.places)),
    )
    if not anywhere:
        return ", ".join(said)
    where = language.text("{places} of them nationwide", places=language.exact(anywhere))
    return f"{', '.join(said)} ({where})"


def _in_full(offer: Offer, parts: Sequence[str], language: Language) -> Iterator[RenderableType]:
    text = language.text
    name, other = offer.name_en, offer.name_da
    if language.code == "da":
        name, other = other, name
    yield Text.assemble((offer.id, _STRONG), f": {name}")
    said = {text("in English") if language.code == "da" else text("in Danish"): other}
    said |= {text(label): _value(offer, column, language) for label, column in _LABELS.items()}
    said |= {text("parts"): ", ".join(parts), text("in flexsim"): language.said(offer.treatment)}
    if offer.template:
        folder = "scenarios" if offer.in_flexsim == "scenario" else "configs/pools"
        said[text("file")] = f"{folder}/{offer.template}.yaml"
    said |= {text("note"): offer.note, text("source"): offer.source}
    table = Table.grid(padding=(0, 2, 0, 0), expand=True)
    table.add_column(width=_LABEL)
    table.add_column(ratio=1)
    for label, words in said.items():
        if words:
            table.add_row(Text(label, _SMALL), Text(words))
    yield Padding(table, _INDENT)


def _value(offer: Offer, column: str, language: Language) -> str:
    """A value as it is read: numbers in local form, a range or a name as the source has it."""
    value = str(getattr(offer, column))
    if value in _WORDS:
        return language.text(value)
    if column == "utilisation" and value:
        return language.share(float(value), 0)
    try:
        return language.exact(float(value))
    except ValueError:
        return value
