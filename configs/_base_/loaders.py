# Loaders of labeled images: a training stream and the validation set, with two images per batch.
__loader = dict(batch_size=2, num_workers=2, persistent_workers=True)
train_dataloader = dict(labeled=dict(**__loader, sampler=dict(type='StreamSampler'), dataset=dict(split='train')))
val_dataloader = dict(
    **__loader, sampler=dict(type='DefaultSampler', shuffle=False, round_up=False), dataset=dict(split='val')
)
