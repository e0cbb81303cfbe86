"""The warp against plain loops and finite differences."""

import numpy as np
import torch

from mtlbench.geometry import unproject
from mtlbench.geometry.view_synthesis import Motion, project, rotation_matrix, sample, synthesize

K = torch.tensor([[9.0, 0, 5.2], [0, 8.0, 3.1], [0, 0, 1]], dtype=torch.float64)
SIZE = (7, 11)


def draw(*shape, seed=0, low=0.0, high=1.0):
    generator = torch.Generator().manual_seed(seed)
    return low + (high - low) * torch.rand(*shape, dtype=torch.float64, generator=generator)


def make_motion(scale=0.2):
    return Motion(rotation_matrix(scale * draw(2, 3, seed=1, low=-1)), scale * draw(2, 3, seed=2, low=-1))


def intrinsics():
    return torch.stack([K, K + torch.tensor([[0.5, 0, -1], [0, 0, 0.7], [0, 0, 0]])])


def test_rotation_is_the_exponential_of_the_cross_product():
    axis_angle = torch.cat([draw(20, 3, low=-3, high=3), 1e-9 * draw(3, 3), torch.zeros(1, 3, dtype=torch.float64)])
    x, y, z = axis_angle.unbind(1)
    zero = torch.zeros_like(x)
    cross = torch.stack([zero, -z, y, z, zero, -x, -y, x, zero], 1).view(-1, 3, 3)
    # Double precision: two series of the same function differ by a few units in the last place.
    torch.testing.assert_close(rotation_matrix(axis_angle), torch.linalg.matrix_exp(cross), rtol=0, atol=1e-13)


def test_rotation_has_the_right_gradient_at_zero_too():
    assert torch.autograd.gradcheck(rotation_matrix, draw(4, 3, low=-2, high=2).requires_grad_())
    still = torch.zeros(1, 3, dtype=torch.float64, requires_grad=True)
    rotation_matrix(still)[0, 2, 1].backward()
    assert still.grad.tolist() == [[1, 0, 0]]


def test_motion_and_its_inverse_undo_each_other():
    motion, points = make_motion(), draw(2, 3, 5)
    back = motion.inverse()
    moved = motion.rotation @ points + motion.translation[..., None]
    torch.testing.assert_close(back.rotation @ moved + back.translation[..., None], points)


def test_projection_follows_the_points():
    depth, motion, cameras = draw(2, 1, *SIZE, low=1, high=9), make_motion(), intrinsics()
    found = project(depth, motion, cameras).numpy()
    for i in range(2):
        points = unproject(depth[i, 0].numpy(), cameras[i].numpy()).reshape(3, -1)
        moved = motion.rotation[i].numpy() @ points + motion.translation[i].numpy()[:, None]
        image = cameras[i].numpy() @ moved
        np.testing.assert_allclose(found[i].reshape(2, -1), image[:2] / image[2], rtol=1e-12)


def test_bilinear_reading_by_hand():
    image, places = draw(1, 2, *SIZE), draw(1, 2, 4, 5, low=-3, high=14)
    found = sample(image, places)
    for row, column in np.ndindex(4, 5):
        u, v = (float(places[0, axis, row, column].clamp(0, SIZE[1 - axis] - 1)) for axis in (0, 1))
        left, top = min(int(u), SIZE[1] - 2), min(int(v), SIZE[0] - 2)
        window = image[0, :, top : top + 2, left : left + 2]
        weights = np.outer([1 - (v - top), v - top], [1 - (u - left), u - left])
        torch.testing.assert_close(found[0, :, row, column], (window * torch.from_numpy(weights)).sum((1, 2)))


def test_no_motion_changes_nothing():
    still = Motion(rotation_matrix(torch.zeros(2, 3, dtype=torch.float64)), torch.zeros(2, 3, dtype=torch.float64))
    image = draw(2, 3, *SIZE)
    view = synthesize(image, draw(2, 1, *SIZE, low=1, high=90), still, intrinsics())
    torch.testing.assert_close(view, image, rtol=0, atol=1e-12)


def test_moving_right_past_a_wall_shifts_it_left_by_the_disparity():
    """A wall 4 m away, the neighbor's camera 0.5 m to the right: fx * 0.5 / 4 = 2 pixels at fx = 16."""
    camera = torch.tensor([[[16.0, 0, 5], [0, 16.0, 3], [0, 0, 1]]], dtype=torch.float64)
    wall = draw(1, 3, 7, 15)
    here, there = wall[..., :11], wall[..., 2:13]
    motion = Motion(torch.eye(3, dtype=torch.float64)[None], torch.tensor([[-0.5, 0, 0]], dtype=torch.float64))
    view = synthesize(there, torch.full((1, 1, 7, 11), 4.0, dtype=torch.float64), motion, camera)
    torch.testing.assert_close(view[..., 2:], here[..., 2:])


def test_gradients_of_the_warp_are_those_of_finite_differences():
    """The gradients are those for image, depth, rotation axis and translation."""
    arguments = (
        draw(2, 2, *SIZE),
        draw(2, 1, *SIZE, low=2, high=5),
        0.1 * draw(2, 3, seed=5),
        0.1 * draw(2, 3, seed=6),
    )

    def view(source, depth, axis_angle, translation):
        return synthesize(source, depth, Motion(rotation_matrix(axis_angle), translation), intrinsics())

    assert torch.autograd.gradcheck(view, [argument.requires_grad_() for argument in arguments])


def test_points_behind_the_camera_give_finite_values_and_gradients():
    depth = torch.full((1, 1, *SIZE), 1.0, dtype=torch.float64, requires_grad=True)
    motion = Motion(torch.eye(3, dtype=torch.float64)[None], torch.tensor([[0.3, 0, -1.0]], dtype=torch.float64))
    view = synthesize(draw(1, 3, *SIZE), depth, motion, K[None])
    view.sum().backward()
    assert view.isfinite().all() and depth.grad.isfinite().all()
