"""From raw articles to stories: canonical text, entities, near-duplicates. Pure."""
