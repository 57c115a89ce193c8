"""Hyperparameter tuning: which values to try next, and which training jobs to stop early."""
