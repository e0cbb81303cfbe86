"""Contract of tasks."""

from __future__ import annotations

import math
from typing import Any
from unittest import SkipTest

import numpy as np
import torch
from torch import Tensor

from mtlbench.errors import ConfigError
from mtlbench.registry import TASKS
from mtlbench.structures import FieldKind
from mtlbench.tasks import Task
from mtlbench.testing.contract import Case, Contract

SIZE = (12, 16)


class TaskContract(Contract):
    """Checks of tasks.

    A reference is a function ``reference(decoded, label)`` of NumPy arrays (N, C, H, W) in float64. It returns the
    scores, as floats by metric.
    """

    registry, base = TASKS, Task

    def label(self, task: Any, count: int = 2, seed: int = 0) -> Tensor:
        """Return labels (N, C, H, W) of the task's kind, with all of its named classes; a fifth is unknown."""
        draw = torch.Generator().manual_seed(seed)
        known = torch.stack([task.kind.random(SIZE, task.label_channels, draw) for _ in range(count)])
        if task.classes:
            known = torch.randint(len(task.classes), known.shape, generator=draw)
        return torch.where(torch.rand(count, 1, *SIZE, generator=draw) < 0.2, self.unknown(task, known), known)

    def unknown(self, task: Any, like: Tensor) -> Tensor:
        """Return a label of that shape without a known pixel."""
        return torch.full_like(like, task.kind.padding)

    def prediction(self, task: Any, size: tuple[int, int] = SIZE, count: int = 2, seed: int = 1) -> Tensor:
        """Return raw predictions of the network."""
        return torch.randn(count, task.out_channels, *size, generator=torch.Generator().manual_seed(seed))

    def test_declares_itself(self, case: Case) -> None:
        """The task has a name and a kind, and its metric of record is one of its metrics."""
        task = self.build(case)
        assert task.name and isinstance(task.kind, FieldKind)
        assert task.metric_of_record in task.higher_is_better

    def test_head_has_the_declared_channels(self, case: Case) -> None:
        """The head maps any number of channels to ``out_channels``, for odd and even sizes."""
        task = self.build(case)
        for count, channels, size in ((2, 7, (3, 4)), (1, 4, (3, 5))):
            assert task.build_head(channels)(torch.randn(count, channels, *size)).shape == (
                count,
                task.out_channels,
                *size,
            )

    def test_loss_reaches_the_pixels_of_the_prediction(self, case: Case) -> None:
        """The loss is a positive float32 scalar, of predictions of any size, with finite gradients at most pixels."""
        task = self.build(case)
        for size in (SIZE, (3, 4), (7, 5)):
            prediction = self.prediction(task, size).requires_grad_()
            loss = task.loss(prediction, self.label(task))
            loss.backward()
            assert loss.shape == () and loss.dtype == torch.float32 and loss > 0
            assert prediction.grad is not None and prediction.grad.isfinite().all()
            assert (prediction.grad.abs().sum(1) > 0).float().mean() > 0.5

    def test_loss_falls_under_gradient_descent(self, case: Case) -> None:
        """Twenty updates of the prediction lower the loss."""
        task = self.build(case)
        prediction, label = self.prediction(task).requires_grad_(), self.label(task)
        optimizer = torch.optim.Adam([prediction], lr=0.1)
        losses = []
        for _ in range(20):
            losses.append(task.loss(prediction, label))
            optimizer.zero_grad()
            losses[-1].backward()
            optimizer.step()
        assert losses[-1] < losses[0]

    def test_loss_is_finite_under_bfloat16_autocast(self, case: Case) -> None:
        """Mixed precision works; the loss is computed in float32."""
        task = self.build(case)
        torch.manual_seed(0)
        head = task.build_head(8)
        with torch.autocast('cpu', torch.bfloat16):
            loss = task.loss(head(torch.randn(2, 8, 3, 4)), self.label(task))
        loss.backward()
        assert loss.dtype == torch.float32 and loss.isfinite()
        assert all(value.grad.isfinite().all() for value in head.parameters())

    def test_unknown_pixels_have_no_effect(self, case: Case) -> None:
        """Predictions at unknown pixels change neither the loss nor the sums, and ``valid`` is their mask."""
        task = self.build(case)
        label, prediction = self.label(task), self.prediction(task)
        valid = task.valid(label)
        assert valid.shape == label[:, :1].shape and valid.dtype == torch.bool
        other = prediction.where(valid, self.prediction(task, seed=9))
        torch.testing.assert_close(task.loss(other, label), task.loss(prediction, label))
        sums, changed = (task.statistics(task.decode(one), label) for one in (prediction, other))
        for name, value in sums.items():
            torch.testing.assert_close(changed[name], value, rtol=1e-12, atol=0)

    def test_labels_without_a_known_pixel_teach_nothing(self, case: Case) -> None:
        """The loss and its gradient are 0, every score is NaN, and the other images of a sum count as before."""
        task = self.build(case)
        prediction, label = self.prediction(task).requires_grad_(), self.label(task)
        unknown = self.unknown(task, label)
        loss = task.loss(prediction, unknown)
        loss.backward()
        assert loss == 0 and prediction.grad is not None and (prediction.grad == 0).all()
        decoded = task.decode(prediction.detach())
        nothing, sums = task.statistics(decoded, unknown), task.statistics(decoded, label)
        assert all(math.isnan(value) for value in task.scores(nothing).values())
        assert_scores_equal(
            task.scores({name: value + nothing[name] for name, value in sums.items()}), task.scores(sums)
        )

    def test_decoded_predictions_have_the_form_of_labels(self, case: Case) -> None:
        """``decode`` keeps the size and gives channels and dtype of the label, for odd sizes and single images too."""
        task = self.build(case)
        for count, size in ((2, SIZE), (1, (5, 7))):
            decoded, label = task.decode(self.prediction(task, size, count)), self.label(task)
            assert decoded.shape == (count, label.shape[1], *size)
            assert decoded.is_floating_point() == label.is_floating_point() and decoded.isfinite().all()

    def test_decode_reverses_encode(self, case: Case) -> None:
        """Where a task encodes its label, the decoded code is the label at the known pixels, to 1e-4."""
        task = self.build(case)
        if not hasattr(task, 'encode'):
            raise SkipTest('the task has no encode()')
        label = self.label(task)
        valid = task.valid(label).expand_as(label)
        torch.testing.assert_close(task.decode(task.encode(label))[valid], label[valid], rtol=1e-4, atol=1e-4)

    def test_nothing_beats_the_label(self, case: Case) -> None:
        """The label as prediction has the best scores that there are; a random prediction is worse."""
        task = self.build(case)
        label = self.label(task)
        best = task.scores(task.statistics(label, label))
        other = task.scores(task.statistics(task.decode(self.prediction(task)), label))
        for name, up in task.higher_is_better.items():
            bound = task.range_of(name)[up]
            told = f'{name} of the label as prediction is {best[name]}, not {bound}; is label() a label of the task?'
            assert math.isinf(bound) or math.isclose(best[name], bound, abs_tol=1e-6), told
            assert best[name] >= other[name] if up else best[name] <= other[name], name
        assert best[task.metric_of_record] != other[task.metric_of_record]

    def test_scores_are_floats_in_their_range(self, case: Case) -> None:
        """Scores are the declared floats, and those of any prediction are in ``range_of``."""
        task = self.build(case)
        label = self.label(task)
        for factor in (1, 1e4, 0):
            scores = task.scores(task.statistics(task.decode(factor * self.prediction(task)), label))
            assert list(scores) == list(task.higher_is_better)
            for metric, value in scores.items():
                least, greatest = task.range_of(metric)
                assert type(value) is float
                assert math.isnan(value) or least <= value <= greatest, f'{metric}: {value}'

    def test_sums_of_single_images_add_up_to_those_of_the_batch(self, case: Case) -> None:
        """Statistics are float64 sums, so batch size and number of processes do not matter."""
        task = self.build(case)
        decoded, label = task.decode(self.prediction(task)), self.label(task)
        parts = [task.statistics(decoded[i : i + 1], label[i : i + 1]) for i in range(2)]
        for name, value in task.statistics(decoded, label).items():
            assert value.dtype == torch.float64, name
            # Sums of a few hundred float64 terms of one sign differ by rounding alone.
            torch.testing.assert_close(value, parts[0][name] + parts[1][name], rtol=1e-12, atol=0)

    def test_an_empty_batch_adds_nothing(self, case: Case) -> None:
        """A batch without images has sums of 0."""
        task = self.build(case)
        decoded, label = task.decode(self.prediction(task))[:0], self.label(task)[:0]
        assert not any(value.any() for value in task.statistics(decoded, label).values())

    def test_draws_an_rgb_image(self, case: Case) -> None:
        """Labels and decoded predictions are drawn as (H, W, 3) uint8 in more than one color."""
        task = self.build(case)
        for values in (task.decode(self.prediction(task)), self.label(task)):
            image = task.draw(values[0])
            assert image.shape == (*SIZE, 3) and image.dtype == np.uint8
            assert len(np.unique(image.reshape(-1, 3), axis=0)) > 1

    def test_best_constant_has_finite_scores(self, case: Case) -> None:
        """The best constant has channels and dtype of the label; tasks without one have no sums for it."""
        task = self.build(case)
        label = self.label(task)
        sums = task.constant_statistics(label[0])
        if not sums:
            raise SkipTest('the task has no best constant')
        more = task.constant_statistics(label[1])
        constant = task.best_constant({name: value + more[name] for name, value in sums.items()})
        assert constant.shape == (label.shape[1], 1, 1) and constant.dtype == label.dtype
        scores = task.scores(task.statistics(constant.expand_as(label), label))
        assert math.isfinite(scores[task.metric_of_record])

    def test_critics_see_predictions(self, case: Case) -> None:
        """The input of critics is float32, has the declared channels, and gives the prediction a gradient."""
        task = self.build(case)
        prediction = self.prediction(task).bfloat16().requires_grad_()
        maps = task.critic_input(prediction, self.label(task))
        maps.square().sum().backward()
        assert maps.shape == (2, task.critic_channels, *SIZE) and maps.dtype == torch.float32
        assert prediction.grad is not None and prediction.grad.isfinite().all() and prediction.grad.any()

    def test_critics_see_labels_in_the_form_of_predictions(self, case: Case) -> None:
        """Labels have the form of the critics' input, 0 at unknown pixels; a task may support no label critics."""
        task = self.build(case)
        label = self.label(task)
        try:
            maps, valid = task.critic_label(label)
        except (ConfigError, NotImplementedError) as error:
            raise SkipTest(str(error)) from error
        assert maps.shape == task.critic_input(self.prediction(task), label).shape and maps.dtype == torch.float32
        assert valid.shape == (2, 1, *SIZE) and valid.dtype == torch.bool
        assert not (maps * ~valid).any()
        assert not task.critic_label(self.unknown(task, label))[1].any()

    def test_attack_loss_gives_every_image_a_gradient(self, case: Case) -> None:
        """An attack can follow the gradient of the loss that it raises."""
        task = self.build(case)
        prediction, label = self.prediction(task).requires_grad_(), self.label(task)
        task.attack_loss(prediction, label).backward()
        assert prediction.grad is not None and prediction.grad.isfinite().all()
        assert prediction.grad.flatten(1).any(1).all()

    def test_equals_its_reference(self, case: Case) -> None:
        """The scores equal those of the reference to 1e-6."""
        reference, task = self.reference(case), self.build(case)
        decoded, label = task.decode(self.prediction(task)), self.label(task)
        expected = reference(decoded.double().numpy(), label.double().numpy())
        assert_scores_equal(task.scores(task.statistics(decoded, label)), expected)


def assert_scores_equal(found: dict[str, float], expected: dict[str, float]) -> None:
    """Assert that scores agree to 1e-6; NaN equals NaN."""
    assert set(found) == set(expected)
    for name, value in found.items():
        both_nan = math.isnan(value) and math.isnan(expected[name])
        assert both_nan or math.isclose(value, expected[name], rel_tol=1e-6, abs_tol=1e-6), name
