"""The network that the authors of xTAM published, written again from the paper for one image in evaluation.

It reads its weights by their published names from a dict, has no classes and few loops,
so that it has nothing in common with the package's networks.
"""

import torch
from torch.nn import functional as F

BLOCKS = {2: (1280, 256), 3: (256, 256), 5: (768, 256), 6: (256, 128), 8: (384, 128), 9: (128, 128), 11: (192, 128)}
BLOCKS |= {12: (128, 64), 13: (64, 64)}
RESNET101 = {1: (3, 64, 256), 2: (4, 128, 512), 3: (23, 256, 1024), 4: (3, 512, 2048)}
EPS = 1e-5


def _norm(name, channels):
    each = ('weight', 'bias', 'running_mean', 'running_var')
    return {f'{name}.{one}': (channels,) for one in each} | {f'{name}.num_batches_tracked': ()}


def published_shapes(tasks):
    """Names and shapes of a published file, without the second copies; ``tasks``: outputs by name."""
    shapes = {'backbone.encoder.conv1.weight': (64, 3, 7, 7)} | _norm('backbone.encoder.bn1', 64)
    width = 64
    for stage, (blocks, inner, out) in RESNET101.items():
        for index in range(blocks):
            at = f'backbone.encoder.layer{stage}.{index}'
            for number, shape in enumerate(((inner, width, 1, 1), (inner, inner, 3, 3), (out, inner, 1, 1)), start=1):
                shapes |= {f'{at}.conv{number}.weight': shape} | _norm(f'{at}.bn{number}', shape[0])
            if index == 0:
                shapes |= {f'{at}.downsample.0.weight': (out, width, 1, 1)} | _norm(f'{at}.downsample.1', out)
            width = out
    for task, outputs in tasks.items():
        at = f'heads.{task}.decoder'
        for branch, kernel in enumerate((1, 3, 3, 3)):
            name = f'{at}.0.convs.{branch}'
            shapes |= {f'{name}.0.weight': (256, 2048, kernel, kernel)} | _norm(f'{name}.1', 256)
        shapes |= {f'{at}.0.convs.4.1.weight': (256, 2048, 1, 1)} | _norm(f'{at}.0.convs.4.2', 256)
        shapes |= {f'{at}.0.project.0.weight': (256, 1280, 1, 1)} | _norm(f'{at}.0.project.1', 256)
        for number, (before, after) in BLOCKS.items():
            shapes |= _biased(f'{at}.{number}.block.0.conv', (after, before, 3, 3))
        shapes |= _biased(f'{at}.14', (outputs, 64, 1, 1)) | _biased(f'{at}.15', (outputs, 128, 1, 1))
    for target in tasks:
        sources = [task for task in tasks if task != target]
        for source in sources:
            shapes |= _direction_shapes(f'm.{target}.1', source)
        shapes |= {f'm.{target}.1.post.0.weight': (128, 128 * len(sources), 1, 1)} | _norm(f'm.{target}.1.post.1', 128)
    return shapes


def _biased(name, shape):
    return {f'{name}.weight': shape, f'{name}.bias': shape[:1]}


def _direction_shapes(at, source):
    shapes = _biased(f'{at}.extract_{source}.0', (128, 128, 3, 3))
    shapes |= {
        f'{at}.SA_{source}.attention.0.weight': (64, 128, 3, 3),
        f'{at}.SA_{source}.conv.weight': (64, 128, 3, 3),
    }
    shapes |= {f'{at}.SxTAM_{source}.alpha': (1, 128, 1, 1), f'{at}.proj_{source}.0.weight': (128, 192, 1, 1)}
    for letter in 'bcd':
        name = f'{at}.SxTAM_{source}.conv_{letter}'
        shapes |= {f'{name}.0.weight': (128, 128, 1, 1)} | _norm(f'{name}.1', 128)
    return shapes | _norm(f'{at}.proj_{source}.1', 128)


def random_weights(shapes, seed=0):
    """Values at which nothing cancels, vanishes or grows through a hundred layers; alpha and statistics included."""
    generator = torch.Generator().manual_seed(seed)
    weights = {}
    for name, shape in shapes.items():
        noise = torch.randn(shape, generator=generator)
        if name.endswith('num_batches_tracked'):
            weights[name] = torch.tensor(1000)
        elif len(shape) == 4 and not name.endswith('alpha'):
            gain = 0.5 if name.endswith('conv3.weight') else 1.4
            weights[name] = noise * gain / (shape[1] * shape[2] * shape[3]) ** 0.5
        elif name.endswith('running_var'):
            weights[name] = 1 + 0.5 * noise.abs()
        else:
            weights[name] = 0.1 * noise + (1.0 if name.endswith(('.weight', 'alpha')) else 0.0)
    return weights


def with_copies(weights):
    """As published: every tensor of the decoders and of the exchange stands in the file twice."""
    copies = {}
    for name, value in weights.items():
        place, task, rest = [*name.split('.', 2), '', ''][:3]
        if place in ('heads', 'm'):
            copies[f'params.{task}.{0 if place == "heads" else 1}.{rest}'] = value.clone()
    return weights | copies


def predict(weights, image, tasks, source_order):
    """Predictions by task and level of one image (3, H, W) in [0, 1], all in float64."""
    w = {name: value.double() for name, value in weights.items()}
    mean, std = torch.tensor([0.45, 0.225]).double()  # as float32 has them
    maps = _encode(w, (image.double()[None] - mean) / std)
    states, predictions = {}, {task: {} for task in tasks}
    for task in tasks:
        states[task] = _coarse(w, f'heads.{task}.decoder', maps)
        predictions[task][1] = _plain(w, f'heads.{task}.decoder.15', states[task])
    for target in tasks:
        sources = [task for task in source_order if task != target]
        received = [_direction(w, f'm.{target}.1', source, states[target], states[source]) for source in sources]
        refined = states[target] + _cnr(w, f'm.{target}.1.post', torch.cat(received, 1))
        at = f'heads.{target}.decoder'
        fine = _block(w, f'{at}.13', _doubled(_block(w, f'{at}.12', refined)))
        predictions[target][0] = _plain(w, f'{at}.14', fine)
    return predictions


def _encode(w, x):
    at = 'backbone.encoder'
    x = F.relu(_bn(w, f'{at}.bn1', F.conv2d(x, w[f'{at}.conv1.weight'], stride=2, padding=3)))
    maps = [x]
    x = F.max_pool2d(x, 3, 2, 1)
    for stage, (blocks, _, _) in RESNET101.items():
        for index in range(blocks):
            name = f'{at}.layer{stage}.{index}'
            stride = 2 if index == 0 and stage in (2, 3) else 1
            dilation = 2 if stage == 4 and index > 0 else 1
            y = F.relu(_bn(w, f'{name}.bn1', F.conv2d(x, w[f'{name}.conv1.weight'])))
            y = F.conv2d(y, w[f'{name}.conv2.weight'], stride=stride, padding=dilation, dilation=dilation)
            y = _bn(w, f'{name}.bn3', F.conv2d(F.relu(_bn(w, f'{name}.bn2', y)), w[f'{name}.conv3.weight']))
            if index == 0:
                x = _bn(w, f'{name}.downsample.1', F.conv2d(x, w[f'{name}.downsample.0.weight'], stride=stride))
            x = F.relu(x + y)
        maps.append(x)
    return maps


def _coarse(w, at, maps):
    e0, e1, e2, e3, e4 = maps
    views = [_cnr(w, f'{at}.0.convs.{i}', e4, d) for i, d in enumerate((1, 6, 12, 18))]
    pooled = F.conv2d(e4.mean((2, 3), keepdim=True), w[f'{at}.0.convs.4.1.weight'])
    pooled = F.relu(_bn(w, f'{at}.0.convs.4.2', pooled))
    views.append(F.interpolate(pooled, size=e4.shape[-2:], mode='bilinear', align_corners=False))
    x = _cnr(w, f'{at}.0.project', torch.cat(views, 1))
    x = _block(w, f'{at}.2', torch.cat([x, e3], 1))
    for first, second, skip in ((3, 5, e2), (6, 8, e1), (9, 11, e0)):
        x = _block(w, f'{at}.{second}', torch.cat([_doubled(_block(w, f'{at}.{first}', x)), skip], 1))
    return x


def _direction(w, at, source, target_map, source_map):
    name = f'{at}.extract_{source}.0'
    g = F.relu(F.conv2d(source_map, w[f'{name}.weight'], w[f'{name}.bias'], padding=1))
    mask = torch.sigmoid(F.conv2d(g, w[f'{at}.SA_{source}.attention.0.weight'], padding=1))
    own = F.conv2d(g, w[f'{at}.SA_{source}.conv.weight'], padding=1) * mask
    cross = f'{at}.SxTAM_{source}'
    small = F.interpolate(target_map, scale_factor=0.25, mode='nearest')
    reduced = F.max_pool2d(g, 4, 4)
    k = _cnr(w, f'{cross}.conv_b', small).flatten(2)[0]
    q = _cnr(w, f'{cross}.conv_c', reduced).flatten(2)[0]
    v = _cnr(w, f'{cross}.conv_d', reduced).flatten(2)[0]
    weights = torch.softmax(k.T @ q / 128**0.5, dim=1)
    gathered = (v @ weights.T).reshape(small.shape)
    gathered = w[f'{cross}.alpha'] * F.interpolate(gathered, scale_factor=4, mode='nearest')
    return _cnr(w, f'{at}.proj_{source}', torch.cat([own, gathered], 1))


def _bn(w, name, x):
    mean, var, scale, shift = (
        w[f'{name}.{one}'][:, None, None] for one in ('running_mean', 'running_var', 'weight', 'bias')
    )
    return (x - mean) / (var + EPS).sqrt() * scale + shift


def _cnr(w, name, x, dilation=1):
    weight = w[f'{name}.0.weight']
    padding = dilation * (weight.shape[-1] // 2)
    return F.relu(_bn(w, f'{name}.1', F.conv2d(x, weight, padding=padding, dilation=dilation)))


def _block(w, name, x):
    name = f'{name}.block.0.conv'
    return F.elu(F.conv2d(F.pad(x, (1, 1, 1, 1), mode='reflect'), w[f'{name}.weight'], w[f'{name}.bias']))


def _plain(w, name, x):
    return F.conv2d(x, w[f'{name}.weight'], w[f'{name}.bias'])


def _doubled(x):
    return F.interpolate(x, scale_factor=2, mode='nearest')
