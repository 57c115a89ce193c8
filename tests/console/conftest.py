"""What the tests of the console share: somebody who has opened its link."""

import pytest
from support.console import Visitor


@pytest.fixture(scope="session")
def visitor(local) -> Visitor:
    return Visitor(local)
