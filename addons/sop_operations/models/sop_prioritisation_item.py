# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models
from odoo.tools import plaintext2html


class SopPrioritisationItem(models.Model):
    """What is ranked: an operation, or an idea that may become one."""

    _name = "sop.prioritisation.item"
    _description = "Item to Prioritise"
    _inherit = "sop.prioritisation.part.mixin"
    _order = "prioritisation_id, has_score desc, rank, sequence, id"
    _check_company_auto = True

    prioritisation_id = fields.Many2one(
        "sop.prioritisation", "Exercise", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        related="prioritisation_id.company_id", store=True, index=True, precompute=True
    )
    sequence = fields.Integer(default=10)
    operation_id = fields.Many2one(
        "sop.operation",
        index="btree_not_null",
        ondelete="set null",
        check_company=True,
        help="The operation that is judged; empty for an idea.",
    )
    name = fields.Char(
        compute="_compute_name",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
    )
    description = fields.Text(help="What participants have to know.")
    rank = fields.Integer(readonly=True, copy=False, aggregator=None)
    score = fields.Float(
        "Score (%)", readonly=True, copy=False, digits=(5, 1), aggregator=None
    )
    has_score = fields.Boolean(readonly=True, copy=False)
    score_ids = fields.One2many(
        "sop.prioritisation.score", "item_id", "By Criterion", copy=False
    )
    justification = fields.Text(
        help="Why it is placed where it is, in words, for those who were not there."
    )

    @api.depends("operation_id")
    def _compute_name(self):
        for item in self:
            item.name = item.operation_id.name or item.name

    @api.model
    def _get_system_fields(self):
        return super()._get_system_fields() | {
            "rank",
            "score",
            "has_score",
            "score_ids",
        }

    @api.model
    def _get_free_fields(self):
        return super()._get_free_fields() | {"justification", "description"}

    @api.model_create_multi
    def create(self, vals_list):
        items = super().create(vals_list)
        items._check_operation_readable()
        return items

    def write(self, vals):
        result = super().write(vals)
        if "operation_id" in vals:
            self._check_operation_readable()
        return result

    def _check_operation_readable(self):
        """Participants are told its name: nobody names what they may not read."""
        self.operation_id.check_access("read")

    def action_create_operation(self):
        """The idea becomes a planned operation, in the order of the ranks."""
        Operation = self.env["sop.operation"]
        Operation.check_access("create")
        self.prioritisation_id.check_access("write")
        new = self.filtered(lambda item: not item.operation_id)
        operations = Operation.create([item._prepare_operation() for item in new])
        for item, operation in zip(new, operations, strict=True):
            # sudo: the only change after people judged
            item.sudo().operation_id = operation
        return (operations or self.operation_id)[:1].get_formview_action()

    def _prepare_operation(self):
        self.ensure_one()
        return {
            "name": self.name,
            "company_id": self.company_id.id,
            "description": self.description and plaintext2html(self.description),
        }
