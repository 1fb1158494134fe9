# SPDX-License-Identifier: GPL-2.0-only
"""The grammar of pool_map, which is annex's own."""

import re

from read_files import NUMBER, Wrong, want

USES = (("free", ".,"), ("cached", "Cc"), ("used", "Uu"), ("heap", "Hh"),
        ("table", "Tt"), ("store", "Dd"), ("folio", "Ff"), ("inactive", "Ii"),
        ("active", "Aa"), ("slots", "Ss"), ("own", "Oo"), ("reserved", "Rr"))
LINE = 64
MOST = 8192


def least_unit(frames):
    unit = 1
    while -(-frames // unit) > MOST:
        unit *= 2
    return unit


def read_pool_map(text):
    """The frames of a character, the characters, and {use: frames}."""
    lines = text.splitlines(keepends=True)
    head = re.fullmatch(rf"({NUMBER}) frames, ({NUMBER}) a character, {LINE} "
                        r"characters a line\n", lines[0] if lines else "")
    if not head:
        raise Wrong("it has no first line")
    frames, unit = int(head[1]), int(head[2])
    want(least_unit(frames), unit, "the number of frames a character")
    rows, legend = lines[1:-len(USES)], lines[-len(USES):]
    units = ""
    for i, line in enumerate(rows):
        match = re.fullmatch(r"0x([0-9a-f]{8}) (\S+)\n", line)
        if not match or int(match[1], 16) != i * LINE * unit:
            raise Wrong(f"not its line {i + 2}: {line!r}")
        if len(match[2]) != LINE and i != len(rows) - 1:
            raise Wrong(f"line {i + 2} has {len(match[2])} characters")
        units += match[2]
    want(-(-frames // unit), len(units), "the number of characters")
    counts = {}
    for line, (use, chars) in zip(legend, USES):
        match = re.fullmatch(rf"(\S) (\S) {use} ({NUMBER})\n", line)
        if not match or match[1] + match[2] != chars:
            raise Wrong(f"not the line of {use}: {line!r}")
        counts[use] = int(match[3])
    want(frames, sum(counts.values()), "the sum")
    check_units(frames, unit, units, counts)
    return unit, units, counts


def check_units(frames, unit, units, counts):
    """A use has the frames of the units that are all its own at least, and can
    have none if there is no character of it and units are of one frame."""
    for use, (whole, most) in USES:
        size = units.count(whole) * unit
        if units.endswith(whole):
            size -= len(units) * unit - frames
        if size > counts[use]:
            raise Wrong(f"{size} frames are drawn as {use}, counted "
                        f"{counts[use]}")
        if unit == 1 and size != counts[use]:
            raise Wrong(f"{use} is {counts[use]}, {size} are drawn")
        if unit == 1 and most in units:
            raise Wrong(f"a frame is mostly {use}")
    strange = set(units) - set("".join(chars for _, chars in USES))
    if strange:
        raise Wrong(f"what is {strange.pop()!r}?")


POOL_MAP = ("71 frames, 1 a character, 64 characters a line\n"
            "0x00000000 RR" + "." * 50 + "UUHCCSSTFIAA\n"
            "0x00000040 ...OOOD\n"
            ". , free 53\nC c cached 2\nU u used 2\nH h heap 1\nT t table 1\n"
            "D d store 1\nF f folio 1\nI i inactive 1\nA a active 2\nS s slots 2\n"
            "O o own 3\nR r reserved 2\n")

SPOILT_POOL_MAP = (
    ("no first line", lambda t: t[t.index("\n") + 1:]),
    ("another unit", lambda t: t.replace("1 a char", "2 a char", 1)),
    ("a frame more", lambda t: t.replace("71", "72", 1)),
    ("an address elsewhere", lambda t: t.replace("0x00000040", "0x00000080")),
    ("a character less", lambda t: t.replace("...OOO", "..OOO", 1)),
    ("a character of no use", lambda t: t.replace("HCC", "XCC", 1)),
    ("another character", lambda t: t.replace("HCC", "UCC", 1)),
    ("a mixed frame", lambda t: t.replace("HCC", "hCC", 1)),
    ("a count more", lambda t: t.replace("used 2", "used 3", 1)),
    ("a count for another", lambda t: t.replace("used 2", "used 1", 1)
     .replace("heap 1", "heap 2", 1)),
    ("no line of a use", lambda t: t.replace("T t table 1\n", "", 1)),
    ("uses in another order", lambda t: t.replace("own", "reserved", 1)
     .replace("reserved 2", "own 2", 1)),
    ("a zero before a number", lambda t: t.replace("heap 1", "heap 01", 1)),
    ("no newline at its end", lambda t: t[:-1]),
    ("a line more at its end", lambda t: t + "\n"),
    ("nothing", lambda t: ""),
)
