"""Every contract accepts a correct member, and rejects broken ones by the check that is made for them."""

from dataclasses import replace

import numpy as np
import pytest
import torch
import twins
from torch import nn

from mtlbench import testing
from mtlbench.balancers import Balancer


def of(contract, **attributes):
    """Return a contract for the twins of one registry."""
    return type(contract.__name__, (contract,), attributes)


class Datasets(testing.DatasetContract):
    def write(self, case, root):
        twins.write_frames(root)


class Transforms(testing.TransformContract):
    pass


def mean_of_others(module, maps):
    share = module.share.detach().numpy()
    return {
        task: own + share * sum(other for name, other in maps.items() if name != task) / (len(maps) - 1)
        for task, own in maps.items()
    }


DATASET = dict(split='train', tasks=['depth'])
GOOD = [
    (testing.ExchangeContract, twins.GoodExchange, {}),
    (testing.EncoderContract, twins.GoodEncoder, {}),
    (testing.DecoderContract, twins.GoodDecoder, {}),
    (testing.DiscriminatorContract, twins.GoodCritic, {}),
    (testing.NetworkContract, twins.GoodNetwork, {}),
    (testing.BalancerContract, twins.GoodBalancer, {}),
    (testing.BalancerContract, twins.GoodGramian, {}),
    (testing.BalancerContract, twins.GoodJacobian, {}),
    (testing.MixerContract, twins.GoodMixer, {}),
    (testing.PerturbationContract, twins.GoodPerturbation, {}),
    (testing.ObjectiveContract, twins.GoodObjective, {}),
    (testing.HookContract, twins.GoodHook, {}),
    (testing.TaskContract, twins.GoodTask, {}),
    (Transforms, twins.GoodTransform, {}),
    (Datasets, twins.GoodDataset, DATASET),
]


@pytest.mark.parametrize(('contract', 'member', 'arguments'), GOOD, ids=lambda value: getattr(value, '__name__', ''))
def test_a_correct_member_is_accepted(contract, member, arguments):
    cases = [dict(type=member.__name__, **arguments)]
    with twins.registered(contract.registry, member):
        assert testing.failures(of(contract, cases=cases)) == {}


def test_a_member_is_compared_with_its_reference():
    class TwiceExchange(twins.GoodExchange):
        def others(self, features, task):
            return 2 * super().others(features, task)

    contract = testing.ExchangeContract
    for member, equal in ((twins.GoodExchange, True), (TwiceExchange, False)):
        name = member.__name__
        with twins.registered(contract.registry, member):
            found = testing.failures(of(contract, cases=[dict(type=name)], references={name: mean_of_others}))
        assert (found == {}) if equal else ('test_equals_its_reference' in found)


class Dead(twins.GoodExchange):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.share = nn.Parameter(torch.zeros(1))
        self.gate = nn.Parameter(torch.zeros(1))

    def others(self, features, task):
        return self.gate * super().others(features, task)


class Idle(twins.GoodExchange):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.unused = nn.Parameter(torch.zeros(1))


class Detached(twins.GoodExchange):
    def others(self, features, task):
        return super().others(features, task).detach()


class Counting(twins.GoodExchange):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.register_buffer('calls', torch.zeros(1))

    def others(self, features, task):
        self.calls += 1
        return super().others(features, task)


class InPlace(twins.GoodExchange):
    def others(self, features, task):
        return features[task].detach().mul_(0.5) + super().others(features, task)


class ByPosition(twins.GoodExchange):
    def forward(self, features):
        return dict(zip(self.tasks, super().forward(features).values(), strict=True))


class OnCpu(twins.GoodExchange):
    def others(self, features, task):
        return super().others(features, task) * torch.full((self.channels, 1, 1), 2.0)


class Deaf(twins.GoodExchange):
    def others(self, features, task):
        return features[task]


class Mixing(twins.GoodExchange):
    def others(self, features, task):
        return super().others(features, task) - super().others(features, task).mean(0)


class Forgetful(twins.GoodExchange):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.offset = torch.rand(self.channels, 1, 1)

    def others(self, features, task):
        return super().others(features, task) + self.offset


class Unseeded(twins.GoodExchange):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.share.data.fill_(np.random.default_rng().random())


class Halving(twins.GoodExchange):
    def forward(self, features):
        return {task: value[..., ::2] for task, value in super().forward(features).items()}


class Scaling(twins.GoodExchange):
    scaled_arguments = {'widht': 'width'}


class Plain(nn.Module):
    pass


class Consuming(twins.GoodExchange):
    def __init__(self, tasks, channels, level, options):
        super().__init__(tasks, channels, level)
        options.pop('one', None)


class Unnormalized(twins.GoodEncoder):
    def forward(self, images):
        return self.features(images)


class Stride(twins.GoodEncoder):
    def features(self, normalized):
        fine, coarse = super().features(normalized)
        return [fine, fine.new_zeros(0) if coarse is None else coarse[..., 1:]]


class TooFrozen(twins.GoodEncoder):
    def keep(self, maps):
        self.first.requires_grad_(False)


class Stateless(twins.GoodDecoder):
    def forward(self, level, features, state):
        return super().forward(level, features, self.coarse(features[-1]))


class Reading(twins.GoodDecoder):
    @property
    def reads(self):
        return {0}


class Levels(twins.GoodDecoder):
    def __init__(self, encoder_channels, encoder_strides):
        super().__init__(encoder_channels, encoder_strides)
        self.channels = {1: 5, 0: 5}


class HalfCritic(twins.GoodCritic):
    def forward(self, maps):
        return self.layer(maps)


class AnySize(twins.GoodCritic):
    smallest = 3

    def forward(self, maps):
        return self.judge(maps.float())


class AllTasks(twins.GoodNetwork):
    def decode(self, features, size, tasks=None):
        return super().decode(features, size)


class SmallNetwork(twins.GoodNetwork):
    def decode(self, features, size, tasks=None):
        return super().decode(features, [side // 2 for side in size], tasks)


class Negative(twins.GoodBalancer):
    def forward(self, losses):
        return super().forward(losses) - 5 * losses.get('depth', 0)


class LostState(twins.GoodBalancer):
    def __init__(self, tasks):
        super().__init__(tasks)
        del self.seen
        self.seen = torch.zeros(len(tasks), 2)


class FirstCounts(Balancer):
    def forward(self, losses):
        first, *others = losses.values()
        return 2 * first + sum(others)


class FirstTaskCounts(Balancer):
    def forward(self, losses):
        return sum((2 if name == self.tasks[0] else 1) * loss for name, loss in losses.items())


class LastFails(twins.GoodGramian):
    def weights(self, measured):
        return super().weights(measured) / (measured.gramian.det() > 0.1)


class Absolute(twins.GoodGramian):
    def _weights(self, measured):
        return super()._weights(measured) / measured.gramian.trace()


class ByGramian(twins.GoodGramian):
    def _weights(self, measured):
        return 1 / (1e-3 + measured.gramian.diagonal()).sqrt()


class Overflows(twins.GoodGramian):
    def _weights(self, measured):
        return super()._weights(measured) if measured.gramian.isfinite().all() else torch.ones(3)


class AllTasksThere(twins.GoodGramian):
    def rows(self, tasks):
        return list(range(len(self.tasks)))


class AloneCounts(twins.GoodGramian):
    def _weights(self, measured):
        found = super()._weights(measured)
        return 2 * found if len(found) == 1 else found


class FirstGradientCounts(twins.GoodGramian):
    def weights(self, measured):
        return torch.arange(1.0, 1 + len(measured.tasks))


class LostMean(twins.GoodGramian):
    def __init__(self, tasks):
        super().__init__(tasks)
        del self.seen
        self.seen = torch.zeros(len(tasks), 2, dtype=torch.float64)


class NotFinite(twins.GoodGramian):
    def __init__(self, tasks):
        super().__init__(tasks)
        self.register_buffer('first', torch.full((len(tasks),), torch.nan))


class OwnDraws(twins.GoodGramian):
    def weigh(self, measured):
        return {task: weight * torch.rand(()).item() for task, weight in super().weigh(measured).items()}


class NoParts(twins.GoodJacobian):
    def combine(self, maps, gradients):
        return super().combine(maps, gradients / gradients.abs().sum())


class MeanOverBatch(twins.GoodJacobian):
    def combine(self, maps, gradients):
        return super().combine(maps, gradients).mean(0)


class FirstMaps(twins.GoodJacobian):
    def combine(self, maps, gradients):
        return gradients[0]


class NoGramian(twins.GoodBalancer):
    consumes = 'gramian'


class Consumes(twins.GoodBalancer):
    consumes = 'gradients'


class StillBalancer(twins.GoodBalancer):
    def __init__(self, tasks):
        super().__init__(tasks)
        self.weight = nn.Parameter(torch.zeros(()))

    def forward(self, losses):
        return super().forward(losses) + 0 * self.weight


class LabelsStay(twins.GoodMixer):
    def mix(self, views, generator):
        return replace(super().mix(views, generator), labels=views.labels)


class FurtherStays(twins.GoodMixer):
    def mix(self, views, generator):
        return replace(super().mix(views, generator), fields=views.fields)


class DepthStays(twins.GoodMixer):
    def mix(self, views, generator):
        return replace(super().mix(views, generator), depth=views.depth)


class OwnDraw(twins.GoodMixer):
    def kept(self, views, generator):
        return super().kept(views, None)


class Blending(twins.GoodMixer):
    def kept(self, views, generator):
        return super().kept(views, generator).float()

    def mix(self, views, generator):
        return views.where(self.kept(views, generator).bool(), views.partners())


class Confident(twins.GoodMixer):
    def mix(self, views, generator):
        return replace(super().mix(views, generator), confidence=torch.ones_like(views.confidence))


class OneImage(twins.GoodMixer):
    least_batch = 3


class Unclipped(twins.GoodPerturbation):
    def in_range(self, images):
        return images


class GlobalNoise(twins.GoodPerturbation):
    def perturb(self, case, strength):
        return case.images + strength * torch.randn_like(case.images)


class BatchNoise(twins.GoodPerturbation):
    def perturb(self, case, strength):
        draw = torch.Generator().manual_seed(case.seeds[0])
        return case.images + strength * torch.randn(case.images.shape, generator=draw)


class TooStrong(twins.GoodPerturbation):
    def perturb(self, case, strength):
        return super().perturb(case, 1.5 * strength)


class Constant(twins.GoodPerturbation):
    def perturb(self, case, strength):
        return super().perturb(case, 4)


class WeakAttack(twins.GoodPerturbation):
    is_attack = True

    def perturb(self, case, strength):
        return case.images - strength * case.gradient.sign()


class TrainsCritic(twins.GoodObjective):
    def pull(self, step):
        return self.critics(step.predictions('unlabeled')['depth'][0]).mean()


class TrainsNetwork(twins.GoodObjective):
    def critic_losses(self, step):
        return {'critic': self.critics(step.predictions('unlabeled')['depth'][0]).square().mean()}


class ChangesLabels(twins.GoodObjective):
    def alter(self, step):
        for sample in step.batch('labeled').samples:
            sample.label('depth').mul_(2)


class NeedsLabels(twins.GoodObjective):
    def losses(self, step):
        where, labels = step.batch('labeled').labeled('depth')
        return {'depth': step.tasks['depth'].loss(step.predictions('labeled')['depth'][0][where], torch.stack(labels))}


class OwnRandomness(twins.GoodObjective):
    def pull(self, step):
        return super().pull(step) * np.random.default_rng().random()


class NoTurns(twins.GoodObjective):
    takes_turns = True


class OtherStream(twins.GoodObjective):
    streams = ('video',)


class Drawing(twins.GoodHook):
    def before_train_iter(self, runner, batch_idx, data_batch=None):
        torch.rand(1)


class Priority(twins.GoodHook):
    priority = 'FIRST'


class CountsUnknown(twins.GoodTask):
    def losses_by_pixel(self, prediction, label):
        errors, right = super().losses_by_pixel(prediction, label)
        return errors + 0.1 * prediction.float().abs().mean((1, 2, 3), keepdim=True)[:, 0], right


class MeanOfBatch(twins.GoodTask):
    def statistics(self, decoded, label):
        return {name: value / len(label) for name, value in super().statistics(decoded, label).items()}


class OutOfRange(twins.GoodTask):
    def range_of(self, metric):
        return 0.0, 0.5


class WrongCode(twins.GoodTask):
    def encode(self, label):
        return label / 2


class Half(twins.GoodTask):
    def loss(self, prediction, label):
        return super().loss(prediction, label).bfloat16()


class Gray(twins.GoodTask):
    def draw(self, values):
        return super().draw(values)[..., :1]


class Best(twins.GoodTask):
    def scores(self, sums):
        return {'mae': super().scores(sums)['mae'] + 0.1}


class ImageOnly(twins.GoodTransform):
    def apply(self, field, kind, decision):
        return super().apply(field, kind, decision) if field.dtype == np.uint8 and field.ndim == 3 else field


class CameraStays(twins.GoodTransform):
    def apply_intrinsics(self, intrinsics, decision):
        return intrinsics


class GlobalDraw(twins.GoodTransform):
    def decide(self, results):
        return results['image'].shape[0] if np.random.random() < 0.5 else None


class Doubles(twins.GoodTransform):
    def apply(self, field, kind, decision):
        return super().apply(field, kind, decision).astype(np.float64)


class SharedFrames(twins.GoodDataset):
    def list_frames(self):
        return [path.name for path in sorted(self.root.glob('*.png'))]


class Millimeters(twins.GoodDataset):
    def read_depth(self, frame):
        return -super().read_depth(frame)


class Restless(twins.GoodDataset):
    def read_depth(self, frame):
        return super().read_depth(frame) + np.float32(np.random.default_rng().random())


class Camera(twins.GoodDataset):
    def read_intrinsics(self, frame):
        return np.array([[20.0, 0, 120], [0, 20, 80], [0, 0, 1]])


class AnyRoot(twins.GoodDataset):
    def _missing_root(self):
        return 'not there'


EXCHANGE, BALANCER, MIXER = testing.ExchangeContract, testing.BalancerContract, testing.MixerContract
NOISE, OBJECTIVE, TASK = testing.PerturbationContract, testing.ObjectiveContract, testing.TaskContract
BROKEN = [
    (EXCHANGE, Plain, 'test_it_subclasses_the_base_class'),
    (EXCHANGE, Scaling, 'test_scaled_arguments_are_arguments_of_the_class'),
    (EXCHANGE, Dead, 'test_every_parameter_moves_in_training'),
    (EXCHANGE, Idle, 'test_gradients_are_finite_and_reach_every_parameter'),
    (EXCHANGE, Detached, 'test_gradients_agree_with_finite_differences'),
    (EXCHANGE, Unseeded, 'test_seed_decides_weights_and_outputs'),
    (EXCHANGE, Forgetful, 'test_state_dict_restores_the_module'),
    (EXCHANGE, Counting, 'test_evaluation_changes_no_state'),
    (EXCHANGE, Mixing, 'test_images_of_a_batch_do_not_mix_in_evaluation'),
    (EXCHANGE, InPlace, 'test_inputs_are_left_unchanged'),
    (EXCHANGE, OnCpu, 'test_every_tensor_is_on_the_device_of_the_inputs'),
    (EXCHANGE, Halving, 'test_keys_and_shapes_are_kept'),
    (EXCHANGE, Deaf, 'test_tasks_exchange_features'),
    (EXCHANGE, ByPosition, 'test_order_of_the_dict_does_not_matter'),
    (testing.EncoderContract, Unnormalized, 'test_images_are_normalized_by_mean_and_std'),
    (testing.EncoderContract, Stride, 'test_channels_and_strides_are_as_declared'),
    (testing.EncoderContract, TooFrozen, 'test_frozen_layers_serve_no_map_that_is_kept'),
    (testing.DecoderContract, Stateless, 'test_state_is_read'),
    (testing.DecoderContract, Reading, 'test_reads_names_the_maps_that_are_read'),
    (testing.DecoderContract, Levels, 'test_levels_and_channels_are_as_declared'),
    (testing.DiscriminatorContract, HalfCritic, 'test_computes_in_float32_under_autocast'),
    (testing.DiscriminatorContract, AnySize, 'test_maps_below_the_minimum_are_rejected'),
    (testing.NetworkContract, AllTasks, 'test_a_task_alone_has_the_same_predictions'),
    (testing.NetworkContract, SmallNetwork, 'test_predictions_are_as_declared'),
    (BALANCER, Negative, 'test_total_is_a_finite_scalar_that_raises_no_loss'),
    (BALANCER, LostState, 'test_state_dict_restores_the_balancer'),
    (BALANCER, FirstCounts, 'test_order_of_the_losses_does_not_matter'),
    (BALANCER, FirstTaskCounts, 'test_order_of_the_tasks_does_not_matter'),
    (BALANCER, Consumes, 'test_consumes_is_known'),
    (BALANCER, NoGramian, 'test_consumes_is_known'),
    (BALANCER, LastFails, 'test_weights_of_fixed_gramians_are_found'),
    (BALANCER, Absolute, 'test_factor_of_the_gramian_does_not_matter'),
    (BALANCER, ByGramian, 'test_a_task_without_gradient_weighs_one'),
    (BALANCER, Overflows, 'test_gradients_that_are_not_finite_keep_the_weights'),
    (BALANCER, AllTasksThere, 'test_an_absent_task_takes_no_part'),
    (BALANCER, AloneCounts, 'test_a_single_task_has_a_finite_total'),
    (BALANCER, FirstGradientCounts, 'test_order_of_the_tasks_does_not_matter'),
    (BALANCER, LostMean, 'test_state_dict_restores_the_balancer'),
    (BALANCER, NotFinite, 'test_state_is_finite'),
    (BALANCER, OwnDraws, 'test_draws_are_those_of_all_processes'),
    (BALANCER, NoParts, 'test_combined_gradients_have_the_shape_of_the_maps'),
    (BALANCER, MeanOverBatch, 'test_combined_gradients_have_the_shape_of_the_maps'),
    (BALANCER, FirstMaps, 'test_order_of_the_tasks_does_not_matter'),
    (BALANCER, StillBalancer, 'test_parameters_move'),
    (MIXER, LabelsStay, 'test_all_fields_of_a_pixel_move_together'),
    (MIXER, FurtherStays, 'test_all_fields_of_a_pixel_move_together'),
    (MIXER, DepthStays, 'test_all_fields_of_a_pixel_move_together'),
    (MIXER, OwnDraw, 'test_shapes_are_kept_and_the_seed_decides'),
    (MIXER, Blending, 'test_pairs_take_each_pixel_from_one_of_two'),
    (MIXER, Confident, 'test_labels_and_confidence_stay_valid'),
    (MIXER, OneImage, 'test_a_batch_may_have_the_minimum_size'),
    (NOISE, Unclipped, 'test_images_keep_shape_and_range'),
    (NOISE, GlobalNoise, 'test_seed_of_the_image_is_the_only_source_of_randomness'),
    (NOISE, BatchNoise, 'test_seed_of_the_image_is_the_only_source_of_randomness'),
    (NOISE, TooStrong, 'test_strength_in_gray_values_is_kept'),
    (NOISE, Constant, 'test_stronger_is_farther'),
    (NOISE, WeakAttack, 'test_an_attack_raises_the_loss'),
    (OBJECTIVE, TrainsCritic, 'test_gradients_reach_the_parameters_of_the_objective'),
    (OBJECTIVE, TrainsNetwork, 'test_gradients_reach_the_parameters_of_the_objective'),
    (OBJECTIVE, ChangesLabels, 'test_labels_and_loaded_images_are_left_unchanged'),
    (OBJECTIVE, NeedsLabels, 'test_a_batch_without_labels_is_no_error'),
    (OBJECTIVE, OwnRandomness, 'test_seed_decides_the_losses'),
    (OBJECTIVE, NoTurns, 'test_turns_add_up_to_the_whole'),
    (OBJECTIVE, OtherStream, 'test_streams_are_accepted'),
    (testing.HookContract, Drawing, 'test_training_ends'),
    (testing.HookContract, Priority, 'test_priority_is_known'),
    (TASK, CountsUnknown, 'test_unknown_pixels_have_no_effect'),
    (TASK, MeanOfBatch, 'test_sums_of_single_images_add_up_to_those_of_the_batch'),
    (TASK, OutOfRange, 'test_scores_are_floats_in_their_range'),
    (TASK, WrongCode, 'test_decode_reverses_encode'),
    (TASK, Half, 'test_loss_reaches_the_pixels_of_the_prediction'),
    (TASK, Gray, 'test_draws_an_rgb_image'),
    (TASK, Best, 'test_nothing_beats_the_label'),
    (Transforms, ImageOnly, 'test_geometry_moves_every_field_alike'),
    (Transforms, CameraStays, 'test_intrinsics_follow_the_geometry'),
    (Transforms, GlobalDraw, 'test_generator_of_the_sample_decides'),
    (Transforms, Doubles, 'test_fields_keep_dtype_and_have_one_size'),
    (Datasets, SharedFrames, 'test_splits_share_no_frame'),
    (Datasets, Millimeters, 'test_check_finds_nothing'),
    (Datasets, Restless, 'test_frames_repeat'),
    (Datasets, Camera, 'test_intrinsics_suit_the_image'),
    (Datasets, AnyRoot, 'test_missing_folder_is_an_error'),
]


@pytest.mark.parametrize(('contract', 'member', 'check'), BROKEN, ids=lambda value: getattr(value, '__name__', ''))
def test_a_broken_member_is_rejected(contract, member, check):
    arguments = DATASET if contract is Datasets else {}
    with twins.registered(contract.registry, member), pytest.raises(Exception) as caught:
        getattr(contract(), check)(dict(type=member.__name__, **arguments))
    assert not isinstance(caught.value, pytest.skip.Exception | NotImplementedError)


def test_a_class_that_changes_its_config_is_rejected():
    with twins.registered(EXCHANGE.registry, Consuming):
        case = dict(type='Consuming', options=dict(one=1))
        with pytest.raises(AssertionError):
            EXCHANGE().test_building_leaves_the_config_unchanged(case)
