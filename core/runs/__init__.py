"""Runs: their events, figures, snapshots and seeds."""
