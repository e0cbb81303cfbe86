"""Command-line tools, which the scripts in ``tools/`` call."""
