"""The dashboards, a file each: `make()` gives its JSON."""
