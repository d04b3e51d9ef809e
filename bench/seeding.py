# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Fills a database in a process of its own.

python -m bench.seeding books DATABASE ROWS ORDER_LINES
python -m bench.seeding budget DATABASE
"""

from __future__ import annotations

import sys

import psycopg2

from bench import seed, seed_budget
from bench.session import Database, start_odoo


def main(what: str, name: str, rows: str = "0", order_lines: str = "0") -> None:
    start_odoo()
    database = Database(name)
    with database.env(commit=True) as env:
        if what == "books":
            world = seed.prepare(env(su=True))
            env.flush_all()
            seed.fill(env.cr, world, int(rows), int(order_lines))
            dumped = seed.dump_world(world)
            env["ir.config_parameter"].set_param(seed_budget.PARAMETER, dumped)
        else:
            seed_budget.make_budget(env)
    database.close()
    connection = psycopg2.connect(dbname=name)
    connection.autocommit = True
    with connection.cursor() as cr:
        cr.execute("VACUUM ANALYZE")
    connection.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
