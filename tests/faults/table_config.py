"""What a user types in a config or on the command line, and parts that do not go together."""

from __future__ import annotations

from campaign import Fault, planted, refused, resume, right, tool, train, written

from mtlbench.config import config_dir

BASE = f"_base_ = '{config_dir()}/mtl/sd_vkitti2.py'\n"
RATE = 'optim_wrapper.optimizer.lr'


def own(name: str, *lines: str) -> tuple:
    """A config of one's own upon one of the project, and its training."""
    path = f'own/{name}.py'
    return written(path, BASE + '\n'.join(lines) + '\n'), train(path)


FAULTS = [
    Fault(
        'a misspelt part of an option', train('mtl/sd_vkitti2', 'optim_wraper.optimizer.lr=9'), refused('optim_wrapper')
    ),
    Fault('a misspelt argument of a loop', train('mtl/sd_vkitti2', 'train_cfg.max_itres=3'), refused('max_iters')),
    Fault(
        'a misspelt argument of a decoder',
        train('mtl/sd_vkitti2', 'model.network.decoder.channelss=8'),
        refused('model.network.decoder.channelss', 'channels'),
    ),
    Fault(
        'a misspelt argument of a transform',
        train('mtl/sd_vkitti2', 'train_dataloader.labeled.dataset.pipeline.1.probb=1'),
        refused('pipeline.1.probb', 'RandomFlip'),
    ),
    Fault('a misspelt stream', train('mtl/sd_vkitti2', 'train_dataloader.labelde.batch_size=1'), refused('labeled')),
    Fault('a misspelt hook', train('mtl/sd_vkitti2', 'default_hooks.loger.interval=1'), refused('loger', 'logger')),
    Fault(
        'a misspelt option in evaluation',
        tool('test', 'finished', '--cfg-options', 'val_dataloder.x=1'),
        refused('val_dataloader'),
    ),
    Fault(
        'an unknown key of a group',
        train('mtl/sd_vkitti2', 'optim_wrapper.paramwise_cfg.network.encoder.lrr=1'),
        refused('lrr'),
    ),
    Fault(
        'an unknown key at the top',
        planted(*own('top', 'optim_wraper = dict(lr=3)')),
        refused('optim_wraper', 'top.py'),
    ),
    Fault(
        'a word for a number',
        train('mtl/sd_vkitti2', 'train_cfg.max_iters=many'),
        refused('train_cfg.max_iters', 'many'),
    ),
    Fault('a number for a list', train('mtl/sd_vkitti2', 'model.network.head_levels=0'), refused('head_levels')),
    Fault('a profile as an option', train('mtl/sd_vkitti2', 'profile=mini'), refused('--profile')),
    Fault(
        'a batch below zero',
        train('mtl/sd_vkitti2', 'train_dataloader.labeled.batch_size=-2'),
        refused('batch_size', '-2'),
    ),
    Fault('no updates', train('mtl/sd_vkitti2', 'train_cfg.max_iters=0'), refused('max_iters')),
    Fault('no interval of validation', train('mtl/sd_vkitti2', 'train_cfg.val_interval=0'), refused('val_interval')),
    Fault('a rate below zero', train('mtl/sd_vkitti2', f'{RATE}=-1'), refused(RATE, '-1')),
    Fault(
        'a weight that is none',
        train('mtl/sd_vkitti2', 'balancer.weights.depth=nan'),
        refused('balancer.weights.depth'),
    ),
    Fault('a seed below zero', train('mtl/sd_vkitti2', args=('--seed', '-1')), refused('seed', '-1')),
    Fault('a zero in a config', planted(*own('zero', 'a = 1 / 0')), refused('zero.py, line 2')),
    Fault('an unknown name in a config', planted(*own('name', 'a = b')), refused('name.py, line 2', "'b'")),
    Fault(
        'a circle of bases',
        planted(written('a.py', "_base_ = './b.py'"), written('b.py', "_base_ = './a.py'"), train('a.py')),
        refused('its own base', 'b.py'),
    ),
    Fault('broken yaml', planted(written('a.yaml', 'a: [1'), train('a.yaml')), refused('a.yaml')),
    Fault('a folder for a config', train('vkitti2'), refused('vkitti2', 'folder')),
    Fault(
        'an overlay without rules',
        planted(
            written('over.py', 'a = 1'), tool('train', 'mtl/sd_vkitti2', '--profile', 'over.py', '--work-dir', 'run')
        ),
        refused('over.py', 'rules'),
    ),
    Fault('no method', planted(*own('method', 'method = None')), refused("no 'method'")),
    Fault('no balancer', planted(*own('balancer', 'balancer = None')), refused("no 'balancer'")),
    Fault('no hooks', planted(*own('hooks', 'default_hooks = None')), refused("no 'default_hooks'")),
    Fault('no record', train('mtl/sd_vkitti2', 'default_hooks.record=None'), refused('ResultRecordHook')),
    Fault(
        'a schedule of epochs', train('mtl/sd_vkitti2', 'param_scheduler.0.by_epoch=True'), refused('by_epoch=False')
    ),
    Fault('a level without a head', train('mtl/sd_vkitti2', 'model.eval_level=2'), refused('model.eval_level')),
    Fault(
        'samples left out of validation', train('mtl/sd_vkitti2', 'val_dataloader.drop_last=True'), refused('drop_last')
    ),
    Fault(
        'no labels in validation',
        train('mtl/sd_vkitti2', "val_dataloader.dataset.tasks=['semseg']"),
        refused('val_dataloader', "'depth'"),
    ),
    Fault(
        'a task that nothing trains',
        train('mtl/sd_vkitti2', "train_dataloader.labeled.dataset.tasks=['semseg']"),
        refused('tasks.depth is never trained'),
    ),
    Fault(
        'an objective of a stream that is not there',
        train('mtl/sd_vkitti2', 'objectives.supervised.stream=labelde'),
        refused('labelde', 'labeled'),
    ),
    Fault(
        'labels of other classes',
        train('mtl/sd_vkitti2', 'train_dataloader.labeled.dataset.class_set=vkitti2_8'),
        refused('8 classes', '14'),
    ),
    Fault(
        'an image size that does not suit',
        train('mtl/sd_vkitti2', 'val_dataloader.dataset.pipeline.0.size=[30,64]'),
        refused('val_dataloader', 'multiples'),
    ),
    Fault(
        'a setting of another class of the task',
        planted(*own('settings', 'task_settings = dict(depth=dict(near_m=1))')),
        refused('task_settings.depth.near_m', 'DepthTask'),
    ),
    Fault(
        'weights that are not there', train('mtl/sd_vkitti2', 'model.network.encoder.weights=no.pth'), refused('no.pth')
    ),
    Fault(
        'no workers',
        train('mtl/sd_vkitti2', 'train_dataloader.labeled.num_workers=0', 'val_dataloader.num_workers=0'),
        right(),
    ),
    Fault(
        'an objective left out for another',
        planted(*own('new', "objectives = dict(supervised=None, again=dict(type='SupervisedObjective'))")),
        right(),
    ),
    Fault('a misspelt option of a resumed run', resume('train_cfg.max_itres=9'), refused('max_iters')),
]
