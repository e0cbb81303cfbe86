# Domain adaptation (xTAM, Table 6): one discriminator per task and level, on the predictions.
objectives = dict(alignment=dict(type='DomainAlignment', critic=dict(type='PatchDiscriminator')))
