"""What is PostgreSQL's own of the store: its sessions, its lease, and commits whose answer was lost."""
