"""The contract of hooks, for those that work with any model."""

from mtlbench.testing import HookContract


class TestHooks(HookContract):
    cases = [
        dict(type='LossGuardHook'),
        dict(type='ScheduledValueHook', target='layer.1.p', values=[(1, 0.5), (5, 0.1)]),
    ]


class TestHooksThatChangeTraining(HookContract):
    cases = [dict(type='ScheduledValueHook', target='layer.1.p', values=[(1, 0.5), (2, 0.1)])]
    changes_training = True
