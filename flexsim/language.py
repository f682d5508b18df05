"""Danish and English: texts, numbers, dates and money, by one switch.

Texts are written in English where they are used. A catalogue (gettext) gives the Danish ones; a
text that it does not have, such as the title of somebody's own pool, is shown as it was written.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from flexsim.errors import ScenarioError
from flexsim.message import Message, phrase
from flexsim.scenario.names import listed, nearest, shown

if TYPE_CHECKING:
    from flexsim.scenario import Scenario

__all__ = ["ENGLISH", "LANGUAGES", "LOCALE", "Language", "phrase"]

#: Languages by code, with the locale that numbers and dates follow.
LANGUAGES = {"en": "en_GB", "da": "da"}
#: Folder of catalogues, one per language besides English.
LOCALE = Path(__file__).parent / "locale"
#: Whole numbers from here on have their thousands set apart.
_GROUPED_FROM = 10_000
_MILLION = 1_000_000


@dataclass(frozen=True)
class Language:
    """One language, by its code.

    Raises
    ------
    ScenarioError
        If there is no such language.

    >>> Language("da").text("places in use")
    'belagte pladser'
    >>> Language("da").number(23700.5, 1)
    '23.700,5'
    """

    code: str = "en"

    def __post_init__(self) -> None:
        if self.code not in LANGUAGES:
            known = list(LANGUAGES)
            raise ScenarioError(
                f"language: '{shown(self.code)}' is none; there are: {listed(known)}"
                f"{nearest(self.code, known)}"
            )

    @classmethod
    def of(cls, scenario: Scenario) -> Language:
        """The language that a scenario asks for (`output.language`)."""
        return cls(scenario.output.language)

    def text(self, message: str, /, **values: object) -> str:
        """A text in this language, with values in place of its {names}."""
        found = _catalogue(self.code).gettext(message) if message else ""
        return found.format(**values) if values else found

    def said(self, text: str) -> str:
        """A fault or a warning in this language; plain text stays as it is."""
        return text.said(self) if isinstance(text, Message) else text

    def counted(self, one: str, many: str, count: int, /, **values: object) -> str:
        """A text for one or for many, with the number in place of {count}."""
        found = _catalogue(self.code).ngettext(one, many, count)
        return found.format(count=self.number(count), **values)

    def number(self, value: float, decimals: int = 0) -> str:
        """A number with so many decimals; no thousands set apart below 10,000."""
        from babel.numbers import format_decimal

        rounded = round(float(value), decimals) + 0.0  # no minus before a zero
        return format_decimal(
            rounded,
            format="#,##0" + ("." + "0" * decimals if decimals else ""),
            locale=LANGUAGES[self.code],
            group_separator=abs(rounded) >= _GROUPED_FROM,
        )

    def exact(self, value: float) -> str:
        """A number with the decimals that it needs, such as a key of a scenario or a tick."""
        return self.number(value, len(f"{value:.10f}".rstrip("0").partition(".")[2]))

    def share(self, value: float, decimals: int = 1) -> str:
        """A share in per cent."""
        return f"{self.number(100 * value, decimals)} %"

    def date(self, date: dt.date) -> str:
        """A date with the month in words."""
        from babel.dates import format_date

        return format_date(date, "long", locale=LANGUAGES[self.code])

    def day(self, date: dt.date) -> str:
        """A date in ten letters, for a column."""
        return f"{date:%d.%m.%Y}" if self.code == "da" else date.isoformat()

    def money(self, dkk: float) -> str:
        """An amount in DKK: whole kroner, from a million on in millions with two decimals."""
        if abs(dkk) >= _MILLION:
            return self.text("DKK {amount} million", amount=self.number(dkk / _MILLION, 2))
        return self.text("DKK {amount}", amount=self.number(dkk))


ENGLISH = Language("en")


@cache
def _catalogue(code: str) -> NullTranslations:
    """Read a catalogue; that of English is empty."""
    path = LOCALE / code / "LC_MESSAGES" / "flexsim.po"
    if not path.exists():
        return NullTranslations()
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    compiled = BytesIO()
    with path.open("rb") as file:
        write_mo(compiled, read_po(file, locale=code))
    compiled.seek(0)
    return GNUTranslations(compiled)
