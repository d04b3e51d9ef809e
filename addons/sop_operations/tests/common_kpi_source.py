# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from datetime import date

from .common_kpi import KpiCommon


class SourceCommon(KpiCommon):
    """Figures are counted from the measurements of ``cls.meter``."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.meter = cls.make_kpi(name="Meter", code="METER", target_kind="none")
        for day, value in (
            (date(2025, 4, 1), 1000),
            (date(2025, 4, 30), 10),
            (date(2025, 5, 2), 20),
            (date(2025, 5, 18), 30),
        ):
            cls.meter._measure(day, value)

    def make_records(self, user=None, **vals):
        return (
            self.env["sop.kpi"]
            .with_user(user or self.planner)
            .create(
                {
                    "operation_id": self.operation.id,
                    "name": "From records",
                    "source": "records",
                    "source_model": "sop.kpi.value",
                    "source_domain": f"[('kpi_id', '=', {self.meter.id})]",
                    "source_measure": "sum",
                    "source_field": "value",
                    "source_date_field": "date",
                    "target": 100,
                    **vals,
                }
            )
        )

    def make_formula(self, formula, user=None, **vals):
        return (
            self.env["sop.kpi"]
            .with_user(user or self.planner)
            .create(
                {
                    "operation_id": self.operation.id,
                    "name": f"Formula {formula}",
                    "source": "formula",
                    "formula": formula,
                    **vals,
                }
            )
        )
