"""Any backbone of timm that gives feature maps."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from torch import Tensor

from mtlbench.errors import ConfigError, MissingExtraError
from mtlbench.models.encoders.base import Encoder
from mtlbench.models.encoders.stacked_images import RGB, share_first_layer, stack_normalization
from mtlbench.models.encoders.timm_extractor import find_extractor, has_channels_first
from mtlbench.models.timm_weights import by_own_names, find_timm_weights, normalization
from mtlbench.models.weights import load_weights
from mtlbench.registry import ENCODERS


@ENCODERS.register_module()
class TimmEncoder(Encoder):
    """A timm model by name, with all its feature maps or the first of them. Needs the extra ``timm``.

    The sizes of images that the model takes, and the position of the channels in its maps, are found when it is built.

    Args:
        name: timm's name of the model, such as ``'hrnet_w18'``.
        weights: Package, tag or file of the pretrained weights, see
            :func:`mtlbench.models.timm_weights.find_timm_weights`; None for random ones. ``init_weights`` loads them,
            at the start of training.
        output_stride: Largest stride: 8, 16 or 32, for models that trade stride for dilation.
        stages: Number of feature maps, finest first; parameters that serve only later ones do not exist. None for all.
        images: Number of RGB images stacked in the input. The pretrained weights of the first layer serve each image,
            divided by their number.
        mean_std: ``mean`` and ``std`` of :class:`Encoder`; by default those that timm states for the weights.

    Raises:
        ConfigError: When timm has no such model, none with feature maps, that stride and that number of stages, or one
            that takes images of one size alone.
        MissingExtraError: When timm is not installed.
    """

    def __init__(
        self,
        name: str,
        weights: str | None = None,
        output_stride: int = 32,
        stages: int | None = None,
        images: int = 1,
        **mean_std: Any,
    ) -> None:
        try:
            import timm  # noqa: F401
        except ImportError as error:
            raise MissingExtraError('timm', 'timm') from error
        if ':' in name:
            raise ConfigError(
                f"TimmEncoder: name is '{name}', a model of a hub; nothing is downloaded, so name one of timm's"
            )
        super().__init__(**{**normalization(name, weights), **mean_std})
        if images > 1:
            stack_normalization(self, images)
        given: dict[str, Any] = {} if output_stride == 32 else {'output_stride': output_stride}
        given |= {} if images == 1 else {'in_chans': RGB * images}
        self.name, self.weights, self.images = name, weights, images
        self._extractor, self._multiple = find_extractor(name, given, stages)
        self.trunk = self._extractor.build()
        info: Any = self.trunk.feature_info
        self.channels = tuple(info.channels())
        self.strides = tuple(info.reduction())
        self.keep(range(len(self.strides)))

    @property
    def size_multiple(self) -> int:
        """See :class:`Encoder`; attention in windows makes the window a factor."""
        return self._multiple

    def load_pretrained(self) -> None:
        """Load the pretrained weights.

        Raises:
            ConfigError: When they belong to another model.
            CheckpointError: When they are missing or do not fit.
        """
        if self.weights is None:
            return
        weights, path = self.weights, find_timm_weights(self.name, self.weights)
        whole, own = self._extractor.names_of_whole(), list(self.trunk.state_dict())

        def adapt(state: dict[str, Tensor]) -> dict[str, Tensor]:
            return share_first_layer(by_own_names(state, weights, whole, own), self.trunk, self.images)

        load_weights(self.trunk, path, ignore=set(whole) - set(own), change=adapt)

    def features(self, normalized: Tensor) -> list[Tensor]:
        """Return timm's feature maps, channels first."""
        maps = self.trunk(normalized)
        return [
            one if has_channels_first(one, width) else one.permute(0, 3, 1, 2)
            for one, width in zip(maps, self.channels, strict=True)
        ]

    def keep(self, maps: Collection[int]) -> None:
        """Freeze the parameters that none of these maps depends on."""
        used = self._extractor.used(frozenset(maps), self._multiple)
        for name, parameter in self.trunk.named_parameters():
            parameter.requires_grad_(name in used)
