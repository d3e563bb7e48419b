"""The files of llama.cpp, unpacked."""

import lzma

import pytest
from plain_reader import FOLDERS


@pytest.fixture(scope="session")
def llama(tmp_path_factory):
    """Path of an unpacked file, by its name."""
    folder = tmp_path_factory.mktemp("llama")
    for text, place in FOLDERS.items():
        for packed in place.glob(f"{text}-*.kld.xz"):
            (folder / packed.stem).write_bytes(lzma.decompress(packed.read_bytes()))
    return lambda name: folder / f"{name}.kld"


@pytest.fixture(scope="session")
def small(llama, tmp_path_factory):
    """Bytes of two windows of the files with the odd vocabulary, by the name of the model: what tests damage."""

    def cut(name, windows=2):
        data = llama(f"austen-{name}").read_bytes()
        tokens, row = 4 * 128, 2 * (258 + 4)
        begin = 20 + tokens * 6
        head = data[:16] + windows.to_bytes(4, "little") + data[20 : 20 + tokens * windows]
        return head + data[begin : begin + row * 63 * windows]

    return cut
