"""An encoder, an exchange module and a hook; importing the package registers them."""

from mtlbench_toy.modules import ToyEncoder, ToyExchange, ToyHook

__all__ = ['ToyEncoder', 'ToyExchange', 'ToyHook']
