# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import json

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.sop_budget.engine.money import from_units

from ..engine import version as engine

# Proof that a version comes from ``sop.budget._save_version``: JSON can't carry this object.
VERSION_TOKEN = object()

REASONS = [
    ("submitted", "Submitted"),
    ("approved", "Approved"),
    ("transfer", "Transfer"),
    ("extended", "Extended"),
    ("closed", "Closed"),
    ("saved", "Saved"),
    ("restored", "Restored"),
    ("installed", "When versions began"),
]
#: What is sealed, and the seals.
LINK_FIELDS = (
    *("budget_id", "company_id", "number", "name", "reason", "date", "user_id", "note"),
    *("payload_hash", "previous_hash", "hash"),
)
SPENDING = ("expense", "capital")


class SopBudgetVersion(models.Model):
    """A budget as it was at one moment, sealed. Append-only, for everybody.

    The content holds all categories, hidden ones too, and is therefore never read by a user:
    :meth:`_read_payload` gives the part that the reader may see.
    """

    _name = "sop.budget.version"
    _inherit = "sop.system.mixin"
    _description = "Budget Version"
    _order = "budget_id, number desc"
    _rec_names_search = ["name", "number"]

    budget_id = fields.Many2one(
        "sop.budget", required=True, index=True, ondelete="cascade", readonly=True
    )
    company_id = fields.Many2one(
        "res.company", required=True, index=True, readonly=True, ondelete="restrict"
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    number = fields.Integer(required=True, readonly=True, aggregator=None)
    name = fields.Char(
        readonly=True, help="What it is called, such as “After board review”."
    )
    reason = fields.Selection(REASONS, string="Kept on", required=True, readonly=True)
    date = fields.Datetime(required=True, readonly=True)
    user_id = fields.Many2one(
        "res.users", string="By", required=True, readonly=True, ondelete="restrict"
    )
    note = fields.Text(string="Why", readonly=True)
    payload = fields.Text(
        string="Content",
        required=True,
        readonly=True,
        prefetch=False,
        # Nobody: only code that asks as the system reads it
        groups=fields.NO_ACCESS,
        help="What was kept, with all categories. It is shown through comparisons only, which "
        "leave out what the reader may not see.",
    )
    payload_hash = fields.Char(
        "Content Fingerprint",
        required=True,
        readonly=True,
        help="SHA-256 of the content.",
    )
    previous_hash = fields.Char(
        "Fingerprint Before",
        required=True,
        readonly=True,
        help="Fingerprint of the version before this one.",
    )
    hash = fields.Char(
        "Fingerprint",
        required=True,
        readonly=True,
        help="SHA-256 of the content, the name, reason, date and author, and of the fingerprint "
        "before. Keep it outside of the database to prove even that the whole chain was not "
        "written anew.",
    )
    planned_total = fields.Monetary(
        "Planned Spending",
        compute="_compute_totals",
        help="Expenses and investments that this version plans, as far as you may see them.",
    )
    planned_income = fields.Monetary(compute="_compute_totals")
    hidden_count = fields.Integer(compute="_compute_totals")
    chain_problem = fields.Text(compute="_compute_chain_problem")
    budget_state = fields.Selection(related="budget_id.state", string="Budget State")
    user_role = fields.Selection(related="budget_id.user_role", related_sudo=False)

    _number_uniq = models.UniqueIndex(
        "(budget_id, number)", "A budget has one version of each number."
    )

    # === COMPUTE === #

    @api.depends("number", "name", "reason")
    def _compute_display_name(self):
        reasons = dict(self._fields["reason"]._description_selection(self.env))
        for version in self:
            name = version.name or reasons.get(version.reason, "")
            version.display_name = f"{version.number} · {name}"

    @api.depends_context("uid")
    def _compute_totals(self):
        for version in self:
            payload = version._read_payload()
            digits = payload["budget"]["digits"]
            version.planned_total = from_units(engine.total(payload, SPENDING), digits)
            version.planned_income = from_units(
                engine.total(payload, ("income",)), digits
            )
            version.hidden_count = payload["hidden"]

    @api.depends("hash", "previous_hash", "payload_hash", "name", "note", "number")
    def _compute_chain_problem(self):
        for budget, versions in self.grouped("budget_id").items():
            # Contents of these only: with hundreds of versions a form would open slowly
            found = budget._check_chain(versions)
            versions.chain_problem = "\n".join(map(budget._describe_break, found))

    # === APPEND-ONLY === #

    @api.model_create_multi
    def create(self, vals_list):
        if self.env.context.get("sop_version_token") is not VERSION_TOKEN:
            raise UserError(
                self.env._(
                    "Versions are kept by the budget itself: use “Save a Version” there."
                )
            )
        return super().create(vals_list)

    def write(self, vals):  # pylint: disable=method-required-super
        raise UserError(
            self.env._(
                "A version is kept as it was: nobody changes it. Save another one instead."
            )
        )

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("A version is kept for good: nobody deletes it."))

    # === READING === #

    def _read_payload(self):
        """What the current user may see of the content."""
        self.ensure_one()
        self.check_access("read")
        self.budget_id._check_figures()
        # sudo: the content is for nobody; what may be seen of it is picked out below
        payload = json.loads(self.sudo().payload)
        return self.budget_id._restrict_payload(payload)

    @api.model
    def _prepare_meta(self, vals):
        """What is sealed beside the content, of the values of a version."""
        return {
            "budget": vals["budget_id"],
            "company": vals["company_id"],
            "number": vals["number"],
            "name": vals["name"] or "",
            "reason": vals["reason"],
            "date": fields.Datetime.to_string(vals["date"]),
            "user": vals["user_id"],
            "note": vals["note"] or "",
        }

    def _prepare_link(self, content):
        """The version as the check finds it.

        :param str content: digest of the content that is there now
        """
        self.ensure_one()
        [vals] = self.read(list(LINK_FIELDS), load=None)
        return engine.Link(
            number=vals["number"],
            meta=self._prepare_meta(vals),
            content=content,
            payload_digest=vals["payload_hash"],
            previous=vals["previous_hash"],
            sealed=vals["hash"],
        )

    # === ACTIONS === #

    def action_compare(self):
        """What changed between the two selected versions, or since the selected one."""
        if len(self) > 2 or len(self.budget_id) > 1:
            raise UserError(
                self.env._("Select one or two versions of the same budget to compare.")
            )
        ordered = self.sorted("number")
        return self.env["sop.budget.version.compare"]._open(ordered[:1], ordered[1:2])

    def action_compare_previous(self):
        """What this version changed against the one before."""
        self.ensure_one()
        before = self.search(
            [("budget_id", "=", self.budget_id.id), ("number", "<", self.number)],
            order="number desc",
            limit=1,
        )
        if not before:
            raise UserError(self.env._("This is the first version of the budget."))
        return self.env["sop.budget.version.compare"]._open(before, self)

    def action_check(self):
        """Check all versions of the budget for tampering."""
        return self.budget_id.action_check_versions()
