"""What the reader gets: a table in the terminal, files in a folder, one figure per pool."""
