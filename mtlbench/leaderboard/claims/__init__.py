"""Claims of the papers, one YAML file per paper, and their evaluation on result records."""
