# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, models


class SopBudget(models.Model):
    """The words of the report: one meaning each, said alike on screen, in PDF and XLSX."""

    _inherit = "sop.budget"

    @api.model
    def _get_report_words(self):
        """``measures``: name, help and names by kind; ``totals`` by kind; ``unassigned``."""
        return {
            "unassigned": self.env._("Not in any category"),
            "kinds": {
                "expense": self.env._("Expenses"),
                "income": self.env._("Income"),
                "capital": self.env._("Investments"),
            },
            "totals": {
                "expense": self.env._("Total expenses"),
                "income": self.env._("Total income"),
                "capital": self.env._("Total investments"),
                "spending": self.env._("Total spending"),
                "balance": self.env._("Income less spending"),
            },
            "measures": {
                **self._get_base_words(),
                **self._get_derived_words(),
                **self._get_compared_words(),
            },
        }

    @api.model
    def _get_base_words(self):
        return {
            "planned": (
                self.env._("Planned"),
                self.env._("What the budget plans for these dates."),
                {},
            ),
            "to_date": (
                self.env._("Plan to date"),
                self.env._("The part of the plan that falls in the days gone by."),
                {},
            ),
            "original": (
                self.env._("First approved"),
                self.env._("The plan as it was when the budget was first approved."),
                {},
            ),
            "pending": (
                self.env._("Pending"),
                self.env._("Asked for in proposals that nobody has decided yet."),
                {},
            ),
            "reserved": (
                self.env._("Reserved"),
                self.env._(
                    "Approved proposals, less what was ordered or billed for them."
                ),
                {},
            ),
            "committed": (
                self.env._("Committed"),
                self.env._("Confirmed orders, less what posted bills have taken over."),
                {"income": self.env._("Ordered by customers")},
            ),
            "preparing": (
                self.env._("In preparation"),
                self.env._(
                    "Orders that are not confirmed yet. They take nothing from what is available."
                ),
                {},
            ),
            "actual": (self.env._("Actual"), self.env._("Posted journal items."), {}),
        }

    @api.model
    def _get_derived_words(self):
        return {
            "available": (
                self.env._("Available"),
                self.env._("Planned less committed less actual."),
                {"income": self.env._("Still to come")},
            ),
            "available_after_pending": (
                self.env._("Available after pending"),
                self.env._("Available, less what undecided proposals ask for."),
                {},
            ),
            "variance": (
                self.env._("Variance"),
                self.env._(
                    "Favourable is positive: planned less actual for spending, actual less planned "
                    "for income."
                ),
                {},
            ),
            "variance_percent": (
                self.env._("Variance %"),
                self.env._("Variance as a share of the plan."),
                {},
            ),
            "utilisation": (
                self.env._("Used"),
                self.env._("Committed and actual as a share of the plan."),
                {"income": self.env._("Reached")},
            ),
            "burn": (
                self.env._("Burnt"),
                self.env._("Actual as a share of the plan."),
                {"income": self.env._("Earned")},
            ),
            "burn_rate": (
                self.env._("Per month"),
                self.env._("Mean actual of a month up to the day shown."),
                {},
            ),
            "runway": (
                self.env._("Runway (months)"),
                self.env._(
                    "How many months the available money lasts at the present rate."
                ),
                {},
            ),
            "projection": (
                self.env._("Projection"),
                self.env._(
                    "Actual at the end of the column if it goes on as up to the day shown."
                ),
                {},
            ),
        }

    @api.model
    def _get_compared_words(self):
        return {
            "compare": (
                self.env._("Compared"),
                self.env._("The figure compared with."),
                {},
            ),
            "compare_difference": (
                self.env._("Change"),
                self.env._("This figure less the one compared with."),
                {},
            ),
            "compare_percent": (
                self.env._("Change %"),
                self.env._("Change as a share of what is compared."),
                {},
            ),
        }

    def _get_compare_words(self, options):
        """Names of the columns of a comparison; empty without one."""
        if options.compare == "last_year":
            return {
                "compare": self.env._("Actual last year"),
                "compare_difference": self.env._("Change of actual"),
            }
        if options.compare == "budget":
            other = self.browse(options.compare_budget_id)
            return {
                "compare": self.env._(
                    "Plan of %(budget)s", budget=other.code or other.name
                ),
                "compare_difference": self.env._("Change of plan"),
            }
        return {}

    def _get_report_choices(self, options):
        """What can be chosen, with its name, in the order in which it is offered."""
        compared = ("compare", "compare_difference", "compare_percent")
        words = self._get_report_words()["measures"]
        columns = {
            "month": self.env._("Months"),
            "quarter": self.env._("Quarters"),
            "year": self.env._("Years"),
            "whole": self.env._("Total"),
            "to_date": self.env._("To date"),
        }
        if options.ranges:
            columns["custom"] = self.env._("Own dates")
        return {
            "columns": self._name_choices(columns),
            "measures": [
                {"key": key, "name": words[key][0], "help": words[key][1]}
                for key in self._get_report_measures()
                if options.compare or key not in compared
            ],
            "sources": self._name_choices(
                {
                    "all": self.env._("All sources"),
                    "internal": self.env._("Internal money"),
                    "external": self.env._("External money"),
                }
            ),
            "periods": self._name_choices(
                {
                    "all": self.env._("Whole budget"),
                    "this_year": self.env._("This fiscal year"),
                    "this_quarter": self.env._("This quarter"),
                    "this_month": self.env._("This month"),
                }
            ),
            "compares": self._name_choices(
                {
                    False: self.env._("No comparison"),
                    "last_year": self.env._("Last year"),
                }
            ),
        }

    @api.model
    def _name_choices(self, names):
        return [{"key": key, "name": name} for key, name in names.items()]
