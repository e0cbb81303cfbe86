"""Batch of one stream, as the network and the objectives receive it."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from mtlbench.errors import ConfigError, DataError
from mtlbench.structures.sample import MultiTaskSample


@dataclass
class Batch:
    """Images (N, 3, H, W) of one stream, RGB in [0, 1], and their samples.

    Args:
        images: Images that the network learns from.
        samples: Labels and metadata of the images.
        unaltered: Images as loaded, if an objective has replaced them; otherwise None.
    """

    images: Tensor
    samples: list[MultiTaskSample]
    unaltered: Tensor | None = None

    @property
    def loaded(self) -> Tensor:
        """Images as loaded; neighboring frames have the same colors."""
        return self.images if self.unaltered is None else self.unaltered

    def alter(self, images: Tensor) -> None:
        """Replace the images that the network learns from; the metadata still refers to the loaded frames."""
        self.images, self.unaltered = images, self.loaded

    def labeled(self, task: str) -> tuple[list[int], list[Tensor]]:
        """Return the positions of the samples labeled for a task, and their labels (C, H, W)."""
        where = [i for i, sample in enumerate(self.samples) if sample.has_label(task)]
        return where, [self.samples[i].label(task) for i in where]

    def clean_images(self) -> Tensor:
        """Return the images (N, 3, H, W) in [0, 1] before color augmentation."""
        if not any('clean_image' in sample for sample in self.samples):
            return self.loaded
        kept = [sample.get('clean_image') for sample in self.samples]
        return torch.stack(
            [image if clean is None else _scaled(clean) for image, clean in zip(self.loaded, kept, strict=True)]
        )

    def neighbors(self, offset: int, clean: bool = False) -> Tensor:
        """Return the video frames (N, 3, H, W) in [0, 1] at an offset from the images.

        Args:
            offset: Offset in frames; negative for earlier frames.
            clean: Whether to return frames before color augmentation.

        Raises:
            ConfigError: When a sample has no such frame.
        """
        frames = []
        for sample in self.samples:
            offsets = list(sample.get('neighbor_offsets', ()))
            if offset not in offsets:
                raise ConfigError(
                    f'the frame {offset:+d} from {sample.get("img_path")} is needed, but its dataset has '
                    f'{offsets or "none"}; set neighbor_offsets and require_neighbors=True of that dataset'
                )
            name = 'clean_neighbors' if clean and 'clean_neighbors' in sample else 'neighbors'
            frames.append(sample.get(name)[offsets.index(offset)])
        return _scaled(torch.stack(frames).contiguous(memory_format=torch.channels_last))

    def intrinsics(self) -> Tensor:
        """Return the camera intrinsics (N, 3, 3) float32 of the images, in pixels.

        Raises:
            DataError: When the files with the intrinsics of a sample are missing.
        """
        for sample in self.samples:
            if 'intrinsics' not in sample:
                raise DataError(f'an objective needs intrinsics: {sample.get("no_intrinsics")}')
        matrices = [torch.as_tensor(sample.get('intrinsics'), dtype=torch.float32) for sample in self.samples]
        return torch.stack(matrices).to(self.images.device)


def _scaled(images: Tensor) -> Tensor:
    return images.float() / 255
