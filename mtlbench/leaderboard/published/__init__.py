"""Published results, one YAML file per paper, and their reader."""
