#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""usage: check_slabinfo.py DIRECTORY [NAME=NUMBER]...

Checks annex's slabinfo, which a guest sent with vmstat and with the kernel's own
slabinfo, under proc/: all are in DIRECTORY. Prints "ok CASE", or "not ok CASE",
a tab and why.

The kernel's file must pass as annex's does; and spoilt in ways that must be
found, neither may.

  objects=N   how many objects users have, of all caches but kmem_cache
"""

import re
import sys

sys.dont_write_bytecode = True
from check_files import Capture, Wrong, read_vmstat, report, want

FIELDS = 16
SIZES = "8 16 32 64 96 128 192 256 512 1k 2k 4k 8k".split()
KMALLOC = [f"{kind}{size}" for kind in
           ("kmalloc-", "kmalloc-rcl-", "dma-kmalloc-") for size in SIZES]

HEAD = ("slabinfo - version: 2.1",
        "# name            <active_objs> <num_objs> <objsize> <objperslab> "
        "<pagesperslab> : tunables <limit> <batchcount> <sharedfactor> : "
        "slabdata <active_slabs> <num_slabs> <sharedavail>")
NAMES = ("active_objs num_objs objsize objperslab pagesperslab limit "
         "batchcount sharedfactor active_slabs num_slabs sharedavail").split()
ROW = re.compile(
    r"(?P<name>[!-~]+ *) "
    r"(?P<active_objs> *\d+) (?P<num_objs> *\d+) (?P<objsize> *\d+) "
    r"(?P<objperslab> *\d+) (?P<pagesperslab> *\d+) : tunables "
    r"(?P<limit> *\d+) (?P<batchcount> *\d+) (?P<sharedfactor> *\d+) : "
    r"slabdata (?P<active_slabs> *\d+) (?P<num_slabs> *\d+) "
    r"(?P<sharedavail> *\d+)")
WIDTHS = (6, 6, 6, 4, 4, 4, 4, 4, 6, 6, 6)


def read_row(line):
    match = ROW.fullmatch(line)
    if not match:
        raise Wrong(f"a row is no such row: {line!r}")
    row = {name: int(match[name]) for name in NAMES}
    row["name"] = match["name"].rstrip()
    again = f"{row['name']:<17}" + "".join(
        ("", "", "", "", "", " : tunables", "", "", " : slabdata", "", "")[i] +
        f" {row[name]:{width}}"
        for i, (name, width) in enumerate(zip(NAMES, WIDTHS)))
    want(again, line, "a row")
    # As a program sees it that knows nothing but blanks.
    want(FIELDS, len(line.split()), f"the number of fields of {row['name']}")
    return row


def read_slabinfo(text):
    if not text.endswith("\n"):
        raise Wrong("the last line has no end")
    lines = text[:-1].split("\n")
    want(HEAD, tuple(lines[:2]), "the head")
    rows = [read_row(line) for line in lines[2:]]
    if not rows:
        raise Wrong("there are no caches")
    for row in rows:
        if row["active_objs"] > row["num_objs"]:
            raise Wrong(f"{row['name']} has more objects in use than it has")
        if row["active_slabs"] > row["num_slabs"]:
            raise Wrong(f"{row['name']} has more slabs in use than it has")
    return rows


def spoil(pattern, by):
    return lambda text: re.sub(pattern, by, text, count=1, flags=re.MULTILINE)


SPOILT = (
    ("another version", spoil(r"2\.1", "2.0")),
    ("another head", spoil("<objsize>", "<size>")),
    ("a blank in a name", spoil(r"^(kmalloc)-8k ", r"\1 8k ")),
    ("a field less", spoil(r" \d+$", "")),
    ("a field more", spoil(r"( +\d+)$", r"\1\1")),
    ("no tunables", spoil(" : tunables +\\d+ +\\d+ +\\d+", "")),
    ("a column shifted", spoil(r"^(kmalloc-8k +)", r"\1 ")),
    ("a negative number", spoil(r" \d+$", "-1")),
    ("a word for a number", spoil(r" \d+$", " n")),
    ("an empty line", spoil(r"\n", "\n\n")),
    ("half a line", lambda text: text[:-5]),
    ("no caches", lambda text: "\n".join(HEAD) + "\n"),
    ("more in use than there is", spoil(r"^(kmalloc-8k +)\d+", r"\g<1>999999")),
)


class Slabinfo(Capture):
    """What a guest sent; each case is a method."""

    rows = ()

    def by_name(self):
        if not self.rows:
            raise Wrong("there are no rows")
        return {row["name"]: row for row in self.rows}

    def the_kernels_slabinfo_passes(self):
        read_slabinfo(self.text("proc/slabinfo"))

    def slabinfo_has_the_grammar(self):
        self.rows = read_slabinfo(self.text("slabinfo"))

    def spoilt_slabinfo_is_found(self):
        for file in ("slabinfo", "proc/slabinfo"):
            text = self.text(file)
            for what, ruin in SPOILT:
                spoilt = ruin(text)
                want(True, spoilt != text, f"a {file} with {what}")
                try:
                    read_slabinfo(spoilt)
                except Wrong:
                    continue
                raise Wrong(f"a {file} with {what} passes")

    def all_of_kmalloc_is_there(self):
        names = list(self.by_name())
        want(["kmem_cache"] + KMALLOC, names[:1 + len(KMALLOC)],
             "the beginning of the list")
        want(len(names), len(self.rows), "how many names differ")

    def sizes_are_what_the_names_say(self):
        for name, row in self.by_name().items():
            match = re.fullmatch(r"(?:dma-)?kmalloc-(?:rcl-)?(\d+)(k?)", name)
            if match:
                size = int(match[1]) << (10 if match[2] else 0)
                want(True, row["objsize"] >= size, f"objsize of {name}")

    def slabs_hold_the_objects(self):
        for name, row in self.by_name().items():
            want(row["num_slabs"] * row["objperslab"], row["num_objs"],
                 f"objects of {name}")
            room = row["pagesperslab"] * 4096
            if row["objperslab"] * row["objsize"] > room:
                raise Wrong(f"{name} has slabs that are too small")

    def vmstat_has_the_frames(self):
        vmstat = read_vmstat(self.text("vmstat"))
        frames = sum(row["num_slabs"] * row["pagesperslab"]
                     for row in self.by_name().values())
        want(frames, vmstat["nr_slab_reclaimable"] +
             vmstat["nr_slab_unreclaimable"], "nr_slab_*")

    def objects_in_use_are_those_that_are_held(self):
        held = sum(row["active_objs"] for row in self.rows
                   if row["name"] != "kmem_cache")
        want(self.numbers.get("objects", 0), held, "active objects")


CASES = (
    Slabinfo.the_kernels_slabinfo_passes,
    Slabinfo.slabinfo_has_the_grammar,
    Slabinfo.spoilt_slabinfo_is_found,
    Slabinfo.all_of_kmalloc_is_there,
    Slabinfo.sizes_are_what_the_names_say,
    Slabinfo.slabs_hold_the_objects,
    Slabinfo.vmstat_has_the_frames,
    Slabinfo.objects_in_use_are_those_that_are_held,
)

if __name__ == "__main__":
    sys.exit(report(__doc__, Slabinfo, CASES))
