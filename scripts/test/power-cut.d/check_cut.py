#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""usage: check_cut.py IMAGE WRITERS

Checks the memory of a guest that kunit/progs/cutwriter.c was writing in: the table of
annexblk0, as scripts/tools/annex-image does, and each page of the device against the
journals of the writers, which are in the same memory. A page without a request in
progress has the generation that was written last, or no frame. With one it has that
generation, the next, or, if there was a frame before, bytes of both. Zeros that were
zeroed out may have a frame. Prints what is wrong, and then figures."""

import os
import struct
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)),
                                "..", "..", "tools", "annex-image.d"))
from image import Bad, GB, Image, PAGE, Store  # noqa: E402

JOURNAL = b"ANNEXJRN"
PER_JOURNAL = 510
ZEROED = 1 << 31
PAIRS = PAGE // 8
ONES = sum(1 << 64 * i for i in range(PAIRS))
RAMP = sum(i << 64 * i + 55 for i in range(PAIRS))


def stamp(index, generation):
    """A page as the writer of the index has left it."""
    if generation == ZEROED:
        return bytes(PAGE)
    return (ONES * (generation << 24 | index) + RAMP).to_bytes(PAGE, "little")


def journals(image):
    """{index: (on the device, being written)} of all writers."""
    states = {}
    for _, raw in image.data(GB):
        for at in range(0, len(raw), PAGE):
            if raw[at:at + 8] != JOURNAL:
                continue
            first, nr = struct.unpack_from("<II", raw, at + 8)
            if first % PER_JOURNAL or nr != PER_JOURNAL:
                continue
            words = struct.unpack_from(f"<{2 * nr}I", raw, at + 16)
            for i in range(nr):
                if words[2 * i] or words[2 * i + 1]:
                    states[first + i] = words[2 * i:2 * i + 2]
    return states


def is_torn(page, index, old, new):
    """Bytes of two generations: the kernel clears a page by rep stosb."""
    return all(byte in pair for byte, *pair in
               zip(page, stamp(index, old), stamp(index, new)))


class Cut:
    """What a page may be, and what was found."""

    def __init__(self, states):
        self.states = states
        self.busy = sum(old != new for old, new in states.values())
        self.pages = self.torn = 0
        self.errors = []

    def check(self, index, page):
        """A page that has a frame, or None for one that has not."""
        old, new = self.states.get(index, (0, 0))
        if page is None:
            if 0 not in (old, new) and ZEROED not in (old, new):
                self.errors.append(f"index {index:#x}: it has no frame, "
                                   f"and was generation {old}")
            return
        self.pages += 1
        if page in [stamp(index, g) for g in (old, new) if g]:
            return
        if old and new and old != new and is_torn(page, index, old, new):
            self.torn += 1
            return
        pairs = set(struct.unpack(f"<{PAIRS}Q", page)) if page else ()
        found = sorted({(p & 0xffffff, p >> 24 & 0x7fffffff) for p in pairs})
        self.errors.append(f"index {index:#x}: it should be of generation {old} or "
                           f"{new}, and has (index, generation) {found[:4]}")


def check(image, writers):
    """(what is wrong, figures)"""
    store = Store(image)
    errors = store.check()
    tables = [table for table in store.tables if table.owner == "annexblk0"]
    if len(tables) != 1 or len(store.tables) != 1:
        return errors + [f"{len(store.tables)} tables, not one"], ""
    cut = Cut(journals(image))
    if not cut.states:
        return errors + ["no journal was found"], ""
    pages = dict(tables[0].pages())
    for index in sorted(pages.keys() | cut.states.keys()):
        entry = pages.get(index)
        cut.check(index, entry and (tables[0].contents(entry) or b""))
    # A writer has one request in progress, of a leaf of one page at a time.
    for count, most, what in ((store.in_flight(), writers, "leaves that count"),
                              (store.unplaced, 2 * writers, "frames without a place"),
                              (cut.torn, writers, "torn pages")):
        if count > most:
            cut.errors.append(f"{count} {what}: {writers} writers explain {most}")
    return errors + cut.errors, \
        f"pages={cut.pages} leaves={tables[0].leaves} busy={cut.busy} " \
        f"torn={cut.torn} removed={store.waiting} unplaced={store.unplaced} " \
        f"counting={store.in_flight()}"


def main():
    if len(sys.argv) != 3:
        print(__doc__)
        return 64
    try:
        errors, figures = check(Image(sys.argv[1]), int(sys.argv[2]))
    except Bad as err:
        errors, figures = [str(err)], ""
    for line in errors[:20]:
        print(line)
    print(f"errors={len(errors)} {figures}")
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
