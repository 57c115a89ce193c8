"""`python -m helpers notebook`: the notebook instance of the course, from creation to deletion.

On AWS it is a CloudFormation stack (`cloudformation/template.yaml` in this folder) with its role
and lifecycle configuration. On the Local SageMaker it is created by SageMaker's API alone: the
local CloudFormation can't create notebook instances.
"""
