"""Several RGB images stacked in the input of an encoder."""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor, nn

from mtlbench.models.encoders.base import Encoder

RGB = 3


def stack_normalization(encoder: Encoder, images: int) -> None:
    """Repeat the encoder's mean and divisor for each of the images."""
    encoder.mean, encoder.std = (value.repeat(1, images, 1, 1) for value in (encoder.mean, encoder.std))


def share_first_layer(state: Mapping[str, Tensor], module: nn.Module, images: int) -> dict[str, Tensor]:
    """Adapt the weights of one RGB image to a module that takes several.

    The weights of the first layer serve each image, divided by the number of images; so equal images give the features
    of one.

    Args:
        state: Weights by the module's own names.
        module: Module that takes ``3 * images`` channels.
        images: Number of images.
    """
    own = module.state_dict()

    def shared(name: str, value: Tensor) -> Tensor:
        stacks = value.ndim == 4 and value.shape[1] == RGB and name in own and own[name].shape[1:2] == (RGB * images,)
        return value.repeat(1, images, 1, 1) / images if stacks else value

    return {name: shared(name, value) for name, value in state.items()}
