"""What operators and the desk do with alerts after they were made: asked of the daemon, or done without one."""
