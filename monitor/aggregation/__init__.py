"""From stories to counts: which series a story belongs to, where it is counted, what each window holds. Pure."""
