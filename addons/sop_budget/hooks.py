# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).


def post_init_hook(env):
    """Build the ledger cube from the journal items that are there."""
    env["sop.ledger.month"]._build()


def uninstall_hook(env):
    """Drop what PostgreSQL would keep, and run into, after the tables are gone."""
    env["sop.ledger.dirty"]._drop_triggers()
    env["sop.ledger.share"]._drop_sum()
