# A quarter of an hour for a run of two tasks on two cores. The exceptions are those of mini.
_base_ = './mini.py'
scale = dict(images=0.4, updates=1200)
