"""One pass over a data set under one perturbation, at all its strengths, which can be interrupted and gone on with."""

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
    """What is done to every image.

    Args:
        name: Of the perturbation, for the progress bar.
        perturb: ``(case, strength) -> perturbed images``.
        strengths: At which it is done.
        attacked: The task that an attack is after; None for what knows no network.
        seed: From which, and from its position, each image's seed is made.
    """

    name: str
    perturb: Callable[[Case, float], Tensor]
    strengths: Sequence[float]
    attacked: str | None = None
    seed: int = 0


class Sweep:
    """A learner and the data it is evaluated on.

    Args:
        learner: In evaluation mode, on its device.
        dataset: Gives the samples by position.
        loader: Config of the loader, without its dataset.
        progress: File in which a pass keeps how far it came.
    """

    def __init__(self, learner: Learner, dataset: Dataset, loader: dict[str, Any], progress: Path) -> None:
        self.learner, self.dataset, self.loader, self.progress = learner, dataset, loader, progress

    @torch.no_grad()
    def run(self, what: Pass, identity: str) -> dict[float, Tally]:
        """Make a pass, or finish one that was interrupted.

        Args:
            what: The pass.
            identity: Tells this pass from all others; one of another identity is not gone on with.

        Returns:
            The sums for each strength.
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
        """The first images, clean (strength 0) and at every strength.

        Args:
            what: The pass.
            count: Images.

        Yields:
            Position in the data, strength, image (3, H, W) in gray values, sample with predictions; use these before
            the next ones come.
        """
        for first, batch in self._batches(0, min(count, self._size), f'drawing {what.name}'):
            case = self._case(what, first, batch)
            for strength in (0.0, *what.strengths):
                perturbed = what.perturb(case, strength) if strength else case.images
                for number, sample in enumerate(self._predict(batch, perturbed)):
                    yield first + number, strength, perturbed[number], sample

    def forget(self) -> None:
        """Remove the file of an interrupted pass, once its result is kept elsewhere."""
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
        # The preprocessor divides by 255; whole gray values come back exactly, so that the clean pass is the usual one.
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
