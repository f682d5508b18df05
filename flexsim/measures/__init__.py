"""Measures: everything that is computed from a stay register."""
