"""Converter of the checkpoints published by the authors of xTAM (https://github.com/astra-vision/DenseMTL)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from torch import Tensor

from mtlbench.checkpoint import misfits
from mtlbench.engine.convert.source import Converted, check_names, network_weights, read_tensors, rename
from mtlbench.errors import CheckpointError, ConfigError

TASKS = {'semseg': 's', 'depth': 'd', 'normals': 'n'}
"""Tasks of the published files, and their letters in the names of configs."""
DATASETS = {14: ('vkitti2',), 16: ('synthia', 'cityscapes')}
HEAD_LEVELS = {64: 0, 128: 1}
RECIPE = 'reference'

# Modules of a published decoder in build order: two blocks per level, from the second block of level 4 on.
_BLOCKS = {2: '4.second', 3: '3.first', 5: '3.second', 6: '2.first', 8: '2.second'}
_BLOCKS |= {9: '1.first', 11: '1.second', 12: '0.first', 13: '0.second'}
_DECODER, _STAGES = r'heads\.(\w+)\.decoder', r'network.decoders.\1.stages'
_BLOCK, _PAIR = r'm\.(\w+)\.(\d)', r'network.exchanges.\2.pairs.\1.\3'
RULES = (
    (r'backbone\.encoder\.(.+)', r'network.encoder.trunk.\1'),
    (rf'{_DECODER}\.0\.convs\.([0-3])\.(.+)', rf'{_STAGES}.4.first.branches.\2.\3'),
    (rf'{_DECODER}\.0\.convs\.4\.1\.(.+)', rf'{_STAGES}.4.first.pooled.0.\2'),
    (rf'{_DECODER}\.0\.convs\.4\.2\.(.+)', rf'{_STAGES}.4.first.pooled.1.\2'),
    (rf'{_DECODER}\.0\.project\.(.+)', rf'{_STAGES}.4.first.project.0.\2'),
    *((rf'{_DECODER}\.{at}\.block\.0\.conv\.(.+)', rf'{_STAGES}.{stage}.conv.\2') for at, stage in _BLOCKS.items()),
    (rf'{_BLOCK}\.extract_(\w+)\.0\.(.+)', rf'{_PAIR}.extractor.0.\4'),
    (rf'{_BLOCK}\.SA_(\w+)\.conv\.weight', rf'{_PAIR}.self_attention.conv.weight#features'),
    (rf'{_BLOCK}\.SA_(\w+)\.attention\.0\.weight', rf'{_PAIR}.self_attention.conv.weight#mask'),
    (rf'{_BLOCK}\.SxTAM_(\w+)\.alpha', rf'{_PAIR}.cross.spatial.alpha'),
    (rf'{_BLOCK}\.SxTAM_(\w+)\.conv_b\.(.+)', rf'{_PAIR}.cross.spatial.query.\4'),
    (rf'{_BLOCK}\.SxTAM_(\w+)\.conv_c\.(.+)', rf'{_PAIR}.cross.spatial.key.\4'),
    (rf'{_BLOCK}\.SxTAM_(\w+)\.conv_d\.(.+)', rf'{_PAIR}.cross.spatial.value.\4'),
    (rf'{_BLOCK}\.proj_(\w+)\.(.+)', rf'{_PAIR}.project.\4'),
    (rf'{_BLOCK}\.post\.(.+)', r'network.exchanges.\2.fuse.\1.\3'),
)


def convert(path: Path, config: str | None = None, source_order: Sequence[str] | None = None) -> Converted:
    """Convert a published file.

    Args:
        path: File with the published state dict.
        config: Config whose network the weights must fit; None: inferred from the tasks and the number of classes.
        source_order: Tasks in the order in which the training process that wrote the file concatenated the sources. The
            file does not record it, and it matters from three tasks on.

    Raises:
        CheckpointError: When the file is unreadable, or a name or shape does not fit.
        ConfigError: When ``source_order`` does not hold each task once.
    """
    published = read_tensors(path)
    originals, copies = _split_copies(published)
    tasks = [task for task in TASKS if any(name.startswith(f'heads.{task}.') for name in originals)]
    order = list(source_order or tasks)
    if sorted(order) != sorted(tasks):
        raise ConfigError(f'--source-order must hold each task of {path} once, {tasks}, got {order}')
    configs = (config,) if config else _configs(originals, tasks, path)
    renamed, unknown = rename(originals, (*RULES, *_head_rules(originals)))
    expected = network_weights(configs[0], RECIPE)
    check_names({'unknown': unknown, 'unlike their original': copies, **misfits(renamed, expected)}, path)
    state_dict = {name: renamed[name].contiguous() for name in expected}
    for name in (name for name in state_dict if '.fuse.' in name and name.endswith('.0.weight')):
        target = name.split('.')[-3]
        state_dict[name] = _reordered(
            state_dict[name], *([task for task in o if task != target] for o in (order, tasks))
        )
    unsure = len(tasks) > 2 and source_order is None
    return Converted(state_dict, configs, RECIPE, _order_note(order) if unsure else '')


def _split_copies(published: Mapping[str, Tensor]) -> tuple[dict[str, Tensor], list[str]]:
    """Return the weights, and the names of duplicates under ``params.`` that equal none of them."""
    originals = {name: value for name, value in published.items() if not name.startswith('params.')}
    wrong = []
    for name in published.keys() - originals.keys():
        match = re.fullmatch(r'params\.(\w+)\.\d\.(.+)', name)
        places = tuple(f'{place}.{match[1]}.' for place in ('heads', 'm')) if match else ()
        twins = [twin for twin in originals if match and twin.startswith(places) and twin.endswith(f'.{match[2]}')]
        if not any(torch.equal(originals[twin], published[name]) for twin in twins):
            wrong.append(name)
    return originals, sorted(wrong)


def _head_rules(originals: Mapping[str, Tensor]) -> list[tuple[str, str]]:
    """Return the rules of the output heads, which follow the blocks in config order: their width gives the level."""
    rules = []
    for name, weight in originals.items():
        match = re.fullmatch(rf'{_DECODER}\.(14|15)\.weight', name)
        if match and weight.dim() == 4 and weight.shape[1] in HEAD_LEVELS:
            pattern = rf'heads\.({match[1]})\.decoder\.{match[2]}\.(weight|bias)'
            rules.append((pattern, rf'network.heads.\1.{HEAD_LEVELS[weight.shape[1]]}.\2'))
    return rules


def _configs(originals: Mapping[str, Tensor], tasks: Sequence[str], path: Path) -> tuple[str, ...]:
    bias = originals.get('heads.semseg.decoder.14.bias')
    classes = 0 if bias is None or bias.dim() != 1 else len(bias)
    if classes not in DATASETS:
        found = f'{classes} classes' if classes else 'no head of semseg'
        raise CheckpointError(
            f'{path} has {found}, published files have {" or ".join(map(str, DATASETS))}; set --config'
        )
    return tuple(f'xtam/{"".join(TASKS[task] for task in tasks)}_{dataset}' for dataset in DATASETS[classes])


def _reordered(weight: Tensor, old: Sequence[str], new: Sequence[str]) -> Tensor:
    """Reorder the input channels of a weight, in blocks of one source each, from one order to another."""
    blocks = dict(zip(old, weight.chunk(len(old), dim=1), strict=True))
    return torch.cat([blocks[source] for source in new], dim=1)


def _order_note(order: Sequence[str]) -> str:
    return (
        f'the order of the sources in this file is not recorded; {" ".join(order)} was assumed. A wrong order gives '
        'wrong predictions without an error: convert with every --source-order and keep the one that validates best'
    )
