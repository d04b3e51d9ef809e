# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, models
from odoo.tools import SQL

from .kpi_reading import COLUMNS


class SopKpiValue(models.Model):
    _inherit = "sop.kpi.value"

    @api.private
    def _add_readings(self, readings):
        """Store what the system has read, thousands in three statements.

        The caller says which KPIs are to be worked out again. Hooks of ``create`` don't run:
        they are about what people type in. Whoever extends measurements by a field that every
        one has extends this as well.
        """
        self.env["sop.kpi"].flush_model(
            ["operation_id", "company_id", "source_user_id"]
        )
        kpis = self.env["sop.kpi"].browse({reading.kpi.id for reading in readings})
        rows = [reading.get_row() for reading in readings]
        self._withdraw([old.id for reading in readings for old in reading.replaced])
        added = {
            (kpi_id, day): id_
            for id_, kpi_id, day in self.env.execute_query(self._get_readings_sql(rows))
        }
        pairs = [
            (old.id, added[reading.kpi.id, reading.day])
            for reading in readings
            for old in reading.replaced
        ]
        if pairs:
            self._link_replaced(pairs)
        kpis.invalidate_recordset(["value_ids"], flush=False)

    def _get_readings_sql(self, rows):
        names = SQL(", ").join(map(SQL.identifier, COLUMNS))
        arrays = SQL(", ").join(
            SQL("%s::%s[]", list(column), SQL(kind))
            for column, kind in zip(
                zip(*rows, strict=True), COLUMNS.values(), strict=True
            )
        )
        return SQL(
            """
            INSERT INTO sop_kpi_value (
                %(names)s, operation_id, company_id, user_id, origin, state,
                create_uid, create_date, write_uid, write_date
            )
            SELECT %(values)s, kpi.operation_id, kpi.company_id, kpi.source_user_id,
                   'automatic', 'current', %(uid)s, %(now)s, %(uid)s, %(now)s
              FROM unnest(%(arrays)s) AS reading (%(names)s)
              JOIN sop_kpi kpi ON kpi.id = reading.kpi_id
          ORDER BY reading.kpi_id, reading.date
         RETURNING id, kpi_id, date
            """,
            names=names,
            values=SQL(", ").join(SQL.identifier("reading", name) for name in COLUMNS),
            arrays=arrays,
            uid=self.env.uid,
            now=self.env.cr.now(),
        )

    @api.private
    def _withdraw(self, ids):
        """Keep what counts no longer."""
        if not ids:
            return
        self.flush_model()
        self.env.cr.execute(
            SQL(
                """
                UPDATE sop_kpi_value
                   SET state = 'superseded', write_uid = %s, write_date = %s
                 WHERE id IN %s
                """,
                self.env.uid,
                self.env.cr.now(),
                tuple(ids),
            )
        )
        self.browse(ids).invalidate_recordset(flush=False)

    def _link_replaced(self, pairs):
        old, new = map(list, zip(*pairs, strict=True))
        self.env.cr.execute(
            SQL(
                """
                UPDATE sop_kpi_value value SET replaced_by_id = pair.new
                  FROM unnest(%s, %s) AS pair (old, new) WHERE value.id = pair.old
                """,
                old,
                new,
            )
        )
        self.browse(old).invalidate_recordset(flush=False)
