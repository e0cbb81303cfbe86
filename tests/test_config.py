"""Configs are found, overlaid and composed."""

import pytest

from mtlbench.config import config_dir, find_config, list_configs, load_config, load_data_config
from mtlbench.errors import ConfigError
from mtlbench.preflight import check_config

CONFIGS = list_configs()


def test_the_configs_of_the_papers_tables_are_there():
    wanted = {f'stl/{task}_{data}' for task in 'sdn' for data in ('vkitti2', 'cityscapes')}
    wanted |= {
        f'{method}/{tasks}_{data}'
        for method in ('mtl', 'padnet', 'three_ways', 'xtam')
        for tasks in ('sd', 'sdn')
        for data in ('vkitti2', 'cityscapes')
    }
    assert wanted <= set(CONFIGS)


@pytest.mark.parametrize('name', ['xtam/sd_vkitti2', 'configs/xtam/sd_vkitti2.py', 'xtam/sd_vkitti2.py'])
def test_a_config_is_found_by_name_from_anywhere(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert find_config(name) == config_dir() / 'xtam' / 'sd_vkitti2.py'


def test_a_misspelt_config_is_answered_with_the_nearest():
    with pytest.raises(ConfigError, match=r"no config 'xtam/sd_vkiti2'.*did you mean .*xtam/sd_vkitti2"):
        load_config('xtam/sd_vkiti2')


@pytest.mark.parametrize('name', CONFIGS)
@pytest.mark.parametrize('profile', ['full', 'mini'])
def test_every_config_composes(name, profile):
    cfg = load_config(name, profile)
    assert cfg.model.tasks.keys() == cfg.tasks.keys() == cfg.val_evaluator.tasks.keys()
    assert list(cfg.val_dataloader.dataset.tasks) == list(cfg.tasks)
    assert cfg.model.balancer == cfg.balancer
    assert cfg.method
    assert cfg.profile == profile
    check_config(cfg)


def test_settings_of_the_dataset_reach_only_tasks_that_are_there():
    assert load_config('stl/d_vkitti2').tasks.keys() == {'depth'}
    assert load_config('stl/s_vkitti2').model.tasks.semseg.class_set == 'vkitti2_14'


def test_reference_recipe_changes_what_it_names():
    paper, reference = (load_config('xtam/sdn_vkitti2', recipe=recipe) for recipe in ('paper', 'reference'))
    assert 'source_reduce' not in paper.model.network.exchange
    assert reference.model.network.exchange.source_reduce == 's'
    assert reference.recipe == 'reference'


def test_reference_recipe_takes_the_rates_of_the_released_configs():
    def rates(name, profile=None):
        node = load_config(name, profile, recipe='reference').optim_wrapper
        return node.optimizer.lr, node.paramwise_cfg.get('network.encoder', {}).get('lr')

    assert rates('xtam/sdn_cityscapes') == rates('xtam/sdn_cityscapes_reflr') == (1e-4, 1e-5)
    assert rates('xtam/sdn_vkitti2') == (3e-4, 2e-4)
    assert rates('three_ways/sdn_cityscapes') == (1e-2, 1e-3)
    assert rates('xtam/sdn_cityscapes', 'mini') == (7e-4, None)


def test_reference_recipe_never_trains_the_initial_predictions_of_padnet():
    def frozen(name, **options):
        groups = load_config(name, **options).optim_wrapper.paramwise_cfg
        return [prefix for prefix, group in groups.items() if group.get('lr') == 0]

    assert frozen('padnet/sd_cityscapes', recipe='reference') == ['network.heads.semseg.4', 'network.heads.depth.4']
    assert len(frozen('padnet/sdne_nyudv2', recipe='reference', profile='mini')) == 4
    assert not frozen('padnet/sd_cityscapes')
    assert not frozen('three_ways/sd_cityscapes', recipe='reference')


@pytest.mark.parametrize('name', ['vkitti2', 'synthia'])
def test_reference_recipe_splits_as_the_released_code(name):
    assert load_config(f'mtl/sd_{name}', recipe='reference').val_dataloader.dataset.split_protocol == 'reference'


def test_options_come_last_and_the_data_root_is_one_value():
    cfg = load_config('mtl/sd_vkitti2', 'mini', options={'train_cfg.max_iters': 7}, data_root='elsewhere')
    assert cfg.train_cfg.max_iters == 7
    roots = {loader.dataset.data_root for loader in (cfg.train_dataloader.labeled, cfg.val_dataloader)}
    assert roots == {'elsewhere'}


@pytest.mark.parametrize('profile', ['full', 'mini'])
def test_a_stream_that_is_none_is_left_out(profile):
    cfg = load_config('three_ways_semi/sd_cityscapes_372_labels', profile)
    assert list(cfg.train_dataloader) == ['labeled']
    assert (
        cfg.train_dataloader.labeled
        == load_config('three_ways_semi/sd_cityscapes_372', profile).train_dataloader.labeled
    )


def test_unknown_profile_and_broken_config_are_named(tmp_path):
    with pytest.raises(ConfigError, match=r"profile is 'tiny'.*mini"):
        load_config('mtl/sd_vkitti2', 'tiny')
    broken = tmp_path / 'broken.py'
    broken.write_text('model = dict(')
    with pytest.raises(ConfigError, match=r'broken\.py, line 1, cannot be read'):
        load_config(broken)
    partial = tmp_path / 'partial.py'
    partial.write_text("model = dict(type='Learner')")
    with pytest.raises(ConfigError, match=r"partial\.py has no 'tasks'"):
        load_config(partial)


@pytest.mark.parametrize('name', ['vkitti2', 'configs/_base_/datasets/vkitti2.py'])
def test_data_of_a_dataset_asks_for_all_its_labels(name):
    cfg = load_data_config(name, options={'val_dataloader.dataset.tasks': ['depth']})
    assert cfg.train_dataloader.labeled.dataset.tasks == ['semseg', 'depth', 'normals']
    assert cfg.val_dataloader.dataset.tasks == ['depth']
    assert {task: settings['type'] for task, settings in cfg.tasks.items()} == {
        'semseg': 'SemSegTask',
        'depth': 'DepthTask',
        'normals': 'NormalsTask',
    }
    assert cfg.tasks.semseg.class_set == 'vkitti2_14'


def test_data_of_a_run_is_what_the_run_reads():
    cfg = load_data_config('stl/d_vkitti2', 'mini', data_root='elsewhere')
    assert cfg.train_dataloader == load_config('stl/d_vkitti2', 'mini', data_root='elsewhere').train_dataloader
    assert cfg.train_dataloader.labeled.dataset.data_root == 'elsewhere'


def test_data_of_a_dataset_without_labels():
    assert load_data_config('kitti_raw').tasks == {}


def test_a_misspelt_dataset_is_answered_with_all():
    with pytest.raises(ConfigError, match=r'datasets by name are cityscapes, .*vkitti2'):
        load_data_config('vkiti2')


def test_a_config_without_data_is_refused():
    with pytest.raises(ConfigError, match="no 'train_dataloader'"):
        load_data_config('configs/_base_/tasks/sd.py')


def test_a_config_in_yaml_runs_nothing(tmp_path):
    from yaml import YAMLError

    (tmp_path / 'c.yaml').write_text(f'x: !!python/object/apply:os.mknod ["{tmp_path}/trace"]')
    with pytest.raises((YAMLError, ConfigError)):
        load_config(tmp_path / 'c.yaml')
    assert not (tmp_path / 'trace').exists()
