# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import base64
import json

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..engine.money import from_units, to_units
from ..engine.sheet import column_letter, pack, unpack
from ..engine.sheet_plan import Existing, Options, Target
from ..engine.sheet_tree import analyse
from ..engine.sheet_value import simplify
from ..engine.sheet_write import BadRows, write_bad_rows
from .sop_budget_import_texts import Messages

#: Lines of the preview written in one step, between two moves of the progress bar.
STEP = 1000
#: Signs of currencies in use beside the symbols of Odoo.
OTHER_SIGNS = {"us$": "USD", "đ": "VND", "vnđ": "VND", "rp": "IDR", "rs": "INR"}
INDENT = "\u2003"


class SopBudgetImport(models.TransientModel):
    """Third step: the file against the budget, without changing anything."""

    _inherit = "sop.budget.import"

    # === ACTIONS === #

    def action_check(self):
        """Check every row; the browser then follows ``check_step``."""
        self.ensure_one()
        self._check_state("columns", "preview")
        if self._get_read_key() != self.read_key:
            self.state = "columns"
            self.action_read()
            return self._notify(
                self.env._("The file was read again: look at its columns, then go on.")
            )
        self._check_target()
        self._remember(self._get_table())
        self._clear_preview()
        self.state = "check"
        return None

    def check_step(self):
        """Do a part of the check: ``{"position": …, "total": …, "done": …}``.

        The first call reads all rows; each further one writes a part of the preview.
        """
        self.ensure_one()
        if self.state != "check":
            return {"position": self.position, "total": self.position, "done": True}
        if not self.pending_data:
            pending = self._prepare_preview(self._analyse())
        else:
            pending = _unpack(self.pending_data)
            self._write_preview(pending)
        total = len(pending["lines"]) + len(pending["issues"])
        done = bool(self.pending_data) and self.position >= total
        self.pending_data = False if done else _pack(pending)
        if done:
            self.state = "preview"
        return {"position": self.position, "total": total, "done": done}

    def action_download_bad(self):
        """Download the rows with errors, with their reasons."""
        self.ensure_one()
        self._check_state("preview", "done")
        if self.state == "preview":
            self._write_bad_file(self._analyse())
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/{self._name}/{self.id}/bad_file/"
            f"{self.bad_file_name}?download=true",
            "target": "self",
        }

    # === CHECKING === #

    def _check_target(self):
        """What must be right before rows are looked at."""
        if self.target == "existing":
            self._check_budget()
        elif not (self.budget_name and self.date_from and self.date_to):
            raise UserError(
                self.env._("Give the new budget a name, a start and an end.")
            )
        elif self.date_from > self.date_to:
            raise UserError(self.env._("The new budget must start before it ends."))

    def _analyse(self):
        """What the file says about the budget as both are now."""
        self.ensure_one()
        return analyse(
            self._load_sheet(),
            self._get_table(),
            self._get_target(),
            self._get_options(),
        )

    def _get_options(self):
        lang = self.env["res.lang"]._get_data(code=self.env.lang or "en_US")
        kinds = self._fields["kind"]._description_selection(self.env)
        return Options(
            hierarchy=self.hierarchy or None,
            decimal_sign=self.decimal_sign or None,
            kind=self.kind,
            scale=int(self.scale),
            kind_words={simplify(label): kind for kind, label in kinds},
            default_decimal_sign="," if lang.decimal_point == "," else ".",
            default_day_first=not (lang.date_format or "").startswith("%m"),
        )

    def _get_target(self):
        """The budget as plain values for the engine."""
        budget = self.budget_id if self.target == "existing" else None
        currency = self.company_id.currency_id
        months = self._get_months()
        rates = budget.rate_ids if budget else self.env["sop.budget.rate"]
        return Target(
            months=months,
            date_from=budget.date_from if budget else self.date_from,
            date_to=budget.date_to if budget else self.date_to,
            currency=currency.name,
            decimal_places=currency.decimal_places,
            existing=self._get_existing(budget, months) if budget else {},
            rates={rate.currency_id.name: rate.rate for rate in rates},
            currencies=self._get_currency_signs(rates),
            sources=self._get_sources(),
            users=self._get_users(),
            create_sources=self.create_sources and self.can_create_sources,
        )

    def _get_existing(self, budget, months):
        """Categories of the budget by code, hidden ones as taken codes only."""
        visible = set(
            self.env["sop.budget.category"].search([("budget_id", "=", budget.id)]).ids
        )
        # sudo: codes of hidden categories are taken as well; nothing else of them shows
        categories = (
            self.env["sop.budget.category"]
            .sudo()
            .search_fetch(
                [("budget_id", "=", budget.id)],
                ["code", "name", "parent_id", "kind", "is_leaf"],
            )
        )
        amounts = self._get_existing_amounts(budget, months)
        matched = set(
            categories.filtered(
                lambda c: (
                    c.analytic_account_id
                    or c.account_prefixes
                    or c.account_ids
                    or c.rule_ids
                )
            ).ids
        )
        return {
            category.code: Existing(
                code=category.code,
                name=category.name if category.id in visible else "",
                parent=category.parent_id.code or None,
                kind=category.kind,
                is_leaf=category.is_leaf,
                visible=category.id in visible,
                units=amounts.get(category.id, {}),
                has_matching=category.id in matched,
            )
            for category in categories
        }

    def _get_existing_amounts(self, budget, months):
        """Amounts in units by category and position of the month, zeros left out."""
        digits = budget.currency_id.decimal_places
        place = {month: at for at, month in enumerate(months)}
        self.env["sop.budget.amount"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT category_id, month, amount
                  FROM sop_budget_amount
                 WHERE budget_id = %s AND amount <> 0
                """,
                budget.id,
            )
        )
        result = {}
        for category_id, month, amount in rows:
            if month in place:
                units = to_units(amount, digits)
                result.setdefault(category_id, {})[place[month]] = units
        return result

    def _get_currency_signs(self, rates):
        """Codes of currencies by sign and code; where several share a sign, the
        company's comes first, then those the budget has a rate for."""
        currencies = self.env["res.currency"].search([("active", "in", (True, False))])
        own = self.company_id.currency_id | rates.currency_id
        result = {}
        for currency in own | currencies.filtered("active") | currencies:
            for sign in (currency.name, currency.symbol):
                if sign:
                    result.setdefault(sign.strip().lower().rstrip("."), currency.name)
        for sign, code in OTHER_SIGNS.items():
            result.setdefault(sign, code)
        return result

    def _get_sources(self):
        sources = self.env["sop.funding.source"].search(
            [("company_id", "in", (False, self.company_id.id))]
        )
        return {
            simplify(text): source.id
            for source in reversed(sources)
            for text in (source.name, source.code)
            if text
        }

    def _get_users(self):
        users = self.env["res.users"].search_fetch(
            [("share", "=", False), ("company_ids", "in", self.company_id.ids)],
            ["name", "login"],
        )
        return {
            simplify(text): user.id
            for user in reversed(users)
            for text in (user.name, user.login)
            if text
        }

    # === PREVIEW === #

    def _clear_preview(self):
        self.line_ids.unlink()
        self.issue_ids.unlink()
        self.write({"pending_data": False, "position": 0, "bad_file": False})

    def _prepare_preview(self, analysis):
        """Everything the preview will show, as values of records."""
        self._write_counts(analysis)
        issues = self._prepare_issues(analysis)
        message_of = {}
        for level in ("error", "warning"):
            for vals in issues:
                if vals["level"] == level:
                    message_of.setdefault(vals["row"], vals["message"])
        return {
            "lines": [
                self._prepare_line_vals(at, node, message_of)
                for at, node in enumerate(analysis.nodes)
            ],
            "issues": issues,
        }

    def _prepare_line_vals(self, at, node, message_of):
        digits = self.currency_id.decimal_places
        rows = [node.row] if node.own else []
        message = next(
            (message_of[r + 1] for r in [*rows, *node.rows] if r + 1 in message_of), ""
        )
        return {
            "import_id": self.id,
            "sequence": at,
            "row": node.row + 1 if node.own else 0,
            "code": node.code,
            "name": INDENT * node.depth + node.name,
            "parent_code": node.parent or False,
            "kind": node.kind,
            "total": from_units(node.total, digits),
            "is_parent": node.is_parent,
            "action": node.action,
            "message": message,
        }

    def _prepare_issues(self, analysis):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        messages = Messages(self.env, self.currency_id, kinds)
        headers = {column.position: column.header for column in self.column_ids}
        result, before = [], None
        for at, issue in enumerate(analysis.issues):
            letter = "" if issue.column is None else column_letter(issue.column)
            header = headers.get(issue.column) or ""
            row = 0 if issue.row is None else issue.row + 1
            result.append(
                {
                    "import_id": self.id,
                    "sequence": at,
                    "row": row,
                    "row_label": "" if row == before else str(row or "–"),
                    "column_label": f"{letter} {header}".strip(),
                    "value": issue.value,
                    "message": messages.describe(issue, letter),
                    "level": issue.level,
                }
            )
            before = row
        return result

    def _write_counts(self, analysis):
        digits = self.currency_id.decimal_places
        good = analysis.good
        actions = [node.action for node in good]
        levels = [issue.level for issue in analysis.issues]
        totals = {
            f"total_{kind}": from_units(
                sum(node.total for node in good if node.kind == kind), digits
            )
            for kind in ("expense", "income", "capital")
        }
        self.write(
            {
                "new_count": actions.count("new"),
                "update_count": actions.count("update"),
                "same_count": actions.count("same"),
                "bad_count": len(analysis.bad_rows),
                "error_count": levels.count("error"),
                "warning_count": levels.count("warning"),
                "info_count": levels.count("info"),
                "is_blocked": analysis.blocked,
                **totals,
            }
        )

    def _write_preview(self, pending):
        """Write the next part of the preview."""
        lines, issues = pending["lines"], pending["issues"]
        start, stop = self.position, self.position + STEP
        self.env["sop.budget.import.line"].create(lines[start:stop])
        self.env["sop.budget.import.issue"].create(
            issues[max(start - len(lines), 0) : max(stop - len(lines), 0)]
        )
        self.position = min(stop, len(lines) + len(issues))

    # === ROWS TO MEND === #

    def _write_bad_file(self, analysis):
        """Keep the refused rows with their reasons as a workbook."""
        reasons = {}
        for vals in self._prepare_issues(analysis):
            if vals["level"] == "error" and vals["row"]:
                place = f"{vals['column_label']}: " if vals["column_label"] else ""
                reasons.setdefault(vals["row"] - 1, []).append(place + vals["message"])
        labels = self.env["sop.budget"]._get_sheet_labels()
        target = self._get_target()
        content = write_bad_rows(
            self._load_sheet(),
            self._get_table(),
            analysis,
            BadRows(
                reasons={row: "\n".join(texts) for row, texts in reasons.items()},
                reason_label=labels["reason"],
                row_label=labels["row"],
                options=self._get_options(),
                currency=target.currency,
                currencies=target.currencies,
            ),
        )
        name = (self.file_name or "import").rpartition(".")[0] or "import"
        date = fields.Date.context_today(self)
        self.write(
            {
                "bad_file": base64.b64encode(content),
                "bad_file_name": f"{_file_name(name)} - {date}.xlsx",
            }
        )

    def _notify(self, message, kind="info"):
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "message": message,
                "type": kind,
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }


def _pack(data):
    return base64.b64encode(pack(json.dumps(data, separators=(",", ":"))))


def _unpack(data):
    return json.loads(unpack(base64.b64decode(data)))


def _file_name(text):
    """A text as a part of a file name."""
    kept = (char if char.isalnum() or char in " -_()" else "_" for char in text)
    return "".join(kept).strip()[:80] or "import"
