"""Measures that suites ask of finished runs (perturbed images, other data)."""

from __future__ import annotations

import json

from mtlbench.leaderboard.suites import find_suite
from mtlbench.scheduling.follow_up import FollowUp, follow_ups_of
from mtlbench.scheduling.jobs import Overlay, plan

MINI = Overlay('mini')


def test_what_columns_ask_is_asked_of_the_tool():
    table, figure = find_suite('robust_t3_gaussian_s'), find_suite('robust_f6b_fgsm_s')
    asked = follow_ups_of([table, figure])['robust/sd_cityscapes_l0p1']
    assert [(follow_up.on, follow_up.perturbations) for follow_up in asked] == [
        ('', ('gaussian',)),
        ('kitti_stereo_robust', ('fgsm',)),
    ]
    assert 'semseg/q_fgsm_0p25@kitti_stereo_robust' in asked[1].metrics
    clean = follow_ups_of([find_suite('robust_t2_clean_s')])['robust/s_cityscapes']
    assert clean == [FollowUp('kitti_stereo_robust', ('clean',), ('semseg@kitti_stereo_robust',))]
    assert follow_ups_of([find_suite('xtam_t1_vkitti2_sd')]) == {}
    alike = follow_ups_of([find_suite('ccam_independence_cityscapes_sd')])['ccam/sd_cityscapes_372_affinemix_or']
    metrics = ('depth/feature_correlation', 'semseg/feature_correlation')
    assert alike == [FollowUp('', (), metrics, 'analysis.feature_correlation')]
    assert (alike[0].options, str(alike[0])) == ((), 'feature_correlation')


def test_attacks_are_after_the_tasks_whose_ratio_is_shown():
    follow_up = FollowUp(
        'there', ('fgsm', 'gaussian'), ('depth/q_fgsm_1@there', 'semseg/q_gaussian_1@there', 'semseg@there')
    )
    assert follow_up.options == (
        *('--perturbations', 'fgsm', 'gaussian'),
        *('--attack', 'depth', 'semseg'),
        *('--on', 'there'),
    )
    assert FollowUp('', ('clean',), ('semseg@x',)).options == ('--perturbations', 'clean')


def test_suites_that_ask_the_same_have_it_measured_once():
    suites = [find_suite(name) for name in ('robust_t2_clean_s', 'robust_f5a_gaussian_s', 'robust_f5c_fgsm_s')]
    asked = follow_ups_of(suites)['robust/s_cityscapes']
    assert {follow_up.on: follow_up.perturbations for follow_up in asked} == {
        '': ('fgsm', 'gaussian'),
        'kitti_stereo_robust': ('fgsm', 'gaussian'),
    }


def test_the_task_alone_is_its_metric_of_record():
    follow_up = FollowUp('x', ('clean',), ('semseg@x', 'semseg/q_fgsm_1'))
    record = {'semseg': 'miou'}
    assert follow_up.missing({'semseg/miou': 0.5}, record) == ['semseg/miou@x', 'semseg/q_fgsm_1']
    assert follow_up.missing({'semseg/miou@x': 0.5, 'semseg/q_fgsm_1': 1.0}, record) == []


def test_nothing_is_missing_of_a_task_that_the_run_has_not():
    """A network of classes alone, in a table that also shows heights on the other data set."""
    follow_up = FollowUp('x', ('clean',), ('height/delta1@x', 'height@x', 'semseg/pixel_acc@x', 'semseg@x'))
    assert follow_up.missing({'semseg/miou@x': 0.5, 'semseg/pixel_acc@x': 0.9}, {'semseg': 'miou'}) == []


def test_a_run_is_measured_after_it_and_once(tmp_path, make_record):
    asked = {'robust/s_cityscapes': [FollowUp('there', ('fgsm',), ('semseg/q_fgsm_1@there',))]}
    jobs = plan(['robust/s_cityscapes'] * 2, [1], MINI, tmp_path, trivial=False, follow_ups=asked)
    run, measuring = jobs
    assert measuring.after == run and measuring.folder == run.folder
    assert measuring.command[2] == 'mtlbench.cli.test_robustness'
    assert measuring.command[-7:] == ('paper', *asked['robust/s_cityscapes'][0].options)
    assert str(measuring) == 'robust/s_cityscapes seed 1, fgsm on there'
    assert measuring.result() is None
    record = make_record('robust/s_cityscapes', 0.5, profile='mini', seed=1)
    record.write(run.folder / 'result.json')
    assert run.result() and measuring.result() is None
    subject = dict(name=record.name, profile='mini', recipe='paper', seed=1, iteration=record.iterations)
    content = dict(subject=subject, metrics={'semseg/q_fgsm_1@there': 0.9}, higher_is_better={})
    (run.folder / 'robustness_there.json').write_text(json.dumps(content))
    assert measuring.result().metrics['semseg/q_fgsm_1@there'] == 0.9
