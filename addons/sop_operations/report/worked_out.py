# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo.tools import SQL


def rows_sql(columns: dict[str, str], rows: list[dict]) -> SQL:
    """Rows that Python worked out, as the ``_table_query`` of a report.

    :param columns: type of each column in the database, by name
    """
    names = SQL(", ").join(map(SQL.identifier, columns))
    arrays = [
        SQL("%s::%s[]", [row[name] for row in rows], SQL(kind))
        for name, kind in columns.items()
    ]
    return SQL(
        "SELECT %s FROM unnest(%s) AS line (%s)", names, SQL(", ").join(arrays), names
    )
