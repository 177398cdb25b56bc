"""What is PostgreSQL's own of the store: its sessions, its lock, and commits whose answer was lost."""
