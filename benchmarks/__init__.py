"""How fast flexsim is, beside other engines on the same model: `python -m benchmarks`."""
