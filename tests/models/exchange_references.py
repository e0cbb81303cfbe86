"""Every exchange again, written as loops over positions from the papers' formulas, in numpy and float64.

``REFERENCES`` holds, by class name, a function of the module (for its weights only) and the maps by task, (C, h, w) a
image. A new exchange of the package adds its own here; a plugin has its own, see ``docs/testing.md``.
"""

import numpy as np


def array(tensor):
    return tensor.detach().double().numpy()


def conv1x1(weight, x):
    return np.einsum('oc,chw->ohw', weight[:, :, 0, 0], x)


def conv3x3(weight, x, bias=None):
    channels, height, width = x.shape
    padded = np.zeros((channels, height + 2, width + 2))
    padded[:, 1:-1, 1:-1] = x
    out = np.zeros((len(weight), height, width))
    for row in range(height):
        for column in range(width):
            window = padded[:, row : row + 3, column : column + 3]
            out[:, row, column] = (weight * window).sum((1, 2, 3))
    return out if bias is None else out + bias[:, None, None]


def batch_norm(norm, x):
    mean, var = array(norm.running_mean), array(norm.running_var)
    scale = array(norm.weight) / np.sqrt(var + norm.eps)
    return (x - mean[:, None, None]) * scale[:, None, None] + array(norm.bias)[:, None, None]


def relu(x):
    return np.maximum(x, 0)


def conv_norm_relu(module, x):
    return relu(batch_norm(module[1], conv1x1(array(module[0].weight), x)))


def gate(module, x):
    weight = array(module.conv.weight)
    half = len(weight) // 2
    return conv3x3(weight[:half], x) / (1 + np.exp(-conv3x3(weight[half:], x)))


def max_pool(x, kernel):
    channels, height, width = x.shape
    out = np.zeros((channels, height // kernel, width // kernel))
    for row in range(out.shape[1]):
        for column in range(out.shape[2]):
            block = x[:, row * kernel : (row + 1) * kernel, column * kernel : (column + 1) * kernel]
            out[:, row, column] = block.max((1, 2))
    return out


def softmax(values):
    exponents = np.exp(values - values.max())
    return exponents / exponents.sum()


def correlate(query, key, value, over):
    """For target positions a and source positions b: sum over b of A[a, b] V[b], A the softmax of K_a Q_b / sqrt c."""
    channels = len(query)
    flat_query, flat_key, flat_value = (x.reshape(channels, -1) for x in (query, key, value))
    weights = np.zeros((flat_query.shape[1], flat_key.shape[1]))
    for a in range(weights.shape[0]):
        for b in range(weights.shape[1]):
            weights[a, b] = flat_query[:, a] @ flat_key[:, b] / np.sqrt(channels)
    if over == 'source':
        weights = np.stack([softmax(row) for row in weights])
    else:
        weights = np.stack([softmax(column) for column in weights.T], axis=1)
    out = np.zeros_like(flat_query)
    for a in range(weights.shape[0]):
        for b in range(weights.shape[1]):
            out[:, a] += weights[a, b] * flat_value[:, b]
    return out.reshape(query.shape)


def spatial(module, target, source):
    s, pool = module.target_factor, module.source_factor
    project = conv_norm_relu if hasattr(module.query, '__getitem__') else plain_projection
    reduced = max_pool(source, pool)
    query = project(module.query, target[:, ::s, ::s])
    out = correlate(query, project(module.key, reduced), project(module.value, reduced), module.softmax_over)
    out = out.repeat(s, axis=1).repeat(s, axis=2)
    return out if module.alpha is None else array(module.alpha)[0] * out


def plain_projection(module, x):
    return conv1x1(array(module.weight), x) + array(module.bias)[:, None, None]


def channel(module, target, source):
    channels = len(target)
    flat_target, flat_source = target.reshape(channels, -1), source.reshape(channels, -1)
    out = np.zeros_like(flat_source)
    for row in range(channels):
        products = np.array([flat_target[row] @ flat_source[column] for column in range(channels)])
        if module.scaled:
            products = products / np.sqrt(flat_target.shape[1])
        weights = softmax(products)
        for column in range(channels):
            out[row] += weights[column] * flat_source[column]
    return array(module.beta) * out.reshape(target.shape)


def directional(module, target, source):
    if hasattr(module.extractor, '__getitem__'):
        conv = module.extractor[0]
        source = relu(conv3x3(array(conv.weight), source, array(conv.bias)))
    own = [] if module.self_attention is None else [gate(module.self_attention, source)]
    kinds = {'spatial': spatial, 'channel': channel}
    cross = [kinds[name](attention, target, source) for name, attention in module.cross.items()]
    joined = np.concatenate(own + cross if module.self_first else cross + own)
    return conv_norm_relu(module.project, joined) if hasattr(module.project, '__getitem__') else joined


def cross_task(module, maps):
    refined = {}
    for target in maps:
        order = [task for task in module.source_order if task != target]
        received = [directional(module.pairs[target][source], maps[target], maps[source]) for source in order]
        if module.fusion == 'concat':
            refined[target] = conv_norm_relu(module.fuse[target], np.concatenate([maps[target], *received]))
            continue
        passed = conv_norm_relu(module.fuse[target], np.concatenate(received))
        refined[target] = maps[target] + passed if module.fusion == 'add' else maps[target] * passed
    return refined


def padnet(module, maps):
    refined = {}
    for target in maps:
        refined[target] = maps[target].copy()
        for source in maps:
            if source != target:
                refined[target] += gate(module.attention[target][source], maps[source])
    return refined


def attention_maps(convs, x):
    for position, layer in enumerate(convs):
        x = relu(x) if position % 2 else conv3x3(array(layer.weight), x)
    return 1 / (1 + np.exp(-x))


def channel_affinity(first, second, score):
    """The literal text of CCAM: each channel times all of the other task, pooled, two layers, a sigmoid."""
    rows = []
    for own in first:
        relation = np.stack([own * other for other in second])
        pooled = relation.mean((1, 2))
        hidden = relu(array(score[0].weight) @ pooled + array(score[0].bias))
        rows.append(1 / (1 + np.exp(-(array(score[2].weight) @ hidden + array(score[2].bias)))))
    return np.stack(rows)


def ccam(module, maps):
    refined = {task: x.copy() for task, x in maps.items()}
    for one, others in module.pairs.items():
        for other, pair in others.items():
            seen = [attention_maps(pair.spatial[task], maps[task]) for task in (one, other)]
            weights = channel_affinity(*seen, pair.affinity.score)
            for i in range(len(weights)):
                for j in range(len(weights)):
                    refined[one][i] += weights[i, j] * maps[other][j]
                    refined[other][j] += weights[i, j] * maps[one][i]
    return refined


REFERENCES = {'CCAMExchange': ccam, 'CrossTaskExchange': cross_task, 'PADNetExchange': padnet}
