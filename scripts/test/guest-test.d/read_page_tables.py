# SPDX-License-Identifier: GPL-2.0-only
"""The grammar of debugfs page_tables/, and what any such dump must keep."""

import re

from read_files import NUMBER, Wrong, want

KB = {"K": 1, "M": 1 << 10, "G": 1 << 20}
SPAN = r"0x([0-9a-f]{8,9})-0x([0-9a-f]{8,9})"
ROW = re.compile(rf"{SPAN} ([ 0-9]{{7,}})([KMG])  (PTE|PMD) (RW|ro)"
                 r"( USR)?( PWT)?( PCD)?( PSE)?( GLB)? (NX|x)( W\+X)?")
MARKER = re.compile(rf"---\[ ([a-z][a-z_ ]*) {SPAN}: "
                    rf"({NUMBER}) PTE tables, ({NUMBER}) linked \]---")
PAGES = re.compile(rf"pages: ({NUMBER}) of 4 kB, ({NUMBER}) of 2 MB, "
                   rf"({NUMBER}) kB of them W\+X")
TABLES = re.compile(rf"tables: ({NUMBER}) PDPT, ({NUMBER}) PMD, "
                    rf"({NUMBER}) PTE, ({NUMBER}) PMD borrowed, "
                    rf"({NUMBER}) PTE linked")


class Section:
    """Addresses with a name, and the rows that lie in it."""

    def __init__(self, match):
        self.name = match[1]
        self.start, self.end = int(match[2], 16), int(match[3], 16)
        self.own, self.linked = int(match[4]), int(match[5])
        self.rows = []

    def kbytes(self, level=None):
        return sum((end - start) >> 10 for start, end, at, _ in self.rows
                   if level in (None, at))


def read_row(line, at, section):
    match = ROW.fullmatch(line)
    if not match:
        raise Wrong(f"a row is {line!r}")
    start, end = int(match[1], 16), int(match[2], 16)
    want(match[0], line, "a row")
    want(f"0x{start:08x}-0x{end:08x}", line.split(" ")[0], "its addresses")
    if not section or start < max(at, section.start) or \
            not start < end <= section.end:
        raise Wrong(f"{line!r} is out of order, or of its section")
    size = int(match[3])
    want(f"{size:7}", match[3], "the column of a size")
    want(end - start, size * KB[match[4]] << 10, f"the size in {line!r}")
    if size % 1024 == 0 and match[4] != "G":
        raise Wrong(f"{line!r} could have a larger unit")
    page = 2 << 20 if match[5] == "PMD" else 4 << 10
    if start % page or end % page:
        raise Wrong(f"{line!r} is not of whole pages")
    want(match[5] == "PMD", bool(match[10]), f"PSE in {line!r}")
    want(match[6] == "RW" and match[12] == "x", bool(match[13]),
         f"W+X in {line!r}")
    flags = " ".join(match[i].strip() for i in (6, 7, 8, 9, 10, 11, 12)
                     if match[i])
    return start, end, match[5], flags


def check_neighbours(rows):
    for (_, end, level, flags), following in zip(rows, rows[1:]):
        if (end, level, flags) == (following[0], *following[2:]):
            raise Wrong(f"two runs at {end:#x} are one")


def check_sums(sections, pages):
    rows = [row for section in sections for row in section.rows]
    found = [sum(section.kbytes(level) for section in sections) // size
             for level, size in (("PTE", 4), ("PMD", 2048))]
    found.append(sum((end - start) >> 10 for start, end, _, flags in rows
                     if flags.startswith("RW") and flags.endswith(" x")))
    want([int(n) for n in pages.groups()], found, "the sum of the pages")


def check_granules(section):
    """A section has as many PTE tables as it touches 2 MB without a large page,
    at most; and it has one for each 2 MB with a small one."""
    touched = (section.end - 1 >> 21) - (section.start >> 21) + 1
    if section.own + section.linked > touched:
        raise Wrong(f"{section.name} has too many PTE tables")
    small = set()
    for start, end, level, _ in section.rows:
        if level == "PTE":
            small.update(range(start >> 21, (end - 1 >> 21) + 1))
    if len(small) > section.own + section.linked:
        raise Wrong(f"{section.name} has too few PTE tables")


def read_tree(lines):
    """Sections, the words of the first line, and the tables by kind."""
    if len(lines) < 3:
        raise Wrong("it is too short")
    pages, tables = PAGES.fullmatch(lines[-2]), TABLES.fullmatch(lines[-1])
    if not pages or not tables:
        raise Wrong(f"it ends with {lines[-2:]}")
    sections, at = [], 0
    for line in lines[1:-2]:
        match = MARKER.fullmatch(line)
        if match:
            section = Section(match)
            if not at <= section.start < section.end:
                raise Wrong(f"{line!r} is out of order")
            at = section.start
            if sections and sections[-1].end > at:
                raise Wrong(f"{line!r} begins inside of another")
            sections.append(section)
            continue
        row = read_row(line, at, sections[-1] if sections else None)
        sections[-1].rows.append(row)
        at = row[1]
    for section in sections:
        check_neighbours(section.rows)
        check_granules(section)
    check_sums(sections, pages)
    return sections, dict(zip(("PDPT", "PMD", "PTE", "borrowed", "linked"),
                              (int(n) for n in tables.groups())))


def read_provisional(text):
    if not text.endswith("\n"):
        raise Wrong("it ends within a line")
    lines = text[:-1].split("\n")
    head = re.fullmatch(rf"provisional: ({NUMBER}) kB from 0x00000000 and from "
                        r"0x([0-9a-f]{8}), for 0x([0-9a-f]{10}) on", lines[0])
    if not head:
        raise Wrong(f"it begins with {lines[0]!r}")
    return (int(head[1]), int(head[2], 16), int(head[3], 16),
            *read_tree(lines))


def read_final(text):
    if not text.endswith("\n"):
        raise Wrong("it ends within a line")
    lines = text[:-1].split("\n")
    head = re.fullmatch(rf"final: ({NUMBER}) of ({NUMBER}) kB from "
                        r"0x([0-9a-f]{8}), for 0x([0-9a-f]{10}) on, "
                        r"case ([123]) of 3: ([a-zA-Z0-9 ]+)", lines[0])
    if not head:
        raise Wrong(f"it begins with {lines[0]!r}")
    return ((int(head[1]), int(head[2]), int(head[3], 16), int(head[4], 16),
             int(head[5]), head[6]), *read_tree(lines))


def _line(number, pattern, by):
    """Spoils one line of a dump."""
    def spoil(text):
        lines = text.split("\n")
        lines[number] = re.sub(pattern, by, lines[number], count=1)
        return "\n".join(lines)
    return spoil


# Dumps that must not pass: what is wrong, and a function that makes it so. The
# first section is the direct map.
SPOILT_FINAL = (
    ("another case", _line(0, "case [123]", "case 4")),
    ("a word more", _line(0, "final:", "final: about")),
    ("a marker without tables", _line(1, ": .*tables, ", ": ")),
    ("a section without addresses", _line(1, r"(0x\w+)-0x\w+:", r"\1-\1:")),
    ("a row of another size", _line(2, r"(\d)([KMG])  ", r"\g<1>0\2  ")),
    ("a row without a column", _line(2, " +(?=[0-9]+[KMG])", " ")),
    ("a row of another level", _line(2, "PMD|PTE", lambda match: {
        "PMD": "PTE", "PTE": "PMD"}[match[0]])),
    ("a page of another size", _line(2, "( PSE)?( GLB)", lambda match:
                                     " GLB" if match[1] else " PSE GLB")),
    ("a W+X that is not told", _line(2, "NX", "x")),
    ("a W+X that is none", _line(2, "NX", "NX W+X")),
    ("a blank at the end", _line(2, "$", " ")),
    ("a row twice", lambda t: "\n".join(t.split("\n")[:3] +
                                        t.split("\n")[2:])),
    ("a row less", lambda t: "\n".join(t.split("\n")[:2] +
                                       t.split("\n")[3:])),
    ("another sum of pages", _line(-3, r"(\d) of 4 kB", r"\g<1>1 of 4 kB")),
    ("another sum of W+X", _line(-3, r"(\d+) kB", r"\g<1>4 kB")),
    ("no tables", _line(-2, "tables.*", "")),
    ("its last line cut", lambda t: t[:-1]),
)
