"""The compiled engine: the registers of the SimPy engine, many times faster."""

from flexsim.engine.compiled.engine import simulate, simulate_rows

__all__ = ["simulate", "simulate_rows"]
