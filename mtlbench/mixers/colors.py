"""Color and blur augmentation of batches of images, on their device."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional as F

GRAY = (0.299, 0.587, 0.114)
JITTER_PROB, BLUR_PROB = 0.8, 0.5
JITTER, SIGMA, BLUR_RADIUS = 0.25, (0.15, 1.15), 7


def strong_augment(images: Tensor, generator: torch.Generator) -> Tensor:
    """Apply color jitter with probability 0.8, then blur with probability 0.5, per batch (CCAM, segmentation).

    Args:
        images: Images (N, 3, H, W) in [0, 1].
        generator: CPU generator.
    """
    jitters, blurs = (torch.rand(2, generator=generator) < torch.tensor([JITTER_PROB, BLUR_PROB])).tolist()
    if jitters:
        images = jitter(images, generator)
    if blurs:
        least, most = SIGMA
        images = blur(images, least + (most - least) * torch.rand((), generator=generator).item())
    return images


def jitter(images: Tensor, generator: torch.Generator) -> Tensor:
    """Jitter brightness, contrast, saturation and hue of each image, in one random order for the batch.

    Brightness is an offset and contrast a factor, as in the augmentation library used by 3-ways PAD-Net.
    """
    count = len(images)
    draws = JITTER * (2 * torch.rand(4, count, 1, 1, 1, generator=generator) - 1).to(images)
    steps: list[Callable[[Tensor], Tensor]] = [
        lambda images: images + draws[0],
        lambda images: images * (1 + draws[1]),
        lambda images: scale_saturation(images, 1 + draws[2]),
        lambda images: turn_hue(images, draws[3]),
    ]
    for number in torch.randperm(len(steps), generator=generator).tolist():
        images = steps[number](images).clamp(0, 1)
    return images


def blend_colors(image: Tensor, region: Tensor, strength: float, generator: torch.Generator) -> Tensor:
    """Jitter brightness, contrast and saturation of one image in random order, each blended with gray.

    Args:
        image: Image (3, H, W) in [0, 1].
        region: Non-empty mask (H, W) bool over which the mean gray is taken.
        strength: Half-width of the range of the factors, 1 - strength .. 1 + strength.
        generator: CPU generator.
    """
    brightness, contrast, saturation = (1 + strength * (2 * torch.rand(3, generator=generator) - 1)).tolist()
    steps: list[Callable[[Tensor], Tensor]] = [
        lambda image: brightness * image,
        lambda image: contrast * image + (1 - contrast) * _gray(image)[region].mean(),
        lambda image: saturation * image + (1 - saturation) * _gray(image),
    ]
    for number in torch.randperm(len(steps), generator=generator).tolist():
        image = steps[number](image).clamp(0, 1)
    return image


def scale_saturation(images: Tensor, factor: Tensor) -> Tensor:
    """Multiply the saturation of images (N, 3, H, W) by factors (N, 1, 1, 1), at most to 1; keep hue and value."""
    value, saturation = _value_and_saturation(images)
    ratio = (saturation * factor).clamp(max=1) / saturation.clamp(min=1e-6)
    return value - (value - images) * ratio


def turn_hue(images: Tensor, turns: Tensor) -> Tensor:
    """Rotate the hue of images (N, 3, H, W) by fractions of a turn (N, 1, 1, 1); keep saturation and value."""
    value, saturation = _value_and_saturation(images)
    spread = (value * saturation).clamp(min=1e-6)
    red, green, blue = images.split(1, 1)
    sixths = torch.where(red == value, (green - blue) / spread, (red - green) / spread + 4)
    sixths = torch.where((green == value) & (red != value), (blue - red) / spread + 2, sixths) + 6 * turns
    # Red, green and blue peak at a hue of 0, 2 and 4 sixths of a turn.
    offsets = torch.tensor([5.0, 3.0, 1.0], dtype=images.dtype, device=images.device)[:, None, None]
    place = (offsets + sixths) % 6
    return value - value * saturation * torch.minimum(place, 4 - place).clamp(0, 1)


def blur(images: Tensor, sigma: float) -> Tensor:
    """Blur images (N, 3, H, W) with a Gaussian of a standard deviation in pixels, with reflection padding.

    Up to a sigma of 1.15 pixels, the weights beyond the kernel's radius are below 1e-8 of the central weight.
    """
    places = torch.arange(-BLUR_RADIUS, BLUR_RADIUS + 1, dtype=images.dtype, device=images.device)
    kernel = torch.exp(-(places**2) / (2 * sigma**2))
    kernel = (kernel / kernel.sum()).expand(images.shape[1], 1, -1)
    padded = F.pad(images, [BLUR_RADIUS] * 4, mode='reflect')
    rows = F.conv2d(padded, kernel[:, :, None], groups=images.shape[1])
    return F.conv2d(rows, kernel[..., None], groups=images.shape[1])


def _value_and_saturation(images: Tensor) -> tuple[Tensor, Tensor]:
    value, least = images.amax(1, keepdim=True), images.amin(1, keepdim=True)
    return value, (value - least) / value.clamp(min=1e-6)


def _gray(image: Tensor) -> Tensor:
    """Convert an image (3, H, W) to gray (H, W)."""
    return (image * image.new_tensor(GRAY)[:, None, None]).sum(0)
