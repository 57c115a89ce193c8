"""Imports for the process that job processes are forked from; nothing here may start a thread."""

import os

# One thread for each library: OpenBLAS starts its own at import, and they would not survive a fork.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")

import scipy.sparse  # noqa: F401

from helpers.local.containers.linear_learner import serve, train  # noqa: F401
