"""What a lesson does beside its subject: checkpoints, hints for errors, running it in one go."""
