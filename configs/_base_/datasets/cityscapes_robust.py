# Cityscapes as in the robustness paper (Table 1): 19 classes, half size, crops of 192 x 640, color jitter always.
# Evaluated on whole images of half size against full-size labels (R22).
_base_ = './cityscapes_19.py'
# Share of each class in all pixels of the training labels, void pixels included (R3).
task_settings = dict(
    semseg=dict(
        class_weights=dict(
            offset=1.02,
            shares=[
                *(0.32654, 0.05392, 0.20202, 0.00581, 0.00777, 0.01087, 0.00184, 0.00488, 0.14095, 0.01026),
                *(0.03549, 0.01080, 0.00120, 0.06197, 0.00237, 0.00208, 0.00206, 0.00087, 0.00367),
            ],
        ),
    ),
)
train_dataloader = dict(
    labeled=dict(
        batch_size=12,
        num_workers=4,
        dataset=dict(
            tasks=['semseg'],
            pipeline=[
                dict(type='Resize', size=(512, 1024)),
                dict(type='RandomFlip'),
                dict(type='RandomCrop', size=(192, 640)),
                dict(type='ColorJitter', prob=1.0, random_order=False),
                dict(type='PackSample'),
            ],
        ),
    )
)
val_dataloader = dict(
    dataset=dict(
        pipeline=[
            dict(type='Resize', size=(512, 1024), labels=False),
            dict(type='PackSample'),
        ],
    )
)
