"""Many replications of the benchmark model: ``python -m benchmarks.many [replications]``.

Simulated and measured; the tables of a result are made when they are asked for.
"""

from __future__ import annotations

import sys

import flexsim as fs

#: That of `engines`, which are not imported: they take a second to start.
SCENARIO = "textbook/ward_and_step_down"

if __name__ == "__main__":
    replications = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    fs.run(SCENARIO, replications=replications, engine="compiled", workers=2)
