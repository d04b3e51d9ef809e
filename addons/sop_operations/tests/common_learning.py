# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo.fields import Command

from .common_kpi import KpiCommon


class LearningCommon(KpiCommon):
    """An experiment on the operation of ``KpiCommon``: 50 against 50, scale from 20 %."""

    @classmethod
    def make_experiment(cls, *arms, start=True, **vals):
        """``arms``: ``(name, is_control)``; without: Control and Variant."""
        arms = arms or (("Control", True), ("Variant", False))
        experiment = cls.env["sop.experiment"].create(
            {
                "operation_id": cls.operation.id,
                "name": "Welcome call",
                "hypothesis": "We believe that a call raises retention.",
                "metric": "30-day retention",
                "size_needed": 50,
                "arm_ids": [
                    Command.create({"name": name, "is_control": is_control})
                    for name, is_control in arms
                ],
                **vals,
            }
        )
        if start:
            experiment.action_start()
        return experiment

    @staticmethod
    def enter(experiment, *results):
        """``(size, successes)`` or ``(size, mean, deviation)`` of each arm, in one save."""
        experiment.write(
            {
                "arm_ids": [
                    Command.update(
                        arm.id,
                        dict(
                            zip(
                                ("size", "successes")
                                if len(result) == 2
                                else ("size", "mean", "deviation"),
                                result,
                                strict=True,
                            )
                        ),
                    )
                    for arm, result in zip(experiment.arm_ids, results, strict=True)
                ]
            }
        )
