balancer = dict(_delete_=True, type='CAGrad', c=0.4)
