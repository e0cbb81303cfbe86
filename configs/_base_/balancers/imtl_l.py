balancer = dict(_delete_=True, type='IMTLL')
