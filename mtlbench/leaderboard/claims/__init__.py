"""Claims of the papers, one YAML file each, and the verdict of the records on them."""
