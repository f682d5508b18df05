"""English messages that can be said in another language later: faults, warnings, reasons.

What is wrong is noticed deep inside, where nobody knows who reads, and shown at the edge. A message
is its English text, so whoever wants text has it; it also keeps the template and the values that
it was made of, which `Language.said` puts together again in another language.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import reduce
from operator import add
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flexsim.language import Language

_JOINED = "{first}{second}"
#: Numbers from here on have their thousands set apart.
_GROUPED_FROM = 10_000


def phrase(text: str) -> str:
    """Mark a text that is translated where it is shown, by `Language.text` or in a `Message`."""
    return text


class Message(str):
    """A text with values in place of its {names}; values may be messages themselves.

    >>> Message("{count} of {all}", count=3, all=Message("nobody"))
    '3 of nobody'
    """

    template: str
    values: Mapping[str, object]

    def __new__(cls, template: str, /, **values: object) -> Message:
        """Put the values into the template."""
        made = super().__new__(cls, template.format(**values) if values else template)
        made.template, made.values = template, values
        return made

    # what is put together can still be said
    def __add__(self, other: str) -> Message:
        return Message(_JOINED, first=self, second=other)

    def __radd__(self, other: str) -> Message:
        return Message(_JOINED, first=other, second=self)

    def __reduce__(self) -> tuple[object, ...]:
        return _again, (self.template, dict(self.values))

    def said(self, language: Language) -> str:
        """The same in another language, with all that it is made of."""
        values = {name: _said(value, language) for name, value in self.values.items()}
        return language.text(self.template, **values)


@dataclass(frozen=True)
class Number:
    """A number in a message, with so many decimals.

    >>> Message("after {days} days", days=Number(3.14, 1))
    'after 3.1 days'
    """

    value: float
    decimals: int

    def __str__(self) -> str:
        apart = "," if abs(self.value) >= _GROUPED_FROM else ""
        return f"{self.value:{apart}.{self.decimals}f}"


def rounded(value: float, digits: int = 3) -> Number:
    """A number to so many digits, without zeros at its end.

    >>> str(rounded(1234.5, 2)), str(rounded(0.50))
    ('1200', '0.5')
    """
    short = float(f"{value:.{digits}g}")
    return Number(short, len(f"{short:.10f}".rstrip("0").partition(".")[2]))


def joined(separator: str, parts: Iterable[str]) -> str:
    """Texts one after the other, each still a message if it was one."""
    found = list(parts)
    spaced = [part for one in found[:-1] for part in (one, separator)] + found[-1:]
    return reduce(add, spaced, "")


def without(text: str, part: str) -> str:
    """A text, or a message and all that it is made of, where a part is left out."""
    if not isinstance(text, Message):
        return text.replace(part, "")
    values = {
        name: without(value, part) if isinstance(value, str) else value
        for name, value in text.values.items()
    }
    return Message(text.template, **values)


def _said(value: object, language: Language) -> str:
    if isinstance(value, Message):
        return value.said(language)
    if isinstance(value, Number):
        return language.number(value.value, value.decimals)
    return str(value)


def _again(template: str, values: Mapping[str, object]) -> Message:
    return Message(template, **values)
