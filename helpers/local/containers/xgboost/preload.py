"""Imports for the process that job processes are forked from; nothing here may start a thread.

If a process has run a parallel region of OpenMP, its forked children hang, so this module only
imports. xgboost imports scikit-learn if it is installed, for wrappers that no job uses, and that
takes five times longer than the rest: it is hidden meanwhile. pandas, pyarrow and scikit-learn are
imported by the few jobs that need them.
"""

import os
import sys

# One thread for each library unless a job asks for more: OpenBLAS starts its own at import.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")

if "xgboost" not in sys.modules and "sklearn" not in sys.modules:
    sys.modules["sklearn"] = None  # type: ignore[assignment]
    try:
        import xgboost  # noqa: F401
    finally:
        del sys.modules["sklearn"]

import scipy.sparse  # noqa: F401

from helpers.local.containers.xgboost import serve, train  # noqa: F401
