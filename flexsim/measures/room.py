"""Memory that a thread uses again and again.

What the system gives anew it clears first, page by page; for arrays of some megabytes, filled once
for each point of a sweep, that takes longer than what is done with them.
"""

from __future__ import annotations

import math
from threading import local
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

_kept = local()


def room(name: str, shape: tuple[int, ...], dtype: DTypeLike = np.float64) -> NDArray[Any]:
    """An array with anything in it, the thread's own until it asks for one of the same name."""
    size = math.prod(shape)
    flat: NDArray[Any] | None = getattr(_kept, name, None)
    if flat is None or flat.size < size or flat.dtype != dtype:
        flat = np.empty(size + size // 8, dtype)  # the next may need a little more
        setattr(_kept, name, flat)
    return flat[:size].reshape(shape)
