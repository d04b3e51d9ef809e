# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import fields, models


class SopExperimentLook(models.Model):
    """The results at one moment somebody entered or read them; nobody changes it.

    Every look at unfinished results is one more chance to be fooled, so they are counted.
    """

    _name = "sop.experiment.look"
    _description = "Look at an Experiment"
    _inherit = ["sop.operation.part.mixin"]
    _order = "id desc"
    _check_company_auto = True

    experiment_id = fields.Many2one(
        "sop.experiment", required=True, index=True, ondelete="cascade", readonly=True
    )
    operation_id = fields.Many2one(
        related="experiment_id.operation_id", store=True, index=True, precompute=True
    )
    company_id = fields.Many2one(
        related="experiment_id.company_id", store=True, index=True, precompute=True
    )
    date = fields.Datetime("When", required=True, readonly=True)
    user_id = fields.Many2one("res.users", "Entered By", readonly=True)
    size = fields.Integer(
        "Cases per Arm", readonly=True, aggregator=None, help="Of the smallest arm."
    )
    size_needed = fields.Integer(
        "Needed", readonly=True, aggregator=None, help="As planned; 0: not known."
    )
    lift = fields.Float(
        "Best Lift (%)",
        readonly=True,
        aggregator=None,
        help="Of the best variant; better is positive.",
    )
    p_value = fields.Float(digits=(16, 4), readonly=True, aggregator=None)
    is_significant = fields.Boolean("More than Chance", readonly=True)
    words = fields.Text("Result", readonly=True)
    figures = fields.Json(readonly=True)
