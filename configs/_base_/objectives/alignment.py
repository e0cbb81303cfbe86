# Domain adaptation (xTAM, Table 6): one critic for each task and level, on what the predictions look like.
objectives = dict(alignment=dict(type='DomainAlignment', critic=dict(type='PatchDiscriminator')))
