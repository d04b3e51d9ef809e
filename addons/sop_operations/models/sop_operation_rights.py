# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Who sees and does what with an operation.

======== ======================================================================
involved reads what they are in charge of, involved in or measure, and what is below
viewer   reads all operations
in charge of those groups: edits the plan of the own operation, starts and ends it
planner  plans, edits and links all of them
admin    deletes too
======== ======================================================================
"""

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

PLANNER = "sop_operations.group_sop_operations_planner"


class SopOperation(models.Model):
    _inherit = "sop.operation"

    is_involved = fields.Boolean(
        compute="_compute_is_involved",
        search="_search_is_involved",
        string="I Am Involved",
        help="You are in charge of it, involved in it, measure a KPI of it, or of what it is "
        "part of.",
    )
    is_planner = fields.Boolean(compute="_compute_can_edit")
    can_edit = fields.Boolean(compute="_compute_can_edit")

    @api.depends_context("uid")
    @api.depends("user_id", "member_ids", "parent_id", "kpi_ids.user_id")
    def _compute_is_involved(self):
        # sudo: who is involved decides what they read, not the other way round
        operations = self.sudo().with_context(active_test=False)
        found = operations.search(
            Domain("id", "in", self.ids) & self._get_involved_domain()
        )
        for operation in self:
            operation.is_involved = operation._origin.id in found._ids

    @api.model
    def _search_is_involved(self, operator, value):
        if operator != "in":
            return NotImplemented
        domain = self._get_involved_domain()
        return Domain.OR(domain if wanted else ~domain for wanted in value)

    @api.model
    def _get_involved_domain(self):
        """Operations that concern the user, and all that is below them."""
        uid = self.env.uid
        # sudo: as above
        operations = self.sudo().with_context(active_test=False)
        own = operations._search(
            Domain("user_id", "=", uid)
            | Domain("member_ids", "in", [uid])
            | Domain("kpi_ids", "any", [("user_id", "=", uid)])
        )
        return Domain("id", "child_of", list(own.get_result_ids()))

    @api.depends_context("uid")
    @api.depends("user_id")
    def _compute_can_edit(self):
        planner = self._plans_operations()
        for operation in self:
            operation.is_planner = planner
            operation.can_edit = planner or operation.user_id == self.env.user

    # === GUARDS === #

    @api.model
    def _plans_operations(self):
        return self.env.su or self.env.user.has_group(PLANNER)

    @api.model
    def _get_in_charge_fields(self) -> set[str]:
        """What the person in charge may change without planning operations.

        To be extended by super(). The lists of what belongs to an operation are guarded by
        the models of that.
        """
        return {
            "name",
            "description",
            "hypothesis",
            "tag_ids",
            "member_ids",
            "color",
            "sequence",
            "date_start",
            "date_end",
            "is_ongoing",
            "is_fixed",
            "is_favorite",
            "state",
            *(n for n, field in self._fields.items() if field.type == "one2many"),
        }

    @api.model
    def _check_writable(self, vals):
        """Guards of create and write: RPC may send any field, whatever the form shows."""
        self._check_not_derived(vals)
        if "company_id" in vals and any(
            o.company_id.id != vals["company_id"] for o in self
        ):
            raise UserError(
                self.env._(
                    "The company of an operation is fixed: its money and its people hang on it."
                )
            )
        self._check_may_tie(vals)
        if self._plans_operations():
            return
        for name in sorted(set(vals) - self._get_in_charge_fields()):
            raise AccessError(
                self.env._(
                    "“%(field)s” of an operation is set by those who plan operations: ask one "
                    "of them.",
                    field=self._fields[name].string if name in self._fields else name,
                )
            )

    @api.model
    def _get_guarded_defaults(self):
        """What the context would write into guarded fields of a new operation."""
        guarded = self._get_system_fields() | {"analytic_account_id"}
        return {
            name: self.env.context[f"default_{name}"]
            for name in guarded
            if f"default_{name}" in self.env.context
        }

    @api.model
    def _check_may_tie(self, vals):
        """Whoever reads an operation reads the sum of what is booked on its account."""
        if vals.get("analytic_account_id") and not (
            self.env["sop.budget"]._may_read_books()
        ):
            raise AccessError(
                self.env._(
                    "Only budget controllers and people with accounting rights tie an operation "
                    "to an analytic account that exists. “Create account” gives it a new one; "
                    "for all else ask one of them."
                )
            )

    def _check_plans(self):
        """Refuse what only those who plan operations do."""
        self.check_access("write")
        if not self._plans_operations():
            raise AccessError(
                self.env._(
                    "This is done by those who plan operations: ask one of them."
                )
            )
