#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""usage: check_receipts.py DIRECTORY

Holds what receipts.py has found, which is in DIRECTORY/../../receipts, against
what the guest says that it left there, in DIRECTORY/report. Prints "ok CASE",
or "not ok CASE", a tab and why.
"""

import os
import re
import sys

sys.dont_write_bytecode = True
from read_files import report, want


class Receipts:
    """What either side says; each case is a method."""

    def __init__(self, directory, _):
        self.directory = directory
        self.said = ""

    def text(self, name):
        path = os.path.join(self.directory, name)
        with open(path, encoding="ascii") as file:
            return file.read()

    def number(self, name):
        return int(re.search(rf"^{name} (\d+)$", self.said, re.MULTILINE)[1])

    def every_frame_had_its_word(self):
        self.said = self.text("../../receipts")
        match = re.fullmatch(r"(\d+) of (\d+) frames in \d+ ms\n",
                             self.text("report"))
        want(match[2], match[1], "the number of frames swept")
        want(int(match[1]), self.number("receipts"),
             f"({'; '.join(self.said.splitlines()[2:])}) the number found")

    def none_had_it_twice(self):
        want(0, self.number("twice"), "the number of those")


CASES = (
    Receipts.every_frame_had_its_word,
    Receipts.none_had_it_twice,
)


if __name__ == "__main__":
    sys.exit(report(__doc__, Receipts, CASES))
