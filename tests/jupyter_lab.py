"""A real JupyterLab for the tests and the benchmark, and how to drive it."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path

from klbook.explorers.live import STILL

ROOT = Path(__file__).parents[1]


@contextmanager
def jupyter_lab(folder):
    """Start JupyterLab on a copy of the chapters in `folder`; gives its address."""
    shutil.copytree(ROOT / "chapters", folder / "chapters")
    with socket.socket() as free:
        free.bind(("localhost", 0))
        port = free.getsockname()[1]
    settings = folder / "settings"
    environment = {k: v for k, v in os.environ.items() if k != STILL}
    environment |= {"JUPYTER_CONFIG_DIR": str(settings), "JUPYTERLAB_SETTINGS_DIR": str(settings / "lab")}
    command = [
        sys.executable, "-m", "jupyterlab", "--no-browser", f"--port={port}", "--IdentityProvider.token=",
        "--ServerApp.password=", f"--config={ROOT / 'jupyter_server_config.py'}", "--allow-root",
        f"--ServerApp.root_dir={folder}", "--LabApp.news_url=None",
    ]  # fmt: skip
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log)
    address = f"http://localhost:{port}"
    try:
        deadline = time.monotonic() + 60
        while not _answers(address):
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"JupyterLab did not start:\n{(folder / 'log').read_text()}")
            time.sleep(0.25)
        yield address
    finally:
        process.terminate()
        process.wait(30)


def _answers(address):
    try:
        with urllib.request.urlopen(f"{address}/api", timeout=1):
            return True
    except OSError:
        return False


def run_all(page):
    """Run every cell of the open notebook."""
    page.locator(".jp-Notebook").click(position={"x": 5, "y": 5})
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.locator("[data-command='runmenu:run-all']").click()


def scroll_to(page, slug):
    """JupyterLab attaches outputs when they come near the window: scroll until this one is there."""
    live = page.locator(f".kl-live[data-explorer='{slug}']")
    for _ in range(120):
        if live.count():
            live.scroll_into_view_if_needed()
            return live
        page.mouse.move(700, 600)
        page.mouse.wheel(0, 400)
        page.wait_for_timeout(250)
    raise AssertionError(f"{slug} never came into view")
