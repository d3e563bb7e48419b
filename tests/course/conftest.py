"""What several tests of the course material need."""

import signal

import pytest


@pytest.fixture
def interruptible():
    """Ctrl+C and a closed terminal end what runs here; where tests run in the background, a shell has them ignored."""
    wanted = {signal.SIGINT: signal.default_int_handler, signal.SIGHUP: signal.SIG_DFL}
    before = {number: signal.signal(number, handler) for number, handler in wanted.items()}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)
