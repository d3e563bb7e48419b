"""The grammar of QTI 1.2 as pyslet quotes it: the declarations of the specification's DTD, in words of its classes.

Pyslet is a library of others for this format, without part in writing our files. The quotes are put together to one
DTD, by which lxml judges a file.
"""

import importlib
import io
import pkgutil
import re
import warnings

from lxml import etree

#: What was lost where the DTD was quoted: parts of a name, an entity, commas, and marks that were left over.
_NAMES = {
    "response_*": ("response_lid", "response_xy", "response_str", "response_num", "response_grp"),
    "render_*": ("render_choice", "render_hotspot", "render_fib", "render_slider"),
}
_LEFT_OVER = (('#REQUIRED"', "#REQUIRED"), (" :: ", " "), ("%I_Title;", "title CDATA #IMPLIED"))


def _quotes():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it was written for an earlier Python
        import pyslet.qtiv1 as package

        for module in pkgutil.iter_modules(package.__path__):
            for thing in vars(importlib.import_module(f"{package.__name__}.{module.name}")).values():
                if isinstance(thing, type):
                    yield from re.findall(r"<!(ELEMENT|ATTLIST)\s+(\S+)\s+([^>]*)>", thing.__doc__ or "")


def grammar() -> etree.DTD:
    """The DTD; what pyslet does not quote in a usable form is not in it, so that using it is an error."""
    declared = {}
    for kind, name, body in _quotes():
        body = " ".join(body.split())
        for wrong, right in _LEFT_OVER:
            body = body.replace(wrong, right)
        if kind == "ELEMENT":
            body = re.sub(r"([?*+]) (?=[a-z(])", r"\1, ", body)  # a sequence without its commas
        for one in _NAMES.get(name, (name,)):
            declared[kind, one] = f"<!{kind} {one} {body}>"
    usable = [text for text in sorted(declared.values()) if _parses(text)]
    return etree.DTD(io.StringIO("\n".join(usable)))


def _parses(text):
    try:
        etree.DTD(io.StringIO(text))
    except etree.DTDParseError:
        return False
    return True


def faults(dtd: etree.DTD, content: bytes) -> list[str]:
    """What is wrong with a file; DTDs know no namespaces, so it is read without its own."""
    tree = etree.fromstring(re.sub(rb' (xmlns(:xsi)?|xsi:schemaLocation)="[^"]*"', b"", content))
    dtd.validate(tree)
    return [error.message for error in dtd.error_log]
