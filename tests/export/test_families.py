"""The network of each family of configs goes into every format, at the scale of the profile mini."""

from __future__ import annotations

import pytest
import torch
from mmengine.registry import init_default_scope

from mtlbench.config import load_config
from mtlbench.export import FORMATS
from mtlbench.export.agreement import compare, trials
from mtlbench.export.formats import Model
from mtlbench.registry import MODELS

FAMILIES = [
    *('xtam/sdn_vkitti2', 'xtam/sdne_nyudv2', 'padnet/sdne_nyudv2', 'three_ways/sdn_vkitti2'),
    *('ccam/sd_cityscapes_372_affinemix_or_coloraug', 'semimtl/sd_potsdam_vaihingen', 'sde/d_cityscapes'),
    *('robust/sd_cityscapes_l0p1', 'robust/sd_cityscapes_l0p1_xtam'),
]


@pytest.mark.slow
@pytest.mark.parametrize('name', FAMILIES)
def test_programs_agree_with_the_network(name, tmp_path):
    torch.manual_seed(0)
    init_default_scope('mtlbench')
    model = Model(MODELS.build(load_config(name, 'mini').model).eval(), {'run': name})
    for kind in (FORMATS['torch-export'], FORMATS['onnx']):
        kind.write(model, tmp_path / kind.file)
        compare(kind, model.network, kind.open(tmp_path / kind.file), trials(model.network, None))
