# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import logging

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

from ..engine import version as engine
from .sop_budget_version import LINK_FIELDS, VERSION_TOKEN

_logger = logging.getLogger(__name__)

#: What the versions of a budget write on it, past everybody.
KEPT_FIELDS = ("version_count_kept", "version_head_hash", "first_approved")
#: States whose coming is kept, with the state before.
KEPT_STATES = {
    "submitted": ("draft",),
    "approved": ("submitted",),
    "closed": ("approved",),
}


class SopBudget(models.Model):
    """Versions: kept on submit, approval, closing, transfer and by name, in a sealed chain."""

    _inherit = "sop.budget"

    version_ids = fields.One2many("sop.budget.version", "budget_id", copy=False)
    version_count = fields.Integer("Versions", compute="_compute_version_count")
    version_count_kept = fields.Integer(
        readonly=True,
        copy=False,
        default=0,
        help="How many versions this budget has kept. The check finds any that is missing.",
    )
    version_head_hash = fields.Char(
        "Last Fingerprint",
        readonly=True,
        copy=False,
        help="Fingerprint of the last version.",
    )
    first_approved = fields.Datetime(
        readonly=True,
        copy=False,
        help="When the plan was approved for the first time: “first approved” figures are those "
        "of that day.",
    )

    def _compute_version_count(self):
        counts = dict(
            self.env["sop.budget.version"]._read_group(
                [("budget_id", "in", self.ids)], ["budget_id"], ["__count"]
            )
        )
        for budget in self:
            budget.version_count = counts.get(budget, 0)

    # === GUARDS === #

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_not_kept(vals)
        # Stated, so that no default of a context takes their place
        none = dict.fromkeys(KEPT_FIELDS, False)
        return super().create([{**vals, **none} for vals in vals_list])

    def write(self, vals):
        self._check_not_kept(vals)
        return super().write(vals)

    @api.model
    def _check_not_kept(self, vals):
        if {*KEPT_FIELDS, "version_ids"} & set(vals):
            raise UserError(
                self.env._("Versions and their seals are kept by the budget itself.")
            )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_approved_once(self):
        for budget in self:
            if budget.first_approved:
                raise UserError(
                    self.env._(
                        "“%(budget)s” was approved once: its versions are kept for the auditor. "
                        "Archive it instead of deleting it.",
                        budget=budget.name,
                    )
                )

    # === KEEPING === #

    def _set_state(self, state, allowed, role):
        keep = self.filtered(lambda b: b.state in KEPT_STATES.get(state, ()))
        result = super()._set_state(state, allowed, role)
        if keep and state == "approved":
            keep._keep_original()
        if keep:
            keep._save_version(state)
        return result

    def _keep_original(self):
        """The plan as it is at its first approval; later approvals don't change it."""
        first = self.filtered(lambda b: not b.first_approved)
        if not first:
            return
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                "UPDATE sop_budget_amount SET original_amount = amount WHERE budget_id IN %s",
                tuple(first.ids),
            )
        )
        self.env.cr.execute(
            SQL(
                "UPDATE sop_budget SET first_approved = %s WHERE id IN %s",
                fields.Datetime.now(),
                tuple(first.ids),
            )
        )
        self.env["sop.budget.amount"].invalidate_model(["original_amount"])
        first.invalidate_recordset(["first_approved"])

    def _save_version(self, reason, name=None, note=None):
        """Keep each budget as it is now; returns the versions.

        :param reason: a key of ``sop.budget.version.reason``
        :param name: what to call it, such as the number and title of a transfer
        :param note: why, in a sentence
        """
        versions = self.env["sop.budget.version"]
        for budget in self:
            versions |= budget._save_one_version(reason, name, note)
        return versions

    def _save_one_version(self, reason, name, note):
        count, head = self._lock_chain()
        text = engine.canonical(self._prepare_version_payload())
        # sudo: everybody who may submit keeps a version, nobody may create one by hand
        versions = self.env["sop.budget.version"].sudo()
        vals = {
            "budget_id": self.id,
            "company_id": self.company_id.id,
            "number": count + 1,
            "name": (name or "").strip() or False,
            "reason": reason,
            "date": fields.Datetime.now(),
            "user_id": self.env.uid,
            "note": (note or "").strip() or False,
        }
        content = engine.digest(text)
        sealed = engine.seal(head, content, versions._prepare_meta(vals))
        seals = {"payload_hash": content, "previous_hash": head, "hash": sealed}
        version = versions.with_context(sop_version_token=VERSION_TOKEN).create(
            {**vals, **seals, "payload": text}
        )
        self._set_chain(count + 1, sealed)
        version = self.env["sop.budget.version"].browse(version.id)
        self._tell_version(version)
        return version

    def _lock_chain(self):
        """Count and last seal; two who keep a version at once do it one after the other."""
        self.env.flush_all()
        # A collision is retried by Odoo and no news for the log
        self.env.cr.execute(
            SQL(
                "SELECT COALESCE(version_count_kept, 0), COALESCE(version_head_hash, %s)"
                " FROM sop_budget WHERE id = %s FOR UPDATE",
                engine.NO_HASH,
                self.id,
            ),
            log_exceptions=False,
        )
        return self.env.cr.fetchone()

    def _set_chain(self, count, sealed):
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                "UPDATE sop_budget SET version_count_kept = %s, version_head_hash = %s"
                " WHERE id = %s",
                count,
                sealed,
                self.id,
            )
        )
        self.invalidate_recordset(
            ["version_count_kept", "version_head_hash", "version_ids", "version_count"]
        )

    def _tell_version(self, version):
        """The fingerprint also stands in the history, and in the mails that it sends."""
        # sudo: it is told whatever the author may do with messages
        self.sudo().message_post(
            body=self.env._(
                "Version %(version)s kept. Fingerprint: %(hash)s",
                version=version.display_name,
                hash=version.hash,
            )
        )

    @api.model
    def _keep_first_versions(self):
        """Where the add-on is installed late: budgets in force get a first version.

        The plan as it is then counts as the first approved one, as far as anybody knows.
        """
        budgets = self.with_context(active_test=False).search(
            [
                ("state", "in", ("approved", "closed")),
                ("version_ids", "=", False),
                ("is_template", "=", False),
            ]
        )
        budgets._keep_original()
        budgets._save_version("installed")

    # === CHECKING === #

    def _check_chain(self, versions=None):
        """Everything about the versions that doesn't fit: ``engine.version.Break`` each.

        :param versions: whose contents are read; the seals are those of all
        """
        self.ensure_one()
        self.env.flush_all()
        # sudo: whether something was tampered with concerns all that is kept
        budget = self.sudo()
        budget.invalidate_recordset(["version_count_kept", "version_head_hash"])
        kept = self.env["sop.budget.version"].sudo()
        kept.invalidate_model()
        kept = kept.search_fetch([("budget_id", "=", self.id)], LINK_FIELDS)
        contents = dict(
            self.env.execute_query(
                SQL(
                    "SELECT id, encode(sha256(convert_to(payload, 'UTF8')), 'hex')"
                    " FROM sop_budget_version WHERE id = ANY(%s)",
                    (kept if versions is None else versions).ids,
                )
            )
        )
        return engine.check_chain(
            [
                version._prepare_link(contents.get(version.id, version.payload_hash))
                for version in kept
            ],
            budget.version_count_kept,
            budget.version_head_hash or "",
        )

    def _describe_break(self, found):
        texts = {
            "missing": self.env._(
                "Version %(number)s is missing: it was deleted.", number=found.number
            ),
            "lost_last": self.env._(
                "Version %(number)s is missing at the end: it was deleted.",
                number=found.number,
            ),
            "content": self.env._(
                "Version %(number)s: its content was changed after it was sealed.",
                number=found.number,
            ),
            "description": self.env._(
                "Version %(number)s: its name, reason, date, author, note, number or "
                "fingerprint was changed after it was sealed.",
                number=found.number,
            ),
            "order": self.env._(
                "Version %(number)s does not follow on the version before it: the order or a "
                "fingerprint was changed.",
                number=found.number,
            ),
            "foreign": self.env._(
                "Version %(number)s was not kept by this budget: it was added from outside.",
                number=found.number,
            ),
            "twice": self.env._(
                "Version %(number)s is there twice.", number=found.number
            ),
            "head": self.env._(
                "Version %(number)s is not the one that the budget remembers as its last.",
                number=found.number,
            ),
        }
        return texts[found.code]

    def action_check_versions(self):
        """Check the versions for tampering and say what was found."""
        self.ensure_one()
        self.check_access("read")
        problems = [self._describe_break(found) for found in self._check_chain()]
        message = "\n".join(problems) or self.env._(
            "All %(count)s versions are as they were kept. The last fingerprint is %(hash)s.",
            count=self.version_count,
            hash=self.version_ids.sorted("number")[-1:].hash or "–",
        )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "title": self.env._("Check of the versions"),
                "message": message,
                "type": "danger" if problems else "success",
                "sticky": bool(problems),
            },
        }

    @api.model
    def _cron_check_versions(self):
        """Tell the owner of a budget whose versions were tampered with, once."""
        budgets = self.with_context(active_test=False).search(
            [("version_ids", "!=", False)]
        )
        for budget in budgets:
            try:
                with self.env.cr.savepoint():
                    budget._tell_broken_versions()
            except Exception:
                # One chain that can't be read must not keep the others from being checked
                _logger.exception("Check of the versions of %s failed.", budget.id)

    def _tell_broken_versions(self):
        """Whoever answers for the budget, in their language; once, until it is done."""
        self.ensure_one()
        problems = self._check_chain()
        # Not by its text, which depends on the language
        kind = self.env.ref("sop_budget_control.mail_activity_type_version_check")
        if not problems or kind in self.activity_ids.activity_type_id:
            return
        active = (self.user_id | self._get_managers()).filtered("active")
        user = active[:1] or self.env.ref("base.user_admin")
        budget = self.with_context(lang=user.lang)
        budget.activity_schedule(
            "sop_budget_control.mail_activity_type_version_check",
            summary=budget.env._("Versions were tampered with"),
            note=Markup("<br/>").join(
                budget._describe_break(found) for found in problems
            ),
            user_id=user.id,
        )

    # === ACTIONS === #

    def _check_can_keep(self):
        self.check_access("read")
        if not self._has_role("planner"):
            raise AccessError(
                self.env._("Only planners and managers of a budget keep its versions.")
            )

    def action_save_version(self):
        """Ask for a name and keep the budget as it is now."""
        self.ensure_one()
        self._check_can_keep()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "sop_budget_control.sop_budget_version_save_action"
        )
        return {**action, "context": {"default_budget_id": self.id}}

    def action_open_versions(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "sop_budget_control.sop_budget_version_action"
        )
        return {**action, "domain": [("budget_id", "=", self.id)], "context": {}}
