balancer = dict(_delete_=True, type='RLW')
