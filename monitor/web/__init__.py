"""The page and the HTTP API: reads a `Board`, streams changes, takes pushed articles. Imports nothing that writes."""
