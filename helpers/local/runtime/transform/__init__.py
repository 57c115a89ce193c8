"""Batch transform: split objects into records, send them to the model, join the predictions."""
