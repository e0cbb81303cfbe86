"""Errors that a user can mend: each names the file, key or value, what was expected, and what to do next."""

from __future__ import annotations


class MTLBenchError(Exception):
    """Base of all errors that the command-line tools print as one line instead of a traceback."""


class ConfigError(MTLBenchError, ValueError):
    """A config, a key in it, or a combination of its parts makes no sense."""


class DataError(MTLBenchError, ValueError):
    """A file of a dataset is missing, unreadable, or holds what it must not hold."""


class CheckpointError(MTLBenchError, ValueError):
    """A checkpoint or a file of pretrained weights is missing, damaged, hostile, or does not fit the network."""


class TrainingError(MTLBenchError, ArithmeticError):
    """Training went wrong: a loss is no longer finite."""


class MissingExtraError(MTLBenchError, ImportError):
    """An optional package is needed. The message names the extra that brings it.

    Args:
        package: The package that could not be imported, or (without ``extra``) the whole message: registries re-raise
            an error with one argument.
        extra: The extra of mtlbench that installs it.
    """

    def __init__(self, package: str, extra: str | None = None) -> None:
        message = f"'{package}' is not installed; it comes with: pip install 'mtlbench[{extra}]'"
        super().__init__(message if extra else package)
