"""ResNet."""

from __future__ import annotations

from functools import partial
from typing import Any

from torch import Tensor, nn

from mtlbench.errors import ConfigError
from mtlbench.models.encoders.base import Encoder
from mtlbench.models.encoders.stacked_images import share_first_layer, stack_normalization
from mtlbench.models.weights import find_weights, load_weights
from mtlbench.registry import ENCODERS

DEPTHS = (18, 34, 50, 101, 152)
STRIDES = (8, 16, 32)


@ENCODERS.register_module()
class ResNetEncoder(Encoder):
    """torchvision's ResNet: the stem before its pooling, and the stages.

    Args:
        depth: Number of layers: 18, 34, 50, 101 or 152.
        output_stride: Largest stride: 8, 16 or 32. Stages beyond it trade their stride for dilation.
        stages: Number of stages, 1 to 4; the last ones are left out.
        images: Number of RGB images stacked in the input. The pretrained weights of the first layer serve each image,
            divided by their number.
        weights: Name or file of the pretrained weights, see :func:`mtlbench.models.weights.find_weights`; None for
            random ones. ``init_weights`` loads them, at the start of training.
        mean_std: ``mean`` and ``std`` of :class:`Encoder`.

    Raises:
        ConfigError: For another depth, stride or number of stages.
    """

    def __init__(
        self,
        depth: int = 101,
        output_stride: int = 16,
        stages: int = 4,
        images: int = 1,
        weights: str | None = None,
        **mean_std: Any,
    ) -> None:
        super().__init__(**mean_std)
        if depth not in DEPTHS or output_stride not in STRIDES or stages not in range(1, 5):
            raise ConfigError(
                f'ResNetEncoder takes a depth of {DEPTHS}, an output_stride of {STRIDES} and 1 to 4 stages, '
                f'got depth={depth}, output_stride={output_stride}, stages={stages}'
            )
        import torchvision

        self.name, self.weights = f'resnet{depth}', weights
        self.trunk = torchvision.models.get_model(self.name, weights=None)
        self.images = images
        if images > 1:
            self._stack(images)
        pretrained = set(self.trunk.state_dict())
        for unused in ('avgpool', 'fc', *(f'layer{number}' for number in range(stages + 1, 5))):
            delattr(self.trunk, unused)
        self.unused_weights = pretrained - set(self.trunk.state_dict())
        self.stages = [f'layer{number}' for number in range(1, stages + 1)]
        own_strides = [2 ** (number + 1) for number in range(1, stages + 1)]
        for name, stride in zip(self.stages, own_strides, strict=True):
            if stride > output_stride:
                _dilate(getattr(self.trunk, name), stride // output_stride)
        self.strides = (2, *(min(stride, output_stride) for stride in own_strides))
        widths = [_out_channels(getattr(self.trunk, name)) for name in self.stages]
        self.channels = (self.trunk.bn1.num_features, *widths)

    def load_pretrained(self) -> None:
        """Load the pretrained weights.

        Raises:
            CheckpointError: When they are missing or do not fit.
        """
        if self.weights is not None:
            path = find_weights(self.name, self.weights)
            share = partial(share_first_layer, module=self.trunk, images=self.images)
            load_weights(self.trunk, path, ignore=self.unused_weights, change=share)

    def features(self, normalized: Tensor) -> list[Tensor]:
        """Return the maps after the stem and after each stage."""
        net = self.trunk
        maps = [net.relu(net.bn1(net.conv1(normalized)))]
        features = net.maxpool(maps[0])
        for stage in self.stages:
            features = getattr(net, stage)(features)
            maps.append(features)
        return maps

    def _stack(self, images: int) -> None:
        """Widen the input to that many images."""
        stack_normalization(self, images)
        stem = self.trunk.conv1
        self.trunk.conv1 = nn.Conv2d(
            images * stem.in_channels, stem.out_channels, stem.kernel_size, stem.stride, stem.padding, bias=False
        )


def _dilate(stage: nn.Module, dilation: int) -> None:
    """Trade a stage's stride for dilation, such that the layers behind the strided one see the same positions."""
    convs = [module for module in stage.modules() if isinstance(module, nn.Conv2d)]
    for conv in convs:
        conv.stride = (1, 1)
    first, *others = [conv for conv in convs if conv.kernel_size == (3, 3)]
    for conv, factor in ((first, dilation // 2), *((other, dilation) for other in others)):
        conv.dilation = conv.padding = (factor, factor)


def _out_channels(stage: nn.Module) -> int:
    return [module.num_features for module in stage.modules() if isinstance(module, nn.BatchNorm2d)][-1]
