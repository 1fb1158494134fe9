#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""usage: table.py [--missed] DIRECTORY...

Adds up what gcov says of each .gcda file below the directories, beside which its
.gcno file is, and prints how much of each source of annex was executed. With
--missed, the lines that were not, too.

Kernels differ in what of a file they compile: a line counts if one of them has code
for it, and is covered if one of them came by.
"""

import collections
import json
import os
import re
import subprocess
import sys

# What the table is about: annex itself, neither its suites nor its bench.
OURS = re.compile(r'.*?((?:src|include/annex)/(?!bench/).*\.[ch])$')


def reports(gcda):
    """gcov's view of one object: its files."""
    run = subprocess.run(['gcov', '--json-format', '--stdout', '--branch-probabilities',
                          os.path.basename(gcda)], cwd=os.path.dirname(gcda), check=True,
                         stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    for line in run.stdout.splitlines():
        yield from json.loads(line)['files']


def add_file(lines, branches, report):
    for line in report['lines']:
        number = line['line_number']
        lines[number] += line['count']
        for i, branch in enumerate(line['branches']):
            branches[number, i] += branch['count']


def gather(directories):
    lines = collections.defaultdict(collections.Counter)
    branches = collections.defaultdict(collections.Counter)
    for top in directories:
        for where, _, names in os.walk(top):
            for name in names:
                if not name.endswith('.gcda'):
                    continue
                for report in reports(os.path.join(where, name)):
                    ours = OURS.match(report['file'])
                    if ours:
                        add_file(lines[ours[1]], branches[ours[1]], report)
    return lines, branches


def percent(part, whole):
    return '%7.1f' % (100 * part / whole) if whole else '      -'


def row(name, counters):
    covered = [sum(1 for n in c.values() if n) for c in counters]
    whole = [len(c) for c in counters]
    print('%-34s %6d %6d %s %8d %s' % (name, whole[0], covered[0],
                                       percent(covered[0], whole[0]), whole[1],
                                       percent(covered[1], whole[1])))


def runs(numbers):
    """[1, 2, 3, 7] as '1-3 7'."""
    text, first, last = [], None, None
    for n in sorted(numbers) + [None]:
        if last is not None and n == last + 1:
            last = n
            continue
        if first is not None:
            text.append(str(first) if first == last else '%d-%d' % (first, last))
        first = last = n
    return ' '.join(text)


def main():
    args = sys.argv[1:]
    missed = '--missed' in args
    lines, branches = gather([arg for arg in args if arg != '--missed'])
    total = collections.Counter(), collections.Counter()
    print('%-34s %6s %6s %7s %8s %7s' % ('file', 'lines', 'hit', '%', 'branches', '%'))
    for name in sorted(lines):
        row(name, (lines[name], branches[name]))
        if missed and 0 in lines[name].values():
            print('\tmissed: ' + runs([n for n, count in lines[name].items() if not count]))
        for i, counter in enumerate((lines[name], branches[name])):
            for key, count in counter.items():
                total[i][name, key] = count
    row('total', total)


if __name__ == '__main__':
    main()
