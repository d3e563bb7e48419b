"""The browser that prints, and that the tests look with: Chromium or Chrome, found or told how to get."""

import os
import shutil
from pathlib import Path

from ..site.solutions import CourseError

__all__ = ["FLAGS", "NAMES", "find", "launch"]

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
#: Three keep Chromium from looking for its maker's servers, which nothing here must wait for; the last refuses every
#: host but this machine.
FLAGS = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
)


def find() -> str | None:
    """Path of a browser that is here: one on PATH, or Playwright's own."""
    for name in NAMES:
        if path := shutil.which(name):
            return path
    from playwright.sync_api import sync_playwright  # the extra may not be there, which is a sentence then

    with sync_playwright() as playwright:
        own = playwright.chromium.executable_path
    return own if Path(own).exists() else None


def launch(playwright, **options):
    """A headless browser. As root Chromium runs only without its sandbox.

    Raises
    ------
    CourseError
        If it cannot be started.
    """
    from playwright.sync_api import Error

    root = hasattr(os, "geteuid") and os.geteuid() == 0
    flags = [*FLAGS, *(["--no-sandbox"] if root else []), *options.pop("args", [])]
    path = find()
    try:
        return playwright.chromium.launch(executable_path=path, args=flags, **options)
    except Error as error:
        said = error.message.splitlines()[0].removeprefix("BrowserType.launch: ")
        raise CourseError(
            f"the browser {path} cannot be started ({said}): install another Chromium or Chrome"
        ) from None
