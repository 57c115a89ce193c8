"""Tuning jobs: training jobs that a search proposes, and which of them was best."""
