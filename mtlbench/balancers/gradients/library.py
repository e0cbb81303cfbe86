"""Weightings of torchjd, an optional package."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from mtlbench.errors import MissingExtraError


def torchjd_weighting(name: str, *solvers: str, **arguments: Any) -> Any:
    """Build a weighting of torchjd, which is imported by its first use because that takes a second.

    Args:
        name: Class in ``torchjd.aggregation``.
        solvers: Further packages that the class needs.
        arguments: Arguments of the class.

    Raises:
        MissingExtraError: When a package is not installed.
    """
    for package in ('torchjd', *solvers):
        try:
            import_module(package)
        except ImportError as error:
            raise MissingExtraError(package, 'balancers') from error
    return getattr(import_module('torchjd.aggregation'), name)(**arguments)
