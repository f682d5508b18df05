"""Peak memory of one replication: ``python -m benchmarks.memory ENGINE SCALE`` prints megabytes.

To be run in a fresh process: the peak while one replication is simulated and its result kept, above
what the process held after its imports and a replication at scale 1. Where the system tells, the
peak is that of this process alone (`getrusage` also counts the process that started this one).
"""

from __future__ import annotations

import gc
import json
import resource
import sys
from pathlib import Path

from benchmarks.scale import runner

STATUS, CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")


def held() -> float:
    """Megabytes held now; where the system does not tell, the most held so far."""
    return _status("VmRSS") if STATUS.exists() else _largest()


def peak() -> float:
    """The most megabytes held since the last `forget_peak`."""
    return _status("VmHWM") if STATUS.exists() else _largest()


def forget_peak() -> None:
    """Count the peak from here on, where the system can do that."""
    try:
        CLEAR.write_text("5")
    except OSError:
        return


def _status(key: str) -> float:
    """A line of the process's status, in MB (the system counts in units of 1,024 bytes)."""
    lines = STATUS.read_text().splitlines()
    value = next(line.split()[1] for line in lines if line.startswith(f"{key}:"))
    return int(value) * 1024 / 1e6


def _largest() -> float:
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6


def main() -> None:
    """Simulate once at scale 1, once at the scale asked for, and print what that took."""
    name, scale = sys.argv[1], int(sys.argv[2])
    first, _ = runner(name, 1)
    warm = first(0)  # kept, so that its memory is not used again
    run, _ = runner(name, scale)
    gc.collect()
    forget_peak()
    before = held()
    kept = run(1)
    more = peak() - before
    del kept, warm
    print(json.dumps(round(more, 1)))


if __name__ == "__main__":
    main()
