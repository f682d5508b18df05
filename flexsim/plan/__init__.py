"""The plan: a scenario in numbers, which engines read."""
