# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What a version keeps of a budget, collected in a few queries whatever its size."""

import secrets
from decimal import Decimal

import numpy as np

from odoo import fields, models
from odoo.tools import SQL

from odoo.addons.sop_budget.engine.matching import KINDS
from odoo.addons.sop_budget.models.sop_budget_category import VISIBILITY_RANK
from odoo.addons.sop_budget.models.sop_budget_member import ROLE_RANK

from ..engine.version import restrict

FORMAT = 1
FIGURES = ("reserved", "pending", "committed", "actual")
HEADER = (
    *("name", "code", "state", "scope_expense", "scope_income", "scope_capital"),
    *("alert_thresholds", "alert_pace", "color"),
)
#: Fields of a category by the name that they are kept under.
CATEGORY_FIELDS = {
    "parent": "parent_id",
    "code": "code",
    "name": "name",
    "kind": "kind",
    "leaf": "is_leaf",
    "sequence": "sequence",
    "held": "held",
    "detail": "detail",
    "impact": "impact",
    "responsible": "user_id",
    "source": "source_id",
    "visibility": "visibility",
    "visible": "visibility_effective",
    "alerts": "alert_thresholds",
    "note": "note",
    "analytic": "analytic_account_id",
    "accounts": "account_ids",
    "prefixes": "account_prefixes",
    "by": "write_uid",
}
RULE_FIELDS = {
    "category": "category_id",
    "analytic": "analytic_account_id",
    "account": "account_id",
    "prefix": "account_prefix",
    "note": "note",
    "by": "write_uid",
}
#: What a spending policy is made of, where the budget has them.
POLICY_MODEL = "sop.budget.policy"
POLICY_FIELDS = {
    "category": "category_id",
    "event": "event",
    "action": "action",
    "basis": "basis",
    "reach": "reach",
    "tolerance_percent": "tolerance_percent",
    "tolerance_amount": "tolerance_amount",
    "by": "write_uid",
}


class SopBudget(models.Model):
    _inherit = "sop.budget"

    # === COLLECTING === #

    def _prepare_version_payload(self):
        """Inputs, rates, rules and figures of the budget now, hidden categories too.

        For keeping only: a reader gets it through ``_restrict_payload``.
        """
        self.ensure_one()
        # sudo: a version is whole, whoever keeps it; nobody reads it unfiltered
        budget = self.sudo().with_company(self.company_id)
        self.env.flush_all()
        months = [month.strftime("%Y-%m") for month in budget._get_months()]
        categories = budget._prepare_version_rows(
            "sop.budget.category", CATEGORY_FIELDS
        )
        rules = budget._prepare_version_rows("sop.budget.rule", RULE_FIELDS)
        payload = {
            "format": FORMAT,
            # So that nobody finds out a hidden amount by trying which one fits the hash
            "salt": secrets.token_hex(16),
            "budget": budget._prepare_version_header(),
            "months": months,
            "categories": categories,
            "rules": rules,
            "policies": budget._prepare_version_policies(),
            "rates": budget._prepare_version_rates(),
            **budget._prepare_version_amounts(months),
            **budget._prepare_version_figures(),
        }
        payload["names"] = budget._prepare_version_names(payload)
        for category in categories.values():
            source = payload["names"]["source"].get(str(category["source"]))
            category["external"] = bool(source and source[1])
        return payload

    def _prepare_version_header(self):
        header = {name: self._to_kept(self[name]) for name in HEADER}
        return {
            **header,
            "company": self.company_id.id,
            "currency": self.currency_id.name,
            "digits": self.currency_id.decimal_places,
            "date_from": fields.Date.to_string(self.date_from),
            "date_to": fields.Date.to_string(self.date_to),
            "owner": self.user_id.name,
            "plan": self.plan_id.id or None,
            "plan_name": self.plan_id.name or None,
            "tags": sorted(self.tag_ids.mapped("name")),
            "note": str(self.note) if self.note else None,
        }

    def _to_kept(self, value):
        """A value of the ORM as a version keeps it: no floats, None for what is empty."""
        if isinstance(value, bool) or isinstance(value, int):
            return value
        if isinstance(value, float):
            return Decimal(repr(value))
        return value or None

    def _prepare_version_rows(self, model, names):
        """Records of the budget as ``{id: {name: value}}``, read at once."""
        records = self.env[model].with_context(active_test=False)
        rows = records.search_read(
            [("budget_id", "=", self.id)], list(names.values()), load=None, order="id"
        )
        empty = {
            name
            for name in names.values()
            if records._fields[name].type
            not in ("boolean", "integer", "float", "monetary")
        }
        return {
            str(row["id"]): {
                kept: None
                if name in empty and not row[name]
                else self._to_kept(row[name])
                for kept, name in names.items()
            }
            for row in rows
        }

    def _prepare_version_policies(self):
        """Spending policies of the budget; none where it knows no such thing."""
        fields_ = getattr(self.env.get(POLICY_MODEL), "_fields", {})
        names = {k: name for k, name in POLICY_FIELDS.items() if name in fields_}
        if "budget_id" not in fields_:
            return {}
        return self._prepare_version_rows(POLICY_MODEL, names)

    def _prepare_version_rates(self):
        return {
            str(rate.currency_id.id): {
                "rate": Decimal(repr(rate.rate)).quantize(Decimal("1e-8")),
                "date": fields.Date.to_string(rate.date),
                "by": rate.write_uid.id,
            }
            for rate in self.rate_ids
        }

    def _prepare_version_amounts(self, months):
        """Amounts, who wrote them last, and how they were entered: one query."""
        places = self.currency_id.decimal_places
        rows = self.env.execute_query(
            SQL(
                """
                SELECT category_id::text, array_agg(to_char(month, 'YYYY-MM')),
                       array_agg((round(amount, %(places)s) * %(scale)s)::bigint),
                       array_agg((round(original_amount, %(places)s) * %(scale)s)::bigint),
                       array_agg(COALESCE(write_uid, create_uid)),
                       jsonb_object_agg(to_char(month, 'YYYY-MM'), jsonb_build_array(
                           entry_currency_id, trim_scale(entry_amount)::text,
                           trim_scale(entry_rate::numeric)::text, entry_date
                       )) FILTER (WHERE entry_currency_id IS NOT NULL)
                  FROM sop_budget_amount WHERE budget_id = %(budget)s
              GROUP BY category_id ORDER BY category_id
                """,
                places=places,
                scale=10**places,
                budget=self.id,
            )
        )
        amounts, original, writers, entries = {}, {}, {}, {}
        for key, in_months, units, first, users, entered in rows:
            amounts[key] = self._line_up(months, in_months, units)
            if any(first):
                original[key] = self._line_up(months, in_months, first)
            one = len(set(users)) == 1
            writers[key] = users[0] if one else self._line_up(months, in_months, users)
            if entered:
                entries[key] = entered
        return {
            "amounts": amounts,
            "original": original,
            "writers": writers,
            "entries": entries,
        }

    def _line_up(self, months, in_months, values):
        known = dict(zip(in_months, values, strict=True))
        return [known.get(month) for month in months]

    def _prepare_version_figures(self):
        """What proposals, orders and journal items come to, by leaf and month."""
        matrix = self._get_matrix(measures=FIGURES)
        figures, loose = {}, {}
        for measure in FIGURES:
            array = matrix.leaf_amounts(measure)
            figures[measure] = {
                str(matrix.ids[row]): array[row].tolist()
                for row in np.flatnonzero(array.any(axis=1)).tolist()
            }
            loose[measure] = {
                kind: units.tolist()
                for kind, units in zip(KINDS, matrix.unassigned[measure], strict=True)
                if units.any()
            }
        return {"figures": figures, "loose": loose}

    def _prepare_version_names(self, payload):
        """Names of what is referred to, as they were: ``{table: {id: name}}``."""
        rows = [*payload["categories"].values(), *payload["rules"].values()]
        rows += [*payload["policies"].values(), *payload["rates"].values()]

        def ids(*names):
            return sorted({row[n] for row in rows for n in names if row.get(n)})

        accounts = {row["account"] for row in rows if row.get("account")}
        accounts.update(*(row["accounts"] for row in rows if row.get("accounts")))
        users = {*ids("responsible", "by"), self.user_id.id}
        for writers in payload["writers"].values():
            users.update(writers if isinstance(writers, list) else [writers])
        currencies = {int(key) for key in payload["rates"]}
        for entered in payload["entries"].values():
            currencies.update(entry[0] for entry in entered.values())
        sources = self.env["sop.funding.source"].browse(ids("source"))
        return {
            "user": self._name_records("res.users", users - {None}),
            "analytic": self._name_records("account.analytic.account", ids("analytic")),
            "account": self._name_records("account.account", accounts),
            "currency": self._name_records("res.currency", currencies),
            "source": {str(s.id): [s.name, s.is_external] for s in sources},
        }

    def _name_records(self, model, ids):
        records = self.env[model].browse(sorted(ids))
        return {str(record.id): record.display_name for record in records}

    # === READING === #

    def _restrict_payload(self, payload):
        """The part of a kept (or fresh) payload that the current user may see.

        A category that is still there: as its rules say now. One that is gone: by who was
        allowed to see it then.
        """
        self.ensure_one()
        there = self.env["sop.budget.category"].search([("budget_id", "=", self.id)])
        shown = {str(category_id) for category_id in there.ids}
        gone = self._find_gone(payload)
        rank = ROLE_RANK.get(self._get_role(), 0)
        shown.update(
            key
            for key in gone
            if rank >= VISIBILITY_RANK[payload["categories"][key]["visible"]]
        )
        return restrict(payload, shown)

    def _find_gone(self, payload):
        ids = [int(key) for key in payload["categories"]]
        # sudo: whether a category still exists has nothing to do with who may see it
        there = self.env["sop.budget.category"].sudo().browse(ids).exists()
        return set(payload["categories"]) - {
            str(category_id) for category_id in there.ids
        }
