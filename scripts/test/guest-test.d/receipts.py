#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""usage: receipts.py RAM OFFSET PAGES

Takes the receipts of kunit/exercise/sweep.c: RAM is the file that a guest has its
memory in, and the pool are PAGES pages from OFFSET on. Goes on until it is
sent SIGTERM, and then prints:

  receipts N   frames that had theirs, which have been given back
  twice N      frames that had it again
  wrong N      frames that had what looks like another one's, or was there
               before; some of them follow

A frame's receipt has its number in it: to find it where it is says that the
guest's mapping went to the memory that it should go to, by no page table of
the guest's. What is no receipt is left alone.
"""

import mmap
import os
import signal
import sys
import time

PAGE = 4096
CHUNK = 512
WORDS = PAGE // 4
NUMBER = (1 << 24) - 1
WRITTEN = 0x5a << 24
RECEIPT = 0xa5 << 24


class Receipts:
    """What was found so far, by frame."""

    def __init__(self, path, offset, pages):
        self.file = os.open(path, os.O_RDWR)
        self.offset = offset
        self.pages = pages
        self.ram = mmap.mmap(self.file, offset + pages * PAGE)
        self.words = memoryview(self.ram).cast("I")
        self.taken = bytearray(pages)
        self.twice = 0
        self.wrong = {}

    def give_back(self, first, nr):
        """These frames have had their receipts."""
        self.twice += sum(self.taken[first:first + nr])
        self.taken[first:first + nr] = b"\1" * nr
        self.ram.madvise(mmap.MADV_REMOVE, self.offset + first * PAGE,
                         nr * PAGE)

    def take(self, first, nr):
        """Whether any of these frames had its receipt."""
        at = (self.offset + first * PAGE) // 4
        found = self.words[at:at + nr * WORDS:WORDS].tolist()
        if found == list(range(RECEIPT + first, RECEIPT + first + nr)):
            self.give_back(first, nr)
            return True
        some = False
        for frame, word in enumerate(found, first):
            if word == RECEIPT | frame:
                self.give_back(frame, 1)
                some = True
            elif (word & ~NUMBER in (WRITTEN, RECEIPT) and
                  word & NUMBER not in (frame, 0) and
                  word & NUMBER < self.pages):
                self.wrong[frame] = word
        return some

    def data(self):
        """The runs of frames that have any memory."""
        at, end = self.offset, self.offset + self.pages * PAGE
        while at < end:
            try:
                at = os.lseek(self.file, at, os.SEEK_DATA)
            except OSError:
                return
            hole = min(os.lseek(self.file, at, os.SEEK_HOLE), end)
            if at < end:
                yield ((at - self.offset) // PAGE,
                       (hole - self.offset) // PAGE)
            at = hole

    def look(self):
        """Whether there was any receipt."""
        some = False
        for first, end in self.data():
            while first < end:
                nr = min(end, (first // CHUNK + 1) * CHUNK) - first
                some |= self.take(first, nr)
                first += nr
        return some

    def tell(self):
        print("receipts", sum(self.taken))
        print("twice", self.twice)
        print("wrong", len(self.wrong))
        for frame in list(self.wrong)[:10]:
            print(f"{frame:#x} had {self.wrong[frame]:#x}")


def main():
    if len(sys.argv) != 4:
        print(__doc__.strip())
        return 64
    receipts = Receipts(sys.argv[1], int(sys.argv[2], 0), int(sys.argv[3], 0))
    ended = []
    signal.signal(signal.SIGTERM, lambda *_: ended.append(True))
    while not ended:
        if not receipts.look():
            time.sleep(0.02)
    receipts.look()
    receipts.tell()
    return 0


if __name__ == "__main__":
    sys.exit(main())
