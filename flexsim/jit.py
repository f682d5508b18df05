"""Compiled functions: numba, cached on disk, never with fast-math.

Numba knows a cached function by its own file alone, not by those it calls. So the cache lies in a
folder named after the content of all that compiled code is made of: a change there compiles anew.
"""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, cast

import numba
from numba.extending import overload, register_jitable

from flexsim.jit_compiler import ColdCompiler, EntryCache, EntryCompiler, HotCompiler, PartCompiler

F = TypeVar("F", bound=Callable[..., object])

#: Versions of flexsim whose compiled code is kept.
KEPT = 4
#: Packages and modules that compiled functions, and the constants in them, come from.
SOURCES = (
    "chance.py",
    "engine",
    "jit.py",
    "jit_compiler.py",
    "jit_table.py",
    "measures",
    "plan",
    "register.py",
)


@cache
def cache_folder() -> Path:
    """Where compiled code is kept: below ``NUMBA_CACHE_DIR``, or the user's cache folder."""
    source = hashlib.blake2b(digest_size=8)
    for name in SOURCES:
        place = Path(__file__).with_name(name)
        for path in sorted(place.rglob("*.py")) if place.is_dir() else [place]:
            source.update(path.read_bytes())
    versions = f"{platform.python_version()}-numba{numba.__version__}"
    return _root() / f"{source.hexdigest()}-{versions}"


def _root() -> Path:
    given = os.environ.get("NUMBA_CACHE_DIR")
    if given:
        return Path(given) / "flexsim"
    local = os.environ.get("XDG_CACHE_HOME") or os.environ.get("LOCALAPPDATA")
    return (Path(local) if local else Path.home() / ".cache") / "flexsim" / "compiled"


def is_compiled(function: str = "run.run") -> bool:
    """Whether a function of this version (the compiled engine) lies in the cache."""
    return any(cache_folder().rglob(f"{function}-*.nbi"))


def forget_old() -> None:
    """Remove compiled code of versions not used lately."""
    folders = [path for path in _root().iterdir() if path.is_dir()] if _root().is_dir() else []
    for path in sorted(folders, key=lambda path: path.stat().st_mtime)[:-KEPT]:
        shutil.rmtree(path, ignore_errors=True)


def entry(function: F) -> F:
    """A compiled function that Python calls: kept on disk, and lets other threads run."""
    config: Any = numba.config
    before, config.CACHE_DIR = config.CACHE_DIR, str(cache_folder())
    try:
        compiled: Any = numba.njit(nogil=True, error_model="numpy", pipeline_class=EntryCompiler)(
            function
        )
        if not config.DISABLE_JIT:
            compiled._cache = cast(Any, EntryCache)(function)
    finally:
        config.CACHE_DIR = before
    return cast(F, compiled)


_PART: Any = {
    "pipeline_class": PartCompiler,
    "no_cpython_wrapper": True,
    "no_cfunc_wrapper": True,
    "error_model": "numpy",
    # Else a part would take it over from whoever calls it, and be translated once for either kind.
    "forceinline": False,
}
_HOT: Any = dict(_PART, pipeline_class=HotCompiler)
_COLD: Any = dict(_PART, pipeline_class=ColdCompiler)


def part(function: F) -> F:
    """A function that compiled ones call; from Python it is what it looks like."""
    return register_jitable(**_PART)(function)


def hot(function: F) -> F:
    """A `part` that is put in place of each call to it: for what every event does."""
    return register_jitable(**_HOT)(function)


def cold(function: F) -> F:
    """A `part` that is never put in place of a call to it: for what few events do."""
    return register_jitable(**_COLD)(function)


def instead_of(function: Callable[..., object]) -> Callable[[F], F]:
    """A `hot` function that stands for another one where that is compiled: the same result."""

    def register(quick: F) -> F:
        overload(function, jit_options=cast(Any, _HOT), strict=False)(lambda *_, **__: quick)
        return quick

    return register
