"""What is SQLite's own of the store: its file, its lock, its write-ahead log, copies and free pages."""
