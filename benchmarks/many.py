"""Many replications of the benchmark model: ``python -m benchmarks.many [replications]``."""

from __future__ import annotations

import sys

import flexsim as fs
from benchmarks.engines import SCENARIO

if __name__ == "__main__":
    replications = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    fs.run(SCENARIO, replications=replications, engine="compiled", workers=2)
