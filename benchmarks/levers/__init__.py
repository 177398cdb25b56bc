"""The study by which each lever of the trainer earns its place: a proxy, paired seeds, a table. See study.yaml."""
