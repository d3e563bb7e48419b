"""The test that wrong arguments are refused, and named: the same for every module, each with its own table."""

import pytest


def refusals(cases):
    """A test of cases (call, words of the message), which is a ValueError's, or (call, kind of error, words)."""
    table = [(case[0], case[1] if len(case) > 2 else ValueError, case[-1]) for case in cases]

    @pytest.mark.parametrize("call, error, message", table)
    def test(call, error, message):
        with pytest.raises(error, match=message):
            call()

    return test
