"""The terminal: its width, its colours, and the letters that it has."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable

from rich.console import Console, RenderableType

from flexsim.output.said import WIDTH

#: The most columns that are used, where the width of the terminal is known.
WIDEST = 100


def show(parts: Iterable[RenderableType]) -> None:
    """Print on the standard output, one part below the other; no colour if NO_COLOR is set."""
    plain = bool(os.environ.get("NO_COLOR"))
    console = Console(highlight=False, color_system=None if plain else "auto")
    console.width = min(console.width, WIDEST) if console.is_terminal else WIDTH
    with console.capture() as captured:
        console.print(*parts, sep="\n")
    write("".join(f"{line.rstrip()}\n" for line in captured.get().splitlines()))


def write(text: str) -> None:
    """Print, with ? for a letter that the terminal does not have."""
    encoding = sys.stdout.encoding or "utf-8"
    sys.stdout.write(text.encode(encoding, "replace").decode(encoding))
    sys.stdout.flush()
