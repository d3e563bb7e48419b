"""What only codes have: the sentences in full, and what is accepted. (The rest is tested with the coders.)"""

import numpy as np
import pytest

from klbook.ideas import code_checks

SENTENCES = [
    (
        lambda: code_checks.as_codeword_lengths([0.32, 3.32, 3.32]),
        ValueError,
        "lengths[0] is 0.32: a codeword has a whole number of bits (see shannon_lengths).",
    ),
    (
        lambda: code_checks.as_symbols([0, 2, 4], np.array([True, True, True]), ""),
        ValueError,
        "symbols[2] is 4: it is not in the alphabet, which has the symbols 0 to 2.",
    ),
    (
        lambda: code_checks.as_frequencies([0.5, 0.5]),
        TypeError,
        "frequencies has elements of type float64: frequencies are whole numbers, which integer_frequencies makes "
        "of a distribution.",
    ),
]


@pytest.mark.parametrize("call, error, sentence", SENTENCES)
def test_what_is_wrong_is_said_in_a_sentence(call, error, sentence):
    with pytest.raises(error) as caught:
        call()
    assert str(caught.value) == sentence


def test_the_error_of_data_that_end_early():
    sentence = "The data (2 bytes) end before symbol 99 of 99: they are cut off, or n is too large."
    assert str(code_checks.ends_early(b"ab", 99)) == sentence


def test_what_is_accepted():
    assert code_checks.as_lengths([1, 2.5, np.inf]).tolist() == [1, 2.5, np.inf]
    assert code_checks.as_codewords(["0", None, "1"]) == {0: "0", 2: "1"}
    assert code_checks.as_data(bytearray([1, 2])) == b"\x01\x02"
