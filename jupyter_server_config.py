"""What `make lab` adds to Jupyter: notebooks are saved as the repository keeps them."""

import nbformat

from klbook.site.notebooks import clean


def clean_on_save(model, **_):
    """Save explorers as pictures: their widgets live in the kernel, and would be lost with it."""
    if model["type"] == "notebook":
        notebook = nbformat.from_dict(model["content"])
        clean(notebook)
        model["content"] = notebook


c.FileContentsManager.pre_save_hook = clean_on_save  # noqa: F821 (Jupyter provides c)
