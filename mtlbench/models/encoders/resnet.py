"""ResNet."""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn

from mtlbench.errors import ConfigError
from mtlbench.models.encoders.base import Encoder
from mtlbench.models.weights import find_weights, load_weights
from mtlbench.registry import ENCODERS

DEPTHS = (18, 34, 50, 101, 152)


@ENCODERS.register_module()
class ResNetEncoder(Encoder):
    """torchvision's ResNet: the stem before its pooling, and the four stages.

    Args:
        depth: 18, 34, 50, 101 or 152.
        output_stride: 32, or 16: the last stage then trades its stride for dilation 2.
        weights: Pretrained weights, see :func:`mtlbench.models.weights.find_weights`; None for none. They are loaded
            by ``init_weights``, so when training starts.
        mean_std: ``mean`` and ``std`` of :class:`Encoder`.

    Raises:
        ConfigError: For another depth or stride.
    """

    def __init__(
        self, depth: int = 101, output_stride: int = 16, weights: str | None = 'IMAGENET1K_V1', **mean_std: Any
    ) -> None:
        super().__init__(**mean_std)
        if depth not in DEPTHS or output_stride not in (16, 32):
            raise ConfigError(
                f'ResNetEncoder takes a depth of {DEPTHS} and an output_stride of 16 or 32, '
                f'got depth={depth}, output_stride={output_stride}'
            )
        import torchvision

        self.name, self.weights = f'resnet{depth}', weights
        self.trunk = torchvision.models.get_model(self.name, weights=None)
        del self.trunk.avgpool, self.trunk.fc
        if output_stride == 16:
            _dilate(self.trunk.layer4)
        stages = [getattr(self.trunk, f'layer{i}') for i in range(1, 5)]
        self.channels = (self.trunk.bn1.num_features, *(_out_channels(stage) for stage in stages))
        self.strides = (2, 4, 8, 16, output_stride)

    def init_weights(self) -> None:
        """Load the pretrained weights.

        Raises:
            CheckpointError: When they are missing or do not fit.
        """
        super().init_weights()
        if self.weights is not None:
            load_weights(self.trunk, find_weights(self.name, self.weights), ignore={'fc.weight', 'fc.bias'})

    def features(self, normalized: Tensor) -> list[Tensor]:
        """Maps after the stem and after each stage."""
        net = self.trunk
        maps = [net.relu(net.bn1(net.conv1(normalized)))]
        maps.append(net.layer1(net.maxpool(maps[0])))
        for stage in (net.layer2, net.layer3, net.layer4):
            maps.append(stage(maps[-1]))
        return maps


def _dilate(stage: nn.Module) -> None:
    """Trade a stage's stride for dilation: all after the convolution that had the stride see the same places."""
    convs = [module for module in stage.modules() if isinstance(module, nn.Conv2d)]
    for conv in convs:
        conv.stride = (1, 1)
    for conv in [conv for conv in convs if conv.kernel_size == (3, 3)][1:]:
        conv.dilation = conv.padding = (2, 2)


def _out_channels(stage: nn.Module) -> int:
    return [module.num_features for module in stage.modules() if isinstance(module, nn.BatchNorm2d)][-1]
