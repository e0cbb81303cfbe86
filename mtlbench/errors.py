"""Errors that a user can fix; each message names the file, key or value, the expectation, and the next step."""

from __future__ import annotations


class MTLBenchError(Exception):
    """Base class of all errors that the command-line tools print as one line instead of a traceback."""


class ConfigError(MTLBenchError, ValueError):
    """A config, one of its keys, or a combination of its parts is invalid."""


class DataError(MTLBenchError, ValueError):
    """A data file is missing, unreadable, or has invalid content."""


class CheckpointError(MTLBenchError, ValueError):
    """A checkpoint or pretrained weights file is missing, damaged, unsafe, or does not fit the network."""


class TrainingError(MTLBenchError, ArithmeticError):
    """Training failed, for example because a loss is not finite."""


class ExportError(MTLBenchError, RuntimeError):
    """A network cannot be exported to a format, or the exported file disagrees with the network."""


class MissingExtraError(MTLBenchError, ImportError):
    """An optional package is missing; the message names the extra that installs it.

    Args:
        package: Package that could not be imported, or the whole message if ``extra`` is missing, because registries
            re-raise an error with one argument.
        extra: Extra of mtlbench that installs the package.
    """

    def __init__(self, package: str, extra: str | None = None) -> None:
        message = f"'{package}' is not installed; install it with: pip install 'mtlbench[{extra}]'"
        super().__init__(message if extra else package)
