"""Engines: from a plan to a register."""
