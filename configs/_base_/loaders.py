# How labeled images are loaded: a stream to learn from, and the validation; two images at a time.
__loader = dict(batch_size=2, num_workers=2, persistent_workers=True)
train_dataloader = dict(labeled=dict(**__loader, sampler=dict(type='StreamSampler'), dataset=dict(split='train')))
val_dataloader = dict(
    **__loader, sampler=dict(type='DefaultSampler', shuffle=False, round_up=False), dataset=dict(split='val')
)
