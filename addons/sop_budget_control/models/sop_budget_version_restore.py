# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from markupsafe import Markup

from odoo import fields, models
from odoo.fields import Command

from odoo.addons.sop_budget.engine.money import from_units

from .sop_budget_version_payload import POLICY_FIELDS, POLICY_MODEL

#: Texts and choices of a category that are taken back as they were.
PLAIN_FIELDS = {
    "code": "code",
    "name": "name",
    "kind": "kind",
    "sequence": "sequence",
    "held": "held",
    "detail": "detail",
    "impact": "impact",
    "visibility": "visibility",
    "alerts": "alert_thresholds",
    "note": "note",
    "prefixes": "account_prefixes",
}


class SopBudgetVersion(models.Model):
    """A version as a new draft. The version and its budget stay as they are."""

    _inherit = "sop.budget.version"

    def action_restore(self):
        """Make a new draft budget of this version, as far as the reader may see it."""
        self.ensure_one()
        self.budget_id._check_can_keep()
        restorer = VersionRestorer(self)
        budget = restorer.restore()
        return {
            "type": "ir.actions.act_window",
            "res_model": "sop.budget",
            "res_id": budget.id,
            "views": [(False, "form")],
        }


class VersionRestorer:
    """Puts the content of a version into a new budget, and notes what can't be put back."""

    def __init__(self, version):
        self.env = version.env
        self.version = version
        self.source = version.budget_id
        self.payload = version._read_payload()
        self.names = self.payload["names"]
        self.problems = []

    def restore(self):
        budget = self._create_budget()
        categories = self._create_categories(budget)
        self._set_amounts(categories)
        self._create_policies(budget, categories)
        if hidden := self.payload["hidden"]:
            self.problems.append(
                self.env._(
                    "Categories that are not shown to you are left out: %(count)s.",
                    count=hidden,
                )
            )
        self._tell(budget)
        budget._save_version(
            "restored",
            note=self.env._(
                "From version %(version)s of %(budget)s",
                version=self.version.display_name,
                budget=self.source.display_name,
            ),
        )
        return budget

    # === HEADER === #

    def _create_budget(self):
        header = self.payload["budget"]
        plan = self._find("account.analytic.plan", header["plan"], header["plan_name"])
        self.plan = plan
        tags = self.env["sop.budget.tag"].search([("name", "in", header["tags"])])
        for name in set(header["tags"]) - set(tags.mapped("name")):
            self._miss(self.env._("Tag “%(name)s”", name=name))
        names = ("scope_expense", "scope_income", "scope_capital", "color")
        return self.env["sop.budget"].create(
            {
                **{name: header[name] for name in (*names, "alert_pace")},
                "alert_thresholds": header["alert_thresholds"],
                "name": self.env._(
                    "%(budget)s (version %(number)s)",
                    budget=header["name"],
                    number=self.version.number,
                ),
                "company_id": self.source.company_id.id,
                "date_from": header["date_from"],
                "date_to": header["date_to"],
                "plan_id": plan.id,
                "tag_ids": [Command.set(tags.ids)],
                "note": header["note"],
                "rate_ids": self._prepare_rates(),
            }
        )

    def _prepare_rates(self):
        commands = []
        for key, rate in self.payload["rates"].items():
            name = self.names["currency"].get(key)
            currency = self._find("res.currency", int(key), name)
            if currency:
                vals = {"rate": float(rate["rate"]), "date": rate["date"]}
                commands.append(Command.create({"currency_id": currency.id, **vals}))
        return commands

    # === TREE === #

    def _create_categories(self, budget):
        """Level by level: ``{key of the version: new category}``."""
        Category = self.env["sop.budget.category"].with_context(tracking_disable=True)
        rows = self.payload["categories"]
        made = {}
        left = dict(rows)
        while left:
            level = {
                key: row
                for key, row in left.items()
                if row["parent"] is None or str(row["parent"]) in made
            }
            if not level:
                break
            records = Category.create(
                [self._prepare_category(budget, row, made) for row in level.values()]
            )
            made.update(zip(level, records, strict=True))
            left = {key: row for key, row in left.items() if key not in level}
        self._create_rules(made)
        return made

    def _prepare_category(self, budget, row, made):
        vals = {name: row[kept] for kept, name in PLAIN_FIELDS.items()}
        parent = made.get(str(row["parent"]))
        responsible = self._find(
            "res.users", row["responsible"], self._name("user", row["responsible"])
        )
        source = self._find(
            "sop.funding.source", row["source"], self._name("source", row["source"])
        )
        return {
            **vals,
            "budget_id": budget.id,
            "parent_id": parent.id if parent else False,
            "user_id": responsible.id,
            "source_id": source.id,
            "analytic_account_id": self._find_analytic(row["analytic"]).id,
            "account_ids": [
                Command.set(
                    [self._find_account(key).id for key in row["accounts"] or ()]
                )
            ],
        }

    def _create_rules(self, made):
        vals_list = []
        for row in self.payload["rules"].values():
            vals = {
                "category_id": made[str(row["category"])].id,
                "analytic_account_id": self._find_analytic(row["analytic"]).id,
                "account_id": self._find_account(row["account"]).id,
                "account_prefix": row["prefix"],
                "note": row["note"],
            }
            wanted = (row["analytic"], row["account"])
            found = (vals["analytic_account_id"], vals["account_id"])
            # With a criterion less a rule would claim more than it did
            if all(bool(w) == bool(f) for w, f in zip(wanted, found, strict=True)):
                vals_list.append(vals)
        self.env["sop.budget.rule"].create(vals_list)

    # === AMOUNTS === #

    def _set_amounts(self, categories):
        digits = self.payload["budget"]["digits"]
        rows = []
        for key, units in self.payload["amounts"].items():
            entries = self.payload["entries"].get(key, {})
            for month, amount in zip(self.payload["months"], units, strict=True):
                if amount is not None:
                    rows.append(
                        (
                            categories[key].id,
                            fields.Date.to_date(f"{month}-01"),
                            from_units(amount, digits),
                            *self._prepare_entry(entries.get(month)),
                        )
                    )
        if rows:
            leaves = self.env["sop.budget.category"].browse({row[0] for row in rows})
            self.env["sop.budget.amount"]._set_amounts(leaves, rows)

    def _prepare_entry(self, entry):
        """How an amount was entered in a foreign currency that is still there."""
        if not entry:
            return (None, None, None, None)
        key, amount, rate, date = entry
        name = self._name("currency", key)
        currency = self._find("res.currency", key, name)
        if not currency:
            return (None, None, None, None)
        return (currency.id, float(amount), float(rate), date)

    # === POLICIES === #

    def _create_policies(self, budget, categories):
        policies = self.payload.get("policies") or {}
        if not policies or POLICY_MODEL not in self.env:
            return
        vals_list = []
        for row in policies.values():
            vals = {
                name: row[kept]
                for kept, name in POLICY_FIELDS.items()
                if kept in row and kept not in ("by", "category")
            }
            for name in ("tolerance_percent", "tolerance_amount"):
                if name in vals:
                    vals[name] = float(vals[name])
            category = categories.get(str(row.get("category")))
            vals_list.append(
                {
                    **vals,
                    "budget_id": budget.id,
                    "category_id": category.id if category else False,
                }
            )
        self.env[POLICY_MODEL].create(vals_list)

    # === WHAT IS STILL THERE === #

    def _name(self, table, key):
        name = self.names.get(table, {}).get(str(key)) if key else None
        return name[0] if isinstance(name, list) else name

    def _find(self, model, key, name):
        """The record, or none with a note that it could not be put back."""
        # sudo: whether it is there; what it is called stands in the version already
        record = self.env[model].sudo().browse(key or []).exists()
        if "active" in record._fields and record and not record.active:
            record = record.browse()
        if key and not record:
            label = self.env["ir.model"]._get(model).sudo().name
            self._miss(f"{label} “{name or key}”")
        return record.sudo(False)

    def _find_analytic(self, key):
        """An analytic account that is still in the plan of the budget."""
        account = self._find(
            "account.analytic.account", key, self._name("analytic", key)
        )
        # sudo: the plan of an account is no secret
        if account and account.sudo().root_plan_id != self.plan:
            self._miss(
                self.env._(
                    "Analytic account “%(name)s” (now in another plan)",
                    name=self._name("analytic", key),
                )
            )
            return account.browse()
        return account

    def _find_account(self, key):
        return self._find("account.account", key, self._name("account", key))

    def _miss(self, what):
        if what not in self.problems:
            self.problems.append(what)

    def _tell(self, budget):
        """What the new budget comes from, and what is missing in it."""
        body = self.env._(
            "Restored from version %(version)s of %(budget)s, as a new draft.",
            version=self.version.display_name,
            budget=self.source.display_name,
        )
        body = Markup("<p>%s</p>") % body
        if self.problems:
            items = Markup().join(
                Markup("<li>%s</li>") % text for text in self.problems
            )
            body += Markup("<p>%s</p><ul>%s</ul>") % (
                self.env._("What could not be put back, because it is gone or hidden:"),
                items,
            )
        budget.message_post(body=body)
