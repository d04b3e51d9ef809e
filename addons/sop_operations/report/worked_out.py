# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo.tools import SQL


def worked_out_sql(model, columns: dict[str, str]) -> SQL:
    """The rows of ``model._get_rows()``, as the ``_table_query`` of a report.

    A list asks for its rows, their number and their groups one after the other, and each of
    these is a statement that holds all rows. They are worked out once: a transaction sees the
    database as it was at its start, so until it has written something itself nothing can make
    other rows. After that they are worked out for each statement.

    :param columns: type of each column in the database, by name
    """
    env = model.env
    kept = env.cr.cache.setdefault("sop.worked_out", {})
    # The whole context: language, companies, timezone, and whatever an add-on looks at
    key = (model._name, env.uid, env.su, env.context)
    if key not in kept or _has_written(env):
        kept[key] = model._get_rows()
    return _rows_sql(columns, kept[key])


def _has_written(env) -> bool:
    """Whether the transaction changed anything, or is about to."""
    transaction = env.transaction
    if any(transaction.field_dirty.values()) or any(transaction.tocompute.values()):
        return True
    # The first write of a transaction, by whatever way, gives it a number
    [[number]] = env.execute_query(SQL("SELECT pg_current_xact_id_if_assigned()"))
    return number is not None


def _rows_sql(columns, rows):
    names = SQL(", ").join(map(SQL.identifier, columns))
    arrays = [
        SQL("%s::%s[]", [row[name] for row in rows], SQL(kind))
        for name, kind in columns.items()
    ]
    return SQL(
        "SELECT %s FROM unnest(%s) AS line (%s)", names, SQL(", ").join(arrays), names
    )
