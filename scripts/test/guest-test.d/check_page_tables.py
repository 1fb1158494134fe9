#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""usage: check_page_tables.py DIRECTORY [NAME=NUMBER]...

Checks page_tables/{provisional,final,process} that a guest sent, with the layout,
memblock and validate files of the same pool, in DIRECTORY. What must be there is
worked out here from the pool's place and size. Prints "ok CASE", or "not ok
CASE", a tab and why.

  pages=N             frames of the pool
  case=N              which of the three it is
  page_offset=N       in GB (3)
  provisional=N       in MB (24)
"""

import os
import re
import sys

sys.dont_write_bytecode = True
from read_files import Wrong, read_memblock, report, want
from read_page_tables import (SPOILT_FINAL, read_final, read_provisional)

MB = 1 << 20
GRANULE = 2 * MB
WORDS = {1: "all is mapped", 2: "highmem up to 4 GB", 3: "highmem beyond 4 GB"}


class Capture:
    """What a guest sent, read once; each case is a method."""

    def __init__(self, directory, numbers):
        self.directory = directory
        self.page_offset = numbers.get("page_offset", 3) << 30
        self.size = numbers["pages"] << 12
        self.case = numbers["case"]
        self.start = read_memblock(self.text("memblock/memory"))[0][0]
        self.base = self.start // GRANULE * GRANULE
        self.off = self.start - self.base
        early = numbers.get("provisional", 24) * MB
        whole = -(-(self.off + self.size) // GRANULE) * GRANULE
        self.early = min(early, whole)
        self.head = self.sections = self.tables = None
        self.early_tables = None

    def text(self, name):
        with open(os.path.join(self.directory, name), encoding="ascii",
                  newline="") as file:
            return file.read()

    def the_checker_is_strict(self):
        text = self.text("page_tables/final")
        read_final(text)
        for what, spoil in SPOILT_FINAL:
            want(True, spoil(text) != text, f"a dump with {what}")
            try:
                read_final(spoil(text))
            except Wrong:
                continue
            raise Wrong(f"a dump with {what} passes")

    def span(self, name):
        """Where layout says that something is."""
        match = re.search(rf"    {name} *: 0x(\w{{8}}) - 0x(\w{{8}}) ",
                          self.text("layout"))
        if not match:
            raise Wrong(f"layout has no {name}")
        return int(match[1], 16), int(match[2], 16)

    def windows(self):
        """What annex has of vmalloc space, by layout."""
        text = self.text("layout")
        text = text[text.index("in which annex has:"):text.index("physical")]
        return sorted((int(m[2], 16), int(m[3], 16), m[1]) for m in
                      re.finditer(r"    (\w[\w ]*?) *: 0x(\w{8}) - 0x(\w{8}) ",
                                  text))

    def provisional_is_there_twice(self):
        kbytes, page_offset, base, sections, tables = read_provisional(
            self.text("page_tables/provisional"))
        want(self.early >> 10, kbytes, "its size")
        want(self.page_offset, page_offset, "PAGE_OFFSET")
        want(self.base, base, "its first physical address")
        granules = self.early // GRANULE
        want([("identity", 0, self.early, granules, 0),
              ("direct map", page_offset, page_offset + self.early, 0,
               granules)],
             [(s.name, s.start, s.end, s.own, s.linked) for s in sections],
             "the list of sections")
        end = min(self.early, self.off + self.size)
        for at, section in zip((0, page_offset), sections):
            want([(at + self.off, at + end, "PTE", "RW NX")], section.rows,
                 f"the rows of {section.name}")
        want({"PDPT": 1, "PMD": 2, "PTE": granules, "borrowed": 0,
              "linked": granules}, tables, "the list of tables")
        self.early_tables = tables

    def final_says_which_case_it_is(self):
        self.head, self.sections, self.tables = read_final(
            self.text("page_tables/final"))
        top = self.span("vmalloc")[0] // GRANULE * GRANULE
        room = top - self.page_offset - self.off
        case = 1 if self.size <= room else 2 if self.size <= 4 << 30 else 3
        want(self.case, case, "the case, by the pool's size,")
        want((min(room, self.size) >> 10, self.size >> 10, self.page_offset,
              self.base, case, WORDS[case]), self.head, "the first line")

    def direct(self):
        return next(s for s in self.sections if s.name == "direct map")

    def direct_map_is_large_where_it_can_be(self):
        section = self.direct()
        start = self.page_offset + self.off
        end = start + (self.head[0] << 10)
        want((start, end), (section.start, section.end), "its place")
        first = min(-(-start // GRANULE) * GRANULE, end)
        last = max(end // GRANULE * GRANULE, first)
        rows = [(start, first, "PTE", "RW GLB NX"),
                (first, last, "PMD", "RW PSE GLB NX"),
                (last, end, "PTE", "RW GLB NX")]
        rows = [row for row in rows if row[0] < row[1]]
        want(rows, section.rows, "the list of runs")
        ragged = {row[0] // GRANULE for row in rows if row[2] == "PTE"}
        want((len(ragged), 0), (section.own, section.linked),
             "the number of PTE tables")
        want(len(ragged), self.tables["PTE"], "all of them")

    def a_gigabyte_costs_one_pmd(self):
        want((1, 4 - (self.page_offset >> 30), 0),
             (self.tables["PDPT"], self.tables["PMD"],
              self.tables["borrowed"]), "the number of PDPTs and PMDs")
        if self.base == self.start and self.size % GRANULE == 0:
            want(0, self.tables["PTE"], "PTE tables of an aligned pool")

    def sections_are_those_of_layout(self):
        named = [(s.start, s.end, s.name) for s in self.sections
                 if s.name not in ("direct map", "host")]
        want(self.windows(), named, "the list of windows")
        if [s for s in self.sections if s.name == "other"]:
            raise Wrong("something is where nothing should be")
        granules = set()
        for start, end, _ in self.windows():
            granules.update(range(start // GRANULE,
                                  (end - 1) // GRANULE + 1))
        want(len(granules), self.tables["linked"], "the linked tables")
        for section in self.sections:
            if section.name != "direct map":
                want((0, (section.end - 1) // GRANULE -
                      section.start // GRANULE + 1),
                     (section.own, section.linked),
                     f"the tables of {section.name}")
            if section.name == "host":
                want(set(), set(range(section.start // GRANULE,
                                      (section.end - 1) // GRANULE + 1)) -
                     granules, "2 MB of the host's alone")

    def windows_show_what_layout_counts(self):
        for section in self.sections:
            match = re.search(rf"    {section.name:10}: .*: (\d+) mapped",
                              self.text("layout"))
            # A page of scratch shows the host's dummy until it is used.
            if match and section.name != "scratch":
                want(int(match[1]) * 4, section.kbytes(),
                     f"kB of {section.name}")
                for *_, flags in section.rows:
                    want("RW GLB NX", flags, f"the use of {section.name}")

    def nothing_of_annex_is_wx(self):
        for section in self.sections:
            for start, _, _, flags in section.rows:
                if section.name != "host" and flags.startswith("RW") and \
                        flags.endswith(" x"):
                    raise Wrong(f"{start:#x} of {section.name} is W+X")

    def layout_counts_the_tables(self):
        frames = sum(tables[name] for tables in
                     (self.early_tables, self.tables)
                     for name in ("PDPT", "PMD", "PTE"))
        pool = self.text("layout").splitlines()[-1]
        match = re.search(r" page tables (\d+) kB ", pool)
        if not match:
            raise Wrong("layout does not tell of them")
        want(frames * 4, int(match[1]), "kB of page tables")

    def no_process_has_tables(self):
        want("", self.text("page_tables/process"), "the file")

    def validate_says_ok(self):
        want("ok\n", self.text("validate"), "validate")


CASES = (
    Capture.the_checker_is_strict,
    Capture.provisional_is_there_twice,
    Capture.final_says_which_case_it_is,
    Capture.direct_map_is_large_where_it_can_be,
    Capture.a_gigabyte_costs_one_pmd,
    Capture.sections_are_those_of_layout,
    Capture.windows_show_what_layout_counts,
    Capture.nothing_of_annex_is_wx,
    Capture.layout_counts_the_tables,
    Capture.no_process_has_tables,
    Capture.validate_says_ok,
)


if __name__ == "__main__":
    sys.exit(report(__doc__, Capture, CASES))
