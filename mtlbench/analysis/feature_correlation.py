"""Correlation between the channels of the decoders, by level."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from mtlbench.learner import Learner
from mtlbench.metrics.correlation import channel_correlation
from mtlbench.models.network import MultiTaskNetwork
from mtlbench.utils.json_files import encode_json
from mtlbench.utils.output import write_whole

CORRELATION_FILE = 'feature_correlation.json'
Correlations = dict[str, dict[int, float]]


@torch.no_grad()
def measure_correlation(learner: Learner, batches: Iterable[Mapping[str, Any]]) -> Correlations:
    """Compute the mean absolute correlation between the channels of each decoder's maps (CCAM, section 4.2).

    Maps are those of the decoders before an exchange, and correlations are averaged over the images.

    Args:
        learner: Learner in evaluation mode.
        batches: Batches of an evaluation loader.

    Returns:
        Correlations by task and level, in 0..1.
    """
    found: dict[str, dict[int, list[Tensor]]] = {}
    with _watched(learner.network, found):
        for batch in batches:
            learner.val_step(dict(batch))
    return {
        task: {level: torch.cat(values).nanmean().item() for level, values in levels.items()}
        for task, levels in found.items()
    }


def write_correlation(path: Path, correlations: Correlations, subject: Mapping[str, Any]) -> None:
    """Write the measurements of a run atomically, in the leaderboard's format of extra measures.

    Args:
        path: File to write.
        correlations: Result of :func:`measure_correlation`; a task's score is the mean over its levels of stride 1 to
            8.
        subject: Name, profile, recipe, seed and iteration of the run, and the SHA-256 of the checkpoint.
    """
    scores = {}
    for task, levels in correlations.items():
        fine = [value for level, value in levels.items() if level <= 3]
        scores[f'{task}/feature_correlation'] = sum(fine) / len(fine)
    content = dict(
        subject=dict(subject),
        metrics=scores,
        higher_is_better=dict.fromkeys(scores, False),
        levels=correlations,
    )
    write_whole(path, encode_json(content, indent=2).encode())


@contextmanager
def _watched(network: MultiTaskNetwork, found: dict[str, dict[int, list[Tensor]]]) -> Iterator[None]:
    """Collect the correlations of all decoder maps that are computed inside in ``found``."""
    with ExitStack() as stack:
        for task, decoder in network.decoders.items():
            levels = found.setdefault(task, {})

            def note(module: Any, inputs: tuple, output: Tensor, levels: dict[int, list[Tensor]] = levels) -> None:
                levels.setdefault(inputs[0], []).append(channel_correlation(output).cpu())

            stack.callback(decoder.register_forward_hook(note).remove)
        yield
