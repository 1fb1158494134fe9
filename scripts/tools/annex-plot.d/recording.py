# SPDX-License-Identifier: GPL-2.0-only
"""What annex-record wrote, read back.

The grammar of a recording is in annex-record, those of the files in it are in
/proc's documentation and in Documentation/design.rst. Whatever is not as it should
be is Bad, with the line where that was seen."""

import re

ZONES = ("DMA", "DMA32", "Normal", "HighMem", "Movable")
ORDERS = 11
NEEDED = ("zoneinfo", "buddyinfo", "vmstat", "layout", "pool_map")


class Bad(Exception):
    """A recording that cannot be read, and why."""


def number(text, what):
    try:
        return int(text, 0)
    except ValueError:
        raise Bad(f"{what}: {text!r} is no number") from None


class Snapshot:
    """The files of one moment; each is read when it is asked for."""

    def __init__(self, nr, seconds, label):
        self.nr = nr
        self.seconds = seconds
        self.label = label
        self.files = {}

    def lines(self, name):
        try:
            return self.files[name]
        except KeyError:
            raise Bad(f"snapshot {self.nr} has no {name}") from None

    def vmstat(self):
        """{counter: number}"""
        counters = {}
        for line in self.lines("vmstat"):
            words = line.split()
            if len(words) != 2:
                raise Bad(f"snapshot {self.nr}, vmstat: {line!r}")
            counters[words[0]] = number(words[1], words[0])
        return counters

    def zones(self):
        """{zone: {free, min, low, high, spanned, managed, start_pfn}}, of those
        that have frames."""
        zones, zone = {}, None
        for line in self.lines("zoneinfo"):
            words = line.replace(":", " ").split()
            if line.startswith("Node "):
                zone = zones.setdefault(words[-1], {})
            elif zone is None:
                raise Bad(f"snapshot {self.nr}, zoneinfo: {line!r}")
            elif words[:2] == ["pages", "free"]:
                zone["free"] = number(words[2], "free")
            elif len(words) == 2 and words[0] in (
                    "min", "low", "high", "spanned", "managed", "start_pfn"):
                zone.setdefault(words[0], number(words[1], words[0]))
        zones = {name: zone for name, zone in zones.items()
                 if zone.get("managed")}
        for name, zone in zones.items():
            for key in ("free", "min", "low", "high", "start_pfn"):
                if key not in zone:
                    raise Bad(f"snapshot {self.nr}, zoneinfo: {name} has no "
                              f"{key}")
        if not zones:
            raise Bad(f"snapshot {self.nr}, zoneinfo: there is no zone")
        return zones

    def free_blocks(self):
        """Free blocks of all zones by order."""
        total = [0] * ORDERS
        for line in self.lines("buddyinfo"):
            words = line.split()
            if len(words) != 4 + ORDERS:
                raise Bad(f"snapshot {self.nr}, buddyinfo: {line!r}")
            for order, word in enumerate(words[4:]):
                total[order] += number(word, "buddyinfo")
        return total

    def pool_map(self):
        """The pool's frames, those of a unit, a character for each unit, and
        what characters mean: {character: (use, whether all frames are)}."""
        lines = self.lines("pool_map")
        head = re.fullmatch(r"(\d+) frames, (\d+) a character, (\d+) "
                            r"characters a line", lines[0] if lines else "")
        if not head:
            raise Bad(f"snapshot {self.nr}, pool_map: no first line")
        frames, unit = int(head[1]), int(head[2])
        units, legend, counts = "", {}, {}
        for line in lines[1:]:
            row = re.fullmatch(r"0x[0-9a-f]{8} (\S+)", line)
            entry = re.fullmatch(r"(\S) (\S) (\w+) (\d+)", line)
            if row and not legend:
                units += row[1]
            elif entry:
                legend[entry[1]] = (entry[3], True)
                legend[entry[2]] = (entry[3], False)
                counts[entry[3]] = int(entry[4])
            else:
                raise Bad(f"snapshot {self.nr}, pool_map: {line!r}")
        strange = set(units) - set(legend)
        if strange:
            raise Bad(f"snapshot {self.nr}, pool_map: {strange.pop()!r} is in no "
                      "legend")
        if len(units) != -(-frames // unit) or sum(counts.values()) != frames:
            raise Bad(f"snapshot {self.nr}, pool_map: it is not of {frames} "
                      "frames")
        return frames, unit, units, legend

    def spans(self):
        """[(name, start, end, mapped pages or None)] of the kernel's addresses,
        and the first and the last byte of the pool."""
        spans, pool = [], None
        for line in self.lines("layout"):
            match = re.match(r" +(\w[\w ]*?) *: 0x(\w+) - 0x(\w+) +\( *\d+ kB\)"
                             r"(?: +\d+ pages: (\d+) mapped)?", line)
            if not match:
                continue
            start, end = int(match[2], 16), int(match[3], 16)
            if match[1] == "pool":
                pool = (start, end)
            elif match[1] not in ZONES:
                spans.append((match[1], start, end,
                              match[4] and int(match[4])))
        if not pool or not {"vmalloc", "lowmem"} <= {span[0] for span in spans}:
            raise Bad(f"snapshot {self.nr}, layout: it lacks something")
        return spans, pool


class Recording:
    """Snapshots in the order of time."""

    def __init__(self, path):
        self.snapshots = []
        self.release = ""
        self.cut_off = False
        try:
            with open(path, encoding="utf-8") as file:
                self.read(file)
        except OSError as error:
            raise Bad(error.strerror) from None
        except UnicodeDecodeError:
            raise Bad("it is no text") from None
        if len(self.snapshots) < 2:
            raise Bad("it has fewer than two snapshots that are complete")
        if len({tuple(s.spans()[1]) for s in self.snapshots}) != 1:
            raise Bad("it is of more than one pool")

    def read(self, file):
        head = re.fullmatch(r"annex-record (\d+) (\S+)\n", file.readline(200))
        if not head:
            raise Bad("line 1: it is no recording of annex-record")
        if head[1] != "1":
            raise Bad(f"line 1: version {head[1]}, of which this knows nothing")
        self.release = head[2]
        snapshot = lines = None
        for at, line in enumerate(file, 2):
            line = line.rstrip("\n")
            if line.startswith("|") and lines is not None:
                lines.append(line[1:])
                continue
            lines = None
            if line.startswith("file ") and snapshot:
                lines = snapshot.files.setdefault(line[5:], [])
                if lines:
                    raise Bad(f"line {at}: {line[5:]} is there twice")
            elif line.startswith("snapshot ") and not snapshot:
                snapshot = self.begin(line, at)
            elif snapshot and line == f"end {snapshot.nr}":
                self.complete(snapshot, at)
                snapshot = None
            else:
                raise Bad(f"line {at}: {line[:60]!r} makes no sense there")
        self.cut_off = snapshot is not None

    @staticmethod
    def begin(line, at):
        match = re.fullmatch(r"snapshot (\d+) (\d+\.?\d*)(?: (.*))?", line)
        if not match:
            raise Bad(f"line {at}: {line[:60]!r} begins no snapshot")
        return Snapshot(int(match[1]), float(match[2]), match[3] or "")

    def complete(self, snapshot, at):
        for name in NEEDED:
            if name not in snapshot.files:
                raise Bad(f"line {at}: snapshot {snapshot.nr} has no {name}")
        if self.snapshots and snapshot.seconds < self.snapshots[-1].seconds:
            raise Bad(f"line {at}: snapshot {snapshot.nr} is before the last "
                      "one")
        self.snapshots.append(snapshot)

    def times(self):
        """Seconds since the first snapshot."""
        return [s.seconds - self.snapshots[0].seconds for s in self.snapshots]

    def phases(self):
        """[(label, first, last)]: runs of snapshots with one label."""
        runs = []
        for i, snapshot in enumerate(self.snapshots):
            if runs and runs[-1][0] == snapshot.label:
                runs[-1] = (snapshot.label, runs[-1][1], i)
            else:
                runs.append((snapshot.label, i, i))
        return runs

    def rates(self, counters):
        """How much the sum of some counters grew a second, between each
        snapshot and the one before it. Counters have 32 bits."""
        sums, before = [], None
        for snapshot in self.snapshots:
            vmstat = snapshot.vmstat()
            now = [vmstat.get(name, 0) for name in counters]
            if before is not None:
                time = snapshot.seconds - before[1]
                grown = sum((b - a) % 2**32 for a, b in zip(before[0], now))
                sums.append(grown / time if time else 0.0)
            before = (now, snapshot.seconds)
        return sums
