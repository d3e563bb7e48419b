"""What `make lab` adds to Jupyter: notebooks are saved as the repository keeps them, and NumPy takes one processor."""

import os

import nbformat

from klbook.site.notebooks import clean


def clean_on_save(model, **_):
    """Save explorers as pictures: their widgets live in the kernel, and would be lost with it."""
    if model["type"] == "notebook":
        notebook = nbformat.from_dict(model["content"])
        clean(notebook)
        model["content"] = notebook


# Kernels inherit it. NumPy would start a thread for each processor of the machine, of which a guest (on Binder, say)
# may have but one, and they would wait for one another.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

c.FileContentsManager.pre_save_hook = clean_on_save  # noqa: F821 (Jupyter provides c)
