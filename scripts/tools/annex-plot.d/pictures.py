# SPDX-License-Identifier: GPL-2.0-only
"""The pictures that annex-plot draws: each a function from a recording to a
matplotlib figure.

Colours are those of Okabe and Ito, and scales of one hue or cividis, which people
tell apart who do not see red or green."""

import textwrap

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402
from matplotlib.colors import ListedColormap, LogNorm, to_rgb  # noqa: E402
from matplotlib.legend_handler import HandlerTuple  # noqa: E402
from matplotlib.patches import Patch  # noqa: E402
from matplotlib.ticker import (FuncFormatter, LogLocator, MaxNLocator,  # noqa: E402
                               NullLocator)

from recording import ORDERS  # noqa: E402

# What a frame is used for, and its colour.
USES = {
    "free": "#f2f2f2",
    "cached": "#cab2d6",
    "used": "#0072b2",
    "heap": "#e69f00",
    "table": "#000000",
    "store": "#56b4e9",
    "folio": "#999933",
    "inactive": "#f0e442",
    "active": "#009e73",
    "slots": "#cc79a7",
    "own": "#d55e00",
    "reserved": "#555555",
}
MOST_FREE = "#bfbfbf"
WORDS = {
    "free": "free", "cached": "free, in lists of CPUs", "used": "used",
    "heap": "heap", "table": "page tables", "store": "frame tables",
    "folio": "folios, in no list",
    "inactive": "inactive list", "active": "active list",
    "slots": "folio slots", "own": "annex's own tables",
    "reserved": "reserved",
}
STRIP_ROWS = 512

# Of numbers, where cividis stands for orders already; none is white.
COUNTS = ListedColormap(plt.get_cmap("Oranges")(
    [0.2 + 0.8 * i / 255 for i in range(256)]))
BAND = ("#ffffff", "#ececec")

plt.rcParams.update({
    "font.size": 10, "axes.titlesize": 11, "figure.titlesize": 13,
    "axes.spines.top": False, "axes.spines.right": False,
    "svg.hashsalt": "annex", "legend.frameon": False,
})


def colour(legend, unit):
    """A unit's, paler where only most of its frames are used for that."""
    use, whole = legend[unit]
    if whole:
        return to_rgb(USES.get(use, "#ffffff"))
    return paler(use)


def paler(use):
    """What stands for a use where only most frames are used for it."""
    if use == "free":
        return to_rgb(MOST_FREE)
    return tuple(1 - (1 - part) * 0.55
                 for part in to_rgb(USES.get(use, "#ffffff")))


def rows_of(axes, middles):
    """For each number above the curves one of two rows, or None: a phase can be so
    short that its number would be printed over another one."""
    width = axes.get_window_extent().width
    left, right = axes.get_xlim()
    ends, rows = [-width, -width], []
    for middle in middles:
        at = (middle - left) / (right - left) * width
        row = next((i for i, end in enumerate(ends) if at - end >= 22), None)
        if row is not None:
            ends[row] = at
        rows.append(row)
    return rows


def phase_numbers(axes, recording, number=True):
    """Bands behind the curves, a number above each: the key has the words."""
    times = recording.times()
    middles = []
    for i, (_, first, last) in enumerate(recording.phases()):
        start = times[first]
        end = times[min(last + 1, len(times) - 1)]
        axes.axvspan(start, end, color=BAND[i % 2], zorder=-10, linewidth=0)
        middles.append((start + end) / 2)
    axes.set_xlim(times[0], times[-1])
    if number:
        for i, (at, row) in enumerate(zip(middles, rows_of(axes, middles))):
            if row is None:
                continue
            axes.annotate(str(i + 1), (at, 1), (0, 2 + 11 * row),
                          xycoords=axes.get_xaxis_transform(),
                          textcoords="offset points", ha="center", va="bottom",
                          fontsize=9, color="#444444", annotation_clip=False)


def key_lines(recording):
    """What the numbers of the phases stand for."""
    words = [f"{i} {label}" for i, (label, _, _)
             in enumerate(recording.phases(), 1) if label]
    lines, line = [], ""
    for word in words:
        if line and len(line) + len(word) > 115:
            lines.append(line)
            line = ""
        line += ("    " if line else "") + word
    return lines + [line]


def foot(recording, height, *places):
    """The height of a figure, and places above its foot as parts of it: both are meant
    for a key of two lines, and a longer one needs more."""
    more = max(len(key_lines(recording)) - 2, 0) * 0.16
    return (height + more, *((place * height + more) / (height + more)
                             for place in places))


def phase_key(figure, recording, y=0.005):
    figure.text(0.5, y, "\n".join(key_lines(recording)), ha="center",
                va="bottom", fontsize=9, color="#444444")


def rate(number, _):
    """Of frames a second: there can be millions."""
    return f"{number / 1e6:g} M" if number >= 1e6 else f"{number:,.0f}"


def size(number_of_bytes):
    for unit, shift in (("GB", 30), ("MB", 20)):
        if number_of_bytes >= 1 << shift:
            return f"{number_of_bytes / (1 << shift):.4g} {unit}"
    return f"{number_of_bytes / 1024:.4g} kB"


def unit_of(number_of_bytes):
    """In what to count that many: (bytes of the unit, its name)."""
    for unit, shift in (("GB", 30), ("MB", 20)):
        if number_of_bytes >= 4 << shift:
            return 1 << shift, unit
    return 1024, "kB"


def apart(places, gap):
    """Places from 0 to 1 in their order, moved as far as two are nearer than gap."""
    places = list(places)
    for i in range(1, len(places)):
        places[i] = max(places[i], places[i - 1] + gap)
    for i in range(len(places) - 1, -1, -1):
        most = 1 if i == len(places) - 1 else places[i + 1] - gap
        places[i] = min(places[i], most)
    return places


def moments(recording, wanted=4):
    """The fullest moment of each phase; of many phases, the fullest ones'."""
    free = [sum(zone["free"] for zone in snapshot.zones().values())
            for snapshot in recording.snapshots]
    fullest = [min(range(first, last + 1), key=lambda i: free[i])
               for _, first, last in recording.phases()]
    return sorted(sorted(fullest, key=lambda i: free[i])[:wanted])


def one_map(axes, recording, index):
    """Every unit of one moment, 128 rows or less of 64, from the left top."""
    snapshot = recording.snapshots[index]
    _, _, units, legend = snapshot.pool_map()
    cells = [colour(legend, unit) for unit in units]
    rows = [cells[i:i + 64] for i in range(0, len(cells), 64)]
    rows[-1] += [(1, 1, 1)] * (64 - len(rows[-1]))
    axes.imshow(rows, aspect="auto", interpolation="nearest")
    axes.set_xticks([])
    axes.set_yticks([])
    for spine in axes.spines.values():
        spine.set_visible(True)
    number, label = [(i, label) for i, (label, first, last)
                     in enumerate(recording.phases(), 1)
                     if first <= index <= last][0]
    words = textwrap.fill(f"{number} {label}".rstrip(), 34)
    axes.set_title(f"{words}\nat {recording.times()[index]:.1f} s", fontsize=9)


def common(units, legend):
    """The colour that most of some units have, of all or most frames."""
    return colour(legend, max(sorted(set(units)), key=units.count))


def strip(axes, recording):
    """All moments side by side: what most of each piece of the pool is."""
    columns = []
    for snapshot in recording.snapshots:
        frames, _, units, legend = snapshot.pool_map()
        rows = min(STRIP_ROWS, len(units))
        cuts = [len(units) * i // rows for i in range(rows + 1)]
        columns.append([common(units[a:b], legend)
                        for a, b in zip(cuts, cuts[1:])])
    times = recording.times()
    hues = sorted({hue for column in columns for hue in column})
    picture = [[hues.index(column[row]) for column in columns[:-1]]
               for row in range(rows)]
    unit, name = unit_of(frames * 4096)
    axes.pcolormesh(times, [frames * 4096 / unit * i / rows
                            for i in range(rows + 1)], picture,
                    cmap=ListedColormap(hues), vmin=-0.5,
                    vmax=len(hues) - 0.5, rasterized=True)
    axes.set_xlim(times[0], times[-1])
    axes.set_ylim(frames * 4096 / unit, 0)
    axes.set_ylabel(f"{name} of the pool")
    axes.set_xlabel("seconds")
    zone_names(axes, recording, frames)


def zone_names(axes, recording, frames):
    """Where zones begin, and their names beside them: a line leads to one that had to
    make room, for a zone of 16 MB is nothing in a pool of 57 GB."""
    zones = recording.snapshots[-1].zones()
    starts = [zone["start_pfn"] / frames for zone in zones.values()]
    middles = [start + zone["spanned"] / frames / 2
               for start, zone in zip(starts, zones.values())]
    for start in starts:
        axes.plot((0, 1), (1 - start, 1 - start), color="#444444", linewidth=0.8,
                  transform=axes.transAxes)
    gap = 16 / axes.get_window_extent().height
    places = apart(middles, gap)
    moved = any(abs(at - middle) > gap / 20 for at, middle in zip(places, middles))
    for name, middle, at in zip(zones, middles, places):
        axes.annotate(name, (1, 1 - middle), (1.022 if moved else 1.008, 1 - at),
                      xycoords="axes fraction", textcoords="axes fraction",
                      va="center", annotation_clip=False,
                      arrowprops={"arrowstyle": "-", "linewidth": 0.6,
                                  "color": "#444444", "shrinkA": 1, "shrinkB": 0,
                                  "relpos": (0, 0.5)} if moved else None)


def pool_map(recording):
    """What each frame of the pool is used for, at some moments and over time."""
    height, bottom, legend = foot(recording, 9, 0.185, 0.05)
    figure = plt.figure(figsize=(11, height))
    some = moments(recording)
    grid = figure.add_gridspec(2, len(some), height_ratios=(1.15, 1),
                               left=0.07, right=0.915, top=0.87, bottom=bottom,
                               hspace=0.20, wspace=0.06)
    for column, index in enumerate(some):
        one_map(figure.add_subplot(grid[0, column]), recording, index)
    axes = figure.add_subplot(grid[1, :])
    strip(axes, recording)
    phase_numbers(axes, recording)
    for _, first, _ in recording.phases()[1:]:
        axes.axvline(recording.times()[first], color="#444444", linewidth=0.8,
                     linestyle=":")
    frames, unit, units, _ = recording.snapshots[0].pool_map()
    figure.suptitle(f"What the frames of a pool of {size(frames * 4096)} are "
                    "used for")
    figure.text(0.5, 0.945, f"above: {len(units)} cells of {size(unit * 4096)}, "
                "line by line from the pool's start; below: over time",
                ha="center", fontsize=10)
    seen = {legend[c][0] for snapshot in recording.snapshots
            for _, _, units, legend in [snapshot.pool_map()]
            for c in set(units)}
    uses = [use for use in USES if use in seen]
    figure.legend([
        tuple(Patch(facecolor=hue, edgecolor="#444444", linewidth=0.5)
              for hue in (USES[use], paler(use))) for use in uses],
        [WORDS[use] for use in uses], handlelength=3.6,
        title="the left colour: all frames of a cell are used for that; "
              "the right one: most are", title_fontsize=9,
        handler_map={tuple: HandlerTuple(ndivide=None, pad=0.2)},
        loc="lower center", ncol=5, bbox_to_anchor=(0.5, legend), fontsize=9)
    phase_key(figure, recording)
    return figure


def orders(recording):
    """Free memory by the order of the block that it is in, over time."""
    times = recording.times()
    blocks = [snapshot.free_blocks() for snapshot in recording.snapshots]
    unit, name = unit_of(max(sum(n << order for order, n in enumerate(row))
                             for row in blocks) * 4096)
    amounts = [[(row[order] << order) * 4096 / unit for row in blocks]
               for order in range(ORDERS)]
    shades = plt.get_cmap("cividis")([i / (ORDERS - 1) for i in range(ORDERS)])
    height, bottom = foot(recording, 8, 0.13)
    figure, (above, below) = plt.subplots(
        2, 1, figsize=(11, height), sharex=True,
        gridspec_kw={"height_ratios": (1.3, 1)})
    figure.subplots_adjust(left=0.08, right=0.84, top=0.90, bottom=bottom,
                           hspace=0.14)
    figure.suptitle("Free memory by the order of its blocks: low orders are "
                    "a pool in pieces")
    above.stackplot(times, amounts[::-1], colors=shades[::-1],
                    labels=[f"{order}: {size(4096 << order)}"
                            for order in range(ORDERS - 1, -1, -1)])
    above.set_ylabel(f"{name} that are free")
    above.set_ylim(bottom=0)
    handles, labels = above.get_legend_handles_labels()
    above.legend(handles[::-1], labels[::-1], title="order: block",
                 loc="center left", bbox_to_anchor=(1.01, 0.5))
    phase_numbers(above, recording)
    counts = [[row[order] or float("nan") for row in blocks[:-1]]
              for order in range(ORDERS)]
    edges = [order - 0.5 for order in range(ORDERS + 1)]
    mesh = below.pcolormesh(times, edges, counts, cmap=COUNTS,
                            norm=LogNorm(vmin=1, vmax=max(2, *map(max, blocks))),
                            rasterized=True)
    below.set_yticks(range(ORDERS))
    below.set_ylabel("order")
    below.set_xlabel("seconds")
    box = below.get_position()
    bar = figure.colorbar(mesh, cax=figure.add_axes(
        (0.855, box.y0, 0.018, box.height)))
    bar.set_label("free blocks (white: none)")
    phase_key(figure, recording)
    return figure


def zone_axes(axes, recording, name):
    """Free frames of a zone between its watermarks, in kB."""
    times = recording.times()
    zones = [snapshot.zones()[name] for snapshot in recording.snapshots]
    axes.plot(times, [max(zone["free"] * 4, 1) for zone in zones],
              color="#0072b2", linewidth=1.8, label="free")
    for mark, line in (("high", ":"), ("low", "--"), ("min", "-")):
        axes.plot(times, [zone[mark] * 4 for zone in zones], color="#d55e00",
                  linestyle=line, linewidth=1.2, label=mark)
    axes.set_yscale("log", base=2)
    axes.yaxis.set_major_locator(LogLocator(base=2, numticks=5))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_formatter(
        FuncFormatter(lambda kb, _: size(kb * 1024)))
    least = min(min(zone["free"] for zone in zones), zones[0]["min"] / 2) * 4
    axes.set_ylim(bottom=max(least, 1) / 1.25, top=zones[0]["managed"] * 4 * 1.6)
    axes.set_ylabel(f"{name}\n(log scale)")


def watermarks(recording):
    """Each zone's free memory against its marks, and what reclaim did."""
    names = list(recording.snapshots[0].zones())
    height, bottom = foot(recording, 2.1 * len(names) + 3, 0.12)
    figure, panels = plt.subplots(
        len(names) + 1, 1, figsize=(11, height), sharex=True,
        gridspec_kw={"height_ratios": [1] * len(names) + [1.3]})
    figure.subplots_adjust(left=0.10, right=0.82, top=0.91, bottom=bottom,
                           hspace=0.14)
    figure.suptitle("Free memory of each zone, its watermarks, and reclaim")
    for i, name in enumerate(names):
        zone_axes(panels[i], recording, name)
        phase_numbers(panels[i], recording, number=not i)
    panels[0].legend(loc="upper left", bbox_to_anchor=(1.01, 1.0))
    rates = (("scanned by kswapd", ("pgscan_kswapd",), "#56b4e9", "-"),
             ("freed by kswapd", ("pgsteal_kswapd",), "#0072b2", "-"),
             ("scanned directly", ("pgscan_direct",), "#e69f00", "--"),
             ("freed directly", ("pgsteal_direct",), "#d55e00", "--"))
    times = recording.times()
    for label, counters, hue, line in rates:
        panels[-1].stairs(recording.rates(counters), times, color=hue,
                          linestyle=line, linewidth=1.6, label=label,
                          baseline=None)
    panels[-1].set_ylabel("frames a second")
    # Of whole frames, and of one at least: where nothing is reclaimed all are 0.
    panels[-1].set_ylim(bottom=0, top=max(1, panels[-1].get_ylim()[1]))
    panels[-1].yaxis.set_major_locator(MaxNLocator(nbins=5, integer=True))
    panels[-1].yaxis.set_major_formatter(FuncFormatter(rate))
    panels[-1].set_xlabel("seconds")
    panels[-1].legend(loc="upper left", bbox_to_anchor=(1.01, 1.0), fontsize=9)
    phase_numbers(panels[-1], recording, number=False)
    phase_key(figure, recording)
    return figure


def busiest(recording):
    """The snapshot in which most pages of the mapping windows show something."""
    def mapped(snapshot):
        return sum(pages or 0 for name, _, _, pages in snapshot.spans()[0]
                   if name in ("pkmap", "kmap_local", "annex vm"))
    return max(recording.snapshots, key=mapped)


def bars(axes, spans, low, high):
    """A row for each span: a bar where it lies, its words beside it."""
    least = (high - low) / 400
    for row, (name, start, end, pages) in enumerate(spans):
        axes.barh(row, max(end - start, least), left=start, height=0.62,
                  color="#0072b2" if pages is None else "#d9d9d9",
                  edgecolor="#444444", linewidth=0.6)
        words = f"{start:#010x} - {end:#010x}   {size(end - start)}"
        if pages is not None:
            share = pages * 4096 / (end - start)
            axes.barh(row, max((end - start) * share, least if pages else 0),
                      left=start, height=0.62, color="#e69f00")
            words += f", {pages} of {(end - start) >> 12} pages mapped"
        axes.text(1.015, row, words, va="center", fontsize=9, family="monospace",
                  transform=axes.get_yaxis_transform())
    axes.set_yticks(range(len(spans)), [span[0] for span in spans])
    axes.set_ylim(len(spans) - 0.4, -0.6)
    axes.set_xlim(low, high)
    axes.xaxis.set_major_formatter(
        FuncFormatter(lambda at, _: f"{int(at):#010x}"))
    axes.tick_params(axis="x", labelsize=8)
    axes.grid(axis="x", color="#dddddd", linewidth=0.6)
    axes.set_axisbelow(True)


def layout(recording):
    """Where annex's windows lie in the kernel's addresses."""
    snapshot = busiest(recording)
    spans, _ = snapshot.spans()
    kernel = [s for s in spans if s[0] in ("host low", "vmalloc")]
    windows = sorted((s for s in spans if s not in kernel),
                     key=lambda span: span[1])
    low, high = next(s for s in kernel if s[0] == "vmalloc")[1:3]
    figure, (above, below) = plt.subplots(
        2, 1, figsize=(12, 1.9 + 0.5 * (len(windows) + 3)),
        gridspec_kw={"height_ratios": (2, len(windows))})
    figure.subplots_adjust(left=0.09, right=0.55, top=0.85, bottom=0.12,
                           hspace=0.55)
    figure.suptitle("Where annex's windows lie in the kernel's address space "
                    f"(at {snapshot.seconds - recording.snapshots[0].seconds:.1f}"
                    " s)")
    bars(above, kernel, kernel[0][1], 1 << 32)
    above.set_title("the kernel's addresses", loc="left")
    above.set_xticks(range(kernel[0][1], (1 << 32) + 1, 1 << 28))
    bars(below, windows, low, high)
    below.set_title("in its vmalloc space, annex has", loc="left")
    step = 1 << max((high - low).bit_length() - 3, 12)
    below.set_xticks(range(-(-low // step) * step, high, step))
    figure.legend(handles=[
        Patch(facecolor="#0072b2", label="the kernel's"),
        Patch(facecolor="#d9d9d9", edgecolor="#444444",
              label="annex's window"),
        Patch(facecolor="#e69f00",
              label="how much of it is mapped, drawn from its start")],
        loc="lower right", ncol=3, bbox_to_anchor=(0.98, 0.005), fontsize=9)
    return figure


def screen(text):
    """A text as a terminal shows it, cell by cell."""
    lines = text.rstrip("\n").split("\n")
    columns = max(map(len, lines), default=1)
    figure = plt.figure(figsize=(0.088 * columns + 0.4, 0.19 * len(lines) + 0.4),
                        facecolor="#1e1e1e")
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_axis_off()
    axes.set_xlim(-2, columns + 2)
    axes.set_ylim(len(lines) + 0.5, -0.5)
    for row, line in enumerate(lines):
        for column, char in enumerate(line):
            if char != " ":
                axes.text(column + 0.5, row + 0.5, char, ha="center",
                          va="center", family="monospace", fontsize=10,
                          color="#e0e0e0")
    return figure


PICTURES = {
    "pool_map": pool_map,
    "orders": orders,
    "watermarks": watermarks,
    "layout": layout,
}
