"""The browser for the tests and the benchmark: found, or installed. Run as a program, it says which it is."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
#: Three keep Chromium from looking for its maker's servers, which tests must not wait for; the last refuses every host
#: but this machine.
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
    with sync_playwright() as playwright:
        own = playwright.chromium.executable_path
    return own if Path(own).exists() else None


def install() -> None:
    """Try Playwright's download, then, as root, Debian's package."""
    ways = [[sys.executable, "-m", "playwright", "install", "chromium"]]
    if shutil.which("apt-get") and os.geteuid() == 0:
        ways += [["apt-get", "update", "-qq"], ["apt-get", "install", "-y", "-qq", "chromium"]]
    for way in ways:
        print("trying:", " ".join(way), flush=True)
        subprocess.run(way, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=900)
        if find():
            return


def launch(playwright, **options):
    """A headless browser. As root Chromium runs only without its sandbox."""
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    flags = [*FLAGS, *(["--no-sandbox"] if root else []), *options.pop("args", [])]
    return playwright.chromium.launch(executable_path=find(), args=flags, **options)


if __name__ == "__main__":
    if not find():
        install()
    path = find()
    if not path:
        sys.exit("No browser was found and none could be installed: install Chromium or Google Chrome.")
    print(f"browser: {path}")
