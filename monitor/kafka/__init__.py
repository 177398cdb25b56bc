"""Kafka, as sources and sinks share it: the connection, the reading thread, the producer, where to begin."""
