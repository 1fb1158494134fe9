#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""usage: check_tables.py RECORDING...
       check_tables.py --unpack DIRECTORY RECORDING...

Adds up the tables that demo and annex-top make of the files of recordings, and those
that stand in the documents: every row and column has to come to what is said of its
sum, and to what the files say, which are read here by other means. Prints what is
wrong, and nothing if all is well. --unpack only writes each snapshot's files, into
directories, with what is made of them here in the file "tables"."""

import os
import re
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
TOP = os.path.join(os.path.dirname(os.path.realpath(__file__)), "..", "..", "..")
sys.path.insert(0, os.path.join(TOP, "scripts", "tools", "annex-plot.d"))
from recording import Recording  # noqa: E402

DEMO = os.path.join(TOP, "scripts", "test", "guest-demo")
ANNEX_TOP = os.path.join(TOP, "scripts", "tools", "annex-top")
where = ""


def want(expected, found, what):
    if expected != found:
        print(f"{where}: {what}: {found}, not {expected}")


def numbers(words):
    return [int(word) for word in words]


def output(*words):
    result = subprocess.run(words, capture_output=True, text=True, check=False)
    want((0, ""), (result.returncode, result.stderr), f"{words[1]} ends")
    return result.stdout


def write(snapshot, directory):
    for name, lines in snapshot.files.items():
        path = os.path.join(directory, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write("".join(line + "\n" for line in lines))


def cut(text, first, behind):
    """The words of a table's lines, by its first ones and those of the next table; a
    name can have a blank in it, and two columns have two between them."""
    found = re.search(rf"^ *{first}.*?(?=^ *{behind}|\Z)", text, re.M | re.S)
    if not found:
        print(f"{where}: there is no table {first}")
        return []
    return [re.split(r"  +", line.strip()) for line in found[0].splitlines()]


def windows_add_up(text, layout):
    """A row for each window, by its whole name; the last one is their sum."""
    table = cut(text, "addresses", "kB")
    named = re.findall(r"^ *(\w[\w ]*?) *: 0x(\w+) - 0x(\w+) .* pages: (\d+) mapped",
                       layout, re.M)
    want([name for name, *_ in named] + ["sum"], [row[0] for row in table[1:]],
         "the windows")
    sums = [0, 0, 0]
    for row, (name, start, end, mapped) in zip(table[1:-1], named):
        size = int(end, 16) - int(start, 16)
        want(f"0x{start} - 0x{end}", row[1], name)
        want([size >> 10, size >> 12, int(mapped)], numbers(row[2:]), name)
        sums = [a + int(b) for a, b in zip(sums, row[2:])]
    want(sums, numbers(table[-1][1:]), "the sum of the windows")


def zones_add_up(text, layout):
    """A size is its parts, and the pool is its zones, column by column."""
    table = cut(text, "kB ", "zone")
    heads = re.findall(r"page tables|\w+", " ".join(table[0]))[2:]
    rows = {row[0]: numbers(row[1:]) for row in table[1:]}
    for name, line in re.findall(r"^ *(\w+) *: (0x.* managed .*)", layout, re.M):
        parts = dict(re.findall(r"([a-z]\w+(?: tables)?) (\d+) kB", line))
        want([int(parts[head]) for head in heads], rows[name][1:], name)
        want(list(parts), heads, "the parts")
        want(rows[name][0], sum(rows[name][1:]), f"the parts of {name}")
    pool = rows.pop("pool")
    want(pool, [sum(column) for column in zip(*rows.values())], "the zones' sum")
    want(True, min(map(min, rows.values())) >= 0, "nothing negative")


def frames_add_up(text, zones):
    """Free frames are those of the blocks, and not more than what is managed."""
    table = cut(text, "zone ", "buddyinfo")
    rows = [" ".join(row).split() for row in cut(text, "order", "$^")[1:]]
    blocks = {row[0]: numbers(row[1:]) for row in rows}
    want(list(zones), [row[0] for row in table[1:]], "the zones")
    want(list(zones), list(blocks), "the zones of the blocks")
    for row in table[1:]:
        name, free, low, middle, high, spanned, present, managed = " ".join(row).split()
        zone = zones[name]
        want([zone[key] for key in ("free", "min", "low", "high", "spanned",
                                    "managed")],
             numbers((free, low, middle, high, spanned, managed)), name)
        marks = numbers((low, middle, high))
        want(sorted(marks), marks, f"the marks of {name}")
        sizes = numbers((free, managed, present, spanned))
        want(sorted(sizes), sizes, f"the frames of {name}")
        want(int(free), sum(n << order for order, n in enumerate(blocks[name])),
             f"the free blocks of {name}")


def screen_adds_up(text, still):
    """annex-top: zones to the sum, blocks to what is free. Of a pool that is in use
    it reads these at two moments."""
    head = re.search(r"^ *free (\d+) of (\d+) kB", text, re.M)
    if not head:
        print(f"{where}: that is nothing of annex-top's")
        return
    zones = [(name, int(managed), int(free), int(share)) for name, managed, free, share
             in re.findall(r"^ *(\w+) +(\d+) +(\d+) +(\d+) +\d+ +\d+ +\d+ \[", text,
                           re.M)]
    want(int(head[1]), sum(free for _, _, free, _ in zones), "free kB")
    want(int(head[2]), sum(managed for _, managed, _, _ in zones), "managed kB")
    for name, managed, free, share in zones:
        want(free * 100 // managed, share, f"the share of {name}")
        blocks = re.search(rf"^ *{name}((?: +\d+){{11}}) *$", text, re.M)
        kb = sum(int(n) << order + 2 for order, n in enumerate(blocks[1].split()))
        if still:
            want(free, kb, f"the free blocks of {name}")


def documents_add_up():
    """What the tour prints of a pool at rest; the screen is of one in use."""
    global where
    for name, still in (("tour.rst", True), ("annex-top.txt", False)):
        where = name
        with open(os.path.join(TOP, "Documentation", name), encoding="utf-8") as file:
            text = file.read()
        screen_adds_up(text, still)
        if name == "tour.rst":
            lines = re.findall(r"\( *(\d+) kB\) [ =]*(managed[^()]*?reserved\s+\d+\s+kB)",
                               text)
            want(True, len(lines) >= 4, "having a pool's lines")
            for size, parts in lines:
                want(int(size), sum(map(int, re.findall(r"(\d+)\s+kB", parts))),
                     "a line of layout")


def tables_of(directory):
    return (output("sh", DEMO, "tables", directory),
            output("sh", ANNEX_TOP, "-b", "-n", "1", "-D", directory))


def unpack(to, snapshots):
    """For a guest, whose shell and awk are others, to make the same of them."""
    for number, snapshot in enumerate(snapshots):
        directory = os.path.join(to, str(number))
        os.makedirs(directory)
        write(snapshot, directory)
        with open(os.path.join(directory, "tables"), "w", encoding="utf-8") as file:
            file.write("".join(tables_of(directory)))


def check(snapshot):
    with tempfile.TemporaryDirectory() as directory:
        write(snapshot, directory)
        text, screen = tables_of(directory)
    layout = "\n".join(snapshot.lines("layout"))
    windows_add_up(text, layout)
    zones_add_up(text, layout)
    frames_add_up(text, snapshot.zones())
    screen_adds_up(screen, True)
    wide = [line for line in text.splitlines() if len(line) > 80]
    want([], wide, "lines that are too long")


def main():
    global where
    words = sys.argv[1:]
    to = words[1] if words[0] == "--unpack" else None
    for path in words[2 if to else 0:]:
        snapshots = Recording(path).snapshots
        if to:
            unpack(os.path.join(to, os.path.basename(path)), snapshots)
            continue
        for snapshot in snapshots:
            where = f"{os.path.basename(path)}, snapshot {snapshot.nr}"
            check(snapshot)
    if not to:
        documents_add_up()


if __name__ == "__main__":
    main()
