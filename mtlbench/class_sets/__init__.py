"""Sets of semantic classes: names, colors and the ids of the data sets that have them."""
