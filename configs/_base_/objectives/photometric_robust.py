# Depth from video as in equations 2 to 4: no auto-masking, smoothness of inverse depth. The pose network predicts one
# motion (R2).
_base_ = './photometric.py'
objectives = dict(
    photometric=dict(
        automask=False,
        smooth_on='inverse_depth',
        pose=dict(
            motions=1,
            encoder=dict(mean=(0.485, 0.456, 0.406), std=(0.229, 0.224, 0.225)),
        ),
    )
)
