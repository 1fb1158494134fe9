#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""usage: check_plot.py

Checks annex-plot with small.record, a recording of a pool of 8 MB, and big.record, one of
57 GB: that no text is printed over another one or cut off, that axes count; that what is
drawn are its numbers, which are read here by other means than annex-plot's, and that
recordings which are spoilt are refused by a line that says where. Prints what is
wrong, and nothing if all is well."""

import os
import re
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.realpath(__file__))
TOP = os.path.join(HERE, "..", "..", "..")
PLOT = os.path.join(TOP, "scripts", "tools", "annex-plot")
sys.path.insert(0, PLOT + ".d")
from recording import Bad, Recording  # noqa: E402
import pictures  # noqa: E402
from matplotlib.text import Text  # noqa: E402

SMALL = os.path.join(HERE, "small.record")
BIG = os.path.join(HERE, "big.record")
SCREEN = os.path.join(TOP, "Documentation", "annex-top.txt")


def want(expected, found, what):
    if list(expected) != list(found):
        print(f"{what}: {found}, not {expected}")


def moments(text):
    """(seconds, text) of each snapshot, by nothing but its borders."""
    parts = re.split(r"^snapshot \d+ ([\d.]+).*\n", text, flags=re.M)
    return [(float(at), body) for at, body in zip(parts[1::2], parts[2::2])]


def number(body, pattern):
    return int(re.search(pattern, body, re.S)[1])


def drawn(axes, label):
    (line,) = [line for line in axes.lines if line.get_label() == label]
    return list(line.get_ydata())


def zone_of(axes):
    name, scale = axes.get_ylabel().split("\n")
    want([axes.get_yscale()], [scale.strip("()").split()[0]], "the scale's name")
    return name


def watermarks_are_drawn(recording, text):
    figure = pictures.watermarks(recording)
    parts = moments(text)
    start = parts[0][0]
    for axes in figure.axes[:-1]:
        zone = rf"zone +{zone_of(axes)}\n.*?"
        want([4 * number(body, zone + r"pages free +(\d+)")
              for _, body in parts], drawn(axes, "free"), f"free of {zone}")
        for mark in ("min", "low", "high"):
            want([4 * number(body, zone + rf"\n\| +{mark} +(\d+)\n")
                  for _, body in parts], drawn(axes, mark), mark)
        want([True], [axes.get_ylim()[0] < min(drawn(axes, "free"))],
             f"having all of {zone}")
        want([round(at - start, 2) for at, _ in parts],
             [round(x, 2) for x in axes.lines[0].get_xdata()], "the times")
    want([zone_of(axes) for axes in figure.axes[:-1]],
         [name for name in ("DMA", "Normal", "HighMem")
          if number(parts[0][1], rf"zone +{name}\n.*?managed +(\d+)")],
         "the zones")
    rates_are_drawn(figure.axes[-1], parts)


def rates_are_drawn(axes, parts):
    for patch in axes.patches:
        label = patch.get_label()
        if " " not in label:
            continue
        name = (("pgscan" if "scanned" in label else "pgsteal")
                + ("_kswapd" if "kswapd" in label else "_direct"))
        at = [(time, number(body, rf"\|{name} (\d+)")) for time, body in parts]
        want([round((b - a) / (t - s), 3) for (s, a), (t, b) in zip(at, at[1:])],
             [round(value, 3) for value in patch.get_data().values], label)
        if name == "pgsteal_kswapd" and at[-1][1] == at[0][1]:
            print("kswapd did nothing in the recording")


def orders_are_drawn(recording, text):
    above, below, _ = pictures.orders(recording).axes
    counts = [[sum(int(line.split()[4 + order]) for line
                   in re.findall(r"^\|(Node 0, zone +\w+ +\d+ .*)$",
                                 body.split("file buddyinfo\n")[1]
                                 .split("\nfile")[0], re.M))
               for order in range(11)] for _, body in moments(text)]
    (mesh,) = below.collections
    found = mesh.get_array().filled(0).reshape(11, -1)
    for order in range(11):
        want([row[order] for row in counts[:-1]],
             [int(n) if n == n else 0 for n in found[order]],
             f"blocks of order {order}")
    # The stack has the largest blocks below, the sum of all at its top.
    top = above.collections[-1].get_paths()[0].vertices[:, 1].max()
    want([max(sum(n << i for i, n in enumerate(row)) for row in counts) / 256],
         [top], "the most that is free")


def map_is_drawn(axes, body):
    rows = re.findall(r"^\|0x\w{8} (\S+)$", body, re.M)
    image = axes.images[0].get_array()
    want([len(rows), len(rows[0])], image.shape[:2], "the map's size")
    legend = {entry[0]: entry[1] for entry
              in re.findall(r"^\|(\S) \S (\w+) \d+$", body, re.M)}
    for y, row in enumerate(rows):
        for x, char in enumerate(row):
            hue = pictures.to_rgb(pictures.USES[legend[char]])
            if any(abs(a - b) > 0.01 for a, b in zip(hue, image[y][x])):
                print(f"cell {x}, {y} is {image[y][x]}, not that of {char}")
                return


def maps_are_drawn(recording, text):
    figure = pictures.pool_map(recording)
    parts = moments(text)
    maps = [axes for axes in figure.axes if axes.images]
    want([True], [len(maps) >= 2], "having maps")
    for axes in maps:
        words = axes.get_title().replace("\n", " ")
        seconds = float(re.search(r"at ([\d.]+) s$", words)[1])
        near = min(parts, key=lambda part: abs(part[0] - parts[0][0] - seconds))
        map_is_drawn(axes, near[1])


def with_frame_tables(text):
    """A recording whose active pages are those of frame tables instead."""
    text = re.sub(r"(?m)^(\|0x\w{8} )(\S+)$",
                  lambda row: row[1] + row[2].translate(str.maketrans("A", "D")),
                  text)
    return re.sub(r"(?m)^\|A a active ", "|D d store ", text)


def frame_tables_are_drawn(text):
    text = with_frame_tables(text)
    want([True], [bool(re.search(r"(?m)^\|0x\w{8} \S*D", text))], "having any")
    with tempfile.TemporaryDirectory() as directory:
        path = os.path.join(directory, "tables.record")
        with open(path, "w", encoding="ascii") as file:
            file.write(text)
        recording = Recording(path)
    maps_are_drawn(recording, text)
    figure = pictures.pool_map(recording)
    words = [label.get_text() for legend in figure.legends
             + [axes.get_legend() for axes in figure.axes if axes.get_legend()]
             for label in legend.get_texts()]
    want([1], [sum("frame tables" in word for word in words)],
         f"being named in {words}")
    legend = {"D": ("store", True), "d": ("store", False)}
    whole, most = (pictures.colour(legend, unit) for unit in "Dd")
    want([pictures.to_rgb(pictures.USES["store"]), True],
         [whole, sum(most) > sum(whole)], "the colours of D and d")


def windows_are_drawn(recording, text):
    figure = pictures.layout(recording)
    body = moments(text)[0][1]
    for axes in figure.axes:
        for row, name in enumerate(axes.get_yticklabels()):
            match = re.search(rf"^\| +{name.get_text()} *: 0x(\w+) - 0x(\w+)",
                              body, re.M)
            start, end = int(match[1], 16), int(match[2], 16)
            bar = [p for p in axes.patches if round(p.get_y() + 0.31) == row][0]
            least = (axes.get_xlim()[1] - axes.get_xlim()[0]) / 400
            want([start, round(max(end - start, least), 1)],
                 [bar.get_x(), round(bar.get_width(), 1)], name.get_text())


UNITS = {"kB": 1 << 10, "MB": 1 << 20, "GB": 1 << 30}


def windows_add_up(recording):
    """What is said beside a window: its size is its end less its start, and its pages
    are as many, of which no more can be mapped."""
    rows = 0
    for axes in pictures.layout(recording).axes:
        for text in axes.texts:
            said = re.fullmatch(r"(0x\w+) - (0x\w+) +([\d.]+) (\wB)"
                                r"(?:, (\d+) of (\d+) pages mapped)?",
                                text.get_text())
            if not said:
                print(f"layout says {text.get_text()!r}")
                continue
            size = int(said[2], 16) - int(said[1], 16)
            want([True], [abs(float(said[3]) * UNITS[said[4]] - size)
                          <= size / 1000], f"the size in {text.get_text()!r}")
            if said[6]:
                want([size >> 12, True], [int(said[6]), int(said[5]) <= int(said[6])],
                     f"the pages in {text.get_text()!r}")
                rows += 1
    want([True], [rows >= 5], "having windows")


def screens_are_drawn():
    with open(SCREEN, encoding="ascii") as file:
        lines = file.read().splitlines()
    want([24, 80], [len(lines), max(map(len, lines))], "the screen's size")
    figure = pictures.screen("\n".join(lines) + "\n")
    cells = {(int(text.get_position()[1]), int(text.get_position()[0])):
             text.get_text() for text in figure.axes[0].texts}
    want(sorted(((row, column), char) for row, line in enumerate(lines)
                for column, char in enumerate(line) if char != " "),
         sorted(cells.items()), "the screen")


def texts_of(figure):
    """[(text, box)] of all that is really written, in pixels of a picture."""
    figure.set_dpi(100)
    written, draw = [], Text.draw

    def listen(self, renderer):
        draw(self, renderer)
        if self.get_visible() and self.get_text().strip():
            written.append((self.get_text(),
                            Text.get_window_extent(self, renderer)))

    Text.draw = listen
    try:
        figure.canvas.draw()
    finally:
        Text.draw = draw
    return written


def texts_can_be_read(name, figure):
    """None is over another one, by more than a pixel, or beyond the picture's edge."""
    texts = texts_of(figure)
    want([True], [len(texts) > 10], f"{name}: having texts")
    for i, (text, box) in enumerate(texts):
        if not (box.x0 >= 0 and box.y0 >= 0 and box.x1 <= figure.bbox.x1
                and box.y1 <= figure.bbox.y1):
            print(f"{name}: {text!r} is cut off: {box}")
        for other, beside in texts[:i]:
            if (min(box.x1, beside.x1) - max(box.x0, beside.x0) > 1 and
                    min(box.y1, beside.y1) - max(box.y0, beside.y0) > 1):
                print(f"{name}: {text!r} is printed over {other!r}")


def axes_count(name, figure):
    """No two ticks of an axis have the same words, and numbers need few digits."""
    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            words = [text for text in (tick.label1.get_text() for tick
                                       in axis.get_major_ticks()) if text]
            want([], sorted({word for word in words if words.count(word) > 1}),
                 f"{name}: the same words at two ticks")
            long = [word for word in words if re.fullmatch(r"\d{6,}", word)]
            want([], long, f"{name}: numbers that want a larger unit")


def titles_are_whole(name, figure):
    """The time of a map is not broken in its middle."""
    for axes in figure.axes:
        title = axes.get_title()
        if axes.images and not re.search(r"(^|\n)at [\d.]+ s$", title):
            print(f"{name}: a broken title: {title!r}")


def busy_one(text):
    """The same again and again, each with a label of its own, most of them near each
    other, and with a reclaim that scans millions of frames a second."""
    head, *parts = re.split(r"(?=^snapshot )", text, flags=re.M)
    for i in range(30):
        body = parts[i % len(parts)].split("\n", 1)[1]
        body = re.sub(r"^end \d+$", f"end {i + 1}", body, flags=re.M)
        body = re.sub(r"^(\|pgscan_kswapd) .*", rf"\1 {i * 10**8}", body, flags=re.M)
        at = 100 + (0.1 * i if i < 25 else 3 * i)
        label = f"step {i}, one of many that come after others"
        head += f"snapshot {i + 1} {at:.2f} {label}\n{body}"
    return head


def pictures_can_be_read(directory):
    busy = os.path.join(directory, "busy")
    with open(BIG, encoding="ascii") as file:
        text = file.read()
    with open(busy, "w", encoding="ascii") as file:
        file.write(busy_one(text))
    for path in (SMALL, BIG, busy):
        recording = Recording(path)
        for name, draw in pictures.PICTURES.items():
            name = f"{os.path.basename(path)}, {name}"
            figure = draw(recording)
            texts_can_be_read(name, figure)
            axes_count(name, figure)
            titles_are_whole(name, figure)
            pictures.plt.close(figure)


def cut(text, pattern, replacement=""):
    changed = re.sub(pattern, replacement, text, count=1, flags=re.M)
    if changed == text:
        print(f"the recording has no {pattern}")
    return changed


SPOILT = (
    ("nothing", lambda t: "", "line 1: it is no recording"),
    ("another file", lambda t: "#!/bin/sh\n", "line 1: it is no recording"),
    ("another version", lambda t: cut(t, "annex-record 1", "annex-record 2"),
     "line 1: version 2"),
    ("one snapshot", lambda t: t[:t.index("snapshot 2")], "fewer than two"),
    ("a cut in the second", lambda t: t[:t.index("end 2")], "fewer than two"),
    ("a line without a bar", lambda t: cut(t, r"^\|pgfree", "pgfree"),
     r"line \d+: 'pgfree"),
    ("a file less", lambda t: cut(t, "^file vmstat$", "file vmstats"),
     r"line \d+: snapshot 1 has no vmstat"),
    ("a file twice", lambda t: cut(t, "^file vmstat$", "file zoneinfo"),
     r"line \d+: zoneinfo is there twice"),
    ("another end", lambda t: cut(t, "^end 2", "end 3"), r"line \d+: 'end 3'"),
    ("time that goes back", lambda t: cut(t, r"^(snapshot 2) [\d.]+",
                                          r"\1 0.01"), "before the last"),
    ("a counter without a number", lambda t: cut(t, r"^\|pgfree \d+$",
                                                 "|pgfree"),
     "snapshot 1, vmstat"),
    ("a counter of letters", lambda t: cut(t, r"^\|pgfree \d+$", "|pgfree x"),
     "pgfree: 'x' is no number"),
    ("an order less", lambda t: cut(t, r"^(\|Node 0, zone +DMA +\d+.*) \d+ $",
                                    r"\1"), "snapshot 1, buddyinfo"),
    ("a zone without marks", lambda t: cut(t, r"^\| +low +\d+\n"), "no low"),
    ("a short line in the map", lambda t: cut(t, r"^(\|0x00000000 .*).$",
                                              r"\1"), "pool_map"),
    ("an unknown use", lambda t: cut(t, r"^(\|0x00000000 ).", r"\1?"),
     "'\\?' is in no legend"),
    ("another pool", lambda t: cut(t, r"^(\|    pool .*0x01)4", r"\g<1>5"),
     "more than one pool"),
    ("no window", lambda t: cut(t, r"^\|    lowmem .*\n"), "layout"),
    ("bytes of no text", lambda t: t.replace("snapshot 2", "\udcff", 1),
     "no text"),
)


def spoilt_ones_are_refused(text):
    """The command says so in a line, and ends with 65."""
    with tempfile.TemporaryDirectory() as directory:
        path = os.path.join(directory, "recording")
        for what, spoil, line in SPOILT:
            with open(path, "w", encoding="utf-8",
                      errors="surrogateescape") as file:
                file.write(spoil(text))
            try:
                recording = Recording(path)
                for draw in pictures.PICTURES.values():
                    pictures.plt.close(draw(recording))
                print(f"a recording with {what} is taken")
            except Bad as why:
                if not re.search(line, str(why)):
                    print(f"a recording with {what}: {why}")
        result = subprocess.run([PLOT, path], capture_output=True, text=True,
                                check=False)
        if result.returncode != 65 or result.stderr.count("\n") != 1:
            print(f"annex-plot ends with {result.returncode}: {result.stderr}")


def the_command_is_strict(directory):
    """What it cannot do it says in a line, and ends with its own status."""
    for words, status in ((["-f", "gif", SMALL], 64), (["-p", "x", SMALL], 64),
                          ([], 64), ([SMALL, SMALL], 64), (["--x"], 64),
                          ([os.path.join(directory, "none")], 65),
                          ([directory], 65), (["-s", "/none", SMALL], 73),
                          (["-o", "/proc/none", SMALL], 73)):
        result = subprocess.run([PLOT, *words], capture_output=True, text=True,
                                check=False)
        want([status, 1, ""], [result.returncode, result.stderr.count("\n"),
                               result.stdout], f"annex-plot {words}")


def the_command_draws(directory):
    """All four, in both formats; the same recording gives the same files."""
    for suffix, times in (("png", 1), ("svg", 2)):
        files = []
        for _ in range(times):
            result = subprocess.run([PLOT, "-o", directory, "-f", suffix, SMALL],
                                    capture_output=True, text=True, check=False)
            want([f"{directory}/{name}.{suffix}" for name in pictures.PICTURES],
                 result.stdout.splitlines(), f"the list of {suffix}s")
            found = []
            for path in result.stdout.splitlines():
                with open(path, "rb") as file:
                    found.append(file.read())
            files.append(found)
        want([True], [files[0] == files[-1]], f"getting the same {suffix}s twice")
        for name, data in zip(pictures.PICTURES, files[0]):
            start = b"\x89PNG" if suffix == "png" else b"<?xml"
            if not data.startswith(start) or len(data) > 300000:
                print(f"{name}.{suffix} is no such file, of {len(data)} bytes")


def main():
    recording = Recording(SMALL)
    with open(SMALL, encoding="ascii") as file:
        text = file.read()
    watermarks_are_drawn(recording, text)
    orders_are_drawn(recording, text)
    maps_are_drawn(recording, text)
    frame_tables_are_drawn(text)
    windows_are_drawn(recording, text)
    for path in (SMALL, BIG):
        windows_add_up(Recording(path))
    spoilt_ones_are_refused(text)
    screens_are_drawn()
    with tempfile.TemporaryDirectory() as directory:
        pictures_can_be_read(directory)
        the_command_is_strict(directory)
        the_command_draws(directory)


if __name__ == "__main__":
    main()
