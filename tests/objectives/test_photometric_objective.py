"""The objective on batches as the loaders give them."""

import copy

import numpy as np
import pytest
import torch
from torch import nn

from mtlbench.errors import ConfigError
from mtlbench.geometry.view_synthesis import synthesize
from mtlbench.objectives import Batch, PhotometricObjective, Step
from mtlbench.objectives.photometry import edge_aware_smoothness, photometric_error
from mtlbench.structures import MultiTaskSample
from mtlbench.tasks import DisparityDepthTask

SIZE = (32, 48)
K = np.array([[40.0, 0, 23], [0, 40.0, 15], [0, 0, 1]])
POSE = dict(
    type='PoseNetwork',
    encoder=dict(type='ResNetEncoder', depth=18, stages=2, output_stride=8, weights=None),
)


class Network(nn.Module):
    """Predictions that are parameters, and how often they were asked for."""

    def __init__(self, count=2, levels=(1, 0)):
        super().__init__()
        self.levels = nn.ParameterDict()
        generator = torch.Generator().manual_seed(0)
        for level in levels:
            size = [side >> level for side in SIZE]
            self.levels[str(level)] = nn.Parameter(0.02 + 0.1 * torch.rand(count, 1, *size, generator=generator))

    def forward(self, images):
        return {'depth': {int(level): prediction for level, prediction in self.levels.items()}}


def make_batch(count=2, offsets=(-1, 1), seed=0):
    generator = torch.Generator().manual_seed(seed)

    def images(*shape):
        return torch.randint(256, (*shape, 3, *SIZE), generator=generator, dtype=torch.uint8)

    samples = []
    for _ in range(count):
        sample = MultiTaskSample(metainfo=dict(intrinsics=K, neighbor_offsets=offsets, img_path='image.png'))
        sample.neighbors = images(len(offsets))
        samples.append(sample)
    return Batch(images(count).float() / 255, samples)


def make_step(batch, network=None):
    return Step(network or Network(len(batch.samples)), {'depth': DisparityDepthTask()}, {'video': batch})


def build(**options):
    torch.manual_seed(0)
    return PhotometricObjective(POSE, **options).eval()


def test_loss_is_the_mean_over_levels_of_the_least_error_and_the_smoothness():
    """Without masking, against the pieces put together one by one."""
    objective, batch = build(automask=False), make_batch()
    step = make_step(batch)
    found = objective.losses(step)
    before, after = batch.neighbors(-1), batch.neighbors(1)
    motions = {before: objective.pose(before, batch.images).inverse(), after: objective.pose(batch.images, after)}
    terms = []
    for level, sigma in step.predictions('video')['depth'].items():
        full = nn.functional.interpolate(sigma, size=SIZE, mode='bilinear') if level else sigma
        depth = 1 / (0.01 + 9.99 * full)
        views = [synthesize(image, depth, motion, batch.intrinsics()) for image, motion in motions.items()]
        least = torch.minimum(*(photometric_error(batch.images, view[None])[0] for view in views)).mean()
        image = batch.images
        if level:
            image = nn.functional.interpolate(image, size=sigma.shape[-2:], mode='bicubic', antialias=True)
        terms.append(least + 1e-3 / 2**level * edge_aware_smoothness(sigma, image))
    assert list(found) == ['depth']
    torch.testing.assert_close(found['depth'], torch.stack(terms).mean())


def test_levels_may_be_compared_at_their_own_size():
    """Each is then the loss of that level alone, of smaller images from a camera of fewer pixels."""
    batch, terms = make_batch(), []
    options = dict(automask=False, smoothness=0.0)
    found = build(compare_at='level', **options).losses(make_step(batch))['depth']
    whole, task = build(**options)._video(batch), DisparityDepthTask()
    for sigma in Network().levels.values():
        terms.append(whole.shrunk_to(sigma).errors(task.decode(sigma)).amin(0).mean())
    torch.testing.assert_close(found, torch.stack(terms).mean())


def test_masking_takes_the_unmoved_frames_as_further_candidates():
    batch = make_batch()
    for sample in batch.samples:  # a scene that stands still with the camera
        sample.neighbors = (255 * batch.images[batch.samples.index(sample)])[None].repeat(2, 1, 1, 1).round().byte()
    masked, plain = (
        build(automask=mask, smoothness=0.0).losses(make_step(batch))['depth'].detach() for mask in (True, False)
    )
    # The noise that breaks ties has a deviation of 1e-5.
    assert abs(float(masked)) < 5e-5
    assert plain > masked


def test_every_parameter_of_network_and_pose_learns():
    objective, network = build().train(), Network()
    objective.losses(make_step(make_batch(), network))['depth'].backward()
    assert all(parameter.grad.abs().sum() > 0 for parameter in network.parameters())
    # The second motion of the head is not used, the batch norms see to it that no bias before them counts.
    assert all(parameter.grad is not None and parameter.grad.isfinite().all() for parameter in objective.parameters())
    assert objective.pose.head[-1].weight.grad[:6].abs().sum() > 0
    assert objective.pose.head[-1].weight.grad[6:].abs().sum() == 0


def test_frames_go_into_the_pose_network_in_the_order_of_time():
    objective, batch, seen = build(), make_batch(), []
    objective.pose.register_forward_pre_hook(lambda _, frames: seen.append(frames))
    objective.losses(make_step(batch))
    expected = [(batch.neighbors(-1), batch.images), (batch.images, batch.neighbors(1))]
    for frames, pair in zip(seen, expected, strict=True):
        assert torch.equal(frames[0], pair[0]) and torch.equal(frames[1], pair[1])


def test_the_loss_compares_clean_images_the_networks_see_the_changed_ones():
    objective, batch, seen = build(smoothness=0.0), make_batch(), []
    objective.pose.register_forward_pre_hook(lambda _, frames: seen.append(frames))
    changed = copy.deepcopy(batch)
    first = changed.samples[0]  # the second sample was not changed
    first.clean_image, first.clean_neighbors = (255 * batch.images[0]).round().byte(), first.neighbors
    first.neighbors, changed.images = 255 - first.neighbors, changed.images.clone()
    changed.images[0] = 1 - changed.images[0]
    torch.testing.assert_close(changed.clean_images(), batch.images)
    assert torch.equal(changed.neighbors(1, clean=True), batch.neighbors(1))
    objective.losses(make_step(changed))
    assert torch.equal(seen[1][0], changed.images) and torch.equal(seen[1][1], changed.neighbors(1))
    assert not torch.equal(seen[1][1], batch.neighbors(1))


def test_smoothness_of_the_inverse_depth():
    """1/d = 0.01 + 9.99 sigma: with the near end far away the offset counts."""
    batch, rough = make_batch(), {}
    for smooth_on in ('prediction', 'inverse_depth'):
        losses = [build(smooth_on=smooth_on, smoothness=s, automask=False).losses(make_step(batch)) for s in (0.0, 1.0)]
        rough[smooth_on] = float((losses[1]['depth'] - losses[0]['depth']).detach())
    expected = []
    for level, sigma in Network().levels.items():
        image = batch.images
        if level != '0':
            image = nn.functional.interpolate(image, size=sigma.shape[-2:], mode='bicubic', antialias=True)
        expected.append(edge_aware_smoothness(0.01 + 9.99 * sigma, image).item() / 2 ** int(level))
    assert rough['inverse_depth'] == pytest.approx(np.mean(expected), rel=1e-3)
    assert rough['prediction'] > rough['inverse_depth']


def test_loss_is_float32_and_finite_under_autocast():
    objective, network = build().train(), Network()
    with torch.autocast('cpu', torch.bfloat16):
        loss = objective.losses(make_step(make_batch(), network))['depth']
    loss.backward()
    assert loss.dtype == torch.float32 and loss.isfinite()
    assert all(parameter.grad.isfinite().all() for parameter in objective.parameters())


def test_a_missing_neighbor_names_the_frame_and_the_settings():
    with pytest.raises(ConfigError, match=r'frame -1 from image.png .* require_neighbors=True'):
        build().losses(make_step(make_batch(offsets=(1,))))


def test_labels_of_the_task_are_refused():
    batch = make_batch()
    batch.samples[1].set_label('depth', torch.ones(1, *SIZE))
    with pytest.raises(ConfigError, match=r'without labels.*train_dataloader\.video\.dataset'):
        build().losses(make_step(batch))


def test_a_task_that_is_not_decoded_is_named():
    with pytest.raises(ConfigError, match=r"'dpeth' for the stream 'video', but only \['depth'\] are decoded"):
        build(task='dpeth').losses(make_step(make_batch()))


@pytest.mark.parametrize(
    'options', [dict(smooth_on='depth'), dict(compare_at='half'), dict(offsets=(0, 1)), dict(offsets=())]
)
def test_wrong_options(options):
    with pytest.raises(ConfigError):
        build(**options)
