"""Self-supervised depth from video."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from mtlbench.errors import ConfigError
from mtlbench.geometry.view_synthesis import Motion, synthesize
from mtlbench.objectives.base import Objective, StreamFacts
from mtlbench.objectives.photometry import edge_aware_smoothness, photometric_error
from mtlbench.objectives.step import Batch, Step
from mtlbench.registry import MODELS, OBJECTIVES
from mtlbench.utils.choices import require_known

TIE_BREAK = 1e-5
SMOOTH_ON = ('prediction', 'inverse_depth')
COMPARE_AT = ('image', 'level')


@OBJECTIVES.register_module()
class PhotometricObjective(Objective):
    """Photometric loss of depth and camera motion, which warp neighboring frames to this one (monodepth2).

    At every head level, the prediction is resized to the image, decoded to depth, and used to warp each neighbor. The
    error of a pixel is the smallest over the neighbors. A smoothness term, halved from level to level, is added, and
    the levels are averaged. The network receives images with color augmentation, if the pipeline has one; the loss
    compares the original colors.

    Args:
        pose: Config of the network that predicts camera motion from two frames.
        stream: Stream to learn from, or several, whose losses are summed; their datasets provide the neighbors.
        task: Task whose decoded prediction is a depth.
        offsets: Offsets of the neighbors in frames, other than 0.
        automask: Whether unwarped neighbors are candidates too, which excludes objects that move with the camera, and
            static frames.
        smoothness: Weight of the smoothness term at level 0.
        smooth_on: Map to smooth: the ``'prediction'`` or the ``'inverse_depth'``.
        compare_at: Size at which views are compared: that of the ``'image'``, which is sharpest, or that of the
            ``'level'``, to which images and intrinsics are downscaled, so that large motions span fewer pixels
            (SfMLearner, https://arxiv.org/abs/1704.07813).

    Raises:
        ConfigError: When a choice is unknown or, at the first update, when the task has labels.
    """

    def __init__(
        self,
        pose: dict,
        stream: str | Sequence[str] = 'video',
        task: str = 'depth',
        offsets: Sequence[int] = (-1, 1),
        automask: bool = True,
        smoothness: float = 1e-3,
        smooth_on: str = 'prediction',
        compare_at: str = 'image',
    ) -> None:
        super().__init__()
        require_known('PhotometricObjective: smooth_on', smooth_on, SMOOTH_ON)
        require_known('PhotometricObjective: compare_at', compare_at, COMPARE_AT)
        if not offsets or 0 in offsets:
            raise ConfigError(f'PhotometricObjective: offsets is {offsets}, expected one or more offsets other than 0')
        self.pose = MODELS.build(pose)
        self.streams: tuple[str, ...] = (stream,) if isinstance(stream, str) else tuple(stream)
        self.task, self.offsets, self.unlabeled_tasks = task, tuple(offsets), (task,)
        self.automask, self.smoothness, self.smooth_on = automask, smoothness, smooth_on
        self.compare_at = compare_at

    def check_streams(self, streams: Mapping[str, StreamFacts]) -> None:
        """Reject streams that are labeled for the task or lack neighbors."""
        for stream, facts in streams.items():
            if self.task in facts.labels:
                raise _labels_are_there(self.task, stream)
            missing = set(self.offsets) - set(facts.neighbor_offsets)
            if stream in self.streams and missing:
                raise ConfigError(
                    f'PhotometricObjective needs the frames at {sorted(self.offsets)} from each image of the stream '
                    f"'{stream}', which lacks {sorted(missing)}; set train_dataloader.{stream}.dataset "
                    f'neighbor_offsets={self.offsets} and require_neighbors=True'
                )

    def losses(self, step: Step) -> dict[str, Tensor]:
        """Return one loss, under the name of the task."""
        self._refuse_labels(step)
        return {self.task: torch.stack([self._stream_loss(step, stream) for stream in self.streams]).sum()}

    def _stream_loss(self, step: Step, stream: str) -> Tensor:
        predictions = step.predictions_of(stream, self.task)
        batch, task = step.batch(stream), step.tasks[self.task]
        video = whole = self._video(batch)
        with torch.autocast(batch.images.device.type, enabled=False):
            unmoved = self._unmoved(video)
            terms = []
            for level, prediction in predictions.items():
                if self.compare_at == 'level':
                    video = whole.shrunk_to(prediction)
                    unmoved = self._unmoved(video)
                depth = task.decode(_resized(prediction.float(), video.target))
                inverse = prediction.float() if self.smooth_on == 'prediction' else 1 / task.decode(prediction)
                rough = edge_aware_smoothness(inverse, _resized(video.target, prediction))
                errors = torch.cat([*unmoved, video.errors(depth)])
                terms.append(errors.amin(0).mean() + self.smoothness / 2**level * rough)
            return torch.stack(terms).mean()

    def _video(self, batch: Batch) -> Video:
        motions = []
        for offset in self.offsets:
            neighbor = batch.neighbors(offset)
            if offset < 0:
                motions.append(self.pose(neighbor, batch.loaded).inverse())
            else:
                motions.append(self.pose(batch.loaded, neighbor))
        sources = [batch.neighbors(offset, clean=True) for offset in self.offsets]
        return Video(batch.clean_images(), sources, motions, batch.intrinsics())

    def _unmoved(self, video: Video) -> list[Tensor]:
        return [video.unmoved_errors()] if self.automask else []

    def _refuse_labels(self, step: Step) -> None:
        """Reject labels, because they would make comparisons with unsupervised methods unfair."""
        for stream, batch in step.batches.items():
            if batch.labeled(self.task)[0]:
                raise _labels_are_there(self.task, stream)


def _labels_are_there(task: str, stream: str) -> ConfigError:
    return ConfigError(
        f"PhotometricObjective learns '{task}' without labels, but the stream '{stream}' has some; "
        f"remove '{task}' from train_dataloader.{stream}.dataset.tasks"
    )


@dataclass(frozen=True)
class Video:
    """Images, their neighbors, and the motion of the camera.

    Args:
        target: Images (N, 3, H, W) in [0, 1].
        sources: Neighbors, each of the same shape.
        motions: Motion from the camera of the target to that of each neighbor.
        intrinsics: Camera intrinsics (N, 3, 3) in pixels.
    """

    target: Tensor
    sources: Sequence[Tensor]
    motions: Sequence[Motion]
    intrinsics: Tensor

    def errors(self, depth: Tensor) -> Tensor:
        """Return the errors (K, N, H, W) of each neighbor warped by a depth (N, 1, H, W)."""
        pairs = zip(self.sources, self.motions, strict=True)
        views = [synthesize(source, depth, motion, self.intrinsics) for source, motion in pairs]
        return photometric_error(self.target, torch.stack(views))

    def shrunk_to(self, maps: Tensor) -> Video:
        """Downscale to the height and width of maps (N, C, h, w), with the corners of the image fixed."""
        (height, width), (h, w) = self.target.shape[-2:], maps.shape[-2:]
        intrinsics = self.intrinsics.clone()
        intrinsics[:, :2, 2] += 0.5  # from the center of the first pixel to its corner, and back
        intrinsics[:, :2] *= intrinsics.new_tensor([[w / width], [h / height]])
        intrinsics[:, :2, 2] -= 0.5
        sources = [_resized(source, maps) for source in self.sources]
        return Video(_resized(self.target, maps), sources, self.motions, intrinsics)

    def unmoved_errors(self) -> Tensor:
        """Return the errors (K, N, H, W) of each unwarped neighbor, with a little noise that breaks ties."""
        errors = photometric_error(self.target, torch.stack(list(self.sources)))
        return errors + TIE_BREAK * torch.randn_like(errors)


def _resized(maps: Tensor, like: Tensor) -> Tensor:
    """Resize maps (N, C, h, w) to the size of others: bilinear up, antialiased bicubic down."""
    if maps.shape[-2:] == like.shape[-2:]:
        return maps
    smaller = maps.shape[-1] > like.shape[-1]
    mode = 'bicubic' if smaller else 'bilinear'
    return F.interpolate(maps, size=like.shape[-2:], mode=mode, align_corners=False, antialias=smaller)
