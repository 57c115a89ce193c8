"""Shut down and delete everything that the course made: `python -m helpers cleanup`."""
