"""What several tests of the course material need."""

import signal

import pytest


@pytest.fixture
def interruptible():
    """Ctrl+C ends what this process and its children do; where tests run in the background, a shell has it ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)
