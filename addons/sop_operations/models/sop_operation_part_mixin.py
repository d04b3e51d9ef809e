# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain


class SopOperationPartMixin(models.AbstractModel):
    """Lets the record rules of what belongs to an operation follow the rights to it.

    Conditions inside record rules are searched without rules; these two apply them, so that
    nobody has to repeat the rules of operations.
    """

    _name = "sop.operation.part.mixin"
    _description = "Part of an Operation"

    operation_readable = fields.Boolean(
        compute="_compute_operation_rights",
        search="_search_operation_readable",
        export_string_translation=False,
    )
    operation_editable = fields.Boolean(
        compute="_compute_operation_rights",
        search="_search_operation_editable",
        export_string_translation=False,
    )

    @api.depends("operation_id")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_operation_rights(self):
        # sudo(False): what the user may do, also where a record rule asks as superuser
        operations = self.operation_id.sudo(False)
        readable = operations._filtered_access("read")
        editable = operations._filtered_access("write")
        for part in self:
            part.operation_readable = part.operation_id in readable
            part.operation_editable = part.operation_id in editable

    @api.model
    def _search_operation_readable(self, operator, value):
        return self._search_operation_rights("read", operator, value)

    @api.model
    def _search_operation_editable(self, operator, value):
        return self._search_operation_rights("write", operator, value)

    @api.model
    def _search_operation_rights(self, right, operator, value):
        if operator != "in":
            return NotImplemented
        domain = Domain("operation_id", "in", self._get_operations_query(right))
        return Domain.OR(domain if wanted else ~domain for wanted in value)

    @api.model
    def _get_operations_query(self, right):
        """Query of the operations to which the user has the right, archived ones too."""
        operations = (
            self.env["sop.operation"].sudo(False).with_context(active_test=False)
        )
        domain = Domain.FALSE
        if operations.has_access(right):
            domain = operations.env["ir.rule"]._compute_domain(operations._name, right)
        # sudo: the domain of rules is searched as rules are, without other rules
        return operations.sudo()._search(domain)

    def _check_moved(self, vals):
        """Rules of writing look at where a part comes from, not at where it went."""
        if "operation_id" in vals:
            self.check_access("create")

    @api.model
    def _get_system_fields(self) -> set[str]:
        """Names of stored fields that the system alone writes. To be extended by super()."""
        return set()

    @api.model
    def _check_system_fields(self, vals):
        """The ORM's ``readonly`` binds screens, not RPC."""
        if self.env.su:
            return
        for name in sorted(self._get_system_fields() & set(vals)):
            raise UserError(
                self.env._(
                    "“%(field)s” is kept by the system and can't be written.",
                    field=self._fields[name].string,
                )
            )

    def _without_system_defaults(self):
        """Defaults in the context come from whoever makes the call."""
        if self.env.su:
            return self
        names = self._get_system_fields()
        # Without some keys: there is no keyword for that
        return self.with_context(  # pylint: disable=context-overridden
            {
                key: value
                for key, value in self.env.context.items()
                if key.removeprefix("default_") not in names
                or not key.startswith("default_")
            }
        )
