"""Textbook systems: what theory says, what a register shows, and whether the two agree."""
