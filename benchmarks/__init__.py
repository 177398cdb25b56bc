"""Measurements: what the code costs on this machine, as ratios from one run."""
