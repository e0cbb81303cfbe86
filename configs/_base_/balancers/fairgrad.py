balancer = dict(_delete_=True, type='FairGrad', alpha=2.0)
