"""The catalogue of offers: what the sources describe, and what flexsim does with each.

The catalogue is `configs/offers.csv`; its columns are explained in `docs/offers.md`. An offer that
is described twice, or of which there are parts, has its places counted once.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, NamedTuple

from flexsim.errors import ScenarioError
from flexsim.language import phrase
from flexsim.message import Message
from flexsim.scenario import files
from flexsim.scenario.names import listed, nearest, shown

if TYPE_CHECKING:
    import pandas as pd

#: What flexsim does with an offer: the word in the catalogue, and what it means.
TREATMENTS = {
    "template": phrase("template {template}"),
    "ward": phrase("ward template {template}"),
    "parts": phrase("through its parts"),
    "duplicate": phrase("same as {part_of}"),
    "scenario": phrase("scenario {template}"),
    "outreach": phrase("as a team, if you state what the source does not"),
    "coordination": phrase("not a pool: may act on delays"),
    "not_simulated": phrase("not simulated"),
}
#: Columns that a list may be narrowed by.
FILTERS = ("kind", "municipality", "cluster", "part_of", "counted", "in_flexsim", "template")
#: Columns that hold one number, or nothing.
_NUMBERS = (
    "places",
    "stay_mean_days",
    "stay_max_days",
    "price_per_day_dkk",
    "annual_budget_dkk",
    "utilisation",
)


@dataclass(frozen=True, slots=True)
class Offer:
    """One row of the catalogue, as it is written there (empty: the source does not say)."""

    id: str
    name_da: str
    name_en: str
    kind: str
    municipality: str
    cluster: str
    operator: str
    places: str
    stay_typical_days: str
    stay_mean_days: str
    stay_max_days: str
    price_per_day_dkk: str
    annual_budget_dkk: str
    utilisation: str
    users_per_year: str
    source: str
    part_of: str
    counted: str
    in_flexsim: str
    template: str
    note: str

    @property
    def root(self) -> str:
        """The offer that this row describes, wholly or in part."""
        return self.part_of or self.id

    @property
    def counted_places(self) -> float:
        """Places that this row adds to a total."""
        return float(self.places) if self.counted == "yes" else 0.0

    @property
    def treatment(self) -> str:
        """What flexsim does with it, in words."""
        return Message(TREATMENTS[self.in_flexsim], template=self.template, part_of=self.part_of)

    def values(self, column: str) -> list[str]:
        """The values in a column, of which there may be several (`Aarhus; Favrskov`)."""
        return [value.strip() for value in getattr(self, column).split(";") if value.strip()]


COLUMNS = tuple(field.name for field in fields(Offer))


class Totals(NamedTuple):
    """What some rows of the catalogue add up to."""

    rows: int
    offers: int
    places: float


def catalogue() -> list[Offer]:
    """All rows, in the order of the file."""
    path = files.configs_folder() / "offers.csv"
    with path.open(encoding="utf-8", newline="") as lines:
        return [Offer(**row) for row in csv.DictReader(lines)]


def offers() -> pd.DataFrame:
    """Give the catalogue as a table.

    Returns
    -------
    DataFrame
        One row per offer, indexed by `id`. `counted` is true or false; places, days of stay
        (mean, longest), price, budget and utilisation are numbers, NaN where the source does not
        say; typical stay and users are text, since a source may give a range.
    """
    import pandas as pd

    table = pd.DataFrame([[getattr(offer, c) for c in COLUMNS] for offer in catalogue()])
    table = table.set_axis(list(COLUMNS), axis="columns").set_index("id")
    for column in _NUMBERS:
        table[column] = pd.to_numeric(table[column].replace("", math.nan))
    return table.assign(counted=table["counted"] == "yes")


def named(rows: Sequence[Offer], name: str) -> Offer:
    """The offer with this id.

    Raises
    ------
    ScenarioError
        If there is none; the message suggests one.
    """
    by_id = {offer.id: offer for offer in rows}
    if name not in by_id:
        raise ScenarioError(
            f"no offer '{shown(name)}'{nearest(name, by_id)} (flexsim offers lists them all)"
        )
    return by_id[name]


def narrowed(rows: Sequence[Offer], wanted: Iterable[Sequence[str]]) -> list[Offer]:
    """The offers that have all these values.

    Parameters
    ----------
    rows : sequence of Offer
    wanted : iterable of pairs of str
        Column and value; capitals and small letters are the same.

    Raises
    ------
    ScenarioError
        If no list may be narrowed by a column, or no offer has a value.
    """
    chosen = list(rows)
    for column, value in wanted:
        if column not in FILTERS:
            raise ScenarioError(
                f"command line: offers cannot be chosen by '{shown(column)}'; they can by"
                f" {', '.join(FILTERS)}{nearest(column, FILTERS)}"
            )
        known = {v.casefold(): v for offer in rows for v in offer.values(column)}
        if value.casefold() not in known:
            raise ScenarioError(
                f"command line: no offer has {column} '{shown(value)}'; there are:"
                f" {listed(known.values())}{nearest(value, known.values())}"
            )
        chosen = [o for o in chosen if known[value.casefold()] in o.values(column)]
    return chosen


def totals(rows: Iterable[Offer]) -> Totals:
    """Rows, offers that they describe, and places, each place once."""
    rows = list(rows)
    distinct = {offer.root for offer in rows}
    return Totals(len(rows), len(distinct), sum(offer.counted_places for offer in rows))


def parts(rows: Iterable[Offer]) -> Mapping[str, list[str]]:
    """The ids of the rows that are part of each offer."""
    found: dict[str, list[str]] = {}
    for offer in rows:
        if offer.part_of:
            found.setdefault(offer.part_of, []).append(offer.id)
    return found
