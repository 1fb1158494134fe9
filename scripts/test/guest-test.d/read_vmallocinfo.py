# SPDX-License-Identifier: GPL-2.0-only
"""Reads vmallocinfo, of annex and of the kernel, and spoils it."""

import re

from read_files import NUMBER, Wrong, want

# %pK: a hash, until there is a key for it not even that.
HIDDEN = r"0x(?:[0-9a-f]{8}|\(ptrval\))"
SPAN = rf"{HIDDEN}-{HIDDEN} (?P<size> *\d+)"
CALLER = (r"(?:[A-Za-z_][\w.]*\+0x[0-9a-f]+/0x[0-9a-f]+(?: \[\w+\])?"
          r"|0x(?:0|[0-9a-f]{8,16}))")
AREA = re.compile(
    rf"{SPAN} {CALLER}(?: pages=(?P<pages>{NUMBER}))?"
    r"(?P<phys> phys=0x[0-9a-f]+)?(?P<kinds>(?: ioremap)?(?: sparse)?(?: vmalloc)?"
    r"(?: vmap)?)(?P<theirs>(?: user)?(?: dma-coherent)?(?: vpages)?"
    r"(?: N0=\d+)?)\n")
UNPURGED = re.compile(rf"{SPAN} (?P<what>unpurged vm_area|vm_map_ram)\n")


def read_vmallocinfo(text, theirs=False):
    """vmallocinfo as a list of (kind, size, pages); the kernel's may say more
    of an area, and has areas of no kind and of vm_map_ram()."""
    areas, lazy = [], False
    for line in text.splitlines(keepends=True):
        match = AREA.fullmatch(line) or UNPURGED.fullmatch(line)
        if not match:
            raise Wrong(f"not a line of it: {line!r}")
        found = match.groupdict()
        size = int(found["size"])
        want(f"{size:7}", found["size"], "the size's form")
        want(0, size % 4096, "the rest of a size")
        kind = found.get("what") or found["kinds"].split()
        lazy = lazy or kind == "unpurged vm_area"
        want(lazy, kind == "unpurged vm_area", "an area behind unpurged ones")
        if not theirs:
            want(True, kind in ("unpurged vm_area", ["vmalloc"], ["vmap"],
                                ["ioremap"]), f"an area with {kind}")
            want("", found.get("theirs") or "", "more of an area")
            want(kind == ["ioremap"], bool(found.get("phys")), "an address")
            pages = int(found.get("pages") or 0)
            want(size // 4096 - 1 if kind == ["vmalloc"] else 0, pages,
                 "the number of pages")
        areas.append((kind, size))
    return areas


SPOILT_AREAS = (
    ("no 0x", lambda t: t.replace("0x", "", 1)),
    ("a blank more", lambda t: t.replace(" pages", "  pages", 1)),
    ("a size not in its column",
     lambda t: re.sub(r"^(\S+) +", r"\1 ", t, count=1)),
    ("no size", lambda t: re.sub(r" +\d+ ", " ", t, count=1)),
    ("a size of no pages", lambda t: re.sub(r"^(\S+ +\d*)\d ", r"\g<1>7 ", t, count=1)),
    ("no caller", lambda t: re.sub(r" \S+\+0x\S+", "", t, count=1)),
    ("pages behind its kind",
     lambda t: re.sub(r"( pages=\d+)( vmalloc)", r"\2\1", t, count=1)),
    ("pages of no number", lambda t: re.sub(r"pages=\d+", "pages=", t,
                                            count=1)),
    ("an unknown kind", lambda t: t.replace(" vmalloc", " valloc", 1)),
    ("an unpurged one before the others",
     lambda t: "0xf0000000-0xf0002000    8192 unpurged vm_area\n" + t),
    ("no newline at its end", lambda t: t[:-1]),
    ("a line more at its end", lambda t: t + "\n"),
)
