"""What a config leaves out, what composing fills in, and where the data is looked for."""

import pytest

from mtlbench.config import load_config
from mtlbench.errors import ConfigError


def marks(value):
    if isinstance(value, dict):
        return ('_delete_' in value) + sum(map(marks, value.values()))
    return sum(map(marks, value)) if isinstance(value, list | tuple) else 0


def test_an_objective_that_is_none_is_left_out_wherever_it_was_said(bases):
    path = bases('stl/d_vkitti2', lines='objectives = dict(supervised=None, new=dict(type="OrthogonalRegularization"))')
    assert list(load_config(path).model.objectives) == ['new']
    cfg = load_config('mtl/sd_cityscapes_vkitti2_uda', options={'objectives.alignment': None})
    assert list(cfg.model.objectives) == ['supervised']


@pytest.mark.parametrize(
    ('option', 'gone'),
    [
        ('tasks.depth', lambda cfg: 'depth' not in cfg.model.tasks and 'depth' not in cfg.val_dataloader.dataset.tasks),
        ('balancer.weights.depth', lambda cfg: 'depth' not in cfg.balancer.weights),
        ('optim_wrapper.paramwise_cfg.network.encoder', lambda cfg: not cfg.optim_wrapper.paramwise_cfg),
        ('task_settings.semseg', lambda cfg: 'class_set' not in cfg.tasks.semseg),
    ],
)
def test_a_part_that_is_none_is_left_out(option, gone):
    assert gone(load_config('mtl/sd_vkitti2', options={option: None}))


def test_a_further_dataset_that_is_none_is_left_out():
    cfg = load_config('semimtl/sd_cityscapes_synscapes', options={'further_dataloaders.synscapes': None})
    assert cfg.val_cfg.type == 'ValLoop'


def test_no_mark_of_what_to_replace_is_left(bases):
    lines = """
optim_wrapper = dict(clip_grad=dict(_delete_=True, max_norm=3), paramwise_cfg={'_delete_': True})
custom_hooks = [dict(type='CompileHook', _delete_=True)]
"""
    cfg = load_config(bases('mtl/sd_cityscapes_vkitti2_source', lines=lines))
    assert cfg.optim_wrapper.clip_grad == dict(max_norm=3)
    assert not marks(cfg._cfg_dict)
    for profile in ('full', 'mini'):
        assert not marks(load_config('robust/sd_cityscapes_l0p1', profile)._cfg_dict)


@pytest.mark.parametrize('key', ['method', 'balancer', 'optim_wrapper', 'train_cfg', 'default_hooks', 'randomness'])
def test_a_config_without_what_a_run_needs_is_refused(key, bases):
    with pytest.raises(ConfigError, match=rf"config.py has no '{key}'"):
        load_config(bases('stl/d_vkitti2', lines=f'{key} = None'))


def test_what_composing_fills_in_is_set_at_the_top(bases):
    with pytest.raises(ConfigError, match=r"model\.balancer is made of 'balancer' at the top"):
        load_config('stl/d_vkitti2', options={'model.balancer.weights.depth': 3})


def test_a_dataset_of_another_base_class_has_no_settings_of_tasks(bases):
    """The registry also finds mmengine's classes; preflight judges them, with a message."""
    lines = "val_dataloader = dict(dataset=dict(_delete_=True, type='ConcatDataset', datasets=[]))"
    assert load_config(bases('stl/d_vkitti2', lines=lines)).tasks == load_config('stl/d_vkitti2').tasks


def test_without_workers_their_settings_are_left_out():
    options = {'train_dataloader.labeled.num_workers': 0, 'val_dataloader.num_workers': 0}
    cfg = load_config('stl/d_vkitti2', options=options)
    for loader in (cfg.train_dataloader.labeled, cfg.val_dataloader, cfg.test_dataloader):
        assert 'persistent_workers' not in loader


def test_the_test_data_is_that_of_validation_with_what_is_said_of_it():
    cfg = load_config('stl/d_vkitti2', options={'test_dataloader.batch_size': 5})
    assert cfg.test_dataloader == {**cfg.val_dataloader, 'batch_size': 5}


def roots(cfg):
    loaders = (*cfg.train_dataloader.values(), cfg.val_dataloader)
    return {str(loader.dataset.data_root) for loader in loaders}


def test_a_data_root_for_one_dataset_is_its_folder_or_that_around_it(tmp_path):
    assert roots(load_config('stl/d_vkitti2', data_root=tmp_path)) == {str(tmp_path)}
    (tmp_path / 'vkitti2').mkdir()
    assert roots(load_config('stl/d_vkitti2', data_root=tmp_path)) == {str(tmp_path / 'vkitti2')}


@pytest.mark.parametrize('profile', ['full', 'mini'])
def test_a_data_root_for_several_datasets_holds_one_folder_of_each(tmp_path, profile):
    found = roots(load_config('mtl/sd_cityscapes_vkitti2_uda', profile, data_root=tmp_path))
    assert found == {str(tmp_path / 'cityscapes'), str(tmp_path / 'vkitti2')}


def test_genuine_data_is_found_where_there_is_no_rendered_one(tmp_path, monkeypatch):
    monkeypatch.setenv('MTLBENCH_DATA', str(tmp_path))
    assert roots(load_config('stl/d_vkitti2', 'mini')) == {str(tmp_path / 'rendered/vkitti2')}
    (tmp_path / 'vkitti2').mkdir()
    assert roots(load_config('stl/d_vkitti2', 'mini')) == {str(tmp_path / 'vkitti2')}
    (tmp_path / 'rendered/vkitti2').mkdir(parents=True)
    assert roots(load_config('stl/d_vkitti2', 'mini')) == {str(tmp_path / 'rendered/vkitti2')}


@pytest.mark.parametrize(
    ('config', 'lines'),
    [
        ('mtl/sd_vkitti2', "tasks = dict(depth=dict(type='DisparityDepthTask'))"),
        (
            'xtam/sdn_vkitti2_at4',
            "model = dict(network=dict(encoder=dict(_delete_=True, type='TorchvisionEncoder', name='resnet18')))",
        ),
        ('robust/sd_cityscapes_l0p1', "method = 'another'"),
    ],
)
def test_mini_sets_only_what_is_there(config, lines, bases):
    from mtlbench.preflight import check_config

    cfg = load_config(bases(config, lines=lines), 'mini')
    check_config(cfg)
    assert 'objectives.photometric.pose' not in cfg.optim_wrapper.paramwise_cfg or 'photometric' in cfg.model.objectives


def test_options_replace_a_balancer_and_the_weights_of_its_base():
    options = {'balancer._delete_': True, 'balancer.type': 'CAGrad', 'balancer.c': 0.5}
    cfg = load_config('mtl/sd_vkitti2', options=options)
    assert cfg.balancer == cfg.model.balancer == dict(type='CAGrad', c=0.5)


def test_settings_of_a_base_that_a_balancer_does_not_take_are_named_with_the_way_to_drop_them(prepare):
    with pytest.raises(ConfigError, match=r"PCGrad takes no 'weights'.* Add _delete_=True to drop settings of a base"):
        prepare('mtl/sd_vkitti2', {'balancer.type': 'PCGrad'})
