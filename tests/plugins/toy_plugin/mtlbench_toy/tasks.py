"""Two tasks of the plugin, saliency and albedo, and a dataset with their labels."""

import torch
from torch.nn import functional as F

from mtlbench.datasets import VKITTI2Dataset
from mtlbench.datasets.files import read_npy
from mtlbench.registry import DATASETS, TASKS
from mtlbench.structures import FieldKind
from mtlbench.tasks import Task
from mtlbench.tasks.base import fit
from mtlbench.tasks.losses import mean_over_valid


@TASKS.register_module()
class SaliencyTask(Task):
    """Soft saliency in 0..1, from one logit, with binary cross-entropy; the metric is the mean absolute error."""

    name, letter, kind = 'saliency', 'l', FieldKind.CONTINUOUS
    metric_of_record, higher_is_better = 'mae', {'mae': False}
    out_channels = 1

    def decode(self, prediction):
        return prediction.float().sigmoid()

    def loss(self, prediction, label):
        logits = fit(prediction, label)
        return mean_over_valid(F.binary_cross_entropy_with_logits, logits, label, self.valid(label))

    def statistics(self, decoded, label):
        valid = self.valid(label)
        return {'errors': (decoded - label)[valid].abs().double().sum(), 'count': valid.sum().double()}

    def scores(self, sums):
        return {'mae': (sums['errors'] / sums['count']).item()}

    def constant_statistics(self, label):
        known = label[label.isfinite()].double()
        return {'total': known.sum(), 'count': known.new_tensor(known.numel())}

    def best_constant(self, sums):
        return (sums['total'] / sums['count']).float().reshape(1, 1, 1)


@TASKS.register_module()
class AlbedoTask(Task):
    """Reflectance of red, green and blue in 0..1, with an L1 loss; the metrics are RMSE and its ratio to 1 in dB."""

    name, letter, kind = 'albedo', 'a', FieldKind.CONTINUOUS
    metric_of_record, higher_is_better = 'psnr_db', {'psnr_db': True, 'rmse': False}
    out_channels = 3

    def decode(self, prediction):
        return prediction.float().sigmoid()

    def loss(self, prediction, label):
        return mean_over_valid(F.l1_loss, self.decode(fit(prediction, label)), label, self.valid(label))

    def statistics(self, decoded, label):
        valid = self.valid(label).expand_as(label)
        return {'squares': (decoded - label)[valid].double().square().sum(), 'count': valid.sum().double()}

    def scores(self, sums):
        mean = (sums['squares'] / sums['count']).clamp(min=1e-12)  # a finite ratio for a perfect prediction
        return {'psnr_db': -10 * torch.log10(mean).item(), 'rmse': mean.sqrt().item()}

    def range_of(self, metric):
        return (0.0, float('inf'))


@DATASETS.register_module()
class ToyDataset(VKITTI2Dataset):
    """Virtual KITTI 2 with maps of saliency and albedo, NaN where unknown, in a folder of their own each."""

    name = 'toy'
    official_counts = {}
    label_fields = {**VKITTI2Dataset.label_fields, 'saliency': 'saliency', 'albedo': 'albedo'}

    def read_saliency(self, frame):
        """Map (H, W) in 0..1."""
        return read_npy(self._map(frame, 'saliency'), ndim=2)

    def read_albedo(self, frame):
        """Map (H, W, 3) in 0..1, RGB."""
        return read_npy(self._map(frame, 'albedo'), ndim=3)

    def _map(self, frame, field):
        return (self.root / frame.replace('rgb', field)).with_suffix('.npy')
