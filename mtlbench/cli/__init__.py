"""Command-line tools, which ``mtlbench`` and the scripts in ``tools/`` call."""
