#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""usage: check_top.py DIRECTORY

Checks what annex-top shows against the files that it showed, in DIRECTORY: at_rest
and the files are of one pool, at one state; busy and screen are of a pool in use,
screen of a terminal of 24 lines of 80 columns. Prints "ok CASE", or "not ok CASE", a
tab and why.
"""

import fcntl
import os
import pty
import re
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import termios
import time

sys.dont_write_bytecode = True
from read_files import (ORDERS, Wrong, read_buddyinfo, read_kmap_local,
                        read_pkmap, read_vmstat, read_zoneinfo, report, want)

TOP = os.path.join(os.path.dirname(os.path.realpath(__file__)), "..", "..",
                   "tools", "annex-top")
# Seconds that annex-top may take to do what it was told: see scripts/lib.sh.
PATIENCE = 10 * int(os.environ.get("ANNEX_SLOWNESS", 100)) // 100
EVENTS = (("alloc", ("pgalloc_dma", "pgalloc_dma32", "pgalloc_normal",
                     "pgalloc_high", "pgalloc_movable")),
          ("free", ("pgfree",)),
          ("scan", ("pgscan_kswapd", "pgscan_direct")),
          ("steal", ("pgsteal_kswapd", "pgsteal_direct")),
          ("written", ("nr_written",)),
          ("stalls", ("allocstall_dma", "allocstall_dma32",
                      "allocstall_normal", "allocstall_high",
                      "allocstall_movable")),
          ("fails", ("annex_alloc_fail",)))


def half_up(value):
    return int(value + 0.5)


def bar(part, whole, width):
    full = min(half_up(part * width / whole), width)
    return "[" + "#" * full + "." * (width - full) + "]"


def marks(zone, width):
    high = 2 * zone["high"]
    full = zone["free"] * width // high
    cells = ["#" if i < full else "." for i in range(width)]
    for mark in ("min", "low"):
        cells[zone[mark] * width // high] = "|"
    cells[width // 2] = "|"
    if full >= width:
        cells[-1] = ">"
    return "[" + "".join(cells) + "]"


class Top:
    """What a guest sent; each case is a method."""

    def __init__(self, directory, _numbers):
        self.directory = directory

    def text(self, name):
        with open(os.path.join(self.directory, name),
                  encoding="ascii") as file:
            return file.read()

    def frames(self, name, rows=24):
        lines = self.text(name).split("\n")
        want("", lines.pop(), "what is behind the last line")
        want(0, len(lines) % rows, f"the number of lines more than {rows}s")
        return [lines[i:i + rows] for i in range(0, len(lines), rows)]

    def expected(self):
        """The lines that stand for the files, a * where a time is."""
        zones = [z for z in read_zoneinfo(self.text("zoneinfo"))
                 if z["managed"]]
        vmstat = read_vmstat(self.text("vmstat"))
        return (self.zone_lines(zones)
                + self.order_lines([z["name"] for z in zones])
                + self.map_lines() + self.event_lines(vmstat))

    def layout(self, name):
        match = re.search(rf" {name} *: (0x\w+) - 0x\w+ +\( *(\d+) kB\)",
                          self.text("layout"))
        return match[1], match[2]

    def zone_lines(self, zones):
        at, size = self.layout("pool")
        free = sum(z["free"] for z in zones)
        managed = sum(z["managed"] for z in zones)
        cached = sum(int(n) for n in
                     re.findall(r"count: (\d+)", self.text("zoneinfo")))
        lines = [f"annex-top  pool {at}, {size} kB, lowmem "
                 f"{self.layout('lowmem')[1]} kB  machine up * s".ljust(80),
                 f"free {free * 4} of {managed * 4} kB, {cached * 4} more in "
                 "lists of CPUs "]
        lines[1] += bar(free, managed, 80 - len(lines[1]) - 8)
        lines[1] += f" {free * 100 // managed:3} %"
        lines += ["", f"{'zone':8}{'managed':>9}{'free':>9}   %{'min':>8}"
                  f"{'low':>8}{'high':>8}  free, to twice high"]
        for z in zones:
            numbers = [n * 4 for n in (z["managed"], z["free"], z["min"],
                                       z["low"], z["high"])]
            lines.append(
                f"{z['name']:8}{numbers[0]:9}{numbers[1]:9}"
                f"{z['free'] * 100 // z['managed']:4}{numbers[2]:8}"
                f"{numbers[3]:8}{numbers[4]:8} {marks(z, 23)}")
        return lines + [""]

    def order_lines(self, names):
        buddy = read_buddyinfo(self.text("buddyinfo"))
        rows = [("order", range(ORDERS))] + [(n, buddy[n]) for n in names]
        lines = [f"{name:8}" + "".join(f"{n:6}" for n in counts)
                 for name, counts in rows]
        kbytes = [sum(buddy[n][order] for n in names) << order + 2
                  for order in range(ORDERS)]
        height, top = 9 - 2 * len(names), max(kbytes)
        for k in range(height, 0, -1):
            title = {height: "free kB", height - 1: "by order"}.get(k, "")
            cells = ["#" if kb * height * 2 >= (2 * k - 1) * top
                     else "_" if kb and k == 1 else " " for kb in kbytes]
            lines.append(f"{title:8}" + "".join(" " + c * 5 for c in cells))
        return lines

    def map_lines(self):
        slots, shown = read_pkmap(self.text("pkmap"))
        counts = [count for _, _, count in shown.values()]
        used = sum(count > 1 for count in counts)
        pkmap = (f"{'pkmap':8}{used:6} of {slots:6} slots, "
                 f"{sum(counts) - len(counts)} users, {counts.count(1)} "
                 "unused, 0 waiting ")
        sizes = [(line.split()[1], "unpurged" in line)
                 for line in self.text("vmallocinfo").splitlines()]
        live = sum(int(size) for size, dead in sizes if not dead) // 1024
        dead = sum(int(size) for size, dead in sizes if dead) // 1024
        window = int(self.layout("annex vm")[1])
        areas = sum(not dead for _, dead in sizes)
        vm = (f"{'vmalloc':8}{live:6} of {window:6} kB, {areas} areas, "
              f"unpurged {dead} kB ")
        _, _, cpus = read_kmap_local(self.text("kmap_local"))
        local = (f"{'local':8}{sum(c['depth'] for c in cpus):6} mapped, "
                 f"{max(c['most'] for c in cpus)} at most on a CPU, "
                 f"{sum(c['parked'] for c in cpus)} asleep")
        return ["", pkmap + bar(used, slots, 78 - len(pkmap)),
                vm + bar(live, window, 78 - len(vm)), local, ""]

    @staticmethod
    def event_lines(vmstat):
        sums = [sum(vmstat[n] for n in names) for _, names in EVENTS]
        return [" " * 8 + "".join(f"{name:>10}" for name, _ in EVENTS),
                f"{'a second':8}" + f"{0:10}" * len(EVENTS),
                f"{'in all':8}" + "".join(f"{n:10}" for n in sums),
                "kswapd  0 runs a second, scans 0, steals 0; "
                f"{vmstat['pageoutrun']} runs in all"]

    def compare(self, frame):
        for n, (line, found) in enumerate(zip(self.expected(), frame), 1):
            if n == 1:
                found = re.sub(r"up \d+\.\d\d s *$", "up * s", found)
                line = line.rstrip()
            want(repr(line), repr(found), f"line {n}")

    def it_shows_the_files(self):
        first, second = self.frames("at_rest")
        want(24, len(self.expected()), "the number of lines")
        self.compare(second)
        want(first[1:21] + [first[22]], second[1:21] + [second[22]],
             "the second time")
        want("a second" + "         -" * 7, first[21], "a rate of nothing")

    def the_checker_is_strict(self):
        frame = self.frames("at_rest")[1]
        for n, line in enumerate(frame):
            for match in re.finditer(r"\d+|[#.|]+", line):
                word = match[0]
                other = (str(int(word) + 1) if word.isdigit()
                         else word[:-1] + "?")
                if n == 0 and match.start() > line.index("up "):
                    continue
                changed = line[:match.start()] + other + line[match.end():]
                try:
                    self.compare(frame[:n] + [changed] + frame[n + 1:])
                except Wrong:
                    continue
                raise Wrong(f"line {n + 1} with {other} for {word} passes")

    def it_fits_other_windows(self):
        for name, rows, columns in (("small", 12, 60), ("large", 40, 132)):
            (frame,) = self.frames(name, rows)
            widest = max(len(line) for line in frame)
            if widest > columns:
                raise Wrong(f"{name} has {widest} columns of {columns}")
            want([line[:53] for line in self.expected()[4:7]],
                 [line[:53] for line in frame
                  if re.match(r"(DMA|Normal|HighMem) +\d+ +\d+ +\d+ +\d+ ",
                              line) and "[" in line],
                 f"the zones of {name}")

    def it_fits_a_terminal(self):
        for name in ("screen", "busy"):
            for frame in self.frames(name):
                widest = max(len(line) for line in frame)
                if widest > 80:
                    raise Wrong(f"{name} has a line of {widest} columns")
                for row, start in ((0, "annex-top "), (3, "zone "), (8, "order"),
                                   (20, "       "), (21, "a second"),
                                   (23, "kswapd ")):
                    if not frame[row].startswith(start):
                        raise Wrong(f"line {row + 1} of {name} is "
                                    f"{frame[row]!r}")

    def rates_are_those_of_the_sums(self):
        """Between two pictures, what came to a sum is its rate."""
        def seconds(frame):
            return float(re.search(r"up (\d+\.\d\d) s", frame[0])[1])
        frames, busy = self.frames("busy"), 0
        for before, now in zip(frames, frames[1:]):
            rates = [int(n) for n in now[21][8:].split()]
            sums = [[int(n) for n in f[22][6:].split()] for f in (before, now)]
            time_passed = seconds(now) - seconds(before)
            for i, (name, _) in enumerate(EVENTS):
                rate = (sums[1][i] - sums[0][i]) / time_passed
                if abs(rate - rates[i]) > 1 + rate * 0.02:
                    raise Wrong(f"{name} is {rates[i]} a second, not {rate}")
            busy += rates[0] > 1000 and rates[3] > 1000
        if busy < 2:
            raise Wrong("it was never seen to reclaim")

    def it_shows_what_there_never_is(self):
        """On this machine: a zone without marks, and no size by accident."""
        with tempfile.TemporaryDirectory() as directory:
            for name in ("buddyinfo", "vmstat", "pkmap", "kmap_local",
                         "vmallocinfo", "layout"):
                shutil.copy(os.path.join(self.directory, name), directory)
            with open(os.path.join(directory, "zoneinfo"), "w",
                      encoding="ascii") as file:
                file.write(re.sub(r"(?m)^( +(?:min|low|high) +)\d+$", r"\g<1>0",
                                  self.text("zoneinfo")))
            done = subprocess.run([TOP, "-b", "-n", "1", "-D", directory],
                                  capture_output=True, text=True, check=False,
                                  env={"PATH": os.environ["PATH"],
                                       "size": "7 7"})
        want((0, ""), (done.returncode, done.stderr), "its status")
        lines = done.stdout.splitlines()
        want(24, len(lines), "the number of lines")
        bars = re.findall(r"(?m) 0 +0 +0 (\[.*\])$", done.stdout)
        want({"[" + "#" * 22 + ">]"}, set(bars), "the bars of the zones")

    def it_shows_disks(self):
        """On this machine, twice: what annex_blk adds to vmstat, between them."""
        with tempfile.TemporaryDirectory() as directory:
            for name in ("zoneinfo", "buddyinfo", "pkmap", "kmap_local",
                         "vmallocinfo", "layout"):
                shutil.copy(os.path.join(self.directory, name), directory)
            self.vmstat_with_disks(directory, (0, 4294967290, 70000, 12, 3))
            with subprocess.Popen(
                    [TOP, "-b", "-n", "2", "-d", "1", "-D", directory], text=True,
                    env={"PATH": os.environ["PATH"], "LINES": "30"},
                    stdout=subprocess.PIPE) as top:
                first = [top.stdout.readline() for _ in range(30)]
                self.vmstat_with_disks(directory, (80000, 39994, 70000, 12, 5))
                second = [top.stdout.readline() for _ in range(30)]
        want(["disks   - kB read a second, - written, - discarded; "
              "3 writes refused\n"],
             [line for line in first if line.startswith("disks")], "the first")
        (line,) = [line for line in second if line.startswith("disks")]
        found = re.fullmatch(r"disks   (\d+) kB read a second, (\d+) written, "
                             r"0 discarded; 5 writes refused\n", line)
        if not found:
            raise Wrong(f"the second is {line!r}")
        # 40000 kB and 20000 kB, in a second or more.
        read, written = int(found[1]), int(found[2])
        if not 0 < written <= 20000 or abs(read - 2 * written) > 2:
            raise Wrong(f"{line!r} is not of these")

    def vmstat_with_disks(self, directory, counts):
        names = ("read", "write", "discard", "slot_free", "nospc")
        path = os.path.join(directory, "vmstat")
        with open(path + ".new", "w", encoding="ascii") as file:
            file.write(self.text("vmstat"))
            file.writelines(f"annexblk_{name} {count}\n"
                            for name, count in zip(names, counts))
        os.replace(path + ".new", path)

    def a_key_ends_it(self):
        self.on_a_terminal([b"q"], 0, [23])

    def an_interrupt_ends_it(self):
        self.on_a_terminal([b"\x03"], 130, [23])

    def a_larger_window_is_used(self):
        self.on_a_terminal([b" ", b"q"], 0, [23, 39])

    def on_a_terminal(self, keys, expected, feeds):
        """On this machine, with its own shell and awk, on a pseudo-terminal of
        24 lines, then of 40: after each picture, of so many line feeds, a key."""
        fd, terminal = pty.openpty()
        termios.tcsetwinsize(terminal, (24, 80))
        before = termios.tcgetattr(terminal)
        program = subprocess.Popen(
            [TOP, "-D", self.directory, "-d", "30"], stdin=terminal,
            stdout=terminal, start_new_session=True,
            preexec_fn=self.as_from_a_shell)
        try:
            for key, feed in zip(keys, feeds):
                drawn = self.read_until(fd, b" runs in all")
                want(feed, drawn.count(b"\r\n"), "the number of line feeds")
                termios.tcsetwinsize(terminal, (40, 120))
                os.write(fd, key)
            status = program.wait(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            raise Wrong("it does not end") from None
        finally:
            program.kill()
        drawn = self.read_until(fd, b"1049l")
        want(expected, status, "its status")
        want(before, termios.tcgetattr(terminal), "the terminal")
        want(True, drawn.endswith(b"\x1b[?7h\x1b[?25h\x1b[?1049l"),
             "leaving the screen as it was")
        os.close(fd)
        os.close(terminal)

    def it_can_be_stopped(self):
        """By its key, in a shell with jobs, which sees the terminal as it was."""
        fd, terminal = pty.openpty()
        termios.tcsetwinsize(terminal, (24, 80))
        shell = subprocess.Popen(
            ["sh", "-c", 'set -m; stty -g; "$@"; stty -g; fg >/dev/null',
             "sh", TOP, "-D", self.directory, "-d", "30"], stdin=terminal,
            stdout=terminal, stderr=terminal, start_new_session=True,
            preexec_fn=self.as_from_a_shell)
        try:
            drawn = self.read_until(fd, b" runs in all")
            os.write(fd, b"\x1a")
            left = self.read_until(fd, b" runs in all")
            os.write(fd, b"q")
            want(0, shell.wait(timeout=PATIENCE), "its status")
        except subprocess.TimeoutExpired:
            raise Wrong("it does not end") from None
        finally:
            shell.kill()
        modes = re.findall(rb"(?m)^(?:\x1b.*l)?([0-9a-f]+(?::[0-9a-f]+)+)",
                           drawn + left)
        want(2, len(modes), "the times that the shell looks")
        want(modes[0], modes[1], "the terminal while it is stopped")
        want(True, b"\x1b[?1049l" in left, "leaving the screen as it was")
        os.close(fd)
        os.close(terminal)

    @staticmethod
    def as_from_a_shell():
        """With the terminal its own, and signals that whoever runs this may
        have ignored."""
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        signal.signal(signal.SIGHUP, signal.SIG_DFL)

    @staticmethod
    def read_until(fd, word):
        text, end = b"", time.time() + PATIENCE
        while word not in text:
            if not select.select([fd], [], [], end - time.time())[0]:
                raise Wrong(f"it never wrote {word}: {text!r}")
            text += os.read(fd, 65536)
        return text


CASES = (
    Top.it_shows_the_files,
    Top.the_checker_is_strict,
    Top.it_fits_other_windows,
    Top.it_fits_a_terminal,
    Top.rates_are_those_of_the_sums,
    Top.it_shows_what_there_never_is,
    Top.it_shows_disks,
    Top.a_key_ends_it,
    Top.it_can_be_stopped,
    Top.an_interrupt_ends_it,
    Top.a_larger_window_is_used,
)


if __name__ == "__main__":
    sys.exit(report(__doc__, Top, CASES))
