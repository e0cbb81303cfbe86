"""Sets of semantic classes: names, colors, and the label ids that make up each class."""
