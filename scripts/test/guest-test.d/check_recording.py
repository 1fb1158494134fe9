#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""usage: check_recording.py DIRECTORY

Checks what annex-record wrote, a file recording in DIRECTORY: that annex-plot's
reader takes it, and that each file in it has its grammar. Prints "ok CASE", or
"not ok CASE", a tab and why.
"""

import os
import sys

sys.dont_write_bytecode = True
sys.path.append(os.path.join(os.path.dirname(os.path.realpath(__file__)), "..", "..",
                             "tools", "annex-plot.d"))
from read_files import (Wrong, read_buddyinfo, read_kmap_local, read_memblock,
                        read_pagetypeinfo, read_pkmap, read_vmstat,
                        read_zoneinfo, report, want)
from read_pool_map import read_pool_map
from recording import Bad, Recording

GRAMMARS = {
    "zoneinfo": read_zoneinfo, "buddyinfo": read_buddyinfo,
    "pagetypeinfo": read_pagetypeinfo, "vmstat": read_vmstat,
    "pool_map": read_pool_map, "pkmap": read_pkmap,
    "kmap_local": read_kmap_local, "memblock/memory": read_memblock,
    "memblock/reserved": read_memblock,
}
OTHERS = ("layout", "vmallocinfo", "slabinfo")


class Recorded:
    """What a guest sent; each case is a method."""

    def __init__(self, directory, _numbers):
        self.directory = directory
        try:
            self.recording = Recording(os.path.join(directory, "recording"))
        except Bad as why:
            raise SystemExit(f"not ok the recording\t{why}") from None

    def text(self, name):
        with open(os.path.join(self.directory, name),
                  encoding="ascii") as file:
            return file.read()

    def all_files_are_there(self):
        for snapshot in self.recording.snapshots:
            want(sorted([*GRAMMARS, *OTHERS]), sorted(snapshot.files),
                 f"the list of files of {snapshot.nr}")

    def files_have_their_grammars(self):
        for snapshot in self.recording.snapshots:
            for name, read in GRAMMARS.items():
                read("".join(line + "\n" for line in snapshot.lines(name)))

    def the_last_one_is_what_there_is(self):
        """The pool was at rest from then on."""
        last = self.recording.snapshots[-1]
        for name in ("zoneinfo", "buddyinfo", "vmstat"):
            want(self.text(name).splitlines(), last.lines(name), name)

    def time_and_labels_go_on(self):
        labels = [label for label, _, _ in self.recording.phases()]
        want(["first", "the second"], labels[-2:], "the labels")
        times = self.recording.times()
        for before, now in zip(times, times[1:-1]):
            if not 0.28 < now - before < 1.5:
                raise Wrong(f"{now} s follows {before} s")

    def the_load_is_seen(self):
        free = [sum(zone["free"] for zone in snapshot.zones().values())
                for snapshot in self.recording.snapshots]
        if free[0] - free[-1] < 4800:
            raise Wrong(f"{free[0]} frames were free, and {free[-1]} at the "
                        "end")


CASES = (
    Recorded.all_files_are_there,
    Recorded.files_have_their_grammars,
    Recorded.the_last_one_is_what_there_is,
    Recorded.time_and_labels_go_on,
    Recorded.the_load_is_seen,
)


if __name__ == "__main__":
    sys.exit(report(__doc__, Recorded, CASES))
