"""A batch transform: read objects, split them into records, ask the model, join the answers."""
