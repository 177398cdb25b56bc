"""Where news comes in: each source turns foreign data into `Article` deliveries, and is told when they are safe."""
