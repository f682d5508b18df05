"""Sweeps: many points of one design, checked before the first is run, in one tidy table.

`design` says which points there are, `points` checks them, `working` runs them, `store` keeps them.
"""
