"""The browsers for the tests and the benchmark: found, or installed. Run as a program, it says which are there."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from klbook.course.browser import find, launch

__all__ = ["find", "find_firefox", "find_minibrowser", "install", "launch", "missing", "page_by_page"]


def find_firefox() -> str | None:
    """Path of Firefox; Debian's package is its slower one."""
    return shutil.which("firefox-esr") or shutil.which("firefox")


def find_minibrowser() -> str | None:
    """Path of WebKitGTK's own small browser, which lies beside its library and not on PATH."""
    places = [
        p for n in ("lib", "lib64", "libexec") for p in Path("/usr", n).glob("**/webkit*gtk-*/MiniBrowser")
    ]
    return str(max(places)) if places else None


def missing() -> dict[str, str]:
    """For each engine that cannot be tried here, what is not there."""
    lack = {}
    if not find():
        lack["chromium"] = "neither Chromium nor Chrome is installed"
    if not find_firefox():
        lack["firefox"] = "Firefox is not installed"
    parts = {"WebKitWebDriver": shutil.which("WebKitWebDriver"), "MiniBrowser": find_minibrowser()}
    parts["Xvfb"] = shutil.which("Xvfb")
    if absent := [name for name, path in parts.items() if not path]:
        lack["webkit"] = f"not installed: {', '.join(absent)}"
    return lack


#: Debian's and Ubuntu's packages; where there is no firefox-esr, Firefox's name is firefox.
PACKAGES = {
    "chromium": [["chromium"]],
    "firefox": [["firefox-esr"], ["firefox"]],
    "webkit": [["webkit2gtk-driver", "xvfb"]],
}


def install() -> None:
    """Try, for each engine that is missing, the system's packages as root; for Chromium first Playwright's download."""
    if "chromium" in missing():
        _try([sys.executable, "-m", "playwright", "install", "chromium"])
    if not missing() or not shutil.which("apt-get"):
        return
    if os.geteuid() == 0:
        root = []
    elif os.environ.get("CI") and shutil.which("sudo"):  # nobody is there to be asked for a password
        root = ["sudo", "-n"]
    else:
        return
    _try([*root, "apt-get", "update", "-qq"])
    for engine, ways in PACKAGES.items():
        for packages in ways:
            if engine in missing():
                _try([*root, "apt-get", "install", "-y", "-qq", *packages])


def _try(way):
    print("trying:", " ".join(way), flush=True)
    try:
        subprocess.run(way, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=900)
    except subprocess.TimeoutExpired:
        print("given up after 15 minutes", flush=True)


def page_by_page(items, folder, page) -> None:
    """Order the tests of a folder by what `page` says of each and its parameters: opening a page takes time."""

    def key(item):
        return page(item, item.callspec.params if hasattr(item, "callspec") else {})

    places = [k for k, item in enumerate(items) if item.path.is_relative_to(folder)]
    for k, item in zip(places, sorted((items[k] for k in places), key=key), strict=True):
        items[k] = item


if __name__ == "__main__":
    if missing():
        install()
    lack = missing()
    paths = {"chromium": find(), "firefox": find_firefox(), "webkit": find_minibrowser()}
    for engine, path in paths.items():
        print(f"{engine}: {lack.get(engine, path)}")
    if "chromium" in lack:
        sys.exit("No browser was found and none could be installed: install Chromium or Google Chrome.")
    if lack and os.environ.get("CI"):
        sys.exit(f"These engines are missing and could not be installed: {', '.join(lack)}.")
