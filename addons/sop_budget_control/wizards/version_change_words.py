# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Differences of two versions in the words of the reader."""

from odoo.tools.misc import format_amount, format_date

from odoo.addons.sop_budget.engine.money import from_units

from ..models.sop_budget_version_payload import CATEGORY_FIELDS, POLICY_FIELDS

#: Names that the header of a budget is kept under, where they aren't its fields.
HEADER_FIELDS = {"owner": "user_id", "plan_name": "plan_id", "tags": "tag_ids"}
NAME_TABLES = {"responsible": "user", "analytic": "analytic"}


class ChangeWords:
    """Names of fields and values of changes between two payloads."""

    def __init__(self, budget, old, new):
        self.env = budget.env
        self.budget = budget
        self.old, self.new = old, new
        self.digits = budget.currency_id.decimal_places
        self.models = {
            "budget": self.env["sop.budget"],
            "category": self.env["sop.budget.category"],
        }
        self.measures = budget._get_report_words()["measures"]
        self._labels = {}

    # === WHAT CHANGED === #

    def label(self, change):
        if change.section == "figure":
            return self.measures[change.field][0]
        if change.section == "rate":
            return self._name(change, "currency", change.row)
        if change.section in self.models and change.field:
            return self._field_label(change.section, change.field)
        return dict(
            self.env["sop.budget.version.change"]
            ._fields["section"]
            ._description_selection(self.env)
        )[change.section]

    def _field_label(self, section, name):
        if (section, name) not in self._labels:
            field = self._field(section, name)
            label = field._description_string(self.env) if field else name
            self._labels[section, name] = label
        return self._labels[section, name]

    def _field(self, section, name):
        names = HEADER_FIELDS if section == "budget" else CATEGORY_FIELDS
        return self.models[section]._fields.get(names.get(name, name))

    def category(self, change):
        """Code and name, as they are in the newer payload that has it."""
        for payload in (self.new, self.old):
            if found := payload["categories"].get(change.category):
                return f"{found['code']} {found['name']}"
        return ""

    # === VALUES === #

    def values(self, change):
        """Texts before and after."""
        return (
            self._text(change, change.old, self.old),
            self._text(change, change.new, self.new),
        )

    def _text(self, change, value, payload):
        if change.is_money:
            amount = from_units(value or 0, self.digits)
            return format_amount(self.env, amount, self.budget.currency_id)
        if value is None:
            return ""
        if change.section == "rate":
            return f"{value['rate']} ({format_date(self.env, value['date'])})"
        if change.section == "entry":
            return self._entry_text(value, payload)
        if change.section == "rule":
            return self._rule_text(value, payload)
        if change.section == "policy":
            return self._policy_text(value)
        return self._value_text(change, value, payload)

    def _value_text(self, change, value, payload):
        if isinstance(value, bool):
            return self.env._("Yes") if value else self.env._("No")
        if change.section == "category":
            if change.field in NAME_TABLES:
                return self._lookup(payload, NAME_TABLES[change.field], value)
            if change.field == "source":
                return self._lookup(payload, "source", value)
            if change.field == "parent":
                parent = payload["categories"].get(str(value))
                return f"{parent['code']} {parent['name']}" if parent else f"#{value}"
        if isinstance(value, list):
            if change.field == "accounts":
                value = [self._lookup(payload, "account", part) for part in value]
            return ", ".join(map(str, value))
        field = change.field and self._field(change.section, change.field)
        if field and field.type == "selection":
            return dict(field._description_selection(self.env)).get(value, value)
        return str(value)

    def _entry_text(self, value, payload):
        currency, amount, rate, date = value
        return self.env._(
            "%(amount)s %(currency)s at %(rate)s (%(date)s)",
            amount=amount,
            currency=self._lookup(payload, "currency", currency),
            rate=rate,
            date=format_date(self.env, date) if date else "–",
        )

    def _rule_text(self, value, payload):
        parts = [
            value.get("analytic")
            and self._lookup(payload, "analytic", value["analytic"]),
            value.get("account") and self._lookup(payload, "account", value["account"]),
            value.get("prefix") and f"{value['prefix']}…",
        ]
        text = " + ".join(part for part in parts if part)
        return f"{text} ({value['note']})" if value.get("note") else text

    def _policy_text(self, value):
        model = self.env["sop.budget.policy"]
        parts = []
        for name, field_name in POLICY_FIELDS.items():
            if name not in ("category", "by") and value.get(name):
                field = model._fields.get(field_name)
                label = field._description_string(self.env) if field else name
                text = value[name]
                if field and field.type == "selection":
                    text = dict(field._description_selection(self.env)).get(text, text)
                parts.append(f"{label}: {text}")
        return ", ".join(parts)

    def _name(self, change, table, key):
        for payload in (self.new, self.old):
            if name := payload["names"].get(table, {}).get(str(key)):
                return name
        return str(key)

    def _lookup(self, payload, table, key):
        name = payload["names"].get(table, {}).get(str(key), f"#{key}")
        return name[0] if isinstance(name, list) else name
