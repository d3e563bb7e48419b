"""What is read of printed sheets, and a small site to print."""

import fcntl
import html
import re
import unicodedata

import pypdfium2 as pdfium

#: A page of a site, as far as printing looks at it.
PAGE = """<!doctype html><html lang="en"><head><title>{title}</title>
<link rel="stylesheet" href="{up}_static/site.css"></head><body><main><article class="bd-article">
<section id="{name}"><h1>{title}<a class="headerlink" href="#{name}">#</a></h1>{body}</section>
</article></main></body></html>"""


def bare(text):
    """Letters and signs only: where a line ends is up to the paper."""
    straight = text.translate(str.maketrans("“”‘’", "\"\"''"))  # as the site's builder sets them
    return re.sub(r"[\s\u200b\u2061\ufffe\x02-]", "", unicodedata.normalize("NFKC", straight))


def sheets(pdf):
    """The bare text of each sheet."""
    return [bare(sheet.get_textpage().get_text_range()) for sheet in pdfium.PdfDocument(pdf)]


def small_site(folder, **pages):
    """A site of pages with these bodies; the first one's name is index, others are chapters."""
    (folder / "_static").mkdir(parents=True)
    (folder / "_static" / "site.css").write_text("body { font-family: sans-serif }")
    for name, body in pages.items():
        path = folder / ("index.html" if name == "index" else f"chapters/{name}.html")
        path.parent.mkdir(exist_ok=True)
        up = "" if name == "index" else "../"
        path.write_text(PAGE.format(title=html.escape(f"The {name}"), name=name, body=body, up=up))
    return folder


def once(folders, name, make):
    """What `make` returns, made by the first of the workers that want it."""
    folder = folders.getbasetemp()
    if folder.name.startswith("popen-"):  # each worker of pytest-xdist has its own in a common one
        folder = folder.parent
    path = folder / name
    with open(folder / f"{name}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not path.exists():
            path.write_bytes(make())
    return path.read_bytes()
