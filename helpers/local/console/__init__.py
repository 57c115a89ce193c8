"""The console: web pages that show what the Local SageMaker has, and what it does now."""
