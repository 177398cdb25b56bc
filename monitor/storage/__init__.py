"""The store: one SQLite file, one writer thread, one transaction for everything that a batch changes."""
