"""Attacks follow the gradient, stay in range, work, and leave no trace."""

import copy
import math

import numpy as np
import pytest
import torch
from small_scenes import build, tasks
from torch.utils.flop_counter import FlopCounterMode

from mtlbench.errors import ConfigError
from mtlbench.registry import PERTURBATIONS
from mtlbench.robustness import FGSM, PGD, Case, GaussianNoise, MomentumFGSM, SegPGD, Victim
from mtlbench.tasks import DepthTask

TASKS = list(tasks())
ATTACKS = [name for name in PERTURBATIONS.names() if PERTURBATIONS.get(name).is_attack]
DEVICES = ['cpu', pytest.param('cuda', marks=pytest.mark.skipif(not torch.cuda.is_available(), reason='no GPU'))]


def losses(case, images):
    with torch.no_grad():
        return case.victim.losses(images)


def attack(name, **settings):
    steps = {} if name == 'FGSM' else dict(iterations=5)
    return PERTURBATIONS.build(dict(type=name, **steps, **settings))


@pytest.mark.parametrize('task', TASKS)
def test_gradients_agree_with_finite_differences(task, case, trained):
    made = case(task, count=2, network=copy.deepcopy(trained).double())
    victim, images = made.victim, made.images.double()
    # The bound of berHu moves with the largest error but is no part of its gradient; here an error without a bound.
    loss = (lambda guess, label: (guess - victim.task.encode(label)).abs().mean()) if task == 'depth' else None
    gradient = victim.gradient(images, loss)
    length = gradient.flatten(1).norm(dim=1)
    direction = gradient / length[:, None, None, None]
    with torch.no_grad():
        ahead, behind = (victim.losses(images + step * direction, loss) for step in (1, -1))
    # Tasks compute their loss in float32, of about 1e-7 of 0.5; the difference is 2e-4 to 1e-2. The rest are kinks.
    torch.testing.assert_close((ahead - behind).double() / 2, length, rtol=5e-3, atol=0)


@pytest.mark.parametrize('task', TASKS)
@pytest.mark.parametrize('strength', [4, 8, 16])
def test_fgsm_beats_noise_and_pgd_beats_fgsm(task, strength, case):
    made = case(task)
    noisy, once, often = (
        losses(made, how(made, strength)).mean()
        for how in (GaussianNoise(), FGSM(), PGD(step=strength / 4, iterations=10))
    )
    assert losses(made, made.images).mean() < once
    assert noisy < once < often


@pytest.mark.parametrize('strength', [4, 8])
def test_stronger_attacks_on_segmentation(strength, case):
    made = case('semseg')
    with torch.no_grad():
        right = {}
        for name in ('FGSM', 'PGD', 'SegPGD'):
            perturbed = attack(name)(made, strength)
            prediction = made.victim.network(perturbed / 255)['semseg'][0].argmax(1, keepdim=True)
            right[name] = (prediction == torch.stack(made.victim.labels)).float().mean()
    assert right['PGD'] < right['FGSM']
    assert right['SegPGD'] < right['FGSM']


@pytest.mark.parametrize('name', ATTACKS)
@pytest.mark.parametrize('strength', [0.25, 3, 16])
def test_attacks_stay_in_the_bound_and_in_the_range(name, strength, case):
    made = case()
    moved = attack(name)(made, strength)
    # Sums of float32 gray values round at 1.5e-5; a momentum attack adds up to ten of them.
    assert (moved - made.images).abs().max() <= strength + 2e-4
    assert moved.min() >= 0 and moved.max() <= 255
    assert (moved - made.images).abs().max() > 0.9 * strength or name == 'SegPGD'


def test_fgsm_has_exactly_its_strength_without_clipping(case):
    made = case()
    assert (made.gradient != 0).all()
    moved = FGSM(clip=False)(made, 2)
    assert ((moved - made.images).abs() == 2).all()


def test_one_step_of_pgd_is_fgsm(case):
    made = case()
    for strength in (0.5, 4):
        once = PGD(step=strength, iterations=1, random_start=False)(made, strength)
        assert torch.equal(once, FGSM()(made, strength))
    # A step beyond the bound ends on it.
    assert torch.equal(PGD(step=9, iterations=1, random_start=False)(made, 4), FGSM()(made, 4))


@pytest.mark.parametrize(('strength', 'expected'), [(0.25, 1), (0.5, 1), (1, 2), (2, 3), (4, 5), (8, 10), (16, 20)])
def test_the_basic_iterative_method_counts_its_steps(strength, expected, case, monkeypatch):
    made, calls = case(count=1), []
    gradient = Victim.gradient
    monkeypatch.setattr(Victim, 'gradient', lambda *args: calls.append(1) or gradient(*args))
    PGD(step=1, iterations=None, random_start=False)(made, strength)
    assert len(calls) == expected


def test_fgsm_costs_one_forward_and_one_backward_for_all_strengths(case):
    made = case(network=build({'semseg': tasks()['semseg']}).eval())
    with FlopCounterMode(display=False) as forward, torch.no_grad():
        made.victim.losses(made.images)
    with FlopCounterMode(display=False) as counter:
        for strength in FGSM.strengths:
            FGSM()(made, strength)
    # The backward pass to the image costs what the forward pass does; gradients of the weights would double it.
    assert counter.get_total_flops() == pytest.approx(2 * forward.get_total_flops(), rel=0.01)


def test_the_attacked_task_alone_is_decoded(case, trained):
    made, calls = case('depth'), []
    watched = [decoder.register_forward_hook(lambda *_: calls.append(1)) for decoder in trained.decoders.values()]
    FGSM()(made, 4)
    assert len(calls) == len(trained.levels)
    for hook in watched:
        hook.remove()


@pytest.mark.parametrize('name', ATTACKS)
def test_attacks_leave_no_trace(name):
    network = build().train()
    network.encoder.eval()  # a mixed state must come back as it was
    next(network.decoders.parameters()).requires_grad = False
    one = next(network.heads.parameters())
    one.grad = torch.ones_like(one)
    state = {key: value.clone() for key, value in network.state_dict().items()}
    modes = [module.training for module in network.modules()]
    wanted = [parameter.requires_grad for parameter in network.parameters()]
    torch.manual_seed(1)
    np.random.seed(1)
    rng, numpy_rng = torch.get_rng_state(), np.random.get_state()[1].copy()
    images = torch.full((2, 3, 32, 64), 100.0)
    before = images.clone()
    with torch.no_grad():
        label = torch.randint(3, (1, 32, 64), generator=torch.Generator().manual_seed(0))
        moved = attack(name)(Case(images, [0, 1], Victim(network, tasks()['semseg'], [label] * 2)), 8)
    assert not moved.requires_grad and torch.equal(images, before)
    assert all(torch.equal(value, state[key]) for key, value in network.state_dict().items())
    assert [module.training for module in network.modules()] == modes
    assert [parameter.requires_grad for parameter in network.parameters()] == wanted
    assert [p.grad is None for p in network.parameters()].count(False) == 1 and (one.grad == 1).all()
    assert torch.equal(rng, torch.get_rng_state())
    assert (numpy_rng == np.random.get_state()[1]).all()


@pytest.mark.parametrize('name', ATTACKS)
@pytest.mark.parametrize('task', ['semseg', 'edges'])
def test_images_of_a_batch_do_not_see_each_other(name, task, case):
    made = case(task, count=3)
    together = attack(name)(made, 4)
    alone = Case(made.images[1:2], [1], Victim(made.victim.network, made.victim.task, made.victim.labels[1:2]))
    # Convolutions of another batch size sum in another order: a sign may flip where the gradient is all but zero.
    assert (together[1] == attack(name)(alone, 4)[0]).float().mean() > 0.97


@pytest.mark.parametrize('name', ATTACKS)
def test_an_image_without_a_label_stays_as_it_is(name, case):
    settings = {} if name in ('FGSM', 'MomentumFGSM') else dict(random_start=False)
    made = case()
    labels = [made.victim.labels[0], None, torch.full_like(made.victim.labels[0], 255)]
    moved = attack(name, **settings)(
        Case(made.images, range(3), Victim(made.victim.network, made.victim.task, labels)), 4
    )
    assert not torch.equal(moved[0], made.images[0])
    assert torch.equal(moved[1:], made.images[1:])
    none = Case(made.images, range(3), Victim(made.victim.network, made.victim.task, [None] * 3))
    assert torch.equal(attack(name, **settings)(none, 4), made.images)


def test_labels_of_the_camera_size_are_brought_to_that_of_the_image(case):
    made = case('semseg')
    large = [label.repeat_interleave(3, 1).repeat_interleave(3, 2) for label in made.victim.labels]
    other = Case(made.images, made.seeds, Victim(made.victim.network, made.victim.task, large))
    assert torch.equal(FGSM()(made, 4), FGSM()(other, 4))


def test_seg_pgd_weighs_right_and_wrong_pixels(case):
    made = case('semseg', count=1)
    task, label = made.victim.task, made.victim.labels[0][None]
    prediction = torch.randn(1, 3, *label.shape[-2:], generator=torch.Generator().manual_seed(2))
    for progress in (0.0, 0.25, 0.75):
        total = 0.0
        for y in range(label.shape[-2]):
            for x in range(label.shape[-1]):
                scores, truth = prediction[0, :, y, x].double(), label[0, 0, y, x]
                wrong = scores.argmax() != truth
                weight = progress / 2 if wrong else 1 - progress / 2
                total += weight * (torch.logsumexp(scores, 0) - scores[truth]).item()
        expected = total / label[0, 0].numel()
        assert SegPGD().loss_at(task, progress)(prediction, label).item() == pytest.approx(expected, rel=1e-5)


def test_momentum_averages_directions(case):
    made, decay, steps = case('depth', count=1), 0.7, 3
    moved, direction = made.images, 0.0
    for _ in range(steps):
        gradient = made.victim.gradient(moved)
        direction = decay * direction + gradient / gradient.abs().sum()
        moved = (moved + 6 / steps * direction.sign()).clamp(0, 255)
    assert torch.equal(MomentumFGSM(iterations=steps, decay=decay)(made, 6), moved)


def test_misuse_is_told(case):
    with pytest.raises(ConfigError, match='needs a victim'):
        FGSM()(Case(torch.zeros(1, 3, 8, 8), [0]), 1)
    with pytest.raises(ConfigError, match="task 'depth' has no classes"):
        SegPGD()(case('depth'), 1)
    with pytest.raises(ConfigError, match='iterations=0'):
        PGD(iterations=0)


@pytest.mark.parametrize('device', DEVICES)
def test_attacks_run_on_the_device_of_the_images(device, case, trained):
    made = case(count=1)
    on_device = Case(
        made.images.to(device),
        made.seeds,
        Victim(build().to(device), made.victim.task, [made.victim.labels[0].to(device)]),
    )
    for name in ATTACKS:
        assert attack(name)(on_device, 4).device.type == device


def test_depth_up_to_scale_is_attacked_up_to_scale(case):
    task = DepthTask(median_scaling=True, eps_m=0.0)
    draw = torch.Generator().manual_seed(4)
    label = (2 + 30 * torch.rand(1, 1, 12, 16, generator=draw)).masked_fill(
        torch.rand(1, 1, 12, 16, generator=draw) < 0.2, 0
    )
    guess = 2 + 30 * torch.rand(1, 1, 12, 16, generator=draw)
    valid = label > 0
    errors = [math.log(g) - math.log(t) for g, t in zip(guess[valid].tolist(), label[valid].tolist(), strict=True)]
    middle = sorted(errors)[(len(errors) - 1) // 2]
    expected = sum(abs(error - middle) for error in errors) / len(errors)
    for scale in (1.0, 2.0):
        assert task.attack_loss(task.encode(scale * guess), label).item() == pytest.approx(expected, rel=1e-4)
    assert task.attack_loss(task.encode(guess).requires_grad_(), torch.zeros_like(label)).item() == 0
    made = case('depth')
    made.victim.task = task
    clean, moved = losses(made, made.images), losses(made, FGSM()(made, 4))
    assert (moved > clean).all()
