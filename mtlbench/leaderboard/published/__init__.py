"""Published figures, one YAML file a paper, and their reader."""
