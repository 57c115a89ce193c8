"""The services that the Local SageMaker answers itself, beside SageMaker: STS, IAM, quotas."""
