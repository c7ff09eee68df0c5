"""What the tests share: a simulator for one test, and one for a whole file. Starts the program."""

from collections.abc import Iterator

import pytest

pytest.register_assert_rewrite("drives", "policy_drives", "reading_drives")

from simulated import Simulator  # noqa: E402  (after the line above, which must come first)


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    """An organization of one's own, where nothing is enabled."""
    with Simulator() as running:
        yield running


@pytest.fixture(scope="module")
def shared() -> Iterator[Simulator]:
    """An organization for all tests of a file, with administrators of both services."""
    with Simulator() as running:
        running.designate()
        yield running
