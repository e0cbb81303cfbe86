"""What goes wrong ends in one clear error, and the last good checkpoint stays."""

import os
import pickle
import shutil

import pytest
from tiny_runs import write_tiny_vkitti2

CAMERA = 'Scene01/15-deg-left/frames/{}/Camera_0'


def last_line(done):
    assert done.returncode == 1, done.stdout
    line = done.stdout.strip().splitlines()[-1]
    assert line.startswith('error: '), done.stdout
    return line


@pytest.fixture
def own_copy(tmp_path):
    root = tmp_path / 'vkitti2'
    write_tiny_vkitti2(root)
    return root


def test_missing_data_names_the_place_and_two_ways_on(tool, tmp_path):
    done = tool('train', 'xtam/sdn_vkitti2', env={'MTLBENCH_DATA': str(tmp_path / 'nowhere')})
    line = last_line(done)
    assert str(tmp_path / 'nowhere' / 'vkitti2') in line
    assert 'Naver Labs' in line
    assert 'mtlbench render vkitti2' in line


def test_missing_weights_name_the_places_and_the_way_on(tool, tmp_path, tiny_vkitti2):
    env = {'MTLBENCH_WEIGHTS': str(tmp_path / 'weights'), 'TORCH_HOME': str(tmp_path / 'hub')}
    options = ['--cfg-options', 'model.network.encoder.depth=18', 'train_cfg.max_iters=2']
    done = tool(
        'train', 'stl/d_vkitti2', '--data-root', tiny_vkitti2, '--work-dir', tmp_path / 'run', *options, env=env
    )
    line = last_line(done)
    assert str(tmp_path / 'weights') in line
    assert 'model.network.encoder.weights=None' in line


@pytest.mark.parametrize(('modality', 'pattern'), [('rgb', 'rgb_*'), ('depth', 'depth_*')])
def test_damaged_image_is_named(modality, pattern, tool, train_arguments, tmp_path, own_copy):
    for path in (own_copy / CAMERA.format(modality)).glob(pattern):
        path.write_bytes(path.read_bytes()[:200])
    done = tool('train', *train_arguments('stl/d_vkitti2', tmp_path / 'run', data_root=own_copy))
    assert f'{modality}_000' in last_line(done)


def test_missing_label_is_named(tool, train_arguments, tmp_path, own_copy):
    shutil.rmtree(own_copy / CAMERA.format('classSegmentation'))
    line = last_line(tool('train', *train_arguments('stl/s_vkitti2', tmp_path / 'run', data_root=own_copy)))
    assert 'classgt_000' in line


def test_empty_split_is_named(tool, train_arguments, tmp_path):
    (tmp_path / 'empty').mkdir()
    line = last_line(tool('train', *train_arguments('stl/d_vkitti2', tmp_path / 'run', data_root=tmp_path / 'empty')))
    assert 'split' in line
    assert str(tmp_path / 'empty') in line


def test_unknown_type_names_the_near_misses(tool, train_arguments, tmp_path):
    options = {'model__network__exchange__type': 'CrossTaskExchang'}
    line = last_line(tool('train', *train_arguments('xtam/sd_vkitti2', tmp_path / 'run', **options)))
    assert 'CrossTaskExchange' in line


def test_wrong_task_set_for_a_method_is_explained(tool, train_arguments, tmp_path):
    from mtlbench.config import config_dir

    config = tmp_path / 'single.py'
    bases = ['default_runtime', 'datasets/vkitti2', 'tasks/d', 'methods/xtam', 'schedules/adam_40k']
    config.write_text(f'_base_ = {[str(config_dir() / "_base_" / f"{base}.py") for base in bases]}')
    line = last_line(tool('train', *train_arguments(config, tmp_path / 'run')))
    assert 'at least two' in line


def test_weights_that_do_not_fit_list_the_keys(tool, train_arguments, tmp_path):
    import torch

    torch.save({'conv1.weight': torch.ones(64, 3, 7, 7), 'extra': torch.ones(1)}, tmp_path / 'weights.pth')
    options = {'model__network__encoder__weights': tmp_path / 'weights.pth'}
    line = last_line(tool('train', *train_arguments('stl/d_vkitti2', tmp_path / 'run', **options)))
    assert 'extra' in line
    assert 'bn1' in line


def test_loss_that_is_no_number_keeps_the_last_good_checkpoint(tool, train_arguments, tmp_path):
    arguments = train_arguments('stl/d_vkitti2', tmp_path / 'run')
    assert tool('train', *arguments).returncode == 0
    (tmp_path / 'run' / 'result.json').unlink()
    good = (tmp_path / 'run' / 'iter_6.pth').read_bytes()
    poison = {'train_cfg__max_iters': 12, 'balancer__weights__depth': 1e300}  # beyond float32
    named = ['--resume', '--change', *(key.replace('__', '.') for key in poison)]
    line = last_line(tool('train', *train_arguments('stl/d_vkitti2', tmp_path / 'run', *named, **poison)))
    assert 'not finite at iteration 7' in line
    assert 'loss_depth' in line
    assert (tmp_path / 'run' / 'iter_6.pth').read_bytes() == good
    assert not list((tmp_path / 'run').glob('iter_7*'))


def test_hostile_or_foreign_checkpoint_is_refused(tool, train_arguments, tmp_path):
    class Hostile:
        def __reduce__(self):
            return os.system, (f'touch {tmp_path / "trace"}',)

    (tmp_path / 'hostile.pth').write_bytes(pickle.dumps({'state_dict': Hostile()}, protocol=2))
    arguments = train_arguments('stl/d_vkitti2', tmp_path / 'run')
    assert 'rejected' in last_line(tool('test', arguments[0], tmp_path / 'hostile.pth', *arguments[1:5]))
    assert not (tmp_path / 'trace').exists()
    assert tool('train', *arguments).returncode == 0
    line = last_line(tool('test', 'stl/n_vkitti2', tmp_path / 'run' / 'iter_6.pth', *arguments[1:5]))
    assert 'depth' in line
    assert 'normals' in line
