# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import fields


class BigInteger(fields.Integer):
    """A whole number of 64 bits: minor units of 32 bits would end at 21 million."""

    _column_type = ("int8", "int8")
