"""The pass over a data set: shared, interruptible, and the same as the usual evaluation where nothing is perturbed."""

import json
import math

import pytest
import torch
from small_scenes import SIZE, scenes, tasks
from torch.utils.data import Dataset

from mtlbench.errors import ConfigError, DataError
from mtlbench.evaluation.multi_task import MultiTaskMetric
from mtlbench.learner import Learner
from mtlbench.robustness import FGSM, GaussianNoise, SaltAndPepper
from mtlbench.robustness.results import Curve, Results, Strength
from mtlbench.robustness.show import draw, published_points, table
from mtlbench.robustness.sweep import Pass, Sweep
from mtlbench.robustness.tally import Tally
from mtlbench.structures import MultiTaskSample

COUNT = 5
CONFIG = dict(semseg=dict(type='SemSegTask', class_set='robust_3'), depth=dict(type='DepthTask'))
LOADER = dict(batch_size=2, num_workers=0)


class Scenes(Dataset):
    """Textured images; the last has no label for depth."""

    def __init__(self):
        self.images, self.labels = scenes(COUNT, seed=3)

    def __len__(self):
        return COUNT

    def __getitem__(self, index):
        sample = MultiTaskSample()
        for name in CONFIG:
            if name == 'semseg' or index < COUNT - 1:
                sample.set_label(name, self.labels[name][index])
        return {'inputs': self.images[index].byte(), 'data_samples': sample}


@pytest.fixture(scope='module')
def learner(trained):
    made = Learner(
        CONFIG,
        network=dict(
            type='MultiTaskNetwork',
            encoder=dict(type='ResNetEncoder', depth=18, stages=2, output_stride=8, weights=None),
            decoder=dict(type='SkipDecoder', channels=(16, 16, 16, 8), aspp_channels=16, dropout=0.1),
        ),
        objectives={},
        balancer=dict(type='FixedWeights', weights=dict(semseg=1.0, depth=1.0)),
    )
    weights = trained.state_dict()
    made.network.load_state_dict({key: weights[key] for key in made.network.state_dict()})
    return made.eval()


@pytest.fixture
def sweep(learner, tmp_path):
    return Sweep(learner, Scenes(), LOADER, tmp_path / 'half.progress')


def scored(tallies):
    return {strength: (tally.scores(), tally.measured()) for strength, tally in tallies.items()}


def test_strength_zero_is_the_usual_evaluation(sweep, learner):
    metric, dataset = MultiTaskMetric(CONFIG), Scenes()
    for start in range(0, COUNT, 2):
        items = [dataset[i] for i in range(start, min(start + 2, COUNT))]
        samples = learner.val_step({key: [item[key] for item in items] for key in ('inputs', 'data_samples')})
        metric.process(None, [sample.to_dict() for sample in samples])
    expected = metric.evaluate(COUNT)
    tallies = sweep.run(Pass('fgsm', FGSM(), [0.0, 4.0], 'semseg'), 'x')
    assert tallies[0.0].scores() == expected
    assert tallies[0.0].measured() == {'rms_gray': 0.0, 'mean_rms_gray': 0.0, 'snr_db': None}
    assert tallies[4.0].scores()['semseg/miou'] < 0.97 * expected['semseg/miou']


@pytest.mark.parametrize('attacked', [None, 'semseg', 'depth'])
def test_an_interrupted_pass_ends_as_an_uninterrupted_one(attacked, sweep, learner, tmp_path, monkeypatch):
    monkeypatch.setattr('mtlbench.robustness.sweep.SAVED_EVERY_S', -1.0)
    how = FGSM() if attacked else GaussianNoise()
    expected = scored(Sweep(learner, Scenes(), LOADER, tmp_path / 'whole').run(Pass('a', how, [2, 8], attacked), 'a'))
    seen = []

    def breaks_off(case, strength):
        seen.append(strength)
        if len(seen) == 4:
            raise KeyboardInterrupt
        return how(case, strength)

    with pytest.raises(KeyboardInterrupt):
        sweep.run(Pass('a', breaks_off, [2, 8], attacked), 'a')
    assert torch.load(sweep.progress, weights_only=True)['done'] == 2
    seen.clear()
    resumed = sweep.run(Pass('a', lambda *args: seen.append(1) or how(*args), [2, 8], attacked), 'a')
    assert len(seen) == 4  # two strengths on each of the two batches left
    assert repr(scored(resumed)) == repr(expected)
    # What another pass left behind is not gone on with.
    assert repr(scored(sweep.run(Pass('b', how, [2, 8], attacked), 'b'))) == repr(expected)
    sweep.forget()
    assert not sweep.progress.exists()


def test_noise_does_not_depend_on_the_size_of_the_batch(learner, tmp_path):
    what = Pass('salt', SaltAndPepper(), [4])
    sizes = [
        Sweep(learner, Scenes(), dict(LOADER, batch_size=size), tmp_path / 'p').run(what, 'x')[4].measured()
        for size in (1, 2, COUNT)
    ]
    assert sizes[0] == pytest.approx(sizes[1]) and sizes[1] == pytest.approx(sizes[2])


def test_every_perturbation_has_the_same_signal_to_noise_ratio_at_the_same_strength(sweep):
    clean = torch.stack([Scenes()[i]['inputs'] for i in range(COUNT)]).double()
    expected = 10 * math.log10(clean.square().mean() / 4**2)
    ratios = {}
    for how, attacked in ((GaussianNoise(), None), (FGSM(), 'semseg'), (SaltAndPepper(), None)):
        measured = sweep.run(Pass('x', how, [4], attacked), str(how))[4].measured()
        ratios[type(how)] = measured['snr_db']
        assert measured['snr_db'] == pytest.approx(
            10 * math.log10(clean.square().mean() / measured['rms_gray'] ** 2), abs=1e-9
        )
    # 30 720 elements: 0.04 dB of scatter for Gaussian noise; some thirty places are struck with salt and pepper.
    assert ratios[GaussianNoise] == pytest.approx(expected, abs=0.1)
    assert ratios[FGSM] == pytest.approx(expected, abs=0.05)
    assert ratios[SaltAndPepper] == pytest.approx(expected, abs=2)


def test_size_is_that_of_the_set_and_not_the_mean_of_the_images(learner):
    tally = Tally({})
    clean = torch.full((1, 3, *SIZE), 100.0)
    for moved in (2.0, 6.0):
        tally.add([], clean, clean + moved)
    measured = tally.measured()
    assert measured['rms_gray'] == pytest.approx(math.sqrt((4 + 36) / 2))
    assert measured['mean_rms_gray'] == pytest.approx(4)
    assert measured['snr_db'] == pytest.approx(10 * math.log10(10000 / 20))


def test_miou_is_accumulated_before_it_is_divided(learner):
    """Two images: the IoU of the sums is not the mean of the IoUs (sheet, check 10)."""
    tally, alone = Tally({'semseg': tasks()['semseg']}), []
    clean = torch.zeros(1, 3, 2, 2)
    for label, guess in (([[0, 0], [0, 0]], [[0, 0], [0, 1]]), ([[1, 1], [1, 0]], [[1, 1], [1, 0]])):
        sample = MultiTaskSample()
        sample.set_label('semseg', torch.tensor([label]))
        sample.set_prediction('semseg', torch.tensor([guess]))
        tally.add([sample], clean, clean)
        one = Tally({'semseg': tasks()['semseg']})
        one.add([sample], clean, clean)
        alone.append(one.scores()['semseg/miou'])
    # Class 0: 4 of 5, class 1: 3 of 4.
    assert tally.scores()['semseg/miou'] == pytest.approx((4 / 5 + 3 / 4) / 2)
    assert sum(alone) / 2 != pytest.approx(tally.scores()['semseg/miou'], abs=0.01)


SUBJECT = {'name': 'a/s_b', 'checkpoint': 'c', 'data': {'dataset': 'b', 'rendered': True}}
CURVE = Curve('fgsm', {'type': 'FGSM', 'seed': 0}, 'semseg', 'gray', False)


def point(strength, miou, rmse):
    scores = {'semseg/miou': miou, 'depth/rmse_m': rmse, 'semseg/iou_c': math.nan}
    return Strength(strength, {'rms_gray': 0.9 * strength, 'mean_rms_gray': 1.0, 'snr_db': None}, scores)


@pytest.fixture
def results(tmp_path):
    made = Results(tmp_path / 'robustness.json', SUBJECT, tasks()).read()
    made.clean = dict(point(0, 0.5, 4.0).scores)
    made.keep(CURVE.with_points([point(4, 0.25, 8.0), point(0.25, 0.5, 3.2)]))
    noise = Curve('salt_pepper', {'type': 'S'}, None, 'gray', True)
    made.keep(noise.with_points([point(1, 0.1, 4.0)]))
    return made


def test_results_go_round_and_say_what_is_kept(results):
    again = Results(results.path, SUBJECT, tasks()).read()
    assert repr(again.curves) == repr(results.curves) and repr(again.clean) == repr(results.clean)
    assert [p.strength for p in again.find(CURVE).points] == [0.25, 4]
    assert again.kept_share(again.curves[0].points[1].scores) == {'semseg': 0.5, 'depth': 0.5}
    expected = {
        'semseg/q_fgsm_0p25': 1.0,
        'semseg/q_fgsm_4': 0.5,
        'semseg/q_salt_pepper_1': 0.2,
        'depth/q_salt_pepper_1': 1.0,
    }
    assert json.loads(results.path.read_text())['metrics'] == pytest.approx(expected)
    results.where = '@b'
    clean = {'semseg/miou@b': 0.5, 'semseg/iou_c@b': math.nan, 'depth/rmse_m@b': 4}
    elsewhere = {**clean, **{f'{name}@b': value for name, value in expected.items()}}
    assert {name: value for name, (value, _) in results.measures().items()} == pytest.approx(elsewhere, nan_ok=True)
    assert [name for name, (_, higher) in results.measures().items() if not higher] == ['depth/rmse_m@b']
    assert again.curves[1].at(again.curves[1].points[0]) == 0.9


def test_other_settings_are_measured_anew(results):
    other = Curve('fgsm', {'type': 'FGSM', 'seed': 1}, 'semseg', 'gray', False)
    assert results.find(other).points == ()
    results.keep(other.with_points([point(1, 0.5, 4.0)]))
    assert [(curve.perturbation, len(curve.points)) for curve in results.curves] == [('fgsm', 1), ('salt_pepper', 1)]


def test_results_of_another_subject_or_damaged_are_told(results):
    with pytest.raises(ConfigError, match='belongs to another checkpoint'):
        Results(results.path, {**SUBJECT, 'checkpoint': 'd'}, tasks()).read()
    results.path.write_text('{"curves": [')
    with pytest.raises(DataError, match=r'robustness\.json cannot be read'):
        Results(results.path, SUBJECT, tasks()).read()


def test_table_and_curves(results, tmp_path):
    text = table(results, results.curves[0])
    assert 'fgsm on semseg [gray]' in text
    row = next(line for line in text.splitlines() if 'semseg Q [%]' in line)
    assert [cell.strip() for cell in row.split('|')[2:-1]] == ['100.0', '100.0', '50.0']
    pytest.importorskip('matplotlib')
    draw(results, tmp_path / 'curves.png')
    assert (tmp_path / 'curves.png').stat().st_size > 5000


def test_published_points_are_those_of_the_tables():
    rows = dict(published_points('fgsm'))
    assert rows['Q (single-task)'][0] == (0.25, 63.8) and rows['Q (multi-task)'][-1] == (16.0, 14.5)
    assert dict(published_points('gaussian'))['Q (multi-task)'][4] == (4.0, 87.5)
    assert dict(published_points('pgd')) == {}
