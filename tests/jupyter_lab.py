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
_INDICATOR = ".jp-Notebook-ExecutionIndicator"


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
    """Run every cell of the open notebook, to the end."""
    page.locator(".jp-Notebook").click(position={"x": 5, "y": 5})
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.locator("[data-command='runmenu:run-all']").click()
    page.wait_for_selector(f"{_INDICATOR}[data-status=busy]")
    page.wait_for_selector(f"{_INDICATOR}[data-status=idle]", timeout=120_000)


def open_chapter(page, address, name):
    """Open a notebook and wait for its kernel."""
    page.goto(f"{address}/lab/tree/chapters/{name}?reset")
    page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=90_000)
    page.wait_for_selector(f"{_INDICATOR}[data-status=idle]", timeout=90_000)


def scroll_to(page, slug):
    """JupyterLab attaches outputs when they come near the window: scroll until this one is there."""
    live = page.locator(f".kl-live[data-explorer='{slug}']")
    for _ in range(240):
        if live.count():
            live.scroll_into_view_if_needed()
            return live
        page.mouse.move(700, 600)
        page.mouse.wheel(0, 600)
        page.wait_for_timeout(60)
    raise AssertionError(f"{slug} never came into view")


def slider_of(page, slug):
    """The first slider of a live explorer."""
    live = page.locator(f".kl-live[data-explorer='{slug}']")
    return page.locator(".jp-OutputArea-output", has=live).get_by_role("slider").first


def press(page, slider, key):
    """Press a key on a slider until it has moved.

    JupyterLab takes cells out of the window and puts them back while others come into view, and the slider loses the
    focus then: a key that is pressed in that moment goes elsewhere, as it would for a reader.
    """
    now = slider.get_attribute("aria-valuenow")
    for _ in range(10):
        slider.focus()
        page.keyboard.press(key)
        for _ in range(20):
            if slider.get_attribute("aria-valuenow") != now:
                return
            page.wait_for_timeout(100)
    raise AssertionError(f"the slider stays at {now} when {key} is pressed")
