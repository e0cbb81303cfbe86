"""Parts of the training signal, and a noise."""

import torch

from mtlbench.balancers import Balancer
from mtlbench.mixers import PairMixer
from mtlbench.objectives import Objective
from mtlbench.registry import BALANCERS, MIXERS, OBJECTIVES, PERTURBATIONS
from mtlbench.robustness import Perturbation


@BALANCERS.register_module()
class ToyBalancer(Balancer):
    """Divides the loss of each task by its first value."""

    def __init__(self, tasks):
        super().__init__(tasks)
        self.register_buffer('first', torch.zeros(len(tasks)))

    def forward(self, losses):
        """Return the sum of the divided losses."""
        return torch.stack([loss / self._first(name, loss) for name, loss in losses.items()]).sum()

    def _first(self, name, loss):
        place = self.tasks.index(name)
        if not self.first[place]:
            self.first[place] = loss.detach()
        return self.first[place].clone()


@MIXERS.register_module()
class ToyMixer(PairMixer):
    """Keeps the columns left of a random one."""

    def kept(self, views, generator):
        """Return the mask of these columns, one for each image."""
        count, _, _, width = views.labels.shape
        first = torch.randint(1, width, (count, 1, 1, 1), generator=generator).to(views.labels.device)
        return (torch.arange(width, device=views.labels.device) < first).expand(views.labels.shape)


@OBJECTIVES.register_module()
class ToyObjective(Objective):
    """Keeps the predictions of one task small: the mean of their squares, as an additional term."""

    def __init__(self, task='depth', stream='labeled', weight=1e-4):
        super().__init__()
        self.task, self.stream, self.weight = task, stream, weight
        self.streams = (stream,)

    def losses(self, step):
        """Return the term ``small_<task>``."""
        levels = step.predictions_of(self.stream, self.task)
        return {f'small_{self.task}': self.weight * levels[0].float().square().mean()}


@PERTURBATIONS.register_module()
class ToyNoise(Perturbation):
    """Adds uniform noise; the strength is its standard deviation."""

    def perturb(self, case, strength):
        """Add the noise of each image's own seed."""
        shape = case.images.shape[1:]
        uniform = case.draw(lambda generator: torch.rand(shape, generator=generator))
        return case.images + strength * 12**0.5 * (uniform - 0.5)
