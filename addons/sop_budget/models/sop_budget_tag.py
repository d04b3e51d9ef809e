# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from random import randint

from odoo import fields, models


class SopBudgetTag(models.Model):
    _name = "sop.budget.tag"
    _description = "Budget Tag"
    _order = "name"

    name = fields.Char(required=True, translate=True)
    color = fields.Integer(default=lambda self: randint(1, 11))

    _name_uniq = models.Constraint(
        "unique (name)", "A tag with this name already exists."
    )
