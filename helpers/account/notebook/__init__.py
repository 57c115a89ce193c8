"""`python -m helpers notebook`: the notebook instance of the course, from its creation to its end.

On AWS it comes as a CloudFormation stack (`cloudformation/template.yaml` in this folder) with its
role and lifecycle configuration. On the Local SageMaker it is created by SageMaker's API alone: the
local CloudFormation does not reach its notebook instances.
"""
