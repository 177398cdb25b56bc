"""Scores headlines: verified model folders, one session thread, batches by token budget."""
