from __future__ import annotations

import pytest
import torch
from mmengine.config import Config
from torch import nn

from mtlbench.engine.start import Start, load_parts, start_hook
from mtlbench.errors import CheckpointError, ConfigError


class Twin(nn.Module):
    def __init__(self, bodies):
        super().__init__()
        self.encoder = nn.Conv2d(3, 4, 3)
        self.bodies = nn.ModuleDict({name: nn.BatchNorm2d(4) for name in bodies})


def test_parts_are_copied_where_they_are_wanted_and_nowhere_else():
    source, model = Twin(['depth']), Twin(['depth', 'semseg', 'normals'])
    nn.init.normal_(source.bodies['depth'].weight)
    untouched = {key: value.clone() for key, value in model.state_dict().items() if 'normals' in key}
    parts = {'encoder': 'encoder', 'bodies.depth': 'bodies.depth', 'bodies.semseg': 'bodies.depth'}
    load_parts(model, source.state_dict(), parts, 'stage 1')
    assert torch.equal(model.encoder.weight, source.encoder.weight)
    for body in ('depth', 'semseg'):
        assert torch.equal(model.bodies[body].weight, source.bodies['depth'].weight)
    assert all(torch.equal(model.state_dict()[key], value) for key, value in untouched.items())
    # Two parts from one are copies: training one leaves the other.
    assert model.bodies['depth'].weight.data_ptr() != model.bodies['semseg'].weight.data_ptr()


def test_the_whole_must_fit_exactly():
    load_parts(Twin(['depth']), Twin(['depth']).state_dict(), {'': ''}, 'stage 1')
    with pytest.raises(CheckpointError, match=r'missing \(bodies.semseg'):
        load_parts(Twin(['semseg', 'depth']), Twin(['depth']).state_dict(), {'': ''}, 'stage 1')


def test_a_part_that_is_not_there_is_told():
    with pytest.raises(ConfigError, match="no part 'decoder'"):
        load_parts(Twin(['depth']), Twin(['depth']).state_dict(), {'decoder': 'encoder'}, 'stage 1')
    with pytest.raises(CheckpointError, match="part 'decoder' of stage 1"):
        load_parts(Twin(['depth']), Twin(['depth']).state_dict(), {'encoder': 'decoder'}, 'stage 1')


def test_the_key_of_a_config():
    assert Start.of(Config(dict(method='x'))) is None
    assert Start.of(Config(dict(starts_from=dict(config='stl/d_vkitti2')))) == Start('stl/d_vkitti2')
    for wrong in ('stl/d_vkitti2', dict(parts={}), dict(config='a', weights='b')):
        with pytest.raises(ConfigError, match='starts_from is'):
            Start.of(Config(dict(starts_from=wrong)))


def test_what_is_missing_is_told_with_the_command_that_makes_it(tmp_path):
    from mtlbench.config import find_config, load_config

    config = tmp_path / 'heir' / 'd_vkitti2.py'
    config.parent.mkdir()
    config.write_text(f"_base_ = '{find_config('stl/d_vkitti2')}'\nstarts_from = dict(config='stl/d_vkitti2')\n")
    assert Start.of(load_config(config)).config == 'stl/d_vkitti2'
    cfg = Config(
        dict(starts_from=dict(config='stl/d_vkitti2'), profile='full', recipe='paper', randomness=dict(seed=1))
    )
    with pytest.raises(CheckpointError, match=r'mtlbench train stl/d_vkitti2'):
        start_hook(cfg, str(tmp_path), 'full')
    with pytest.raises(ConfigError, match='no key starts_from'):
        start_hook(Config(dict(method='x')), str(tmp_path), 'full')
