"""What the daemon tells of itself: metrics (all declared in one place) and logs."""
