"""The Local SageMaker: SageMaker's API on this machine, where jobs really run."""
