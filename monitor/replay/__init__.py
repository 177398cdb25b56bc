"""The past again: an archive through the daemon's own stages, a store folded anew."""
