"""Numbers as a reader wants them: three digits, whole counts, shares in per cent."""

from __future__ import annotations

import math

from flexsim.language import ENGLISH, Language

#: A result for fewer citizens than this in a year is given as a count, not as a percentage.
FEW = 5


def text(value: float, unit: str, like: float | None = None, language: Language = ENGLISH) -> str:
    """One number.

    Parameters
    ----------
    value : float
        NaN gives an empty text.
    unit : str
        "share" is shown in per cent; what is counted "per year" without decimals.
    like : float, optional
        Show as many decimals as this number has; default the number itself.
    language : Language
        How the decimals are written; default English.
    """
    if not math.isfinite(value):
        return ""
    return _rounded(value, unit, value if like is None else like, language) + _sign(unit)


def signed(value: float, unit: str, language: Language = ENGLISH) -> str:
    """A difference with its sign, rounded as a number of its size; empty if it is missing."""
    found = text(value, unit, language=language)
    return f"+{found}" if value > 0 and found else found


def width(value: float, unit: str, language: Language = ENGLISH) -> str:
    """Half the length of an interval, to two digits; of a share in percentage points."""
    if not math.isfinite(value):
        return ""
    shown = float(f"{value * (100 if unit == 'share' else 1):.2g}")
    decimals = max(0, 1 - math.floor(math.log10(abs(shown)))) if shown else 0
    said = language.number(shown, decimals)
    return language.text("{width} points", width=said) if unit == "share" else said


def span(low: float, high: float, unit: str, like: float, language: Language = ENGLISH) -> str:
    """Two numbers, "5.94 to 6.10"; empty if one is missing."""
    if not (math.isfinite(low) and math.isfinite(high)):
        return ""
    first, last = (_rounded(end, unit, like, language) for end in (low, high))
    return language.text("{low} to {high}", low=first, high=last) + _sign(unit)


def _rounded(value: float, unit: str, like: float, language: Language) -> str:
    factor = 100 if unit == "share" else 1
    decimals = _decimals(abs(like), unit) if math.isfinite(like) else 1
    return language.number(value * factor, decimals)


def _decimals(size: float, unit: str) -> int:
    if size == 0:
        return 0
    if unit == "share":
        return 0 if size >= 1 else 1
    if "per year" in unit:
        return 0 if size >= 10 else 1
    return 0 if size >= 100 else 1 if size >= 10 else 2


def _sign(unit: str) -> str:
    return " %" if unit == "share" else ""
