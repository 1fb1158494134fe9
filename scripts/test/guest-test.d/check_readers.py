#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""usage: check_readers.py DIRECTORY

Checks what programs made of annex's files: a guest sent both, and they are in
DIRECTORY. Prints "ok CASE", or "not ok CASE", a tab and why.

  zoneinfo buddyinfo vmstat slabinfo
                              annex's
  metrics                     the exporter's answer, with all counters
  metrics.default             with those it chooses itself
  metrics.slabinfo            and with slabinfo
  vmstat-1 vmstat-2 vmstat-s vmstat-m slabtop
                              what "vmstat", "vmstat 1 2", "vmstat -s",
                              "vmstat -m", "slabtop -o -s c" printed
  *.others                    the same, of files with other numbers

Of what the exporter shows nothing may be missing or wrong, and nothing be
there that no file has. What it leaves out is left out by its own lists.
"""

import re
import sys

sys.dont_write_bytecode = True
from check_files import Capture
from read_files import Wrong, read_buddyinfo, read_vmstat, report, want

EXPORTER = "1.5.0"
COLLECTORS = ("buddyinfo", "vmstat", "zoneinfo")

# The counters of zoneinfo that the exporter knows, by the unit it appends to
# their names. Of a zone's head it leaves out free, which is nr_free_pages.
UNITS = {
    "_pages": """min low high spanned present managed
        nr_active_anon nr_inactive_anon nr_isolated_anon nr_active_file
        nr_inactive_file nr_isolated_file nr_slab_reclaimable
        nr_slab_unreclaimable nr_mapped nr_dirty nr_writeback nr_unevictable
        nr_shmem""",
    "_total": "nr_dirtied nr_written",
    "s": "nr_kernel_stack",
    "": "nr_free_pages nr_anon_pages nr_file_pages nr_anon_transparent_hugepages",
}
ZONEINFO = {name: name + unit
            for unit, names in UNITS.items() for name in names.split()}

# The exporter's own choice of vmstat's counters.
DEFAULT = re.compile(r"(oom_kill|pgpg|pswp|pg.*fault)")

# What procps takes from vmstat: the line of vmstat -s, the column of vmstat.
PAGED = {
    "pgpgin": ("K paged in", "bi"),
    "pgpgout": ("K paged out", "bo"),
    "pswpin": ("pages swapped in", "si"),
    "pswpout": ("pages swapped out", "so"),
}


def export_zoneinfo(text):
    metrics = {}
    for block in re.split(r"^(?=Node )", text, flags=re.MULTILINE)[1:]:
        where = re.match(r"Node (\d+), zone +(\w+)\n", block)
        where = f'{{node="{where[1]}",zone="{where[2]}"}}'
        for name, value in re.findall(r"^ +(\w+) +(\d+)$", block, re.MULTILINE):
            if name in ZONEINFO:
                metrics[f"node_zoneinfo_{ZONEINFO[name]}{where}"] = int(value)
        protection = re.search(r"protection: \((.*)\)", block)[1]
        for i, value in enumerate(protection.split(", ")):
            metrics[f"node_zoneinfo_protection_{i}{where}"] = int(value)
    return metrics


def export_buddyinfo(text):
    return {f'node_buddyinfo_blocks{{node="0",size="{order}",zone="{zone}"}}':
            count for zone, counts in read_buddyinfo(text).items()
            for order, count in enumerate(counts)}


def export_vmstat(text):
    return {f"node_vmstat_{name}": value
            for name, value in read_vmstat(text).items()}


def export_slabinfo(text):
    units = ("active_objects", "objects", "object_size_bytes",
             "objects_per_slab", "pages_per_slab")
    return {f'node_slabinfo_{unit}{{slab="{words[0]}"}}': int(value)
            for words in map(str.split, text.splitlines()[2:])
            for unit, value in zip(units, words[1:6])}


def read_metrics(text):
    metrics = {}
    for line in text.splitlines():
        if line.startswith("#"):
            continue
        name, value = line.rsplit(" ", 1)
        if name in metrics:
            raise Wrong(f"{name} stands there twice")
        metrics[name] = float(value)
    return metrics


def chosen(metrics, prefix):
    return {name: value for name, value in metrics.items()
            if name.startswith(prefix)}


def differences(expected, found):
    return [name for name in sorted(expected | found)
            if expected.get(name) != found.get(name)]


def want_all(expected, found):
    different = differences(expected, found)
    if different or not expected:
        raise Wrong(f"{len(different)} of {len(expected)} differ: " + ", ".join(
            f"{name} is {found.get(name)}, not {expected.get(name)}"
            for name in different[:5]))


def want_rows(expected, found):
    """In whichever order."""
    for theirs, ours in zip(sorted(expected), sorted(found)):
        want(theirs, ours, "a row")
    want(len(expected), len(found), "the number of rows")


def read_table(text):
    """The rows of vmstat as dictionaries of numbers."""
    _, names, *rows = text.splitlines()
    names = names.split()
    want(17, len(names), "the number of columns")
    for row in rows:
        want(len(names), len(row.split()), "the length of a row")
    return [dict(zip(names, map(int, row.split()))) for row in rows]


def read_sums(text):
    """vmstat -s as a dictionary by its words."""
    return {words: int(number) for number, words in
            re.findall(r"^ *(\d+) (.*)$", text, re.MULTILINE)}


def read_slabinfo(text):
    """Name, active and all objects, their size, objects a slab, slabs."""
    caches = []
    for line in text.splitlines()[2:]:
        words = line.split()
        want(16, len(words), f"the number of words of {words[0]}")
        caches.append((words[0], *map(int, words[1:5]), int(words[14])))
    return caches


class Readers(Capture):
    """What a guest sent; each case is a method."""

    def metrics(self, name="metrics"):
        return read_metrics(self.text(name))

    def expected(self):
        return (export_zoneinfo(self.text("zoneinfo")) |
                export_buddyinfo(self.text("buddyinfo")) |
                export_vmstat(self.text("vmstat")))

    def the_numbers_tell_zones_and_orders_apart(self):
        zones = export_zoneinfo(self.text("zoneinfo"))
        free = chosen(zones, "node_zoneinfo_nr_free_pages")
        managed = chosen(zones, "node_zoneinfo_managed_pages")
        want(3, len(set(free.values())), "how many zones differ in free")
        if set(free.values()) & set(managed.values()):
            raise Wrong("a zone is all free")
        for zone, counts in read_buddyinfo(self.text("buddyinfo")).items():
            if len(set(counts)) < 7:
                raise Wrong(f"orders of {zone} are alike: {counts}")

    def the_exporter_is_the_one_meant(self):
        info = chosen(self.metrics(), "node_exporter_build_info")
        want([EXPORTER], re.findall(r',version="(.*?)"', " ".join(info)),
             "the exporter's version")

    def its_collectors_succeed(self):
        for name in ("metrics", "metrics.default", "metrics.others"):
            want({f'node_scrape_collector_success{{collector="{which}"}}': 1
                  for which in COLLECTORS},
                 chosen(self.metrics(name), "node_scrape_collector_success"),
                 f"success in {name}")

    def zoneinfo_is_exported(self):
        want_all(export_zoneinfo(self.text("zoneinfo")),
                 chosen(self.metrics(), "node_zoneinfo_"))

    def buddyinfo_is_exported(self):
        want_all(export_buddyinfo(self.text("buddyinfo")),
                 chosen(self.metrics(), "node_buddyinfo_"))

    def vmstat_is_exported(self):
        want_all(export_vmstat(self.text("vmstat")),
                 chosen(self.metrics(), "node_vmstat_"))

    def vmstat_is_exported_by_default(self):
        counters = export_vmstat(self.text("vmstat")).items()
        want_all({name: value for name, value in counters
                  if DEFAULT.match(name.removeprefix("node_vmstat_"))},
                 chosen(self.metrics("metrics.default"), "node_vmstat_"))

    def slabinfo_is_exported(self):
        metrics = self.metrics("metrics.slabinfo")
        want(1, metrics.get(
            'node_scrape_collector_success{collector="slabinfo"}'), "success")
        want_all(export_slabinfo(self.text("slabinfo")),
                 chosen(metrics, "node_slabinfo_"))

    def wrong_numbers_are_noticed(self):
        """The files with other numbers have six."""
        expected = self.expected()
        where = ',zone="HighMem"}'
        found = {name: value
                 for name, value in self.metrics("metrics.others").items()
                 if re.match("node_(zoneinfo|buddyinfo|vmstat)_", name)}
        want(sorted(['node_zoneinfo_managed_pages{node="0"' + where,
                     'node_buddyinfo_blocks{node="0",size="10"' + where] +
                    ["node_vmstat_" + name for name in PAGED]),
             differences(expected, found), "what differs")

    def every_wrong_number_is_noticed(self):
        """And so is any that is off by one, or missing, or too many."""
        expected, found = self.expected(), self.metrics()
        found = {name: found[name] for name in expected}
        want([], differences(expected, found), "what differs")
        for name in expected:
            less = {key: value for key, value in found.items() if key != name}
            for spoilt in (found | {name: found[name] + 1}, less,
                           found | {name + "_": 0}):
                want(1, len(differences(expected, spoilt)),
                     f"what differs after {name} was spoilt")

    def paged(self, suffix, counters):
        sums = read_sums(self.text("vmstat-s" + suffix))
        for name, (words, _) in PAGED.items():
            want(counters[name], sums.get(words), f"{words!r}")

    def vmstat_s_shows_the_counters(self):
        self.paged("", read_vmstat(self.text("vmstat")))

    def vmstat_s_shows_other_counters(self):
        self.paged(".others", {"pgpgin": 101000, "pgpgout": 202000,
                               "pswpin": 303000, "pswpout": 404000})

    def vmstat_shows_the_counters(self):
        """As rates: none is 0, and the others are not."""
        counters = read_vmstat(self.text("vmstat"))
        once, twice, others = (read_table(self.text(name)) for name in
                               ("vmstat-1", "vmstat-2", "vmstat-1.others"))
        want([1, 2, 1], [len(once), len(twice), len(others)], "rows")
        for name, (_, column) in PAGED.items():
            want(0, others[0][column] == 0, f"{column} of others as 0")
            if counters[name] == 0:
                want([0, 0, 0], [row[column] for row in once + twice], column)

    def vmstat_m_shows_slabinfo(self):
        rows = [line.split() for line in self.text("vmstat-m").splitlines()
                if not line.startswith("Cache ")]
        want_rows([(name[:24], *numbers[:4]) for name, *numbers in
                   read_slabinfo(self.text("slabinfo"))],
                  [(row[0], *map(int, row[1:])) for row in rows])

    def slabtop_rows(self, name):
        _, table = self.text(name).split("\n\n")
        return [line.split() for line in table.splitlines()[1:]]

    def slabtop_shows_slabinfo(self):
        caches = read_slabinfo(self.text("slabinfo"))
        if len(caches) < 40 or not any(cache[1] for cache in caches):
            raise Wrong("slabinfo has too little to show")
        want_rows([(name[:23], objects, active, slabs, each)
                   for name, active, objects, _, each, slabs in caches],
                  [(row[7], *(int(row[i]) for i in (0, 1, 4, 5)))
                   for row in self.slabtop_rows("slabtop")])

    def slabtop_sorts_by_size(self):
        """The seventh column, in kB, is what -s c sorts by."""
        sizes = [int(row[6].rstrip("K")) for row in
                 self.slabtop_rows("slabtop")]
        want(sorted(sizes, reverse=True), sizes, "the order of the rows")

    def slabtop_shows_another_name(self):
        names = [row[7] for row in self.slabtop_rows("slabtop.others")]
        want((True, False), ("other-64" in names, "kmalloc-64" in names),
             "whether there are other-64 and kmalloc-64")


CASES = (
    Readers.the_numbers_tell_zones_and_orders_apart,
    Readers.the_exporter_is_the_one_meant,
    Readers.its_collectors_succeed,
    Readers.zoneinfo_is_exported,
    Readers.buddyinfo_is_exported,
    Readers.vmstat_is_exported,
    Readers.vmstat_is_exported_by_default,
    Readers.slabinfo_is_exported,
    Readers.wrong_numbers_are_noticed,
    Readers.every_wrong_number_is_noticed,
    Readers.vmstat_s_shows_the_counters,
    Readers.vmstat_s_shows_other_counters,
    Readers.vmstat_shows_the_counters,
    Readers.vmstat_m_shows_slabinfo,
    Readers.slabtop_shows_slabinfo,
    Readers.slabtop_sorts_by_size,
    Readers.slabtop_shows_another_name,
)

if __name__ == "__main__":
    sys.exit(report(__doc__, Readers, CASES))
