# SPDX-License-Identifier: ISC
"""The picture for the README: two bars for each contestant, as SVG.

There is no background, and all colours are of medium lightness, so that it can
be read on a white page and on a dark one.
"""

from xml.sax.saxutils import escape

TEXT = "#7a7a7a"
OURS = "#d9731a"
OTHERS = "#7f93ad"

WIDTH = 880
LINE = 24               # from one contestant to the next
BAR = 14
LABEL_X = 292           # labels end here
BARS_X = (304, 604)     # where the two columns of bars begin
BAR_MAX = 205           # the longest bar; its number is behind it


def _text(x, y, text, more=""):
    return '<text x="%g" y="%g"%s>%s</text>\n' % (x, y, more, escape(text))


def _bar(x, y, width, ours):
    return '<rect x="%g" y="%g" width="%.1f" height="%d" rx="2" fill="%s"/>\n' % (
        x, y, max(width, 1.5), BAR, OURS if ours else OTHERS)


def _row(y, result, columns, longest):
    ours = result.contestant.ours
    out = _text(LABEL_X, y + 11.5, result.contestant.label,
                ' text-anchor="end"' + (' font-weight="bold"' if ours else ""))
    for (name, form), x in zip(columns, BARS_X):
        value = result.spread(name).median
        width = BAR_MAX * value / longest[name]
        out += _bar(x, y, width, ours)
        out += _text(x + width + 6, y + 11.5, form % value)
    return out


def draw(results, caption):
    """An SVG of a section's results; the caption says where and when."""
    columns = (("rate", "%.0f"), ("cpu_us", "%.1f"))
    longest = {name: max(r.spread(name).median for r in results.values())
               for name, _ in columns}
    groups = [("“Hello, World!” as JSON, through nginx", "/"),
              ("one row of SQLite as JSON, through nginx", "/note/500")]
    y, out = 8, ""
    for heading, path in groups:
        members = [r for r in results.values() if r.path == path]
        if not members:
            continue
        y += 18
        out += _text(LABEL_X, y, heading,
                     ' text-anchor="end" font-style="italic"')
        out += _text(BARS_X[0], y, "requests a second: longer is better",
                     ' font-style="italic"')
        out += _text(BARS_X[1], y, "µs of processor time a request: shorter",
                     ' font-style="italic"')
        y += 12
        for r in members:
            out += _row(y, r, columns, longest)
            y += LINE
        y += 8
    y += 12
    out += _text(12, y, caption, ' font-size="11"')
    return ('<svg xmlns="http://www.w3.org/2000/svg" role="img" '
            'viewBox="0 0 {w} {h}" width="{w}" height="{h}" '
            'font-family="Helvetica, Arial, sans-serif" font-size="12.5" '
            'fill="{text}">\n<title>Requests a second, and processor time a '
            'request</title>\n{out}</svg>\n').format(
                w=WIDTH, h=y + 10, text=TEXT, out=out)
