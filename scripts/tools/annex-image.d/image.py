# SPDX-License-Identifier: GPL-2.0-only
"""The frame tables of annex in an image of a machine's memory.

The format is in src/store/types.h, src/store/entry.h and include/annex/page.h, and in
Documentation/design.rst, "Frame tables". All words are little-endian. Nothing else of
the image is used: no symbol, no page table."""

import os
import struct
from array import array

PAGE = 4096
WORDS = PAGE // 4
GB = 1 << 30

# struct annex_frame_table
MAGIC = b"ANNEXFT\0"
HEADER = struct.Struct("<8s24sII16I")
MAP = struct.Struct("<QI")
MAP_AT = 104
SMALL = struct.Struct("<3I")
SMALL_AT = MAP_AT + MAP.size
ENTRIES_MAX = 1 << 24
LEAF_SHIFT = 10

# An entry of a leaf or of a root
PFN_MASK = (1 << 24) - 1
UNWRITTEN = 1 << 31
ENTRY_UNUSED = 0x1f << 24

# struct annex_page: the link word and the state word
OWN = 3 << 26
DATA, LEAF, WAITING = OWN, OWN | 1 << 24, OWN | 2 << 24
ROLE_MASK = 0xff << 24
ORDER_MASK = 0xf << 28
NIL = PFN_MASK
USED = 3
STORE = 1 << 12
REF_SHIFT = 13
LEAF_NR_BITS = 14

# Entries that change under one hold of the leaf's lock (CHUNK of frame_table.c): so
# far may the count of a leaf be behind.
CHUNK = 256

# The kernel's lowmem, where the headers and the roots are, ends below.
LOWMEM = GB


class Bad(Exception):
    """An image that cannot be read, and why."""


class Image:
    """Physical memory: a file with nothing but RAM, or an ELF file of a dump."""

    def __init__(self, path, low=None):
        try:
            self.file = os.open(path, os.O_RDONLY)
            self.size = os.fstat(self.file).st_size
        except OSError as err:
            raise Bad(f"{path}: {err.strerror}") from None
        head = os.pread(self.file, 64, 0)
        if head[:4] == b"\x7fELF":
            self.parts = list(self.of_elf(head))
        else:
            self.parts = list(self.of_ram(low))
        if not self.parts:
            raise Bad(f"{path} has no memory in it")

    def of_ram(self, low):
        """(physical address, offset, bytes): a PC has a hole below 4 GB."""
        if low is None:
            low = 3 * GB if self.size >= 7 * GB // 2 else self.size
        yield 0, 0, min(low, self.size)
        if self.size > low:
            yield 4 * GB, low, self.size - low

    def of_elf(self, head):
        """The segments that have an address."""
        wide = head[4] == 2
        if head[5] != 1:
            raise Bad("it is of a big-endian machine")
        at, = struct.unpack_from("<Q" if wide else "<I", head, 32 if wide else 28)
        size, nr = struct.unpack_from("<HH", head, 54 if wide else 42)
        for i in range(nr):
            part = os.pread(self.file, size, at + i * size)
            kind, = struct.unpack_from("<I", part)
            if wide:
                offset, _, phys, bytes_ = struct.unpack_from("<4Q", part, 8)
            else:
                offset, _, phys, bytes_ = struct.unpack_from("<4I", part, 4)
            if kind == 1 and bytes_:
                yield phys, offset, bytes_

    def read(self, phys, nr):
        """Bytes of one part; None if the image does not have them."""
        for start, offset, size in self.parts:
            if start <= phys and phys + nr <= start + size:
                got = os.pread(self.file, nr, offset + phys - start)
                return got if len(got) == nr else None
        return None

    def page(self, pfn):
        return self.read(pfn * PAGE, PAGE)

    def data(self, end):
        """Memory below an address, (address, bytes): 1 MB or less at a time, no holes."""
        for start, offset, size in self.parts:
            at, last = offset, offset + min(size, end - start)
            while at < last:
                try:
                    at = os.lseek(self.file, at, os.SEEK_DATA)
                except OSError:
                    break
                stop = min(os.lseek(self.file, at, os.SEEK_HOLE), last)
                while at < stop:
                    nr = min(stop - at, 1 << 20)
                    yield start + at - offset, os.pread(self.file, nr, at)
                    at += nr


class Pool:
    """The descriptors of the frames: pairs of words, by annex pfn."""

    CHUNK = 1 << 17

    def __init__(self, image, base_pfn, map_phys, nr_pages):
        self.image = image
        self.base_pfn = base_pfn
        self.map_phys = map_phys
        self.nr_pages = nr_pages
        self.chunks = {}
        # What leads to each frame: 0 or the number of a table, and the index or,
        # for a leaf, the number of the leaf.
        self.table = array("B", bytes(nr_pages))
        self.where = array("I", bytes(4 * nr_pages))

    def words(self, chunk):
        """The words of CHUNK descriptors, or of what is left of them."""
        if chunk not in self.chunks:
            first = chunk * self.CHUNK
            nr = min(self.CHUNK, self.nr_pages - first)
            raw = self.image.read(self.map_phys + first * 8, nr * 8)
            if raw is None:
                raise Bad("the image does not have the descriptors of the pool")
            self.chunks[chunk] = struct.unpack(f"<{2 * nr}I", raw)
        return self.chunks[chunk]

    def descriptor(self, pfn):
        """(link, state) of a frame."""
        words = self.words(pfn // self.CHUNK)
        at = pfn % self.CHUNK * 2
        return words[at], words[at + 1]

    def of_store(self):
        """(pfn, link) of all frames that belong to any table."""
        for chunk in range((self.nr_pages + self.CHUNK - 1) // self.CHUNK):
            words = self.words(chunk)
            for i, state in enumerate(words[1::2]):
                if state & STORE and state & 7 == USED:
                    yield chunk * self.CHUNK + i, words[2 * i]


def state_text(link, state):
    """What a descriptor says of its frame."""
    names = ("part of a block", "free", "in a list of a CPU", "used", "reserved",
             "used for folios")
    if state & 7 != USED or not state & STORE:
        name = names[state & 7] if state & 7 < len(names) else "damaged"
        return "used by others" if name == "used" else name
    role = {DATA: f"data of index {link & PFN_MASK:#x}",
            LEAF: f"leaf {link & (1 << LEAF_NR_BITS) - 1:#x}",
            WAITING: "removed"}
    name = role.get(link & ROLE_MASK & ~ORDER_MASK, f"damaged, link {link:#x}")
    return name + (", and of a larger block" if link & ORDER_MASK else "")


class Table:
    """A table, and what is wrong with it."""

    def __init__(self, nr, phys, header, small, pool):
        self.nr = nr
        self.phys = phys
        self.owner = header[1].split(b"\0")[0].decode("latin-1")
        self.entries = header[2]
        self.base_pfn = header[3]
        self.root_pfn = header[4]
        # A table of at most so many leaves needs no page for its root.
        self.small = ()
        if not self.root_pfn[0] and self.entries <= len(small) << LEAF_SHIFT:
            self.small = small
        self.pool = pool
        self.image = pool.image
        self.frames = self.leaves = 0
        self.in_flight = []
        self.errors = []

    def error(self, text):
        self.errors.append(f"{self.owner}: {text}")

    def roots(self):
        """(number of a leaf, entry of the root) of all that are not 0."""
        yield from ((i, entry) for i, entry in enumerate(self.small) if entry)
        for i, pfn in enumerate(self.root_pfn):
            page = self.image.page(pfn) if pfn else None
            if page is None:
                continue
            for j, entry in enumerate(struct.unpack(f"<{WORDS}I", page)):
                if entry:
                    yield i * WORDS + j, entry

    def pages(self):
        """(index, entry) of all entries that are not 0, of leaves that can be read."""
        for leaf, root in self.roots():
            for i, entry in enumerate(self.leaf(root)):
                if entry:
                    yield leaf << LEAF_SHIFT | i, entry

    def leaf(self, entry):
        page = None
        if (entry & PFN_MASK) - 1 in range(self.pool.nr_pages):
            page = self.frame(entry)
        return struct.unpack(f"<{WORDS}I", page or bytes(PAGE))

    def frame(self, entry):
        """The contents of the frame of an entry."""
        return self.image.page(self.base_pfn + (entry & PFN_MASK) - 1)

    def contents(self, entry):
        """What a reader of the index of an entry sees."""
        return bytes(PAGE) if entry & UNWRITTEN else self.frame(entry)

    def place(self, entry, what, number):
        """An entry leads to a frame; false if that cannot be."""
        pfn = (entry & PFN_MASK) - 1
        if pfn < 0 or pfn >= self.pool.nr_pages:
            self.error(f"{what} {number:#x}: entry {entry:#x} is outside the pool")
            return False
        if self.pool.table[pfn]:
            self.error(f"{what} {number:#x}: frame {pfn:#x} is in two places, "
                       f"the other is {self.pool.where[pfn]:#x} "
                       f"of table {self.pool.table[pfn]}")
            return False
        self.pool.table[pfn] = self.nr
        self.pool.where[pfn] = number
        return True

    def check_state(self, entry, what, number, link_wanted, link_mask):
        link, state = self.pool.descriptor((entry & PFN_MASK) - 1)
        if (state & 7 != USED or not state & STORE or
                link & link_mask != link_wanted):
            found = f"is {state_text(link, state)}"
        elif not state >> REF_SHIFT:
            found = "has no reference"
        else:
            return
        self.error(f"{what} {number:#x}: frame {(entry & PFN_MASK) - 1:#x} {found}")

    def check_data(self, index, entry):
        if entry & ENTRY_UNUSED or index >= self.entries:
            self.error(f"index {index:#x}: entry {entry:#x} cannot be")
        elif self.place(entry, "index", index):
            self.check_state(entry, "index", index, DATA | index, 0xffffffff)
            self.frames += 1

    def check_count(self, number, entry, used):
        link, _ = self.pool.descriptor((entry & PFN_MASK) - 1)
        count = ((link & PFN_MASK) >> LEAF_NR_BITS) + 1
        if count in range(used + 1, used + CHUNK + 1):
            self.in_flight.append(number)
        elif count != used:
            self.error(f"leaf {number:#x} counts {count} entries, and has {used}")

    def check_leaf(self, number, entry):
        if entry & ~PFN_MASK or number << LEAF_SHIFT >= self.entries:
            self.error(f"leaf {number:#x}: entry {entry:#x} cannot be")
            return
        if not self.place(entry, "leaf", number):
            return
        self.leaves += 1
        self.check_state(entry, "leaf", number, LEAF | number,
                         ROLE_MASK | (1 << LEAF_NR_BITS) - 1)
        used = 0
        for i, data in enumerate(self.leaf(entry)):
            if data:
                self.check_data(number << LEAF_SHIFT | i, data)
                used += 1
        self.check_count(number, entry, used)

    def check(self):
        wanted = 0 if self.small else (self.entries + (1 << 20) - 1) >> 20
        for i, pfn in enumerate(self.root_pfn):
            if bool(pfn) != (i < wanted) or (pfn and not self.image.page(pfn)):
                self.error(f"page {i} of the root is at pfn {pfn:#x}")
        for number, entry in self.roots():
            self.check_leaf(number, entry)


class Store:
    """All tables of an image."""

    def __init__(self, image):
        self.image = image
        self.pools = {}
        self.tables = []
        tail, end = b"", 0
        for phys, raw in image.data(LOWMEM):
            tail = tail if phys == end else b""
            self.find(phys - len(tail), tail + raw)
            tail, end = raw[-128:], phys + len(raw)
        self.errors = []
        self.unplaced = 0
        self.waiting = 0

    def find(self, phys, raw):
        at = raw.find(MAGIC)
        while at >= 0:
            if len(raw) >= at + SMALL_AT + SMALL.size:
                self.add(phys + at, raw[at:at + SMALL_AT + SMALL.size])
            at = raw.find(MAGIC, at + 1)

    def add(self, phys, raw):
        """A header, or bytes that only begin as one."""
        header = HEADER.unpack_from(raw)
        header = header[:4] + (header[4:],)
        place = MAP.unpack_from(raw, MAP_AT)
        word = header[1].split(b"\0")[0]
        if (phys % 8 or not word or len(word) > 23 or
                not all(33 <= c < 127 for c in word) or
                not 1 <= header[2] <= ENTRIES_MAX or not header[3] or
                not 1 <= place[1] <= ENTRIES_MAX or
                any(t.phys == phys for t in self.tables)):
            return
        key = (header[3],) + place
        if key not in self.pools:
            self.pools[key] = Pool(self.image, *key)
        self.tables.append(Table(len(self.tables) + 1, phys, header,
                                 SMALL.unpack_from(raw, SMALL_AT),
                                 self.pools[key]))

    def check_unplaced(self, pool, pfn, link):
        """A frame that no entry leads to: it comes, or goes."""
        if link & ROLE_MASK == WAITING:
            self.waiting += 1
            after = link & PFN_MASK
            if after != NIL and (after >= pool.nr_pages or
                                 pool.descriptor(after)[0] & ROLE_MASK != WAITING):
                self.errors.append(f"removed frame {pfn:#x}: the next, {after:#x}, "
                                   f"is not removed")
        else:
            self.unplaced += 1

    def check(self):
        """Walk all tables; returns what is wrong, a line each."""
        for table in self.tables:
            table.check()
            self.errors += table.errors
        for pool in self.pools.values():
            for pfn, link in pool.of_store():
                if not pool.table[pfn]:
                    self.check_unplaced(pool, pfn, link)
        return self.errors

    def in_flight(self):
        """Leaves whose count was being changed."""
        return sum(len(table.in_flight) for table in self.tables)
