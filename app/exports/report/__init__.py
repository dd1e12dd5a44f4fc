"""The report: an experiment on one page that needs no network, to keep, send or print."""
