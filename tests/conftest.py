"""What every test shares."""

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def checkout() -> Path:
    """The folder of this checkout."""
    return Path(__file__).resolve().parents[1]
