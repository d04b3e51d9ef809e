# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The chart of the report as a picture for PDF, drawn without a browser."""

from markupsafe import Markup, escape

WIDTH, HEIGHT = 1000, 140
LEFT, RIGHT, TOP, BOTTOM = 60, 10, 8, 16
COLORS = {"planned": "#3188E6", "actual": "#00A78D", "projection": "#F48935"}
DASHES = {"projection": "6 4"}


def nice_step(span, parts=4):
    """A round distance between grid lines: 1, 2 or 5 times a power of ten."""
    if span <= 0:
        return 1.0
    raw = span / parts
    power = 10.0 ** len(str(int(raw))) / 10 if raw >= 1 else 0.1
    return next(step * power for step in (1, 2, 5, 10) if step * power >= raw)


def chart_svg(chart, format_value):
    """An SVG with a line for each of planned, actual and projection.

    :param chart: ``labels`` and one list of values or None for each line
    :param format_value: how a grid line is labelled
    """
    values = [v for name in COLORS for v in chart[name] if v is not None]
    low, high = min([0, *values]), max([0, *values])
    step = nice_step(high - low)
    low = step * (low // step)
    high = max(step * -(-high // step), low + step)
    count = len(chart["labels"])

    def x(position):
        return LEFT + (WIDTH - LEFT - RIGHT) * position / max(count - 1, 1)

    def y(value):
        return TOP + (HEIGHT - TOP - BOTTOM) * (high - value) / (high - low)

    parts = [_grid(low, high, step, y, format_value), _labels(chart["labels"], x)]
    parts += [_line(name, chart[name], x, y) for name in COLORS]
    return Markup(
        '<svg xmlns="http://www.w3.org/2000/svg" width="100%%" viewBox="0 0 %d %d" '
        'font-family="sans-serif" font-size="8" style="direction: ltr;">%s</svg>'
    ) % (WIDTH, HEIGHT, Markup("").join(parts))


def _grid(low, high, step, y, format_value):
    lines, value = [], low
    while value <= high + step / 2:
        height = round(y(value), 1)
        lines.append(
            Markup(
                '<line x1="%s" x2="%s" y1="%s" y2="%s" stroke="#ddd"/>'
                '<text x="%s" y="%s" text-anchor="end" fill="#666">%s</text>'
            )
            % (
                LEFT,
                WIDTH - RIGHT,
                height,
                height,
                LEFT - 6,
                height + 3,
                format_value(value),
            )
        )
        value += step
    return Markup("").join(lines)


def _labels(labels, x):
    every = -(-len(labels) // 12)
    return Markup("").join(
        Markup('<text x="%s" y="%s" text-anchor="middle" fill="#666">%s</text>')
        % (
            round(min(max(x(position), LEFT + 20), WIDTH - 30), 1),
            HEIGHT - 4,
            escape(label),
        )
        for position, label in enumerate(labels)
        if position % every == 0
    )


def _line(name, values, x, y):
    points = " ".join(
        f"{x(position):.1f},{y(value):.1f}"
        for position, value in enumerate(values)
        if value is not None
    )
    if not points:
        return Markup("")
    return Markup(
        '<polyline points="%s" fill="none" stroke="%s" stroke-width="2" stroke-dasharray="%s"/>'
    ) % (points, COLORS[name], DASHES.get(name, "none"))
