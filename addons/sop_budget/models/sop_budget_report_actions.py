# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, models
from odoo.exceptions import UserError
from odoo.fields import Domain

#: Parts of the tie-out that open documents, and what of the items they are.
TIE_OUT_PARTS = {
    "ledger": Domain.TRUE,
    "categories": Domain("category_id", "!=", False),
    "unassigned": Domain("category_id", "=", False),
}


class SopBudget(models.Model):
    """What the report and the tie-out page open."""

    _inherit = "sop.budget"

    def action_assign_unassigned(self, row):
        """Open the wizard that writes a rule for what is in no category.

        :param str row: key of an unassigned row, such as ``u_expense``
        """
        self.ensure_one()
        self._check_matching_editable()
        kind = str(row).removeprefix("u_")
        self._check_report_choice(kind, ("expense", "income", "capital"))
        return self.env["sop.budget.assign"]._get_action(self, kind)

    # === TIE-OUT === #

    @api.model
    @api.readonly
    def get_tie_out(self, options=None):
        """The budget against the trial balance, account by account.

        :param dict options: ``budget_id``; without it the budget that runs today
        :return: ``budget, currency, period, accounts, totals, ties, verdict, notes``; amounts
            are debit less credit, as in the trial balance
        """
        budget = self._find_report_budget(self._check_report_options(options))
        if not budget:
            return {"budget": False}
        return budget._prepare_tie_out()

    def _prepare_tie_out(self):
        data = self._get_tie_out()
        ties = self.currency_id.is_zero(data["totals"]["difference"]) and not any(
            account["difference"] for account in data["accounts"]
        )
        notes = []
        if data.get("hidden_count"):
            notes.append(
                self.env._(
                    "Categories that are not shown to you: %(count)s. Their items are left out on "
                    "both sides.",
                    count=data["hidden_count"],
                )
            )
        return {
            "budget": self._prepare_report_budget(),
            "currency": self._prepare_report_currency(),
            "period": self._format_report_dates(self.date_from, self.date_to),
            "title": self.env._(
                "Tie-out of %(budget)s with the books", budget=self.name
            ),
            "accounts": self._name_tie_out_accounts(data["accounts"]),
            "totals": data["totals"],
            "ties": ties,
            "verdict": self._get_tie_out_verdict(data, ties),
            "notes": notes,
        }

    def _name_tie_out_accounts(self, rows):
        """Codes and names beside the figures, in the order of the chart of accounts."""
        ids = [row["account_id"] for row in rows]
        # sudo: the code and name of an account are no secret
        accounts = (
            self.env["account.account"].sudo().with_company(self.company_id).browse(ids)
        )
        named = [
            {**row, "id": account.id, "code": account.code or "", "name": account.name}
            for row, account in zip(rows, accounts, strict=True)
        ]
        return sorted(named, key=lambda row: (row["code"], row["id"]))

    def _get_tie_out_verdict(self, data, ties):
        if not ties:
            return self.env._(
                "Accounts that differ from the trial balance: %(count)s. They are marked below; "
                "have an administrator check the monthly sums.",
                count=sum(bool(account["difference"]) for account in data["accounts"]),
            )
        return self.env._(
            "Every posted item in the scope of the budget is in exactly one category, or in "
            "none: nothing is counted twice, nothing is lost."
        )

    def action_open_tie_out(self, account_id, part):
        """Open the journal items behind one figure of the tie-out page."""
        self.ensure_one()
        self.check_access("read")
        if not isinstance(part, str) or part not in TIE_OUT_PARTS:
            raise UserError(
                self.env._("The tie-out has no column “%(part)s”.", part=part)
            )
        account = self.env["account.account"].browse(self._to_report_id(account_id))
        domain = (
            Domain("budget_id", "=", self.id)
            & Domain("measure", "=", "actual")
            & Domain("account_id", "=", account.id)
            & TIE_OUT_PARTS[part]
        )
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "sop_budget.sop_budget_item_action"
        )
        account = account.with_company(self.company_id).exists()
        name = account.display_name if account.has_access("read") else action["name"]
        return {
            **action,
            "name": name,
            "display_name": name,
            "domain": list(domain),
            "context": {"default_budget_id": self.id},
        }
