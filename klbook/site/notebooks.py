"""Executing notebooks for their files, and cleaning them.

``python -m klbook.site.notebooks chapters/*.ipynb`` runs each notebook from top to bottom and stores its outputs:
what readers see before they run anything, and what nbval compares. The files hold nothing that changes from run to
run, and no widget state.
"""

import asyncio
import os
import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbformat import NotebookNode

from ..explorers.live import MIME, STILL

__all__ = ["clean", "execute", "joined", "run"]

_WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"


def clean(notebook) -> None:
    """Take out of a notebook, in place, what must not be in its file.

    Widget views and widget state (an explorer keeps its picture and its line of text), times of execution, what the
    machine that ran it says of itself, and the pieces into which it happened to cut what a cell prints.
    """
    notebook.metadata.pop("widgets", None)
    notebook.metadata["kernelspec"] = {"display_name": "Python 3", "language": "python", "name": "python3"}
    notebook.metadata["language_info"] = {"name": "python"}
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        if "outputs" in cell:
            cell.outputs = joined(cell.outputs)
        for output in cell.get("outputs", []):
            if MIME in output.get("data", {}):
                output["data"].pop(_WIDGET_VIEW, None)


def joined(outputs):
    """Outputs in which pieces of one stream that follow each other are one: a busy kernel sends several."""
    whole = []
    for output in outputs:
        before = whole[-1] if whole else {}
        if "stream" == output.output_type == before.get("output_type") and output.name == before.name:
            before.text += output.text
        else:
            whole.append(NotebookNode(output))
    return whole


def run(notebook, folder: Path, **options) -> None:
    """Run a notebook in a folder, in place; `options` go to nbclient.

    Raises
    ------
    nbclient.exceptions.CellExecutionError
        If a cell raises.
    """
    os.environ[STILL] = "1"
    client = NotebookClient(
        notebook,
        timeout=120,
        kernel_name="python3",
        store_widget_state=False,
        resources={"metadata": {"path": str(folder)}},
        **options,
    )
    asyncio.run(client.async_execute())  # which closes what it opens, in threads, too
    clean(notebook)


def execute(path: Path) -> None:
    """Run a notebook in its own folder and store its outputs; if a cell raises, the file is left as it was."""
    notebook = nbformat.read(path, as_version=4)
    run(notebook, path.parent)
    nbformat.write(notebook, path)


if __name__ == "__main__":
    for name in sys.argv[1:]:
        print(f"running {name}", flush=True)
        execute(Path(name))
