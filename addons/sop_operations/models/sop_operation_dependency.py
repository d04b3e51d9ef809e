# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..engine import dependencies

TYPES = [
    ("fs", "Starts after it ends (FS)"),
    ("ss", "Starts after it starts (SS)"),
    ("ff", "Ends after it ends (FF)"),
    ("sf", "Ends after it starts (SF)"),
]
MOST_DAYS = 3650


class SopOperationDependency(models.Model):
    """What an operation waits for, and how."""

    _name = "sop.operation.dependency"
    _inherit = "sop.operation.staying.mixin"
    _description = "Dependency of an Operation"
    _order = "id"
    _check_company_auto = True

    operation_id = fields.Many2one(
        "sop.operation", required=True, index=True, ondelete="cascade"
    )
    predecessor_id = fields.Many2one(
        "sop.operation",
        "Waits For",
        required=True,
        index=True,
        ondelete="cascade",
        check_company=True,
    )
    type = fields.Selection(
        TYPES,
        "How",
        required=True,
        default="fs",
        help="What the operation does after what: “it” is the one waited for.",
    )
    lag = fields.Integer(
        "Lag (Days)",
        aggregator=None,
        help="Calendar days in between. Less than zero is a lead: the two may overlap so far.",
    )
    company_id = fields.Many2one(
        related="operation_id.company_id", store=True, index=True, precompute=True
    )
    days_broken = fields.Integer(
        "Days Too Early",
        compute="_compute_days_broken",
        aggregator=None,
        help="By which the dates of the two are too early for this; 0: they keep it.",
    )

    _link_uniq = models.UniqueIndex(
        "(operation_id, predecessor_id, type)",
        "The operation waits for this one in the same way already.",
    )
    _not_self = models.Constraint(
        "CHECK (operation_id != predecessor_id)", "An operation can't wait for itself."
    )
    _lag_in_bounds = models.Constraint(
        f"CHECK (lag BETWEEN -{MOST_DAYS} AND {MOST_DAYS})",
        "The lag must lie between -3650 and 3650 days.",
    )

    @api.depends("operation_id", "predecessor_id")
    def _compute_display_name(self):
        for link in self:
            link.display_name = (
                f"{link.predecessor_id.display_name} → {link.operation_id.display_name}"
            )

    @api.depends(
        "type",
        "lag",
        *(
            f"{end}.{name}"
            for end in ("operation_id", "predecessor_id")
            for name in ("date_start", "date_end", "is_ongoing", "state", "active")
        ),
    )
    def _compute_days_broken(self):
        broken = self._find_broken()
        for link in self:
            link.days_broken = broken.get(link, 0)

    # === CONSTRAINTS === #

    @api.constrains("operation_id", "predecessor_id")
    def _check_no_circle(self):
        # sudo: a circle through what the user can't read is one as well
        links = self.sudo().search_fetch(
            [("company_id", "in", self.company_id.ids)],
            ["operation_id", "predecessor_id"],
        )
        needs = {}
        for link in links:
            needs.setdefault(link.operation_id, []).append(link.predecessor_id)
        try:
            dependencies.order(needs)
        except dependencies.CycleError as error:
            raise ValidationError(
                self.env._(
                    "Operations can't wait for each other in a circle: %(path)s, each waiting "
                    "for the next. Remove one of these dependencies.",
                    path=" → ".join(self._name_readable(o) for o in error.path),
                )
            ) from error

    def _name_readable(self, operation):
        """Its name, unless the user does not see it."""
        # Not as the system: constraints are checked in superuser mode
        if operation.sudo(False)._filtered_access("read"):
            return operation.display_name
        return self.env._("an operation that you may not see")

    @api.constrains("operation_id", "predecessor_id")
    def _check_not_part(self):
        # sudo: only where they lie, whoever sees them
        for link in self.sudo():
            one, other = link.operation_id, link.predecessor_id
            if one.parent_path.startswith(
                other.parent_path
            ) or other.parent_path.startswith(one.parent_path):
                raise ValidationError(
                    self.env._(
                        "“%(one)s” and “%(other)s” can't wait for each other: one is a part of "
                        "the other. Let its parts wait for each other.",
                        one=self._name_readable(one),
                        other=self._name_readable(other),
                    )
                )

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        links = super().create(vals_list)
        links._check_predecessor_readable()
        links.operation_id._forget_schedule()
        return links

    def write(self, vals):
        result = super().write(vals)
        if "predecessor_id" in vals:
            self._check_predecessor_readable()
        self.operation_id._forget_schedule()
        return result

    def unlink(self):
        operations = self.operation_id
        result = super().unlink()
        operations._forget_schedule()
        return result

    def _check_predecessor_readable(self):
        """Nobody has an operation wait for what they may not read: the link would tell of it."""
        self.predecessor_id.check_access("read")

    @api.model
    def _copy_links(self, copies):
        """Copies wait for each other as what they were copied from does.

        What lies outside is not waited for again: it belongs to the first time.

        :param copies: ``{operation: its copy}``
        """
        ids = [operation.id for operation in copies]
        links = self.search(
            [("operation_id", "in", ids), ("predecessor_id", "in", ids)]
        )
        self.create(
            [
                {
                    "operation_id": copies[link.operation_id].id,
                    "predecessor_id": copies[link.predecessor_id].id,
                    "type": link.type,
                    "lag": link.lag,
                }
                for link in links
            ]
        )
