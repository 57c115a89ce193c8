"""Serve a model by functions of the user's own, in the Python of a framework image.

The packages of the course are not installed there: this one needs Python's library alone, and the
modules for a framework what its image has. SERVING.md describes both.
"""
