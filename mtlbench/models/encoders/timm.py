"""Any backbone of timm that gives feature maps."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from torch import Tensor

from mtlbench.errors import ConfigError, MissingExtraError
from mtlbench.models.encoders.base import Encoder
from mtlbench.models.weights import existing_file, load_weights
from mtlbench.registry import ENCODERS


@ENCODERS.register_module()
class TimmEncoder(Encoder):
    """A timm model by name, with its feature maps of stride 2 to 32. Needs the extra ``timm``.

    Args:
        name: timm's name of the model, such as ``'hrnet_w18'``.
        weights: The path of a state dict for timm's feature extractor; None for none. It is loaded by
            ``init_weights``, so when training starts.
        output_stride: 8, 16 or 32, for models that trade stride for dilation.
        mean_std: ``mean`` and ``std`` of :class:`Encoder`.

    Raises:
        ConfigError: When timm has no such model, or none with feature maps and that stride.
        MissingExtraError: When timm is not installed.
    """

    def __init__(self, name: str, weights: str | None = None, output_stride: int = 32, **mean_std: Any) -> None:
        super().__init__(**mean_std)
        try:
            import timm
        except ImportError as error:
            raise MissingExtraError('timm', 'timm') from error
        stride: dict[str, Any] = {} if output_stride == 32 else {'output_stride': output_stride}
        try:
            self.trunk = timm.create_model(name, pretrained=False, features_only=True, **stride)
        except (RuntimeError, TypeError) as error:
            raise ConfigError(
                f"timm makes no feature maps of '{name}' at output stride {output_stride}: {error}"
            ) from error
        self.weights = weights
        info: Any = self.trunk.feature_info
        self.channels = tuple(info.channels())
        self.strides = tuple(info.reduction())

    def load_pretrained(self) -> None:
        """Load the pretrained weights.

        Raises:
            CheckpointError: When they are missing or do not fit.
        """
        if self.weights is not None:
            load_weights(self.trunk, existing_file(Path(self.weights), advice='check the path'))

    def features(self, normalized: Tensor) -> list[Tensor]:
        """timm's feature maps."""
        return list(self.trunk(normalized))
