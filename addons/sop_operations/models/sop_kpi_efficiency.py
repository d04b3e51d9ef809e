# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import fields, models


class SopKpi(models.Model):
    """What a KPI needs, so that its cost can be compared."""

    _inherit = "sop.kpi"

    result_unit = fields.Char(
        "One of Them Is a",
        help="Such as project or participant. KPIs of different operations with the same "
        "word are compared with each other: cost per project. Empty: the name of the KPI.",
    )
    benchmark_cost = fields.Monetary(
        "Usual Cost of One",
        tracking=True,
        help="What one of them costs elsewhere. 0: not known.",
    )
    benchmark_label = fields.Char("Source of the Usual Cost", help="Such as industry.")

    _benchmark_positive = models.Constraint(
        "CHECK (benchmark_cost >= 0)", "The usual cost can't be negative."
    )

    def _get_result_group(self):
        """What is compared with each other: the word, else the name."""
        self.ensure_one()
        return (self.result_unit or self.name or "").strip().casefold()

    def _get_results(self):
        """How many results the money brought; None where a cost makes no sense.

        A share or a yes can't be bought by the piece, and what is to fall neither. What was
        there before is not counted.
        """
        self.ensure_one()
        if (
            not self.has_value
            or self.kind in ("percentage", "boolean")
            or self.direction not in ("at_least", "rise")
        ):
            return None
        return self.value - (self.baseline if self.direction == "rise" else 0.0)
