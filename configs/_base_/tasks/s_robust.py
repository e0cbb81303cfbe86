# Logits from a 3x3 convolution; the loss is divided by the number of all pixels (robust, equation 1).
tasks = dict(
    semseg=dict(type='SemSegTask', head_kernel=3, ce_norm='pixels'),
)
balancer = dict(type='FixedWeights', weights=dict(semseg=1))
