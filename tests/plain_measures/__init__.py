"""Every measure a second time, plainly: whole columns at once, one line of numpy per definition.

Not shipped: slow, and there to be read beside `flexsim.measures`, which the tests hold equal to it.
"""
