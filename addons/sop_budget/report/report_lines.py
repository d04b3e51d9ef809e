# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The rows of the report in reading order, alike for screen, PDF and XLSX."""


def iterate_lines(report, level=None):
    """Each total with the rows that it sums up: ``(row, depth)``, totals at depth 0.

    :param level: leave out what lies deeper
    """
    for total in report["totals"]:
        yield total, 0
        if total["type"] != "total":
            continue
        for row in report["rows"]:
            depth = row["level"] + 1
            if row["kind"] == total["kind"] and (level is None or depth <= level):
                yield row, depth


def is_over(row, measure, value):
    """Whether a figure says that money is overdrawn, as ``figureMark`` of the screen has it."""
    if value is None or row["type"] == "unassigned":
        return False
    spending = row["kind"] in ("expense", "capital")
    if measure in ("variance", "variance_percent"):
        return value < 0
    if measure in ("utilisation", "burn"):
        return spending and value > 1
    return measure == "available" and spending and value < 0


def get_caption(row, measure):
    """Where a total starts rows that call a measure otherwise than its column, its name."""
    name = row["type"] == "total" and measure["names"].get(row["kind"])
    return name if name and name != measure["name"] else ""


def split_columns(report, limit):
    """Columns in groups that fit on a page: ``[(first value, columns), …]``.

    :param limit: how many figures stand side by side; a column is never torn apart
    """
    size = len(report["measures"])
    count = max(limit // max(size, 1), 1)
    columns = report["columns"]
    return [
        (start * size, columns[start : start + count])
        for start in range(0, len(columns), count)
    ]
