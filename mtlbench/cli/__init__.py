"""The command-line tools; the scripts in ``tools/`` call them."""
