"""The connection of a kernel to SageMaker, and what makes the SDK quick and quiet in it."""
