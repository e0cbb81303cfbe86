"""Resumable pass over a dataset under one perturbation, at all its strengths."""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from mmengine.runner import Runner
from torch import Tensor
from torch.utils.data import Dataset, Subset
from tqdm import tqdm

from mtlbench.checkpoint import read_checkpoint
from mtlbench.engine.seed import derive_seed
from mtlbench.learner import Learner
from mtlbench.models.preprocessor import EVALUATION_STREAM
from mtlbench.robustness.base import Case
from mtlbench.robustness.tally import Tally
from mtlbench.robustness.victim import GRAY_MAX, Victim
from mtlbench.structures import Batch, MultiTaskSample
from mtlbench.utils.output import write_whole

SAVED_EVERY_S = 10.0


@dataclass(frozen=True)
class Pass:
    """Perturbation that a pass applies to every image.

    Args:
        name: Name of the perturbation, for the progress bar.
        perturb: Function ``(case, strength) -> perturbed images``.
        strengths: Strengths to apply.
        attacked: Attacked task; None for perturbations that are no attacks.
        seed: Seed from which, with its position, the seed of each image is derived.
    """

    name: str
    perturb: Callable[[Case, float], Tensor]
    strengths: Sequence[float]
    attacked: str | None = None
    seed: int = 0


class Sweep:
    """Learner and the dataset that it is evaluated on.

    Args:
        learner: Learner in evaluation mode, on its device.
        dataset: Map-style dataset of samples.
        loader: Config of the loader, without its dataset.
        progress: File that stores the state of an unfinished pass.
    """

    def __init__(self, learner: Learner, dataset: Dataset, loader: dict[str, Any], progress: Path) -> None:
        self.learner, self.dataset, self.loader, self.progress = learner, dataset, loader, progress

    @torch.no_grad()
    def run(self, what: Pass, identity: str) -> dict[float, Tally]:
        """Make a pass, or finish an interrupted one.

        Args:
            what: Perturbation and strengths.
            identity: Unique identity of the pass; an interrupted pass of another identity is discarded.

        Returns:
            Sums by strength.
        """
        done, tallies = self._resume(what, identity)
        saved = time.monotonic()
        for first, batch in self._batches(done, self._size, what.name):
            self._one(what, first, batch, tallies)
            done = first + len(batch.samples)
            if time.monotonic() - saved > SAVED_EVERY_S:
                self._save(identity, done, tallies)
                saved = time.monotonic()
        return tallies

    @torch.no_grad()
    def look(self, what: Pass, count: int) -> Iterator[tuple[int, float, Tensor, MultiTaskSample]]:
        """Yield the first images, clean (strength 0) and at every strength.

        Args:
            what: Perturbation and strengths.
            count: Number of images.

        Yields:
            Position in the data, strength, image (3, H, W) in gray values, and sample with predictions, which is valid
            until the next iteration.
        """
        for first, batch in self._batches(0, min(count, self._size), f'drawing {what.name}'):
            case = self._case(what, first, batch)
            for strength in (0.0, *what.strengths):
                perturbed = what.perturb(case, strength) if strength else case.images
                for number, sample in enumerate(self._predict(batch, perturbed)):
                    yield first + number, strength, perturbed[number], sample

    def forget(self) -> None:
        """Remove the file of a pass whose result is stored elsewhere."""
        self.progress.unlink(missing_ok=True)

    @property
    def _size(self) -> int:
        return len(self.dataset)  # type: ignore[arg-type]

    def _one(self, what: Pass, first: int, batch: Batch, tallies: dict[float, Tally]) -> None:
        case = self._case(what, first, batch)
        for strength, tally in tallies.items():
            perturbed = what.perturb(case, strength)
            tally.add(self._predict(batch, perturbed), case.images, perturbed)

    def _case(self, what: Pass, first: int, batch: Batch) -> Case:
        # The preprocessor divides by 255; rounding restores whole gray values exactly, as in the usual evaluation.
        clean = (batch.images * GRAY_MAX).round()
        seeds = [derive_seed(what.seed, position) for position in range(first, first + len(clean))]
        return Case(clean, seeds, self._victim(what.attacked, batch))

    def _predict(self, batch: Batch, images: Tensor) -> list[MultiTaskSample]:
        return self.learner({EVALUATION_STREAM: Batch(images / GRAY_MAX, batch.samples)}, mode='predict')

    def _victim(self, attacked: str | None, batch: Batch) -> Victim | None:
        if attacked is None:
            return None
        labels = [sample.label(attacked) if sample.has_label(attacked) else None for sample in batch.samples]
        return Victim(self.learner.network, self.learner.tasks[attacked], labels, self.learner.eval_level)

    def _batches(self, start: int, end: int, name: str) -> Iterator[tuple[int, Batch]]:
        sampler = dict(type='DefaultSampler', shuffle=False, round_up=False)
        rest = Subset(self.dataset, range(start, end))
        loader = Runner.build_dataloader({**self.loader, 'dataset': rest, 'sampler': sampler})
        with tqdm(total=end, initial=start, desc=name, unit='image') as bar:
            for data in loader:
                batch = self.learner.data_preprocessor(data, False)['batches'][EVALUATION_STREAM]
                yield start, batch
                start += len(batch.samples)
                bar.update(len(batch.samples))

    def _resume(self, what: Pass, identity: str) -> tuple[int, dict[float, Tally]]:
        kept = read_checkpoint(self.progress) if self.progress.exists() else {}
        if kept.get('identity') != identity:
            return 0, {strength: Tally(self.learner.tasks) for strength in what.strengths}
        device = next(self.learner.parameters()).device
        return kept['done'], {
            strength: Tally(self.learner.tasks, _moved(kept['tallies'][strength], device))
            for strength in what.strengths
        }

    def _save(self, identity: str, done: int, tallies: dict[float, Tally]) -> None:
        state = {strength: tally.state for strength, tally in tallies.items()}
        content = io.BytesIO()
        torch.save({'identity': identity, 'done': done, 'tallies': state}, content)
        write_whole(self.progress, content.getvalue())


def _moved(state: dict[str, dict[str, Tensor]], device: torch.device) -> dict[str, dict[str, Tensor]]:
    return {task: {name: value.to(device) for name, value in sums.items()} for task, sums in state.items()}
