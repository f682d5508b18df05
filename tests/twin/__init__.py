"""Both engines on the same plan: run, compared, and shown where they differ."""
