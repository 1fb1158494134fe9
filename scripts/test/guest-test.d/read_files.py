# SPDX-License-Identifier: GPL-2.0-only
"""The grammars of the files that annex shows, most of them the kernel's, and
how a checker of them reports."""

import re
import sys

ORDERS = 11
NUMBER = r"(?:0|[1-9][0-9]*)"
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
# What kernels have added to zoneinfo and vmstat since 6.1, whose form annex's files have
# on each of them: lines of a zone, wider columns, and counters.
NEWER_LINES = re.compile(r"\n        promo    [0-9]+|\n              high_(?:min|max): [0-9]+"
                         r"|\n  (?:reserved|free)_highatomic: +[0-9]+")
NEWER_COLUMNS = re.compile(r"(\n              (?:count: |high:  |batch: )) +")
NEWER_COUNTERS = {
    "nr_free_pages_blocks", "nr_vmalloc", "nr_hugetlb", "nr_balloon_pages",
    "nr_kernel_file_pages", "nr_gpu_active", "nr_gpu_reclaim",
    "pgdemote_khugepaged", "pgdemote_proactive", "nr_memmap_pages", "nr_memmap_boot_pages",
    "pgsteal_khugepaged", "pgscan_khugepaged", "pgsteal_proactive", "pgscan_proactive",
    "thp_underused_split_page", "swpin_zero", "swpout_zero", "zswpwb",
    "direct_map_level2_collapses", "direct_map_level3_collapses"}
# Those that have moved: from the events to the counters of a node.
MOVED_COUNTERS = {
    "pgdemote_kswapd", "pgdemote_direct", "pgsteal_kswapd", "pgsteal_direct", "pgsteal_anon",
    "pgsteal_file", "pgscan_kswapd", "pgscan_direct", "pgscan_anon", "pgscan_file", "pgrefill"}
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


def is_newer(zoneinfo):
    """Is this the zoneinfo of a newer kernel than 6.1?"""
    return bool(NEWER_LINES.search(zoneinfo))


def as_of_6_1(zoneinfo):
    """The zoneinfo of a newer kernel, in the form that 6.1 gives it."""
    return NEWER_COLUMNS.sub(r"\1", NEWER_LINES.sub("", zoneinfo))


def want_names(theirs, ours, newer, what):
    """Counters have the kernel's names, in its order.

    A newer kernel may have more, in other places, or fewer.
    """
    if newer:
        odd = NEWER_COUNTERS | MOVED_COUNTERS
        lacking = set(theirs) - set(ours) - odd
        want(set(), lacking, f"what is new since 6.1 and not known, of {what},")
        theirs = [name for name in theirs if name in ours and name not in odd]
        ours = [name for name in ours if name in theirs]
    want(theirs, ours, what)


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


PKMAP_SUMMARY = re.compile(
    rf"({NUMBER}) slots: ({NUMBER}) used by ({NUMBER}), ({NUMBER}) unused, "
    rf"({NUMBER}) free, ({NUMBER}) waiting\n")


def read_pkmap(text):
    """pkmap as its number of slots, and {slot: (address, frame, count)}."""
    lines = text.splitlines(keepends=True)
    want("slot address frame count\n", lines[0], "the first line")
    slots = {}
    for line in lines[1:-1]:
        match = re.fullmatch(rf"({NUMBER}) 0x([0-9a-f]{{8}}) "
                             rf"0x([1-9a-f][0-9a-f]*) ([1-9][0-9]*)\n", line)
        if not match:
            raise Wrong(f"not a line of it: {line!r}")
        if slots and int(match[1]) <= max(slots):
            raise Wrong(f"slot {match[1]} is not behind the one before")
        slots[int(match[1])] = (int(match[2], 16), int(match[3], 16),
                                int(match[4]))
    match = PKMAP_SUMMARY.fullmatch(lines[-1])
    if not match:
        raise Wrong(f"not a summary: {lines[-1]!r}")
    counts = [count for _, _, count in slots.values()]
    total, used, users, unused, free = (int(n) for n in match.groups()[:5])
    want(sum(count > 1 for count in counts), used, "used")
    want(sum(counts) - len(counts), users, "the number of users")
    want(counts.count(1), unused, "unused")
    want(total, used + unused + free, "the sum")
    starts = {addr - (slot << 12) for slot, (addr, _, _) in slots.items()}
    want(True, len(starts) < 2, "addresses in the order of the slots")
    want(len(slots), len({frame for _, frame, _ in slots.values()}),
         "the number of frames")
    want(True, max(slots, default=-1) < total, "slots below their number")
    return total, slots


def read_kmap_local(text):
    """kmap_local as whether it has guards, whether it maps lowmem, and a
    dictionary for each CPU."""
    lines = text.splitlines(keepends=True)
    head = re.fullmatch(r"16 slots a CPU, guards (yes|no), "
                        r"lowmem (direct|mapped)\n", lines[0])
    if not head:
        raise Wrong(f"not a first line: {lines[0]!r}")
    names = ("depth", "most", "parked", "records", "lost")
    cpus = []
    for i, line in enumerate(lines[1:]):
        match = re.fullmatch(rf"cpu {i}: 0x([0-9a-f]{{8}}) "
                             + " ".join(rf"{n} ({NUMBER})" for n in names)
                             + "\n", line)
        if not match:
            raise Wrong(f"not the line of CPU {i}: {line!r}")
        cpu = dict(zip(names, (int(n) for n in match.groups()[1:])))
        cpu["addr"] = int(match[1], 16)
        if not cpu["depth"] <= cpu["most"] <= 16:
            raise Wrong(f"CPU {i} has {cpu['depth']} of {cpu['most']} slots")
        if cpu["parked"] > cpu["records"]:
            raise Wrong(f"CPU {i} has more parked than there are records")
        cpus.append(cpu)
    if not cpus:
        raise Wrong("there is no CPU")
    guards = head[1] == "yes"
    for i, cpu in enumerate(cpus):
        want(cpus[0]["addr"] + (i << (17 if guards else 16)), cpu["addr"],
             f"the address of CPU {i}")
    return guards, head[2] == "mapped", cpus


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

PKMAP = """slot address frame count
0 0xf8093000 0x3fd80 2
1 0xf8094000 0x3fd81 1
5 0xf8098000 0x2ffff 11
64 slots: 2 used by 11, 1 unused, 61 free, 0 waiting
"""

SPOILT_PKMAP = (
    ("no first line", lambda t: t[t.index("\n") + 1:]),
    ("another first line", lambda t: t.replace("frame", "pfn", 1)),
    ("a blank more", lambda t: t.replace(" 0xf8094000", "  0xf8094000", 1)),
    ("an address of no 8 digits", lambda t: t.replace("0xf8", "0x", 1)),
    ("an address that is another slot's",
     lambda t: t.replace("0xf8098000", "0xf8099000", 1)),
    ("a frame in decimal", lambda t: t.replace("0x3fd80", "261504", 1)),
    ("a frame with a zero before it",
     lambda t: t.replace("0x3fd80", "0x03fd80", 1)),
    ("a frame twice", lambda t: t.replace("0x3fd81", "0x3fd80", 1)),
    ("a count of zero", lambda t: t.replace("81 1", "81 0", 1)),
    ("no count", lambda t: t.replace("81 1", "81", 1)),
    ("slots in another order",
     lambda t: t.replace("1 0xf8094000", "6 0xf8099000", 1)),
    ("a slot beyond the last",
     lambda t: t.replace("5 0xf8098000", "64 0xf80d3000", 1)),
    ("a slot less", lambda t: re.sub("5 0xf.*\n", "", t, count=1)),
    ("fewer used", lambda t: t.replace("2 used", "1 used", 1)),
    ("fewer users", lambda t: t.replace("by 11", "by 10", 1)),
    ("more unused", lambda t: t.replace("1 unused, 61", "2 unused, 60", 1)),
    ("fewer free", lambda t: t.replace("61 free", "60 free", 1)),
    ("no summary", lambda t: t[:t.index("64 slots")]),
    ("no newline at its end", lambda t: t[:-1]),
    ("a line more at its end", lambda t: t + "\n"),
)

KMAP_LOCAL = """16 slots a CPU, guards no, lowmem direct
cpu 0: 0xf8070000 depth 0 most 6 parked 3 records 21 lost 0
cpu 1: 0xf8080000 depth 2 most 16 parked 0 records 18 lost 2
"""

SPOILT_KMAP_LOCAL = (
    ("no first line", lambda t: t[t.index("\n") + 1:]),
    ("other words for guards", lambda t: t.replace("guards no", "guards 0")),
    ("more slots", lambda t: t.replace("16 slots", "17 slots", 1)),
    ("guards that are not there",
     lambda t: t.replace("guards no", "guards yes", 1)),
    ("a CPU less", lambda t: re.sub("cpu 0.*\n", "", t, count=1)),
    ("no CPU", lambda t: t[:t.index("cpu 0")]),
    ("an address elsewhere", lambda t: t.replace("f8080", "f8081", 1)),
    ("more than there ever were", lambda t: t.replace("most 6", "most 17", 1)),
    ("fewer than there are", lambda t: t.replace("most 16", "most 1", 1)),
    ("more parked than records", lambda t: t.replace("ed 3", "ed 22", 1)),
    ("a blank more", lambda t: t.replace("depth ", "depth  ", 1)),
    ("a number with a zero before it", lambda t: t.replace("t 0", "t 00", 1)),
    ("a number less", lambda t: t.replace(" lost 0", "", 1)),
    ("no newline at its end", lambda t: t[:-1]),
    ("a line more at its end", lambda t: t + "\n"),
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
