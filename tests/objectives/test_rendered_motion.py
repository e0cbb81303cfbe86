"""The photometric error of rendered frames, whose depth and motion are known."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from mtlbench.geometry.view_synthesis import Motion, project, rotation_matrix, sample
from mtlbench.objectives.photometric import Video
from mtlbench.world.render import Light, Renderer
from mtlbench.world.writers.cityscapes import CityscapesWriter

WRITER = CityscapesWriter(size=(512, 256), frames=11, seed=3)
FAR = 1e4


@pytest.fixture(scope='module')
def street():
    """A labeled frame and its neighbors, without the sensor's noise, and what is seen in a neighbor, too."""
    before, here, after = WRITER.shots()[:3]
    renderer = Renderer(WRITER.build_scene(here.scene), noise=0.0)
    views = [
        renderer.render(WRITER.camera(renderer.scene, shot), shot.frame, Light(), np.random.default_rng(0))
        for shot in (here, before, after)
    ]
    images = [torch.from_numpy(view.rgb / 255.0).permute(2, 0, 1)[None] for view in views]
    depths = [torch.from_numpy(np.minimum(view.depth, FAR)).double()[None, None] for view in views]
    back = np.linalg.inv(views[0].camera.extrinsic)
    poses = [torch.from_numpy(view.camera.extrinsic @ back)[None] for view in views[1:]]
    motions = [Motion(pose[:, :3, :3], pose[:, :3, 3]) for pose in poses]
    video = Video(images[0], images[1:], motions, torch.from_numpy(views[0].camera.intrinsics)[None])
    pairs = zip(depths[1:], motions, strict=True)
    seen = torch.stack([_seen(depths[0], other, motion, video.intrinsics) for other, motion in pairs])
    return SimpleNamespace(video=video, depth=depths[0], seen=seen & (depths[0][:, 0] < 40))


@pytest.fixture(scope='module')
def small(street):
    """The same in half the size: each pixel is the mean of four, so its center lies between theirs."""
    camera = street.video.intrinsics / 2
    camera[:, :2, 2] -= 0.25
    camera[:, 2, 2] = 1
    images = [F.avg_pool2d(image, 2) for image in (street.video.target, *street.video.sources)]
    video = Video(images[0], images[1:], street.video.motions, camera)
    seen = F.avg_pool2d(street.seen.double(), 2) == 1
    return SimpleNamespace(video=video, depth=F.avg_pool2d(street.depth, 2), seen=seen)


def _seen(depth, other_depth, motion, intrinsics):
    """Pixels (N, H, W) that the other image shows as well: of the depth there that they have from there."""
    places = project(depth, motion, intrinsics)
    height, width = depth.shape[-2:]
    rows, columns = torch.meshgrid(torch.arange(height), torch.arange(width), indexing='ij')
    pixels = torch.stack([columns, rows, torch.ones_like(rows)]).double().view(1, 3, -1)
    points = torch.linalg.inv(intrinsics) @ pixels * depth.view(1, 1, -1)
    distance = (motion.rotation @ points + motion.translation[..., None])[:, 2].view_as(depth)
    inside = (places >= 0).all(1) & (places[:, 0] <= width - 1) & (places[:, 1] <= height - 1)
    return inside & ((sample(other_depth, places) - distance).abs() < 0.02 * distance)[:, 0]


def test_true_depth_and_motion_leave_almost_no_error(street):
    assert street.seen.double().mean() > 0.4
    true, still = street.video.errors(street.depth)[street.seen], street.video.unmoved_errors()[street.seen]
    # What is left is at the edges of things and in textures finer than a pixel, which few pixels have.
    assert true.median() < 0.02 and true.median() < 0.15 * still.median()
    assert true.mean() < 0.4 * still.mean()


@pytest.mark.parametrize('factor', [0.8, 0.9, 1.1, 1.25])
def test_a_wrong_depth_has_a_larger_error(street, factor):
    seen, errors = street.seen, street.video.errors
    assert errors(factor * street.depth)[seen].median() > 2 * errors(street.depth)[seen].median()


@pytest.mark.parametrize('factor', [0.8, 1.25])
def test_gradients_move_a_wrong_depth_towards_the_true_one(small, factor):
    """A correction of 12 x 24 numbers, learnt from the images alone."""
    correction = torch.full((1, 1, 12, 24), float(np.log(factor)), dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.Adam([correction], lr=0.03)
    where = small.seen.any(0)

    def deviation():
        return F.interpolate(correction, size=small.depth.shape[-2:], mode='bilinear')

    before = deviation().detach()[:, 0][where].abs().median()
    for _ in range(25):
        optimizer.zero_grad()
        small.video.errors(small.depth * deviation().exp()).amin(0).mean().backward()
        optimizer.step()
    assert deviation().detach()[:, 0][where].abs().median() < 0.4 * before


def test_gradients_move_a_wrong_motion_towards_the_true_one(small):
    true = small.video.motions[1].translation
    numbers = torch.cat([torch.zeros(1, 3, dtype=torch.float64), 0.7 * true], 1).requires_grad_()
    optimizer = torch.optim.Adam([numbers], lr=0.02)
    for _ in range(25):
        motion = Motion(rotation_matrix(0.1 * numbers[:, :3]), numbers[:, 3:])
        video = Video(small.video.target, small.video.sources[1:], [motion], small.video.intrinsics)
        optimizer.zero_grad()
        video.errors(small.depth).mean().backward()
        optimizer.step()
    found = numbers.detach()[:, 3:]
    assert (found - true).norm() < 0.3 * (0.3 * true).norm()


def test_smaller_images_have_the_camera_of_smaller_images(street, small):
    shrunk = street.video.shrunk_to(small.depth)
    torch.testing.assert_close(shrunk.intrinsics, small.video.intrinsics)
    assert shrunk.target.shape == small.video.target.shape
    true, still = shrunk.errors(small.depth)[small.seen], shrunk.unmoved_errors()[small.seen]
    assert true.median() < 0.15 * still.median()


def test_only_smaller_images_lead_to_a_motion_of_many_pixels(small):
    """The texture of the road is finer than what the road near by moves: at first a larger motion fits it worse."""

    def gain(video, depth):
        """By how much the error of the road falls with a third of the motion."""
        motions = [motion._replace(translation=motion.translation / 3) for motion in video.motions]
        still = [motion._replace(translation=0 * motion.translation) for motion in video.motions]
        moved, unmoved = (
            Video(video.target, video.sources, those, video.intrinsics).errors(depth).amin(0)
            for those in (motions, still)
        )
        road = slice(depth.shape[-2] * 7 // 8, None)
        return float(1 - moved[:, road].mean() / unmoved[:, road].mean())

    assert gain(small.video, small.depth) < 0
    eighth = F.avg_pool2d(small.depth, 8)
    assert gain(small.video.shrunk_to(eighth), eighth) > 0.05
