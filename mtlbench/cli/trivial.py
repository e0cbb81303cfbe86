"""Record of the trivial row of a table: metrics of constant predictions on the data of a config."""

from __future__ import annotations

import argparse
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING

from mtlbench.cli.arguments import ToolParser, add_config_arguments, friendly

if TYPE_CHECKING:
    from mmengine.config import Config

    from mtlbench.leaderboard import ResultRecord


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the tool."""
    parser = ToolParser(
        prog='python -m mtlbench.cli.trivial',
        description='Measure the best constant predictions (one class, one depth, one direction), computed from the '
        'training labels, and write their record. mtlbench benchmark calls this tool.',
        epilog='example:\n  python -m mtlbench.cli.trivial xtam/sd_vkitti2 --profile mini',
    )
    add_config_arguments(parser)
    parser.add_argument('--work-dir', help='folder of the record (default: as for a run, below trivial/)')
    return parser


def main() -> None:
    """Measure the constant predictions and write the record unless it exists."""
    args = build_parser().parse_args()
    from mtlbench.config import load_config
    from mtlbench.leaderboard import ResultRecord
    from mtlbench.records.paths import RESULT_FILE, run_dir, trivial_name
    from mtlbench.scheduling.jobs import DATA_KEYS, Wanted
    from mtlbench.utils.output import writable_folder

    cfg = load_config(args.config, args.profile, args.recipe, args.cfg_options, args.data_root)
    name = trivial_name(cfg.filename)
    folder = Path(args.work_dir or run_dir('work_dirs', name, cfg.profile, cfg.recipe, 0))
    path = folder / RESULT_FILE
    if path.exists():
        Wanted(cfg.to_dict(), concerns=DATA_KEYS).reached_by(ResultRecord.read(path), path)
    else:
        writable_folder(folder)
        measure(cfg, name).write(path)
    print(f'result record: {path}')


def measure(cfg: Config, name: str) -> ResultRecord:
    """Return the record of the constant predictions on the data of a composed config."""
    from mmengine.registry import init_default_scope

    from mtlbench.engine.hooks.record import git_commit, ranges_of, versions
    from mtlbench.evaluation.trivial import trivial_scores
    from mtlbench.leaderboard import ResultRecord, without_per_run_keys
    from mtlbench.registry import DATASETS, TASKS

    init_default_scope('mtlbench')
    tasks = {key: TASKS.build(dict(node)) for key, node in cfg.tasks.items()}
    # Without the training transforms: the constants must fit the labels as they are evaluated.
    pipeline = cfg.val_dataloader.dataset.pipeline
    train = DATASETS.build({**next(iter(cfg.train_dataloader.values())).dataset, 'pipeline': pipeline})
    val = DATASETS.build(cfg.val_dataloader.dataset)
    scores = trivial_scores(tasks, train, val)
    tasks = {key: task for key, task in tasks.items() if f'{key}/{task.metric_of_record}' in scores}
    data = {'train': train.fingerprint(), 'val': val.fingerprint()}
    return ResultRecord(
        name=name,
        method='trivial',
        task_set=''.join(task.letter for task in tasks.values()),
        dataset=data['val']['dataset'],
        rendered=any(fingerprint['rendered'] for fingerprint in data.values()),
        profile=cfg.profile,
        recipe=cfg.recipe,
        seed=0,
        metrics=scores,
        metrics_of_record={key: task.metric_of_record for key, task in tasks.items()},
        higher_is_better={
            f'{key}/{metric}': higher for key, task in tasks.items() for metric, higher in task.higher_is_better.items()
        },
        parameters=0,
        iterations=0,
        resolution=list(val[0]['inputs'].shape[-2:]),
        data=data,
        config=without_per_run_keys(cfg.to_dict()),
        versions=versions(),
        created=datetime.now(timezone.utc).isoformat(timespec='seconds'),
        git_commit=git_commit(),
        ranges=ranges_of(tasks, scores),
    )


if __name__ == '__main__':
    friendly(main)
