# Learning from few labels (CCAM, section 4.1): learning rates of 3-ways PAD-Net.
_base_ = ['./sgd_40k.py', './from_video.py']
optim_wrapper = dict(paramwise_cfg={'objectives.photometric.pose': dict(lr=1e-6)})
