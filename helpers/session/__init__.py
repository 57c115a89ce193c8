"""How a notebook's kernel reaches SageMaker: backend, connection, network guard, SDK settings."""
