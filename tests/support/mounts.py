"""Tests of scripts that need /opt/ml: without mounts they would use that of this machine."""

import pytest

from helpers.local.runtime import opt_ml_mount

needs_mounts = pytest.mark.skipif(
    not opt_ml_mount.is_possible(), reason="this system allows no mounts"
)
