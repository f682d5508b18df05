"""The report: what a run or a comparison says, on one page that opens anywhere and prints."""
