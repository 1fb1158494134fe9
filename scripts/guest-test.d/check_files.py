#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""usage: check_files.py DIRECTORY [NAME=NUMBER]...

Checks what annex shows: the files that a guest sent, in DIRECTORY, and under
proc/ there what the guest's own kernel shows of itself. Prints "ok CASE", or
"not ok CASE", a tab and why.

The kernel's files are what the grammars are held against: they must pass as
annex's do, and the names of the counters are taken from them. So that the
checks themselves are checked, the kernel's zoneinfo and pagetypeinfo are also
spoilt in ways that must be found.

  pages=N             frames of the pool
  min_free_kbytes=N   the parameter, if it was given
  watermark_scale=N   likewise
  page_owner=N        kB of owner records, if there are any
"""

import math
import os
import re
import sys

ORDERS = 11
NUMBER = r"(?:0|[1-9][0-9]*)"
RATIO = {"DMA": 256, "DMA32": 256, "Normal": 32}
LOWMEM = ("DMA", "DMA32", "Normal")
TYPES = ("Unmovable", "Movable", "Reclaimable", "HighAtomic", "Isolate")
PAGEBLOCK = 512

ITEM = rf"\n      (?=\S+ *{NUMBER}(?:\n|$))[a-z_0-9 ]{{12,}} {NUMBER}"
ZONE = re.compile(
    rf"Node 0, zone (?P<name> {{0,7}}[A-Za-z0-9]{{1,8}})"
    rf"(?P<node>\n  per-node stats(?:{ITEM})+)?"
    rf"\n  pages free     (?P<free>{NUMBER})"
    rf"\n        boost    (?P<boost>{NUMBER})"
    rf"\n        min      (?P<min>{NUMBER})"
    rf"\n        low      (?P<low>{NUMBER})"
    rf"\n        high     (?P<high>{NUMBER})"
    rf"\n        spanned  (?P<spanned>{NUMBER})"
    rf"\n        present  (?P<present>{NUMBER})"
    rf"\n        managed  (?P<managed>{NUMBER})"
    rf"\n        cma      (?P<cma>{NUMBER})"
    rf"\n        protection: \((?P<protection>{NUMBER}(?:, {NUMBER})*)\)"
    rf"(?P<populated>(?P<items>(?:{ITEM})+)"
    rf"\n  pagesets"
    rf"(?P<sets>(?:\n    cpu: {NUMBER}"
    rf"\n              count: {NUMBER}"
    rf"\n              high:  {NUMBER}"
    rf"\n              batch: {NUMBER}"
    rf"\n  vm stats threshold: {NUMBER})+)"
    rf"\n  node_unreclaimable:  {NUMBER}"
    rf"\n  start_pfn:           (?P<start_pfn>{NUMBER}))?\n")
COUNTS = ("free", "boost", "min", "low", "high", "spanned", "present",
          "managed", "cma", "start_pfn")


class Wrong(Exception):
    """A case that does not hold, and why."""


def want(expected, found, what):
    if expected != found:
        raise Wrong(f"{what} is {found}, not {expected}")


def item_names(block):
    """The counters' names, padded to 12 columns as "%-12s" does."""
    names = []
    for line in (block or "").split("\n"):
        if line.startswith("      ") and not line.startswith("       "):
            padded, _ = line[6:].rsplit(" ", 1)
            want(padded.rstrip().ljust(12), padded, "the column of a counter")
            names.append(padded.rstrip())
    return names


def read_zone(match):
    zone = {key: int(match[key] or 0) for key in COUNTS}
    zone["name"] = match["name"].lstrip()
    want(8, len(match["name"]), "the width of a zone's name")
    zone["protection"] = [int(n) for n in match["protection"].split(", ")]
    zone["populated"] = bool(match["populated"])
    zone["node"] = item_names(match["node"])
    zone["items"] = item_names(match["items"])
    zone["nr_free_pages"] = re.findall(rf"nr_free_pages ({NUMBER})",
                                       match["items"] or "")
    zone["cpus"] = [int(n) for n in
                    re.findall(r"cpu: (\d+)", match["sets"] or "")]
    return zone


def read_zoneinfo(text, still=True):
    """zoneinfo as a list of zones; anything odd about it is Wrong.

    The kernel counts its free pages twice for one file. Unless they hold
    still, the two may differ.
    """
    zones, at = [], 0
    while at < len(text):
        match = ZONE.match(text, at)
        if not match:
            line = text.count("\n", 0, at) + 1
            raise Wrong(f"the zone in line {line} is not one: "
                        f"{text[at:at + 30]!r}")
        zones.append(read_zone(match))
        at = match.end()
    if not zones:
        raise Wrong("there is no zone")
    first = True
    for zone in zones:
        want(zone["present"] > 0, zone["populated"],
             f"having more than its head, for {zone['name']},")
        want(zone["populated"] and first, bool(zone["node"]),
             f"having per-node stats, for {zone['name']},")
        first = first and not zone["populated"]
        want(len(zones), len(zone["protection"]), "the protection's length")
        if zone["populated"] and still:
            want([str(zone["free"])], zone["nr_free_pages"], "nr_free_pages")
    return zones


def read_buddyinfo(text):
    """buddyinfo as a dictionary of lists."""
    zones = {}
    for line in text.splitlines(keepends=True):
        match = re.fullmatch(rf"Node 0, zone (?P<name>[ A-Za-z0-9]{{8}}) "
                             rf"(?P<counts>(?: *{NUMBER} ){{{ORDERS}}})\n",
                             line)
        if not match:
            raise Wrong(f"not a line of it: {line!r}")
        counts = [int(n) for n in match["counts"].split()]
        want("".join(f"{n:6} " for n in counts), match["counts"],
             "the line's form")
        zones[match["name"].strip()] = counts
    return zones


PAGETYPES_HEAD = (
    f"Page block order: {PAGEBLOCK.bit_length() - 1}\n"
    f"Pages per block:  {PAGEBLOCK}\n\n"
    f"{'Free pages count per migrate type at order':43} "
    + "".join(f"{order:6} " for order in range(ORDERS)) + "\n")
PAGETYPES_MIDDLE = (f"\n{'Number of blocks type ':23}"
                    + "".join(f"{name:>12} " for name in TYPES) + "\n")


def read_free_of_types(text):
    """Free blocks as {zone: {type: [by order]}}; None is more than 100,000."""
    zones = {}
    lines = text.splitlines(keepends=True)
    for i, line in enumerate(lines):
        match = re.fullmatch(rf"Node    0, zone (?P<zone>[ A-Za-z0-9]{{8}}), "
                             rf"type (?P<type>[ A-Za-z]{{12}}) (?P<counts>"
                             rf"(?:(?: *{NUMBER}|>100000) ){{{ORDERS}}})\n",
                             line)
        if not match:
            raise Wrong(f"not a line of free blocks: {line!r}")
        want(f"{TYPES[i % len(TYPES)]:>12}", match["type"], "a type")
        counts = [None if n[0] == ">" else int(n)
                  for n in match["counts"].split()]
        want("".join(">100000 " if n is None else f"{n:6} " for n in counts),
             match["counts"], "the line's form")
        zone = zones.setdefault(match["zone"].strip(), {})
        want(f"{match['zone'].strip():>8}", match["zone"], "a zone's name")
        zone[match["type"].strip()] = counts
    for name, types in zones.items():
        want(len(TYPES), len(types), f"the number of types of {name}")
    want(len(zones) * len(TYPES), len(lines), "the number of lines")
    return zones


def read_blocks_of_types(text):
    """Pageblocks as {zone: {type: number}}."""
    zones = {}
    for line in text.splitlines(keepends=True):
        match = re.fullmatch(rf"Node 0, zone (?P<zone>[ A-Za-z0-9]{{8}}) "
                             rf"(?P<counts>(?: *{NUMBER} ){{{len(TYPES)}}})\n",
                             line)
        if not match:
            raise Wrong(f"not a line of pageblocks: {line!r}")
        counts = [int(n) for n in match["counts"].split()]
        want("".join(f"{n:12} " for n in counts), match["counts"],
             "the line's form")
        zone = match["zone"].strip()
        want(f"{zone:>8}", match["zone"], "a zone's name")
        want(False, zone in zones, f"{zone} before that")
        zones[zone] = dict(zip(TYPES, counts))
    return zones


def read_pagetypeinfo(text):
    """pagetypeinfo as read_free_of_types() and read_blocks_of_types()."""
    if not text.startswith(PAGETYPES_HEAD):
        raise Wrong(f"it begins {text[:len(PAGETYPES_HEAD)]!r}")
    parts = text[len(PAGETYPES_HEAD):].split(PAGETYPES_MIDDLE)
    want(2, len(parts), "the number of its parts")
    free, blocks = read_free_of_types(parts[0]), read_blocks_of_types(parts[1])
    want(list(free), list(blocks), "the list of zones")
    if not free:
        raise Wrong("there is no zone")
    return free, blocks


def read_vmstat(text):
    """vmstat as a dictionary, in its order."""
    counters = {}
    for line in text.splitlines(keepends=True):
        match = re.fullmatch(rf"([a-z0-9_]+) ({NUMBER})\n", line)
        if not match:
            raise Wrong(f"not a line of it: {line!r}")
        if match[1] in counters:
            raise Wrong(f"{match[1]} stands there twice")
        counters[match[1]] = int(match[2])
    return counters


def read_memblock(text):
    """A list of memblock's as (start, end) pairs."""
    regions = []
    for i, line in enumerate(text.splitlines(keepends=True)):
        match = re.fullmatch(r" *(\d+): 0x([0-9a-f]{16})\.\.0x([0-9a-f]{16})\n",
                             line)
        if not match or int(match[1]) != i or not line.startswith(f"{i:4}:"):
            raise Wrong(f"not a line of it: {line!r}")
        regions.append((int(match[2], 16), int(match[3], 16) + 1))
    return regions


def read_iomem(text):
    """The entries of annex in /proc/iomem: (depth, name, start, end)."""
    entries = []
    for line in text.splitlines():
        match = re.fullmatch(r"( *)([0-9a-f]+)-([0-9a-f]+) : (annex.*)", line)
        if match:
            entries.append((len(match[1]) // 2, match[4], int(match[2], 16),
                            int(match[3], 16) + 1))
    return entries


SPOILT = (
    ("a blank more", lambda t: t.replace("pages free ", "pages free  ", 1)),
    ("no blank", lambda t: t.replace("min      ", "min     ", 1)),
    ("a tab", lambda t: t.replace("        low ", "\tlow ", 1)),
    ("a line without a number", lambda t: re.sub(r"high     \d+", "high     ",
                                                 t, count=1)),
    ("a line less", lambda t: re.sub(r"\n        present.*", "", t, count=1)),
    ("a number with a zero before it",
     lambda t: re.sub(r"spanned  (\d)", r"spanned  0\1", t, count=1)),
    ("protection without a blank", lambda t: t.replace(", ", ",")
     .replace("Node 0,", "Node 0, ")),
    ("protection too short", lambda t: re.sub(r"\((\d+), ", "(", t, count=1)),
    ("a zone's name not in its column",
     lambda t: t.replace("zone      DMA", "zone DMA", 1)),
    ("a counter not in its column",
     lambda t: t.replace("nr_mlock     ", "nr_mlock ", 1)),
    ("per-node stats twice", lambda t: t + t),
    ("no newline at its end", lambda t: t[:-1]),
    ("a line more at its end", lambda t: t + "\n"),
    ("nr_free_pages not as free",
     lambda t: re.sub(r"nr_free_pages (\d+)", r"nr_free_pages 1\1", t,
                      count=1)),
    ("a populated zone cut off",
     lambda t: re.sub(r"\n      nr_free_pages(.|\n)*?start_pfn: *\d+", "", t,
                      count=1)),
    ("nothing", lambda t: ""),
)

SPOILT_TYPES = (
    ("no blank at a line's end", lambda t: t.replace(" \n", "\n", 1)),
    ("a line of free blocks without one",
     lambda t: re.sub(r"(Isolate.*) \n", r"\1\n", t, count=1)),
    ("a line of pageblocks without one",
     lambda t: re.sub(r"(Node 0, .*) \n", r"\1\n", t, count=1)),
    ("an order more", lambda t: t.replace("     10 \n", "     10     11 \n")),
    ("a count less", lambda t: t.replace("     0 \n\nNumber", "\n\nNumber")),
    ("a count with a zero before it",
     lambda t: t.replace("     0 \n\nNumber", "    00 \n\nNumber")),
    ("a count not in its column",
     lambda t: re.sub(r"Unmovable  ", "Unmovable ", t, count=1)),
    ("the node not in its column",
     lambda t: t.replace("Node    0", "Node 0", 1)),
    ("a type of another name", lambda t: t.replace("HighAtomic", "CMA", 1)),
    ("types in another order",
     lambda t: t.replace("  Unmovable", "    Isolate", 1)),
    ("a type less", lambda t: re.sub(r"Node.*HighAtomic.*\n", "", t, count=1)),
    ("a type less of the last zone",
     lambda t: re.sub(r"Node    .*\n\n", "\n", t, count=1)),
    ("a zone less below", lambda t: t[:t.rindex("Node")]),
    ("a zone twice below", lambda t: t + t[t.rindex("Node"):]),
    ("an empty line less", lambda t: t.replace("\n\n", "\n", 1)),
    ("no newline at its end", lambda t: t[:-1]),
    ("a line more at its end", lambda t: t + "\n"),
    ("its contents twice", lambda t: t + t),
    ("nothing", lambda t: ""),
)


class Capture:
    """What a guest sent, read once; each case is a method."""

    def __init__(self, directory, numbers):
        self.directory = directory
        self.numbers = numbers
        self.owner_window = [n for n in numbers if n == "page_owner"]
        self.zones = self.buddy = self.vmstat = self.reserved = None
        self.pool = self.free = self.blocks = None

    def text(self, name):
        with open(os.path.join(self.directory, name), encoding="ascii",
                  newline="") as file:
            return file.read()

    def the_checker_is_strict(self):
        read_zoneinfo(self.text("proc/zoneinfo"), still=False)
        read_buddyinfo(self.text("proc/buddyinfo"))
        read_pagetypeinfo(self.text("proc/pagetypeinfo"))
        read_vmstat(self.text("proc/vmstat"))
        self.finds("zoneinfo", read_zoneinfo, SPOILT)
        self.finds("pagetypeinfo", read_pagetypeinfo, SPOILT_TYPES)

    def finds(self, file, read, spoilt):
        text = self.text(f"proc/{file}")
        for what, spoil in spoilt:
            want(True, spoil(text) != text, f"a {file} with {what}")
            try:
                read(spoil(text))
            except Wrong:
                continue
            raise Wrong(f"a {file} with {what} passes")

    def zoneinfo_has_the_grammar(self):
        self.zones = read_zoneinfo(self.text("zoneinfo"))
        want(["DMA", "DMA32", "Normal", "HighMem", "Movable"],
             [zone["name"] for zone in self.zones], "the list of zones")
        kernel = read_zoneinfo(self.text("proc/zoneinfo"), still=False)
        theirs = next(zone for zone in kernel if zone["populated"])
        for zone in self.zones:
            if zone["populated"]:
                want(theirs["items"], zone["items"], "a zone's counters")
                want(theirs["cpus"], zone["cpus"], "the list of pagesets")
            if zone["node"]:
                want(theirs["node"], zone["node"], "per-node counters")

    def buddyinfo_has_the_grammar(self):
        self.buddy = read_buddyinfo(self.text("buddyinfo"))
        want([zone["name"] for zone in self.zones if zone["populated"]],
             list(self.buddy), "the list of zones")

    def pagetypeinfo_has_the_grammar(self):
        self.free, self.blocks = read_pagetypeinfo(self.text("pagetypeinfo"))
        want(list(self.buddy), list(self.free), "the list of zones")

    def vmstat_has_the_grammar(self):
        self.vmstat = read_vmstat(self.text("vmstat"))
        kernel = list(read_vmstat(self.text("proc/vmstat")))
        ours = [name for name in self.vmstat if not name.startswith("annex_")]
        missing = [name for name in kernel if name not in self.vmstat]
        if missing:
            raise Wrong(f"it lacks {' '.join(missing)}")
        want(kernel, [name for name in ours if name in kernel], "the order")

    def memblock_has_the_pool(self):
        memory = read_memblock(self.text("memblock/memory"))
        self.reserved = read_memblock(self.text("memblock/reserved"))
        want(1, len(memory), "the number of regions of memory")
        self.pool = memory[0]
        want(self.numbers["pages"] << 12, self.pool[1] - self.pool[0],
             "memory's size")
        for (_, end), (start, _) in zip(self.reserved, self.reserved[1:]):
            if start <= end:
                raise Wrong("reserved regions touch or overlap")

    def zones_tile_the_pool(self):
        at = 0
        for zone in self.zones:
            if zone["populated"]:
                want(at, zone["start_pfn"], f"start_pfn of {zone['name']}")
                at += zone["spanned"]
            want(zone["spanned"], zone["present"],
                 f"present of {zone['name']}")
        want(self.numbers["pages"], at, "the sum of spanned")

    def managed_and_reserved_are_present(self):
        base = self.pool[0] >> 12
        for zone in self.zones:
            start = base + zone["start_pfn"]
            end = start + zone["spanned"]
            reserved = sum(
                max(0, min(end, (hi + 4095) >> 12) - max(start, lo >> 12))
                for lo, hi in self.reserved)
            want(zone["present"], zone["managed"] + reserved,
                 f"managed + reserved of {zone['name']}")

    def lowmem_min(self, zone, lowmem):
        kbytes = self.numbers.get("min_free_kbytes")
        if kbytes is None:
            kbytes = min(max(math.isqrt(lowmem * 4 * 16), 128), 262144)
        return (kbytes // 4) * zone["managed"] // lowmem

    def watermarks_are_by_the_rule(self):
        scale = self.numbers.get("watermark_scale", 0)
        lowmem = sum(z["managed"] for z in self.zones if z["name"] in LOWMEM)
        for zone in self.zones:
            if zone["name"] in LOWMEM:
                least = self.lowmem_min(zone, lowmem)
            else:
                least = min(max(zone["managed"] // 1024, 32), 128)
            least = (least + 3) // 4 * 4 if zone["managed"] else 0
            step = max(least // 4, zone["managed"] * scale // 10000)
            name = zone["name"]
            want(0, zone["boost"], f"boost of {name}")
            want(least, zone["min"], f"min of {name}")
            want(least + step, zone["low"], f"low of {name}")
            want(least + 2 * step, zone["high"], f"high of {name}")
            if not scale:
                want(5 * zone["min"], 4 * zone["low"], f"4 low of {name}")
                want(3 * zone["min"], 2 * zone["high"], f"2 high of {name}")

    def protection_is_the_kernels(self):
        for i, zone in enumerate(self.zones):
            ratio = RATIO.get(zone["name"], 0) if zone["managed"] else 0
            above, expected = 0, [0] * (i + 1)
            for upper in self.zones[i + 1:]:
                above += upper["managed"]
                expected.append(above // ratio if ratio else 0)
            want(expected, zone["protection"], f"that of {zone['name']}")

    def buddyinfo_adds_up_to_free(self):
        for zone in self.zones:
            if zone["populated"]:
                counts = self.buddy[zone["name"]]
                want(zone["free"],
                     sum(n << order for order, n in enumerate(counts)),
                     f"the sum of {zone['name']}")

    def pagetypeinfo_adds_up_to_buddyinfo(self):
        for zone, counts in self.buddy.items():
            found = [sum(column) for column in zip(*self.free[zone].values())]
            want(counts, found, f"the sum of {zone}")

    def pageblocks_are_those_of_the_zones(self):
        base = self.pool[0] >> 12
        firsts = [max(at - base, 0) for at in
                  range(base // PAGEBLOCK * PAGEBLOCK, self.pool[1] >> 12,
                        PAGEBLOCK)]
        for zone in self.zones:
            if zone["populated"]:
                end = zone["start_pfn"] + zone["spanned"]
                want(sum(zone["start_pfn"] <= pfn < end for pfn in firsts),
                     sum(self.blocks[zone["name"]].values()),
                     f"the sum of {zone['name']}")

    def vmstat_agrees_with_zoneinfo(self):
        want(sum(zone["free"] for zone in self.zones),
             self.vmstat["nr_free_pages"], "nr_free_pages")

    def layout_windows(self, text):
        """Windows that lie apart in vmalloc space, as long as their pages."""
        spans = {}
        for line in text.splitlines():
            match = re.match(r"    (\w[\w ]*?) *: 0x(\w{8}) - 0x(\w{8})   "
                             r"\( *(\d+) kB\)(.*)", line)
            if match:
                start, end = int(match[2], 16), int(match[3], 16)
                want(end - start, int(match[4]) << 10, f"size of {match[1]}")
                spans[match[1]] = (start, end, match[5])
        low, high, _ = spans["vmalloc"]
        windows = [spans[name] + (name,)
                   for name in ("lowmem", "mem_map", "scratch",
                                *self.owner_window)]
        for start, end, rest, name in windows:
            match = re.fullmatch(r"  (\d+) pages: (\d+) mapped, (\d+) not",
                                 rest)
            pages, mapped, unmapped = (int(match[i]) for i in (1, 2, 3))
            want(end - start, pages << 12, f"size of {name}")
            want(pages, mapped + unmapped, f"pages of {name}")
            # Each CPU's scratch page shows something once it was used.
            if name != "scratch":
                want(0, unmapped, f"the unmapped pages of {name}")
            if start < low or end > high:
                raise Wrong(f"{name} is not in vmalloc space")
        windows.sort()
        for first, second in zip(windows, windows[1:]):
            if first[1] > second[0]:
                raise Wrong(f"{first[3]} and {second[3]} overlap")

    def layout_accounts_for_everything(self):
        text = self.text("layout")
        self.layout_windows(text)
        names = ["managed", "descriptors", *self.owner_window, "reserved"]
        sizes = ", ".join(rf"{name} (\d+) kB" for name in names)
        sums, at = [0] * len(names), self.pool[0]
        for zone in self.zones:
            if not zone["spanned"]:
                continue
            match = re.search(rf"    {zone['name']:8}: 0x(\w{{10}}) - "
                              rf"0x(\w{{10}})   \( *(\d+) kB\)  {sizes}\n",
                              text)
            if not match:
                raise Wrong(f"{zone['name']} is missing")
            want(at, int(match[1], 16), f"start of {zone['name']}")
            at = int(match[2], 16)
            parts = [int(n) for n in match.groups()[3:]]
            want(zone["spanned"] * 4, sum(parts), f"sum of {zone['name']}")
            want(zone["managed"] * 4, parts[0], f"managed of {zone['name']}")
            sums = [a + b for a, b in zip(sums, parts)]
        want(self.pool[1], at, "the end of the last zone")
        want((f"    pool    : 0x{self.pool[0]:010x} - 0x{self.pool[1]:010x}   "
              f"({self.numbers['pages'] * 4:8} kB) = " +
              " + ".join(f"{n} {kb} kB" for n, kb in zip(names, sums))),
             text.splitlines()[-1], "the last line")
        want(self.numbers["pages"] * 4, sum(sums), "the sum of all")
        want(self.descriptor_pages() * 4, sums[1],
             "the size of the descriptors")
        if self.owner_window:
            want(self.numbers["page_owner"], sums[2], "the size of the records")

    def descriptor_pages(self):
        """Frames of the descriptors of whole blocks of 4 MB, of the heads of
        five zones' free lists, and of the pageblocks behind them."""
        before = (self.pool[0] >> 12) % 1024
        frames = -(-(before + self.numbers["pages"]) // 1024) * 1024
        return -(-((frames + 5 * 5 * 11) * 8 + frames // 512 * 8) // 4096)

    def iomem_shows_the_parts(self):
        entries = read_iomem(self.text("proc/iomem"))
        base = self.pool[0]
        top = max(hi for lo, hi in self.reserved)
        expected = [("annex", self.pool[0], self.pool[1])]
        for zone in self.zones:
            if zone["spanned"]:
                start = base + (zone["start_pfn"] << 12)
                expected.append((f"annex {zone['name']}", start,
                                 start + (zone["spanned"] << 12)))
        used = ("annex descriptors", "annex page_owner")
        zones = [e[1:] for e in entries if e[1] not in used]
        want(expected, zones, "the list of entries")
        held = [e for e in entries if e[1] in used]
        size = sum(e[3] - e[2] for e in held if e[1] == used[0])
        want(self.descriptor_pages() << 12, size,
             "the size of the descriptors")
        size = sum(e[3] - e[2] for e in held if e[1] == used[1])
        want(self.numbers.get("page_owner", 0) << 10, size,
             "the size of the owner records")
        for entry in held:
            if entry[3] > top:
                raise Wrong(f"{entry[1]} are where nothing is reserved")
            want(entries[0][0] + 2, entry[0], f"the depth of {entry[1]}")

    def validate_says_ok(self):
        want("ok\n", self.text("validate"), "validate")


CASES = (
    Capture.the_checker_is_strict,
    Capture.zoneinfo_has_the_grammar,
    Capture.buddyinfo_has_the_grammar,
    Capture.pagetypeinfo_has_the_grammar,
    Capture.vmstat_has_the_grammar,
    Capture.memblock_has_the_pool,
    Capture.zones_tile_the_pool,
    Capture.managed_and_reserved_are_present,
    Capture.watermarks_are_by_the_rule,
    Capture.protection_is_the_kernels,
    Capture.buddyinfo_adds_up_to_free,
    Capture.pagetypeinfo_adds_up_to_buddyinfo,
    Capture.pageblocks_are_those_of_the_zones,
    Capture.vmstat_agrees_with_zoneinfo,
    Capture.layout_accounts_for_everything,
    Capture.iomem_shows_the_parts,
    Capture.validate_says_ok,
)


def report(usage, checker, cases):
    """Say of each case whether it holds for what a guest sent."""
    if len(sys.argv) < 2 or sys.argv[1] in ("-h", "--help"):
        print(usage.strip())
        return 64
    numbers = {}
    for word in sys.argv[2:]:
        name, value = word.split("=")
        numbers[name] = int(value)
    capture = checker(sys.argv[1], numbers)
    for case in cases:
        name = case.__name__.replace("_", " ")
        try:
            case(capture)
            print(f"ok {name}")
        except Wrong as why:
            print(f"not ok {name}\t{why}")
        except (OSError, LookupError, TypeError, ValueError) as why:
            print(f"not ok {name}\t{type(why).__name__}: {why}")
    return 0


if __name__ == "__main__":
    sys.exit(report(__doc__, Capture, CASES))
