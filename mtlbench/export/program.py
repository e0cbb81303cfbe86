"""Capture of a network as a program of torch.export, from which other formats are made."""

from __future__ import annotations

import contextlib
import io
import logging
import warnings
from collections.abc import Iterator
from typing import Any

import torch
from torch.export import Dim, ExportedProgram

from mtlbench.errors import ExportError
from mtlbench.export.network import ExportedNetwork, Size, example
from mtlbench.export.traceable import traceable


def capture(network: ExportedNetwork, size: Size | None) -> ExportedProgram:
    """Return the program of a network.

    Args:
        network: Network to capture.
        size: Only size of the images; None for all multiples of the network's ``size_multiple``. The batch is free.

    Raises:
        ExportError: When the network cannot be captured in this way.
    """
    side = network.usual_side
    # Neither 1 nor equal sides: torch would take them for properties of all inputs.
    images = example(2, size or Size(side, side + network.size_multiple))
    free: dict[int, Any] = {0: Dim('batch')}
    if size is None:
        free |= {2: _multiples('rows', network.size_multiple), 3: _multiples('columns', network.size_multiple)}
    advice = (
        'use --format safetensors' if size else 'export it for one size with --size HxW, or use --format safetensors'
    )
    with exporting('torch-export', advice), torch.no_grad():
        return torch.export.export(traceable(network), (images,), dynamic_shapes=(free,), strict=False)


def _multiples(name: str, multiple: int) -> Any:
    return Dim(name) if multiple == 1 else multiple * Dim(name)


@contextlib.contextmanager
def exporting(name: str, advice: str) -> Iterator[None]:
    """Silence an exporter, and convert its errors, which can be of any class and have hundreds of lines, to one line.

    Raises:
        ExportError: In place of any error.
    """
    try:
        with silenced():
            yield
    except Exception as error:
        first = next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)
        raise ExportError(f'this network cannot be exported as {name} ({first:.160}); {advice}') from error


@contextlib.contextmanager
def silenced() -> Iterator[None]:
    """Discard what exporters print, log and warn."""
    usual = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        with (
            warnings.catch_warnings(),
            contextlib.redirect_stdout(io.StringIO()),
            contextlib.redirect_stderr(io.StringIO()),
        ):
            warnings.simplefilter('ignore')
            yield
    finally:
        logging.disable(usual)
