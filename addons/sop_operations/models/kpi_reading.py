# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What the system reads of KPIs, on its way into their measurements."""

import datetime
from typing import NamedTuple

from odoo import models


class Known(NamedTuple):
    """A measurement that counts."""

    id: int
    day: datetime.date
    origin: str
    value: float


class Reading(NamedTuple):
    """A figure that the system has read and checked.

    ``replaced``: what counts no longer, first the one that the reading corrects.
    """

    kpi: models.BaseModel
    day: datetime.date
    value: float
    replaced: tuple[Known, ...]

    def get_row(self):
        """In the order of ``COLUMNS``."""
        kpi, corrected, old = self.kpi, None, 0.0
        has_old = kpi.has_value and kpi.aggregation == "latest"
        if self.replaced:
            has_old, corrected, old = True, self.replaced[0].id, self.replaced[0].value
        elif has_old:
            old = kpi.value
        return kpi.id, self.day, self.value, corrected, old, has_old


#: Columns of a reading with their types; the KPI says the rest.
COLUMNS = {
    "kpi_id": "integer",
    "date": "date",
    "value": "numeric",
    "replaces_id": "integer",
    "old_value": "numeric",
    "has_old_value": "boolean",
}
