"""Numbers and dates along the axes of a figure, in the language of the figure."""

from __future__ import annotations

from collections.abc import Sequence

from babel.dates import get_month_names
from matplotlib.axis import Axis
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
from matplotlib.ticker import FuncFormatter, MaxNLocator

from flexsim.language import LANGUAGES, Language


def numbers(axis: Axis, language: Language, most: int, whole: bool = False) -> None:
    """Put so many numbers at most along an axis, whole ones if that is asked."""
    axis.set_major_locator(MaxNLocator(nbins=most, integer=whole))
    axis.set_major_formatter(FuncFormatter(lambda value, _: language.exact(value)))


def dates(axis: Axis, language: Language) -> None:
    """Put dates along an axis, as long as they need to be."""
    locator = AutoDateLocator()  # type: ignore[no-untyped-call]
    axis.set_major_locator(locator)
    axis.set_major_formatter(_Dates(locator, language))


class _Dates(ConciseDateFormatter):
    """Short dates with the months of a language; Matplotlib knows those of the system only."""

    def __init__(self, locator: AutoDateLocator, language: Language) -> None:
        super().__init__(locator)  # type: ignore[no-untyped-call]
        names = (
            get_month_names("abbreviated", locale=LANGUAGES[code]) for code in ("en", language.code)
        )
        english, local = names
        self._months = {english[n][:3]: local[n] for n in range(1, 13)}

    def format_ticks(self, values: Sequence[float]) -> list[str]:
        labels = super().format_ticks(values)  # type: ignore[no-untyped-call]
        return [self._local(label) for label in labels]

    def get_offset(self) -> str:
        return self._local(super().get_offset())  # type: ignore[no-untyped-call]

    def _local(self, text: str) -> str:
        for english, local in self._months.items():
            text = text.replace(english, local)
        return text
