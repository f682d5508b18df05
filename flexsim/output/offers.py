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
from flexsim.output import console

_LABEL = 19
_INDENT = (0, 0, 0, 2)
_SMALL = "dim"
_STRONG = "bold"
#: What is said of an offer that is in no named municipality.
_NATIONWIDE = "nationwide"
#: What is said of an offer in full, and the column that says it.
_LABELS = {
    "in Danish": "name_da",
    "kind": "kind",
    "municipality": "municipality",
    "cluster": "cluster",
    "run by": "operator",
    "places": "places",
    "usual stay, days": "stay_typical_days",
    "mean stay, days": "stay_mean_days",
    "longest stay, days": "stay_max_days",
    "price, DKK a day": "price_per_day_dkk",
    "budget, DKK a year": "annual_budget_dkk",
    "utilisation": "utilisation",
    "users a year": "users_per_year",
    "part of": "part_of",
    "places counted": "counted",
}


def show(rows: Sequence[Offer]) -> None:
    """Print a list of offers, two lines each, and what they add up to."""
    console.show(_list(rows))


def show_in_full(rows: Sequence[Offer], parts: Mapping[str, Sequence[str]]) -> None:
    """Print everything that the catalogue says of some offers.

    Parameters
    ----------
    rows : sequence of Offer
    parts : mapping
        Ids of the rows that are part of an offer.
    """
    for n, offer in enumerate(rows):
        gap = [Text()] if n else []
        console.show([*gap, *_in_full(offer, parts.get(offer.id, ()))])


def print_csv(rows: Iterable[Offer]) -> None:
    """Print rows of the catalogue as CSV, with a heading."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows([getattr(offer, column) for column in COLUMNS] for offer in rows)
    console.write(text.getvalue())


def _list(rows: Sequence[Offer]) -> Iterator[RenderableType]:
    if not rows:
        yield Text("no offer has all of these")
        return
    headings = ("offer", "kind", "places", "municipality")
    yield _columns(*(Text(heading, _STRONG) for heading in headings))
    for offer in rows:
        where = offer.municipality or _NATIONWIDE
        yield _columns(Text(offer.id, _STRONG), offer.kind, offer.places, where)
        yield Padding(Text(f"{offer.treatment}; {offer.source}", _SMALL), _INDENT)
    yield Text()
    yield Text(_added_up(rows))


def _columns(*cells: RenderableType) -> Table:
    """One line of the list; a name of a municipality is never cut."""
    table = Table.grid(padding=(0, 1, 0, 0), expand=True)
    table.add_column(width=35)
    table.add_column(width=17)
    table.add_column(width=6, justify="right")
    table.add_column(ratio=1)
    table.add_row(*cells)
    return table


def _added_up(rows: Sequence[Offer]) -> str:
    total = totals(rows)
    anywhere = totals([offer for offer in rows if not offer.municipality]).places
    text = (
        f"{_number(total.rows, 'row')}, {_number(total.offers, 'distinct offer')},"
        f" {_number(total.places, 'place')} counted once"
    )
    return f"{text} ({anywhere:g} of them {_NATIONWIDE})" if anywhere else text


def _number(number: float, noun: str) -> str:
    return f"{number:g} {noun}" if number == 1 else f"{number:g} {noun}s"


def _in_full(offer: Offer, parts: Sequence[str]) -> Iterator[RenderableType]:
    yield Text.assemble((offer.id, _STRONG), f": {offer.name_en}")
    said = {label: _grouped(getattr(offer, column)) for label, column in _LABELS.items()}
    said |= {"parts": ", ".join(parts), "in flexsim": offer.treatment}
    if offer.template:
        folder = "scenarios" if offer.in_flexsim == "scenario" else "configs/pools"
        said["file"] = f"{folder}/{offer.template}.yaml"
    said |= {"note": offer.note, "source": offer.source}
    table = Table.grid(padding=(0, 2, 0, 0), expand=True)
    table.add_column(width=_LABEL)
    table.add_column(ratio=1)
    for label, text in said.items():
        if text:
            table.add_row(Text(label, _SMALL), Text(text))
    yield Padding(table, _INDENT)


def _grouped(text: str) -> str:
    """Put commas between the thousands of a whole number."""
    return f"{int(text):,}" if text.isdecimal() else text
