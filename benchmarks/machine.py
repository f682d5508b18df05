"""Where and when times were taken."""

from __future__ import annotations

import datetime as dt
import os
import platform
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from benchmarks import c_model

PACKAGES = ("flexsim", "numpy", "numba", "simpy", "ciw", "salabim")


def describe() -> dict[str, str]:
    """The machine, its software, and the date."""
    return {
        "date": dt.date.today().isoformat(),
        "processor": f"{_processor()}, {os.cpu_count()} cores",
        "system": f"{platform.system()} {platform.machine()}",
        "Python": platform.python_version(),
        **{name: _version(name) for name in PACKAGES},
        "C": _compiler(),
    }


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "missing"


def _processor() -> str:
    """Model name, with family and model number where the name alone says little."""
    info = Path("/proc/cpuinfo")
    if not info.exists():
        return platform.processor() or platform.machine()
    lines = (line.partition(":") for line in info.read_text().splitlines())
    found = {key.strip(): value.strip() for key, _, value in lines}
    name = found.get("model name", platform.machine())
    if "cpu family" in found:
        name += f" (family {found['cpu family']}, model {found.get('model', '?')})"
    return name


def _compiler() -> str:
    found = c_model.compiler()
    if found is None:
        return "missing"
    done = subprocess.run([found, "--version"], check=False, capture_output=True, text=True)
    return f"{done.stdout.splitlines()[0]}, {' '.join(c_model.FLAGS)}"
