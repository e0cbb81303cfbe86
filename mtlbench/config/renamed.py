"""Names that were changed, so that an old one is answered with the new one."""

from __future__ import annotations

from mtlbench.errors import ConfigError

CONFIGS = {
    'ccam/sd_cityscapes_100': 'ccam/sd_cityscapes_100_affinemix_or',
    'ccam/sd_cityscapes_372': 'ccam/sd_cityscapes_372_affinemix_or',
    'ccam/sd_cityscapes_372_coloraug': 'ccam/sd_cityscapes_372_affinemix_or_coloraug',
    'ccam/sd_cityscapes_744': 'ccam/sd_cityscapes_744_affinemix_or',
    'ccam/sd_cityscapes_2975': 'ccam/sd_cityscapes_2975_affinemix_or',
    'sde/d_scannet': 'sde/d_scannet_features',
    'xtam/sd_vkitti2_none': 'xtam/sd_vkitti2_noexchange',
    'xtam/sdn_vkitti2_none': 'xtam/sdn_vkitti2_noexchange',
}
OPTIONS = {'--pictures': '--images'}
"""Options of the tools. Keys of configs need no table: the nearest known key is named for an unknown one."""


def refuse_renamed(name: str) -> None:
    """Reject the old name of a config.

    Args:
        name: Name below the project's configs, such as ``xtam/sd_vkitti2``.

    Raises:
        ConfigError: Naming the new one.
    """
    if name in CONFIGS:
        raise ConfigError(f"config '{name}' was renamed to '{CONFIGS[name]}'")
