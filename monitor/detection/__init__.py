"""Is this many bad stories too many? Baseline, surprise, gates, hysteresis. Pure."""
