"""look_at_page - is what a lab page's document says also what its picture shows?

usage: look_at_page.py DOCUMENT PICTURE.png

Follows each curve of the document through the picture, and looks for its colour there. Curves
may lie over each other, so a part of the points is enough; a picture without curves has none.
Looks for both ends of the colours of free and held in each heap over time. Nothing but Python's
own library is used.
"""

import json
import re
import struct
import sys
import zlib

NEAR = 60  # of three colours' difference: the edges of a line are mixed with the ground
SEEN_AT_LEAST = 0.3  # of a curve's points


def unfiltered(line, before, filter_type, step):
    """One row of a PNG, its filter undone."""
    for i, value in enumerate(line):
        left = line[i - step] if i >= step else 0
        up = before[i]
        corner = before[i - step] if i >= step else 0
        if filter_type == 1:
            value += left
        elif filter_type == 2:
            value += up
        elif filter_type == 3:
            value += (left + up) // 2
        elif filter_type == 4:
            guess = left + up - corner
            distances = [(abs(guess - left), 0, left), (abs(guess - up), 1, up),
                         (abs(guess - corner), 2, corner)]
            value += min(distances)[2]
        line[i] = value & 255
    return line


def read_png(path):
    """Width, height and the rows of RGB or RGBA bytes."""
    data = open(path, 'rb').read()
    assert data[:8] == b'\x89PNG\r\n\x1a\n', 'no PNG'
    at, packed = 8, b''
    while at < len(data):
        size, kind = struct.unpack('>I4s', data[at:at + 8])
        body = data[at + 8:at + 8 + size]
        if kind == b'IHDR':
            width, height, depth, colour, _, _, interlace = struct.unpack('>IIBBBBB', body)
        elif kind == b'IDAT':
            packed += body
        at += size + 12
    assert depth == 8 and colour in (2, 6) and interlace == 0, 'another kind of PNG'
    step = 3 if colour == 2 else 4
    raw = zlib.decompress(packed)
    rows, before, stride = [], bytearray(width * step), width * step + 1
    for row in range(height):
        line = bytearray(raw[row * stride + 1:(row + 1) * stride])
        before = unfiltered(line, before, raw[row * stride], step)
        rows.append(before)
    return width, height, step, rows


class Picture:
    def __init__(self, path):
        self.width, self.height, self.step, self.rows = read_png(path)

    def has_near(self, x, y, colour, reach):
        """Is there a pixel of about this colour around x, y?"""
        for row in range(int(y) - reach, int(y) + reach + 1):
            for column in range(int(x) - reach, int(x) + reach + 1):
                if not (0 <= row < self.height and 0 <= column < self.width):
                    continue
                pixel = self.rows[row][column * self.step:column * self.step + 3]
                if sum(abs(a - b) for a, b in zip(pixel, colour)) <= NEAR:
                    return True
        return False


def colour_of(text):
    return tuple(int(text[i:i + 2], 16) for i in (1, 3, 5))


def check(condition, text):
    if not condition:
        print(text)
        sys.exit(1)


def main():
    document = open(sys.argv[1], encoding='utf-8').read()
    picture = Picture(sys.argv[2])
    places = json.loads(re.search(r'data-places="([^"]*)"', document).group(1))
    figures = re.findall(r'<svg class="(chart|map)"(.*?)</svg>', document, re.S)
    keys = re.findall(r'class="key" data-group="(\d+)"', document)
    check(len(figures) == len(places), 'figures and places differ')
    check(len(keys) >= 4, 'fewer than four curves are told apart')
    charts = maps = 0
    for (kind, body), (left, top, width, height) in zip(figures, places):
        view = [float(n) for n in re.search(r'viewBox="([^"]*)"', body).group(1).split()]
        box = [float(n) for n in re.search(r'data-box="([^"]*)"', body).group(1).split()]
        scale = width / view[2]
        if kind == 'map':
            if top + height > picture.height:
                continue
            maps += 1
            colours = [(245, 166, 35), (46, 98, 168)]
            seen = [sum(picture.has_near(left + scale * (box[0] + box[2] * i / 40),
                                         top + scale * (box[1] + box[3] * j / 20), colour, 1)
                        for i in range(1, 40) for j in range(1, 20)) for colour in colours]
            check(min(seen) >= 5, 'a heap over time shows %s points free, held' % seen)
            continue
        charts += 1
        check(top + height <= picture.height, 'a chart is beyond the picture')
        curves = re.findall(r'<path class="curve[^"]*" data-group="(\d+)" stroke="([^"]*)" d="([^"]*)"',
                            body)
        check([group for group, _, _ in curves] == keys, 'keys and curves differ')
        for group, stroke, path in curves:
            points = [tuple(map(float, point.split())) for point in re.split('[ML]', path)[1:]]
            check(len(points) > 100, 'a curve of %d points' % len(points))
            seen = sum(picture.has_near(left + scale * x, top + scale * y, colour_of(stroke), 2)
                       for x, y in points)
            share = seen / len(points)
            check(share >= SEEN_AT_LEAST or is_covered(curves, group, points),
                  'curve %s is seen at %.0f %% of its points' % (group, 100 * share))
    check(charts == 2 and maps >= 2, '%d charts, %d heaps over time' % (charts, maps))
    print('%d curves in %d charts, %d heaps over time: as the document says' %
          (len(keys) * charts, charts, maps))


def is_covered(curves, group, points):
    """Do curves that are drawn later lie on most of these points?"""
    covered = [False] * len(points)
    is_later = False
    for other, _, path in curves:
        if is_later:
            others = [tuple(map(float, point.split())) for point in re.split('[ML]', path)[1:]]
            for i, (x, y) in enumerate(points):
                covered[i] = covered[i] or (i < len(others) and abs(others[i][1] - y) <= 2)
        is_later = is_later or other == group
    return sum(covered) >= 0.7 * len(points)


main()
