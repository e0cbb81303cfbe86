"""The contract of exchanges, and what every exchange of this project does beyond it."""

import pytest
import torch
from exchange_references import REFERENCES

from mtlbench.errors import ConfigError
from mtlbench.registry import EXCHANGES
from mtlbench.testing import ExchangeContract


class TestExchanges(ExchangeContract):
    cases = [dict(type=name) for name in EXCHANGES.names()]
    references = REFERENCES

    def test_has_a_reference(self, case):
        assert case['type'] in REFERENCES, f'{case["type"]}: add a reference to tests/models/exchange_references.py'

    def test_each_task_hears_every_other(self, case):
        for exchange in self.each_count(case):
            exchange = self.randomized(exchange).train()
            maps = [one.requires_grad_() for one in self.inputs(exchange)]
            for output in self.outputs(exchange, maps):
                gradients = torch.autograd.grad(output.square().sum(), maps, retain_graph=True)
                assert all(gradient.abs().max() > 0 for gradient in gradients)

    def test_gradients_reach_every_parameter_at_once(self, case):
        for exchange in self.each_count(case):
            exchange = self.randomized(exchange).train()
            outputs = self.outputs(exchange, self.inputs(exchange))
            sum((index + 1) * value.square().mean() for index, value in enumerate(outputs)).backward()
            silent = [key for key, value in exchange.named_parameters() if not value.grad.abs().max() > 0]
            assert silent == []

    def test_one_task_has_nobody_to_exchange_with(self, case):
        with pytest.raises(ConfigError, match='at least two'):
            self.build(case, tasks=['depth'])
