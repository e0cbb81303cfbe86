"""Overlays change every matching node and nothing else."""

from mmengine.config import ConfigDict

from mtlbench.config.overlay import apply_rules

CONFIG = ConfigDict(
    steps=10,
    loaders=dict(
        a=dict(pipeline=[dict(type='Resize', size=(320, 1024)), dict(type='Flip')]),
        b=dict(pipeline=(dict(type='Resize', size=[320, 1024], extra=1),)),
        c=dict(pipeline=[dict(type='Resize', size=(8, 8))]),
    ),
)


def test_every_match_is_changed_and_nothing_else():
    changed = apply_rules(CONFIG, [dict(where=dict(type='Resize', size=(320, 1024)), set=dict(size=(1, 2)))])
    assert changed.loaders.a.pipeline[0] == dict(type='Resize', size=(1, 2))
    assert changed.loaders.a.pipeline[1] == dict(type='Flip')
    assert changed.loaders.b.pipeline[0] == dict(type='Resize', size=(1, 2), extra=1)
    assert changed.loaders.c == CONFIG.loaders.c
    assert CONFIG.loaders.a.pipeline[0].size == (320, 1024), 'the config given is left as it was'


def test_rules_apply_in_order():
    rules = [
        dict(where=dict(type='Resize', size=(320, 1024)), set=dict(size=(1, 2))),
        dict(where=dict(type='Resize', size=(1, 2)), set=dict(size=(3, 4))),
    ]
    assert apply_rules(CONFIG, rules).loaders.b.pipeline[0].size == (3, 4)


def test_a_rule_without_where_changes_the_top():
    assert apply_rules(CONFIG, [dict(set=dict(steps=3))]).steps == 3


def test_nested_settings_are_merged_not_replaced():
    node = ConfigDict(wrapper=dict(type='W', optimizer=dict(type='Adam', lr=1.0, betas=(0.9, 0.98))))
    changed = apply_rules(node, [dict(where=dict(type='W'), set=dict(optimizer=dict(lr=2.0)))])
    assert changed.wrapper.optimizer == dict(type='Adam', lr=2.0, betas=(0.9, 0.98))


def test_a_rule_may_look_into_the_dicts_of_a_node():
    node = ConfigDict(network=dict(encoder=dict(depth=101), decoder=dict(type='A', channels=3)))
    rules = [dict(where=dict(decoder=dict(type='A')), set=dict(encoder=dict(depth=18)))]
    assert apply_rules(node, rules).network == dict(encoder=dict(depth=18), decoder=dict(type='A', channels=3))
    assert apply_rules(node, [dict(where=dict(decoder=dict(type='B')), set=dict(x=1))]) == node
