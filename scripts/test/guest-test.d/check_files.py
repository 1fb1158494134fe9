#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""usage: check_files.py DIRECTORY [NAME=NUMBER]...

Checks what annex shows: the files that a guest sent, in DIRECTORY, and under
proc/ there what the guest's own kernel shows of itself. Prints "ok CASE", or
"not ok CASE", a tab and why.

The kernel's files are what the grammars are held against: they must pass as
annex's do, and the names of the counters are taken from them. So that the
checks themselves are checked, the kernel's zoneinfo and pagetypeinfo are also
spoilt in ways that must be found. So are samples of pkmap and kmap_local, which
are nobody else's.

  pages=N             frames of the pool
  min_free_kbytes=N   the parameter, if it was given
  watermark_scale=N   likewise
  page_owner=N        kB of owner records, if there are any
  pkmap=N             slots of kmap (512)
  kmap_force=N        1 if kmap_local maps lowmem, too
"""

import math
import os
import re
import sys

sys.dont_write_bytecode = True
from read_files import (KMAP_LOCAL, PAGEBLOCK, PKMAP, SPOILT,
                        SPOILT_KMAP_LOCAL, SPOILT_PKMAP, SPOILT_TYPES, Wrong,
                        as_of_6_1, is_newer, read_buddyinfo, read_iomem, read_kmap_local,
                        read_memblock, read_pagetypeinfo, read_pkmap,
                        read_vmstat, read_zoneinfo, report, want, want_names)
from read_pool_map import POOL_MAP, SPOILT_POOL_MAP, read_pool_map
from read_vmallocinfo import SPOILT_AREAS, read_vmallocinfo

RATIO = {"DMA": 256, "DMA32": 256, "Normal": 32}
LOWMEM = ("DMA", "DMA32", "Normal")

# Lines of vmstat that no kernel has.
OWN = ("pkmap_flushes", "pkmap_waits", "tlb_shootdowns", "annex_drain_ipis",
       "annex_bad_alloc", "annex_bad_free", "annex_bad_ref", "annex_bad_flag", "annex_bad_map",
       "annex_bad_heap", "annex_alloc_fail", "annex_vmalloc_fail",
       "annex_poison_corrupt", "annex_slab_corrupt", "annex_bad_table",
       "annextable_frames", "annextable_leaves", "annextable_waiting")


class Capture:
    """What a guest sent, read once; each case is a method."""

    def __init__(self, directory, numbers):
        self.directory = directory
        self.numbers = numbers
        self.owner_window = [n for n in numbers if n == "page_owner"]
        self.zones = self.buddy = self.vmstat = self.reserved = None
        self.pool = self.free = self.blocks = None
        self.slots = self.local = None

    def text(self, name):
        with open(os.path.join(self.directory, name), encoding="ascii",
                  newline="") as file:
            return file.read()

    @property
    def newer(self):
        """Is the guest's kernel newer than 6.1?"""
        return is_newer(self.text("proc/zoneinfo"))

    def kernels(self, name):
        """A file of the kernel, without what is not in 6.1's.

        Which types pagetypeinfo lists is a matter of configuration: the kernels
        that are built for the tests lack one, so annex's own stands in.
        """
        if name == "pagetypeinfo" and self.newer:
            return self.text(name)
        text = self.text(f"proc/{name}")
        return as_of_6_1(text) if name == "zoneinfo" else text

    def the_checker_is_strict(self):
        read_zoneinfo(self.kernels("zoneinfo"), still=False)
        read_buddyinfo(self.text("proc/buddyinfo"))
        read_pagetypeinfo(self.kernels("pagetypeinfo"))
        read_vmstat(self.text("proc/vmstat"))
        read_pkmap(PKMAP)
        read_kmap_local(KMAP_LOCAL)
        read_pool_map(POOL_MAP)
        self.finds("zoneinfo", read_zoneinfo, SPOILT)
        self.finds("pagetypeinfo", read_pagetypeinfo, SPOILT_TYPES)
        self.finds("pkmap", read_pkmap, SPOILT_PKMAP, PKMAP)
        self.finds("kmap_local", read_kmap_local, SPOILT_KMAP_LOCAL,
                   KMAP_LOCAL)
        self.finds("pool_map", read_pool_map, SPOILT_POOL_MAP, POOL_MAP)
        read_vmallocinfo(self.text("proc/vmallocinfo"), theirs=True)
        self.finds("vmallocinfo",
                   lambda text: read_vmallocinfo(text, theirs=True),
                   SPOILT_AREAS)

    def finds(self, file, read, spoilt, text=None):
        text = text or self.kernels(file)
        for what, spoil in spoilt:
            want(True, spoil(text) != text, f"a {file} with {what}")
            try:
                read(spoil(text))
            except Wrong:
                continue
            raise Wrong(f"a {file} with {what} passes")

    def vmallocinfo_has_the_grammar(self):
        read_vmallocinfo(self.text("vmallocinfo"))

    def zoneinfo_has_the_grammar(self):
        self.zones = read_zoneinfo(self.text("zoneinfo"))
        want(["DMA", "DMA32", "Normal", "HighMem", "Movable"],
             [zone["name"] for zone in self.zones], "the list of zones")
        kernel = read_zoneinfo(self.kernels("zoneinfo"), still=False)
        theirs = next(zone for zone in kernel if zone["populated"])
        for zone in self.zones:
            if zone["populated"]:
                want_names(theirs["items"], zone["items"], self.newer, "a zone's counters")
                want(theirs["cpus"], zone["cpus"], "the list of pagesets")
            if zone["node"]:
                want_names(theirs["node"], zone["node"], self.newer, "per-node counters")

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
        if missing and not self.newer:
            raise Wrong(f"it lacks {' '.join(missing)}")
        want_names(kernel, [name for name in ours if name in kernel], self.newer, "the order")
        own = [name for name in self.vmstat if name not in kernel]
        want(list(OWN), [name for name in own if name in OWN],
             "the list of annex's own")

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
        return max((max(kbytes, 128) // 4) * zone["managed"] // lowmem, 4)

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

    def pool_map_agrees_with_zoneinfo(self):
        """Free frames, per-CPU cached frames, and frames without an owner."""
        _, _, counts = read_pool_map(self.text("pool_map"))
        cached = re.findall(r"\n +count: (\d+)", self.text("zoneinfo"))
        want(self.numbers["pages"], sum(counts.values()), "the sum")
        want(sum(zone["free"] for zone in self.zones), counts["free"], "free")
        want(sum(int(n) for n in cached), counts["cached"], "cached")
        want(sum(zone["present"] - zone["managed"] for zone in self.zones),
             counts["own"] + counts["reserved"], "own and reserved")
        own = (self.descriptor_pages() + self.numbers.get("page_owner", 0) // 4
               + self.pkmap_pages() + self.vmalloc_pages()
               + self.page_table_pages())
        want(own, counts["own"], "own")

    def first_high(self):
        """The first frame without an address for ever; None if all have."""
        return next((zone["start_pfn"] for zone in self.zones
                     if zone["populated"] and zone["name"] not in LOWMEM),
                    None)

    def pkmap_has_the_grammar(self):
        total, self.slots = read_pkmap(self.text("pkmap"))
        first = self.first_high()
        want(0 if first is None else self.numbers.get("pkmap", 512), total,
             "the number of slots")
        for slot, (_, frame, _) in self.slots.items():
            if not first <= frame < self.numbers["pages"]:
                raise Wrong(f"slot {slot} maps frame {frame:#x}")

    def kmap_local_has_the_grammar(self):
        guards, mapped, self.local = read_kmap_local(self.text("kmap_local"))
        want(False, guards, "having guards, without debugging,")
        want(bool(self.numbers.get("kmap_force")), mapped,
             "whether lowmem is mapped")
        for i, cpu in enumerate(self.local):
            want(0, cpu["depth"], f"the depth of CPU {i}")
            want(0, cpu["parked"], f"the threads parked on CPU {i}")

    def layout_spans(self, text):
        spans = {}
        for line in text.splitlines():
            match = re.match(r"    (?=.{10}:)(\w[\w ]*?) *: 0x(\w{8}) - "
                             r"0x(\w{8})   \( *(\d+) kB\)(.*)", line)
            if match:
                start, end = int(match[2], 16), int(match[3], 16)
                want(end - start, int(match[4]) << 10, f"size of {match[1]}")
                spans[match[1]] = (start, end, match[5])
        return spans

    def mapped_pages(self, name, pages):
        """How many pages of a window show something."""
        if name == "pkmap":
            return len(self.slots)
        if name == "kmap_local":
            return sum(cpu["depth"] for cpu in self.local)
        return pages

    def layout_windows(self, text):
        """Windows that lie apart in vmalloc space, as long as their pages."""
        spans = self.layout_spans(text)
        low, high, _ = spans["vmalloc"]
        names = ["lowmem", "mem_map", "scratch", "kmap_local", "annex vm",
                 *self.owner_window]
        if self.first_high() is not None:
            names.append("pkmap")
        want(sorted([*names, "host low", "vmalloc"]), sorted(spans),
             "the list of spans")
        windows = [spans[name] + (name,) for name in names]
        for start, end, rest, name in windows:
            match = re.fullmatch(r"  (\d+) pages: (\d+) mapped, (\d+) not",
                                 rest)
            pages, mapped, unmapped = (int(match[i]) for i in (1, 2, 3))
            want(end - start, pages << 12, f"size of {name}")
            want(pages, mapped + unmapped, f"pages of {name}")
            # A CPU's scratch page maps a frame once it was used, and
            # areas come and go.
            if name not in ("annex vm", "scratch"):
                want(self.mapped_pages(name, pages), mapped,
                     f"the mapped pages of {name}")
            if start < low or end > high:
                raise Wrong(f"{name} is not in vmalloc space")
        windows.sort()
        for first, second in zip(windows, windows[1:]):
            if first[1] > second[0]:
                raise Wrong(f"{first[3]} and {second[3]} overlap")
        self.slots_lie_in_their_windows(spans)

    def slots_lie_in_their_windows(self, spans):
        for slot, (addr, _, _) in self.slots.items():
            want(spans["pkmap"][0] + (slot << 12), addr,
                 f"the address of slot {slot}")
        start, end, _ = spans["kmap_local"]
        for i, cpu in enumerate(self.local):
            if cpu["addr"] < start or cpu["addr"] + (16 << 12) > end:
                raise Wrong(f"the slots of CPU {i} are not in kmap_local")

    def layout_accounts_for_everything(self):
        text = self.text("layout")
        self.layout_windows(text)
        names = ["managed", "descriptors", *self.owner_window, "mappings",
                 "page tables", "reserved"]
        sizes = ", ".join(rf"{name} (\d+) kB" for name in names)
        sums, at = [0] * len(names), self.pool[0]
        for zone in self.zones:
            if not zone["spanned"]:
                continue
            match = re.search(rf"    {zone['name']:10}: 0x(\w{{10}}) - "
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
        want((f"    pool      : 0x{self.pool[0]:010x} - 0x{self.pool[1]:010x}   "
              f"({self.numbers['pages'] * 4:8} kB) = " +
              " + ".join(f"{n} {kb} kB" for n, kb in zip(names, sums))),
             text.splitlines()[-1], "the last line")
        want(self.numbers["pages"] * 4, sum(sums), "the sum of all")
        want(self.descriptor_pages() * 4, sums[1],
             "the size of the descriptors")
        want(self.numbers.get("page_owner", 0), sum(sums[2:-3]),
             "the size of the records")
        want((self.pkmap_pages() + self.vmalloc_pages()) * 4, sums[-3],
             "the size of the tables of pkmap and vmalloc")
        want(self.page_table_pages() * 4, sums[-2],
             "the size of the page tables")

    def descriptor_pages(self):
        """Frames of the descriptors of whole blocks of 4 MB, of the heads of
        five zones' free lists, and of the pageblocks behind them."""
        before = (self.pool[0] >> 12) % 1024
        frames = -(-(before + self.numbers["pages"]) // 1024) * 1024
        return -(-((frames + 5 * 5 * 11) * 8 + frames // 512 * 8) // 4096)

    def pkmap_pages(self):
        """Frames of a slot of 24 bytes and two buckets of 4 for each page."""
        slots = re.search(r"    pkmap +: .*  (\d+) pages:", self.text("layout"))
        return -(-int(slots[1]) * 32 // 4096) if slots else 0

    def vmalloc_pages(self):
        """Frames of a pointer for each page of the window."""
        pages = re.search(r"    annex vm +: .*  (\d+) pages:",
                          self.text("layout"))
        return -(-int(pages[1]) * 4 // 4096)

    def page_table_pages(self):
        """Provisional ones: a root, two PMDs, and a PTE table for each 2 MB of
        24 MB, or of the pool. Final ones: a root, a PMD from 3 GB on, and a PTE
        table for each 2 MB of which the direct map has a part."""
        off = self.pool[0] % (2 << 20)
        end = off + self.pool[1] - self.pool[0]
        early = min(12, -(-end >> 21))
        vmalloc = re.search(r"    vmalloc +: 0x(\w{8})", self.text("layout"))
        end = min(end, (int(vmalloc[1], 16) >> 21 << 21) - (3 << 30))
        ragged = {at >> 21 for at in (off, end) if at % (2 << 20)}
        return 3 + early + 2 + len(ragged)

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
        used = {"annex descriptors": self.descriptor_pages() << 12,
                "annex page_owner": self.numbers.get("page_owner", 0) << 10,
                "annex pkmap": self.pkmap_pages() << 12,
                "annex vmalloc": self.vmalloc_pages() << 12,
                "annex page tables": self.page_table_pages() << 12}
        zones = [e[1:] for e in entries if e[1] not in used]
        want(expected, zones, "the list of entries")
        held = [e for e in entries if e[1] in used]
        for name, size in used.items():
            want(size, sum(e[3] - e[2] for e in held if e[1] == name),
                 f"the size of {name}")
        for entry in held:
            if entry[3] > top:
                raise Wrong(f"{entry[1]} are where nothing is reserved")
            want(entries[0][0] + 2, entry[0], f"the depth of {entry[1]}")

    def validate_says_ok(self):
        want("ok\n", self.text("validate"), "validate")


CASES = (
    Capture.the_checker_is_strict,
    Capture.vmallocinfo_has_the_grammar,
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
    Capture.pool_map_agrees_with_zoneinfo,
    Capture.pkmap_has_the_grammar,
    Capture.kmap_local_has_the_grammar,
    Capture.layout_accounts_for_everything,
    Capture.iomem_shows_the_parts,
    Capture.validate_says_ok,
)


if __name__ == "__main__":
    sys.exit(report(__doc__, Capture, CASES))
