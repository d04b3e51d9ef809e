# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools.misc import format_amount, formatLang

from ..engine import period
from ..engine.matrix import PLAN_MEASURES
from .sop_budget_explain import SHOWN_DOCUMENTS, SHOWN_RATES

#: Figures that documents add up to: the measures of the items, and which of their amounts.
DOCUMENTED = {
    "planned": (("planned",), "amount"),
    "original": (("original",), "amount"),
    "pending": (("pending",), "amount"),
    "reserved": (("reserved",), "amount"),
    "committed": (("committed",), "amount"),
    "preparing": (("preparing",), "amount"),
    "actual": (("actual",), "amount"),
    "available": (("planned", "reserved", "committed", "actual"), "effect"),
}
#: Figures whose documents name their category.
NOT_OF_BOOKS = ("planned", "original", "pending", "reserved")


class SopBudget(models.Model):
    """The documents, rules and rates behind a figure of the report."""

    _inherit = "sop.budget"

    # === DOCUMENTS === #

    def _get_figure_domain(self, figure):
        """The domain on ``sop.budget.item`` whose sum is the figure.

        Leaves are named one by one where not all of them count: those of a funding source, or
        those that the reader may see.
        """
        measures, _amount = DOCUMENTED[figure.measure]
        start = figure.span.date_from
        plan = [name for name in measures if name in PLAN_MEASURES]
        # An amount is dated on the first of its month, and a month that is cut counts in part
        since = Domain("date", ">=", start)
        if plan:
            since |= Domain("measure", "in", plan)
            since &= Domain("date", ">=", period.month_start(start))
        domain = (
            Domain("budget_id", "=", self.id)
            & Domain("measure", "in", measures)
            & since
            & Domain("date", "<=", figure.span.date_to)
        )
        return domain & Domain.OR(
            self._get_row_domain(figure.builder, position)
            for position in figure.positions
        )

    def _get_row_domain(self, builder, position):
        key = builder.row_keys[position]
        if key.startswith("c"):
            return Domain(
                "category_id", "in", self._get_counted_leaves(builder, position)
            )
        if key == "t_spending":
            kinds = builder.kinds
        else:
            kinds = [key.partition("_")[2]]
        of_kind = Domain("kind", "in", kinds)
        nowhere = Domain("category_id", "=", False)
        if key.startswith("u_"):
            return of_kind & nowhere
        if builder.options.source == "all" and not builder.full.hidden_count:
            return of_kind
        leaves = Domain("category_id", "in", self._get_counted_leaves(builder))
        return of_kind & (
            leaves | nowhere if builder.options.source == "all" else leaves
        )

    def _get_counted_leaves(self, builder, position=None):
        mask, ends = builder.sums.mask, builder.sums.ends
        rows = range(len(mask)) if position is None else range(position, ends[position])
        return [builder.tree.ids[row] for row in rows if mask[row]]

    def _explain_documents(self, figure):
        """Documents of a figure: some of them, how many there are, and what is hidden."""
        if figure.measure not in DOCUMENTED or figure.keys == ["t_balance"]:
            return None
        amount = DOCUMENTED[figure.measure][1]
        domain = self._get_figure_domain(figure)
        Item = self._get_item_model(figure)
        [(visible, count)] = Item._read_group(domain, [], [f"{amount}:sum", "__count"])
        # sudo: how many there are in all, to tell what the reader may not see
        hidden = Item.sudo().search_count(domain) - count
        value = self._to_shown(self._get_figure_value(figure), figure.measure)
        rest = self.currency_id.round((value or 0.0) - (visible or 0.0))
        items = Item.search(
            domain, order="amount desc, date desc, id", limit=SHOWN_DOCUMENTS
        )
        return {
            "model": "sop.budget.item",
            "domain": list(domain),
            "field": amount,
            "count": count,
            "sum": visible or 0.0,
            "hidden": hidden,
            "hidden_sum": rest if hidden else 0.0,
            "hidden_text": hidden and self._get_hidden_text(hidden, rest),
            "partial_text": "" if hidden else self._get_partial_text(rest),
            "rows": [self._prepare_document(item, amount) for item in items],
            "items": items.ids,
            "action": self._prepare_items_action(figure, domain),
        }

    def _get_item_model(self, figure):
        """Items; those before and after the budget as well where the figure looks there."""
        outside = (
            figure.span.date_from < self.date_from or figure.span.date_to > self.date_to
        )
        return self.env["sop.budget.item"].with_context(sop_all_dates=outside)

    def _get_partial_text(self, rest):
        """Why documents don't add up where the dates cut a month; empty where they do."""
        if self.currency_id.is_zero(rest):
            return ""
        return self.env._(
            "The plan of a month counts by its days in these dates: %(amount)s of this sum "
            "belongs to other days.",
            amount=format_amount(self.env, -rest, self.currency_id),
        )

    def _get_hidden_text(self, hidden, amount):
        return self.env._(
            "Documents of this figure that you may not read: %(count)s, in all %(amount)s.",
            count=hidden,
            amount=format_amount(self.env, amount, self.currency_id),
        )

    def _prepare_document(self, item, amount):
        account = (
            item.sudo().account_id
        )  # sudo: the code and name of an account are no secret
        return {
            "id": item.id,
            "date": fields.Date.to_string(item.date),
            "name": item.name,
            "label": item.label or "",
            "partner": item.partner_id.sudo().display_name or "",
            "account": account.code or "",
            "account_name": account.display_name or "",
            "amount": item[amount],
            "share": self._get_share_text(item),
            "res_model": item.res_model,
            "res_id": item.res_id,
        }

    def _get_share_text(self, item):
        """ "60 % of 1,000.00" where only a part of the line belongs here."""
        if self.currency_id.compare_amounts(item.amount, item.line_amount) == 0:
            return ""
        return self.env._(
            "%(share)s%% of %(amount)s",
            share=formatLang(self.env, item.share * 100, digits=1),
            amount=formatLang(
                self.env, item.line_amount, digits=self.currency_id.decimal_places
            ),
        )

    def _prepare_items_action(self, figure, domain):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "sop_budget.sop_budget_item_action"
        )
        outside = (
            figure.span.date_from < self.date_from or figure.span.date_to > self.date_to
        )
        unassigned = figure.keys[0].startswith("u_")
        return {
            **action,
            "name": self._get_figure_row_name(figure),
            "display_name": self._get_figure_row_name(figure),
            "domain": list(domain),
            "context": {
                "sop_all_dates": outside,
                "default_budget_id": self.id,
                **({"search_default_group_account": 1} if unassigned else {}),
            },
        }

    # === RULES === #

    def _explain_rules(self, figure):
        """By what the books were recognised, the most specific first."""
        if len(figure.positions) > 1 or figure.measure in NOT_OF_BOOKS:
            return []
        key = figure.keys[0]
        if key.startswith("u_"):
            return [
                {
                    "text": self.env._(
                        "Accounts of this kind in the scope of the budget, whose items no category "
                        "claims."
                    ),
                    "note": "",
                }
            ]
        if not key.startswith("c"):
            return []
        category = figure.builder.categories[figure.positions[0]]
        selectors = [
            *self._get_own_selectors(category),
            *self._get_rule_selectors(category),
        ]
        return [
            {"text": self._get_selector_text(*selector), "note": note}
            for selector, note in sorted(selectors, key=self._get_selector_rank)
        ]

    def _get_own_selectors(self, category):
        """(analytic account, account, prefix) of the category itself, with a note."""
        analytic = category.analytic_account_id
        # sudo: accounts are named here, nothing of them is shown
        accounts, prefixes = category.sudo().account_ids, category._get_prefixes()
        found = [(analytic, account, "") for account in accounts]
        found += [(analytic, accounts[:0], prefix) for prefix in prefixes]
        if analytic and not found:
            found = [(analytic, accounts[:0], "")]
        return [(selector, "") for selector in found]

    def _get_rule_selectors(self, category):
        return [
            (
                (
                    rule.analytic_account_id,
                    rule.sudo().account_id,
                    rule.account_prefix or "",
                ),
                rule.note or "",
            )
            for rule in category.rule_ids
        ]

    @api.model
    def _get_selector_rank(self, item):
        """Analytic and account, analytic and prefix, analytic, account, prefix."""
        (analytic, account, prefix), _note = item
        return (
            not analytic,
            not account,
            not prefix if analytic or account else 0,
            -len(prefix),
        )

    def _get_selector_text(self, analytic, account, prefix):
        # sudo: the names of what recognises the category, not what is booked there
        analytic = analytic.sudo().display_name
        account = account.with_company(self.company_id).sudo().display_name
        if analytic and account:
            return self.env._(
                "Analytic account %(a)s on account %(b)s", a=analytic, b=account
            )
        if analytic and prefix:
            return self.env._(
                "Analytic account %(a)s on accounts %(b)s…", a=analytic, b=prefix
            )
        if analytic:
            return self.env._("Analytic account %(a)s", a=analytic)
        if account:
            return self.env._("Account %(b)s", b=account)
        return self.env._("Accounts that begin with %(b)s", b=prefix)

    @api.model
    def _get_precedence_text(self):
        return self.env._(
            "The most specific rule wins: analytic account with account, with the longest prefix, "
            "analytic account, account, longest prefix."
        )

    # === RATES === #

    def _explain_rates(self, figure, documents):
        """Rates by which the documents shown came into the currency of the company."""
        rates = {}
        for item in self.env["sop.budget.item"].browse(documents["items"]):
            currency = item.document_currency_id
            if not currency or currency == self.currency_id or not item.document_amount:
                continue
            rate = abs(item.line_amount / item.document_amount)
            key = (currency.name, round(rate, 8), item.rate_date or item.date)
            rates.setdefault(key, item.name)
        return [
            {
                "currency": currency,
                "rate": rate,
                "date": fields.Date.to_string(day),
                "text": name,
            }
            for (currency, rate, day), name in list(rates.items())[:SHOWN_RATES]
        ]
