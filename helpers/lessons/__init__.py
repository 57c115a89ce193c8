"""What supports a lesson: expectations between steps, hints for errors, run from a terminal."""
