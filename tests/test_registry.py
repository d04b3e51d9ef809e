"""Conventions of our models that only show once they are loaded, as Odoo's own test_lint
checks them for the official add-ons."""

from odoo.tests import TransactionCase, tagged

from launcher.odoo import our_addons


@tagged("post_install", "-at_install")
class TestModels(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.addons = set(our_addons())
        cls.models = [
            model
            for name in cls.env.registry
            if (model := cls.env[name])._original_module in cls.addons
        ]

    def our_fields(self):
        for name in self.env.registry:
            for field in self.env[name]._fields.values():
                if self.addons.intersection(field._modules):
                    yield field

    def test_something_is_checked(self):
        self.assertTrue(self.models)

    def test_technical_names(self):
        wrong = [
            m._name
            for m in self.models
            if not m._name.startswith(("sop.", "report.sop_"))
        ]
        self.assertFalse(wrong)

    def test_index_on_every_inverse(self):
        wrong = set()
        for field in self.our_fields():
            if field.type != "one2many" or not field.inverse_name:
                continue
            comodel = self.env[field.comodel_name]
            inverse = comodel._fields[field.inverse_name].base_field
            tableless = not comodel._auto or comodel._abstract or comodel._transient
            if (
                not tableless
                and inverse.store
                and inverse.column_type
                and not inverse.index
            ):
                wrong.add(f"{inverse} (inverse of {field})")
        self.assertFalse(wrong)

    def test_access_rights(self):
        """Every model with a table has access rights, none of them for everybody."""
        wrong = []
        for model in self.models:
            if model._abstract:
                continue
            rights = self.env["ir.model.access"].search(
                [("model_id.model", "=", model._name)]
            )
            if not rights:
                wrong.append(f"{model._name}: no access rights")
            wrong += [
                f"{right.name}: no group" for right in rights if not right.group_id
            ]
        self.assertFalse(wrong)

    def test_company_rules(self):
        """Every model with a company that anybody may read has a record rule for it."""
        wrong = []
        for model in self.models:
            if model._abstract or model._transient or "company_id" not in model._fields:
                continue
            of_model = [("model_id.model", "=", model._name)]
            readable = [*of_model, ("perm_read", "=", True)]
            if not self.env["ir.model.access"].search_count(readable):
                continue
            rules = self.env["ir.rule"].search(of_model)
            if not any("company_id" in (rule.domain_force or "") for rule in rules):
                wrong.append(model._name)
        self.assertFalse(wrong)

    def test_every_model_says_what_it_is(self):
        self.assertFalse([m._name for m in self.models if m._description == m._name])

    def test_money_knows_its_currency(self):
        wrong = []
        for field in self.our_fields():
            if field.type == "monetary":
                model = self.env[field.model_name]
                if not field.get_currency_field(model):
                    wrong.append(str(field))
        self.assertFalse(wrong)

    def test_no_float_for_money(self):
        """Amounts are Monetary: a Float whose name says amount has lost its currency.

        Prices of one unit are Floats in Odoo too: they have more digits than the currency.
        """
        wrong = [
            str(field)
            for field in self.our_fields()
            if field.type == "float"
            and field.store
            and "unit" not in field.name
            and {"amount", "balance", "total"}.intersection(field.name.split("_"))
        ]
        self.assertFalse(wrong)
