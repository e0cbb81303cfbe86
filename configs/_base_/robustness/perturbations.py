# Perturbations that mtlbench robustness knows by name. Configs may change or add entries under the same key.
__corruptions = [
    *('gaussian_noise', 'shot_noise', 'impulse_noise', 'defocus_blur'),
    *('glass_blur', 'motion_blur', 'zoom_blur'),
    *('snow', 'frost', 'fog'),
    *('brightness', 'contrast', 'elastic_transform', 'pixelate', 'jpeg_compression'),
]
perturbations = dict(
    gaussian=dict(type='GaussianNoise'),
    salt_pepper=dict(type='SaltAndPepper'),
    fgsm=dict(type='FGSM'),
    # The robustness paper does not state step size, number of steps and start of PGD. These are four common choices.
    pgd=dict(type='PGD', step=2.55, iterations=40, random_start=True),
    bim40=dict(type='PGD', step=2.55, iterations=40, random_start=False),
    kurakin=dict(type='PGD', step=1.0, iterations=None, random_start=False),
    madry_cifar=dict(type='PGD', step=2.0, iterations=20, random_start=True),
    momentum_fgsm=dict(type='MomentumFGSM', iterations=10, decay=1.0),
    segpgd=dict(type='SegPGD', step=2.55, iterations=40, random_start=True),
    **{kind: dict(type='CommonCorruption', kind=kind) for kind in __corruptions},
)
# Groups of perturbations; 'paper' is the default.
perturbation_groups = dict(
    clean=[],
    paper=['gaussian', 'salt_pepper', 'fgsm', 'pgd'],
    attacks=['fgsm', 'momentum_fgsm', 'pgd', 'bim40', 'kurakin', 'madry_cifar', 'segpgd'],
    corruptions=__corruptions,
)
