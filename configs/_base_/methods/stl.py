# Single-task learning: the multi-task network with a single task.
_base_ = './mtl.py'
method = 'STL'
