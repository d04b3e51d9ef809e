# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""One that breaks doesn't keep the others from being done."""

from psycopg2 import errors as pg

#: Odoo runs the transaction again after these.
RETRIED = (
    pg.SerializationFailure,
    pg.DeadlockDetected,
    pg.LockNotAvailable,
    pg.ReadOnlySqlTransaction,
)


def by_halves(env, items, step, fail, flush=True):
    """Do the step for all at once; what breaks is found by halves, and the rest goes on.

    :param step: takes some of the items
    :param fail: takes the item that breaks and its error
    :param flush: whether the step writes
    :return: what they gave, in the order of the items
    """
    if not items:
        return []
    try:
        with env.cr.savepoint(flush=flush):
            return [step(items)]
    except RETRIED:
        raise
    except Exception as error:  # noqa: BLE001 - whatever one does, others go on
        if len(items) == 1:
            return [fail(items[0], error)]
    half = len(items) // 2
    return [
        *by_halves(env, items[:half], step, fail, flush),
        *by_halves(env, items[half:], step, fail, flush),
    ]
