"""A candidate beside the live watch: the same articles in the same order, judged by it, told to nobody, compared."""
