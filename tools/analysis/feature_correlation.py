"""Runs ``mtlbench.cli.analysis.feature_correlation``."""

from mtlbench.cli.friendly import friendly

if __name__ == '__main__':
    friendly('mtlbench.cli.analysis.feature_correlation')
