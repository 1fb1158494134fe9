#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""usage: check_image.py

Checks annex-image, and what power-cut looks for, with an image that is made here: a
pool of 4 MB at 4 GB of a PC with 3 GB below, a table of two leaves, and the journal of
a writer. It has to be in order as it is, and each damage has to be found by its line.
Prints what is wrong, and nothing if all is well."""

import os
import struct
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.realpath(__file__))
TOP = os.path.join(HERE, "..", "..", "..")
TOOL = os.path.join(TOP, "scripts", "tools", "annex-image")
sys.path.insert(0, os.path.join(TOP, "scripts", "test", "power-cut.d"))
import check_cut  # noqa: E402
from image import GB, Image  # noqa: E402

PAGE = 4096
FRAMES = 1024
LOW = 3 * GB
SIZE = LOW + GB
BASE = 4 * GB // PAGE
HEADER, ROOT, JOURNAL = 0x100400, 0x200000, 0x300000
# The descriptors are the last two frames of the pool.
MAP = FRAMES - 2
ENTRIES = 2060
DATA, LEAF, WAITING = 3 << 26, 3 << 26 | 1 << 24, 3 << 26 | 2 << 24
USED = 1 << 13 | 1 << 12 | 3
UNWRITTEN = 1 << 31

# The leaves, by number, and the pages: index, frame, generation.
LEAVES = {0: 10, 2: 11}
PAGES = [(0, 20, 1), (7, 21, 3), (1023, 22, 4), (2048, 23, 5), (2050, 24, 6)]
REMOVED = (30, 31)
FREE = 40


class Made:
    """The image, which can be changed by word."""

    def __init__(self, path):
        self.file = os.open(path, os.O_RDWR | os.O_CREAT)
        os.ftruncate(self.file, SIZE)
        self.header()
        self.journal()
        self.pool()

    def put(self, at, raw):
        os.pwrite(self.file, raw, at)

    def word(self, at, value=None):
        """Read it, or write it, and return the old one."""
        old, = struct.unpack("<I", os.pread(self.file, 4, at))
        if value is not None:
            self.put(at, struct.pack("<I", value))
        return old

    def header(self):
        roots = [ROOT // PAGE] + [0] * 15
        raw = struct.pack("<8s24sII16I", b"ANNEXFT", b"annexblk0", ENTRIES, BASE,
                          *roots)
        self.put(HEADER, raw + struct.pack("<QI", 4 * GB + MAP * PAGE, FRAMES))
        # Text of the program, which is in memory as well.
        self.put(0x500010, b"ANNEXFT\0annexblk%u\0a table's magic\0")
        for number, frame in LEAVES.items():
            self.put(ROOT + number * 4, struct.pack("<I", frame + 1))

    def journal(self):
        states = [0] * 1020
        for index, _, generation in PAGES:
            if index < 510:
                states[2 * index] = states[2 * index + 1] = generation
        self.journals = {0: JOURNAL}
        self.put(JOURNAL, struct.pack("<8sII1020I", b"ANNEXJRN", 0, 510, *states))
        for i, first in enumerate((510, 1020, 1530, 2040)):
            states = [0] * 1020
            for index, _, generation in PAGES:
                if first <= index < first + 510:
                    at = 2 * (index - first)
                    states[at] = states[at + 1] = generation
            self.journals[first] = JOURNAL + (i + 1) * PAGE
            self.put(self.journals[first],
                     struct.pack("<8sII1020I", b"ANNEXJRN", first, 510, *states))

    def state_at(self, index):
        """Where the journal has an index."""
        first = index // 510 * 510
        return self.journals[first] + 16 + (index - first) * 8

    def pool(self):
        for index, frame, generation in PAGES:
            self.put(self.entry_at(index), struct.pack("<I", frame + 1))
            self.describe(frame, DATA | index)
            self.put(self.frame_at(frame), check_cut.stamp(index, generation))
        for number, frame in LEAVES.items():
            used = sum(index >> 10 == number for index, _, _ in PAGES)
            self.describe(frame, LEAF | used - 1 << 14 | number)
        self.describe(REMOVED[0], WAITING | REMOVED[1])
        self.describe(REMOVED[1], WAITING | 0xffffff)
        self.describe(FREE, 1 << 26, 1)

    def frame_at(self, frame):
        return LOW + frame * PAGE

    def entry_at(self, index):
        return self.frame_at(LEAVES[index >> 10]) + index % 1024 * 4

    def describe(self, frame, link, state=USED):
        self.put(self.frame_at(MAP) + frame * 8, struct.pack("<II", link, state))

    def link_at(self, frame):
        return self.frame_at(MAP) + frame * 8


def damages(m):
    """(where, value of the word, who finds it, the line)"""
    both, cut = ("image", "cut"), ("cut",)
    return [
        (m.entry_at(9), 22, both, "annexblk0: index 0x9: frame 0x15 is in two places"),
        (m.entry_at(9), 11 + 1, both, "annexblk0: leaf 0x2: frame 0xb is in two places"),
        (m.entry_at(9), FREE + 1, both, "annexblk0: index 0x9: frame 0x28 is free"),
        (m.entry_at(9), REMOVED[0] + 1, both,
         "annexblk0: index 0x9: frame 0x1e is removed"),
        (m.entry_at(9), 50 + 1, both,
         "annexblk0: index 0x9: frame 0x32 is part of a block"),
        (m.entry_at(9), FRAMES + 1, both,
         "annexblk0: index 0x9: entry 0x401 is outside the pool"),
        (m.entry_at(9), 1 << 24, both,
         "annexblk0: index 0x9: entry 0x1000000 cannot be"),
        (m.link_at(21), DATA | 8, both,
         "annexblk0: index 0x7: frame 0x15 is data of index 0x8"),
        (m.link_at(21) + 4, 1 << 13 | 3, both,
         "annexblk0: index 0x7: frame 0x15 is used by others"),
        (m.link_at(21) + 4, 1 << 12 | 3, both,
         "annexblk0: index 0x7: frame 0x15 has no reference"),
        (m.entry_at(2070), 51, both,
         "annexblk0: index 0x816: entry 0x33 cannot be"),
        (m.link_at(21), DATA | 7 | 1 << 28, both,
         "annexblk0: index 0x7: frame 0x15 is data of index 0x7, and of a larger block"),
        (m.link_at(11), LEAF | 1 << 14 | 3, both,
         "annexblk0: leaf 0x2: frame 0xb is leaf 0x3"),
        (m.link_at(11), LEAF | 2, both, "annexblk0: leaf 0x2 counts 1 entries, and has 2"),
        (m.link_at(11), LEAF | 258 << 14 | 2, both,
         "annexblk0: leaf 0x2 counts 259 entries, and has 2"),
        (m.link_at(REMOVED[0]), WAITING | 20, both,
         "removed frame 0x1e: the next, 0x14, is not removed"),
        (ROOT + 4, 3 + 1, both, "annexblk0: leaf 0x1: frame 0x3 is part of a block"),
        (ROOT + 16, 12 + 1, both, "annexblk0: leaf 0x4: entry 0xd cannot be"),
        (HEADER + 44, 5, both, "annexblk0: page 1 of the root is at pfn 0x5"),
        (m.entry_at(7), 0, cut, "index 0x7: it has no frame, and was generation 3"),
        (m.frame_at(21) + 2000, 7, cut,
         "index 0x7: it should be of generation 3 or 3, and has (index, generation) ["),
        (m.frame_at(21), 8 | 3 << 24, cut,
         "index 0x7: it should be of generation 3 or 3, and has (index, generation) ["),
    ]


def run(*args):
    done = subprocess.run([TOOL, *args], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def want(wanted, found, what):
    if wanted != found:
        print(f"{what}: {found!r}, not {wanted!r}")


def is_in_order(path):
    want((0, "annexblk0 pages=2060 frames=5 leaves=2 at=0x100400\n"), run(path),
         "list")
    want((0, "tables=1 frames=5 leaves=2 removed=2 unplaced=0 counting=0 errors=0\n"),
         run("--in-flight", "0", path, "check"), "check")
    want(([], "pages=5 leaves=2 busy=0 torn=0 removed=2 unplaced=0 counting=0"),
         check_cut.check(Image(path), 1), "power-cut")


def extracts(path, directory):
    out = os.path.join(directory, "out")
    want((0, ""), run(path, "extract", "annexblk0", out), "extract")
    with open(out, "rb") as file:
        raw = file.read()
    want(ENTRIES * PAGE, len(raw), "the size of the extract")
    for index, _, generation in PAGES:
        want(True, raw[index * PAGE:(index + 1) * PAGE] ==
             check_cut.stamp(index, generation), f"page {index} of the extract")
    want(len(PAGES), sum(raw[at:at + PAGE] != bytes(PAGE)
                         for at in range(0, len(raw), PAGE)), "pages of the extract")


def is_read_as_dump(path, directory):
    """The same memory as an ELF file."""
    out = os.path.join(directory, "elf")
    with open(path, "rb") as file, open(out, "wb") as elf:
        head = b"\x7fELF\2\1\1" + bytes(9)
        elf.write(head + struct.pack("<HHIQQQIHHHHHH", 4, 62, 1, 0, 64, 0, 0, 64, 56,
                                     2, 0, 0, 0))
        for offset, phys, size in ((PAGE, 0, 8 << 20),
                                   (PAGE + (8 << 20), 4 * GB, FRAMES * PAGE)):
            elf.write(struct.pack("<IIQQQQQQ", 1, 0, offset, 0, phys, size, size, 0))
        elf.seek(PAGE)
        elf.write(file.read(8 << 20))
        file.seek(LOW)
        elf.write(file.read(FRAMES * PAGE))
    want((0, "annexblk0 pages=2060 frames=5 leaves=2 at=0x100400\n"), run(out),
         "list of a dump")


def is_refused(path, directory):
    bad = os.path.join(directory, "none")
    with open(bad, "wb") as file:
        file.write(bytes(PAGE))
    for args, wanted in (((bad,), (65, "has no frame table")),
                         ((bad + "-", "check"), (65, "No such file")),
                         ((path, "extract", "other", bad), (65, "0 tables are of other")),
                         ((path, "look"), (64, "wrong arguments")),
                         (("--low", "x", path), (64, "not a number: x")),
                         ((), (64, "wrong arguments"))):
        status, said = run(*args)
        want((wanted[0], True), (status, wanted[1] in said), f"{args}: {said}")


def are_found(m, path):
    for at, value, finders, line in damages(m):
        old = m.word(at, value)
        status, said = run(path, "check")
        found = check_cut.check(Image(path), 1)[0]
        m.word(at, old)
        want((int("image" in finders), "image" in finders),
             (status, line in said and bool(line)), f"{line} of annex-image: {said}")
        want("cut" in finders, any(line in text for text in found),
             f"{line} of power-cut: {found}")


def in_flight(m, path):
    """A write that is cut: of a leaf that counts it already, and in the page itself."""
    m.word(m.link_at(11), LEAF | 2 << 14 | 2)
    m.describe(25, DATA | 2051)
    want(0, run("--in-flight", "1", path, "check")[0], "one operation")
    want(1, run("--in-flight", "0", path, "check")[0], "no operation")
    m.word(m.link_at(11), LEAF | 1 << 14 | 2)
    m.describe(25, 0, 0)
    m.word(m.state_at(7) + 4, 9)
    m.put(m.frame_at(21), check_cut.stamp(7, 9)[:1996])
    want(([], "pages=5 leaves=2 busy=1 torn=1 removed=2 unplaced=0 counting=0"),
         check_cut.check(Image(path), 1), "a torn page")
    m.word(m.state_at(7), 1 << 31)
    m.put(m.frame_at(21) + 1996, bytes(PAGE - 1996))
    want([], check_cut.check(Image(path), 1)[0], "a torn page of zeros")
    m.word(m.state_at(7), 0)
    want(1, len(check_cut.check(Image(path), 1)[0]), "a torn page of a hole")
    m.word(m.state_at(7), 3)
    m.word(m.state_at(7) + 4, 3)
    m.put(m.frame_at(21), check_cut.stamp(7, 3))


def has_small_root(m, path):
    """The same table, with the root in its header."""
    page = m.word(HEADER + 40, 0)
    for number, frame in LEAVES.items():
        m.put(HEADER + 116 + number * 4, struct.pack("<I", frame + 1))
    is_in_order(path)
    m.put(HEADER + 116, bytes(12))
    m.word(HEADER + 40, page)


def main():
    with tempfile.TemporaryDirectory() as directory:
        path = os.path.join(directory, "image")
        m = Made(path)
        is_in_order(path)
        extracts(path, directory)
        is_read_as_dump(path, directory)
        is_refused(path, directory)
        are_found(m, path)
        in_flight(m, path)
        has_small_root(m, path)
        is_in_order(path)


if __name__ == "__main__":
    main()
