# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models
from odoo.tools import SQL

INPUTS = ("parent_id", "sequence", "code", "active", "company_id")


class SopOperation(models.Model):
    """The code of the work breakdown structure: 1, 1.2, 1.2.3 by the place in the tree."""

    _inherit = "sop.operation"

    wbs = fields.Char(
        "WBS",
        compute="_compute_wbs",
        help="Outline number by the place in the tree. It follows the order of the plan, and "
        "moves with it; the code stays. Archived operations have none.",
    )

    @api.model
    def _get_outline_sql(self):
        """Ids and places, from the top down, of all that is not archived.

        Numbers are the same for everybody, whatever each may read. What lies below something
        archived counts as a root. The order among siblings is that of the model.
        """
        return SQL(
            """
            WITH RECURSIVE ranked AS (
                SELECT part.id, above.id AS parent,
                       row_number() OVER (
                           PARTITION BY part.company_id, above.id
                               ORDER BY part.sequence, part.code, part.id
                       ) AS place
                  FROM sop_operation part
                  LEFT JOIN sop_operation above
                         ON above.id = part.parent_id AND above.active
                 WHERE part.active
            ), outline (id, places) AS (
                SELECT id, ARRAY[place] FROM ranked WHERE parent IS NULL
                 UNION ALL
                SELECT ranked.id, outline.places || ranked.place
                  FROM ranked JOIN outline ON ranked.parent = outline.id
            )
            SELECT id, places FROM outline
            """,
            to_flush=[self._fields[name] for name in INPUTS],
        )

    @api.depends(*INPUTS)
    def _compute_wbs(self):
        rows = self.env.execute_query(
            SQL(
                "SELECT id, places FROM (%s) outline WHERE id = ANY(%s)",
                self._get_outline_sql(),
                self._origin.ids,
            )
        )
        places = dict(rows)
        for operation in self:
            found = places.get(operation._origin.id, ())
            operation.wbs = ".".join(map(str, found)) or False

    def _order_field_to_sql(self, alias, field_name, direction, nulls, query):
        # By the numbers one after the other: as text, 10 would come before 2
        if field_name != "wbs":
            return super()._order_field_to_sql(
                alias, field_name, direction, nulls, query
            )
        outline = query.make_alias(alias, "wbs")
        query.add_join(
            "LEFT JOIN",
            outline,
            SQL("(%s)", self._get_outline_sql()),
            SQL(
                "%s = %s",
                SQL.identifier(outline, "id"),
                SQL.identifier(alias, "id"),
            ),
        )
        return SQL("%s %s %s", SQL.identifier(outline, "places"), direction, nulls)

    # === WHAT CHANGES IT === #

    @api.model_create_multi
    def create(self, vals_list):
        operations = super().create(vals_list)
        self._forget_outline()
        return operations

    def write(self, vals):
        result = super().write(vals)
        if set(INPUTS) & set(vals):
            self._forget_outline()
        return result

    def unlink(self):
        result = super().unlink()
        self._forget_outline()
        return result

    @api.model
    def _forget_outline(self):
        """Those beside it, and all below them, may have moved up or down."""
        self.env["sop.operation"].invalidate_model(["wbs"], flush=False)
