# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""A document is submitted: the rule is found, its people are frozen, earlier approvals hold."""

from dataclasses import replace

from odoo import api, models
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools import is_html_empty

from ..engine import approval as engine


class SopApprovalMixin(models.AbstractModel):
    _inherit = "sop.approval.mixin"

    # === START === #

    def _start_approval(self, comment=None):
        """Submit: find the rule, freeze who has to approve, ask the first of them."""
        for document in self:
            document._start_round(comment)

    def _start_round(self, comment=None):
        self.ensure_one()
        # sudo: rules and people are read for the requester, who may not see them
        document = self.sudo()
        if self.env["sop.approval"]._lock_open(document):
            raise UserError(
                self.env._(
                    "“%(document)s” is under review already.",
                    document=self.display_name,
                )
            )
        sides = document._find_rules()
        document._log_decision("submitted", comment=comment)
        asking = [side for side in sides if not side[0].auto_approve]
        if not asking and document._may_approve_unasked():
            document._approve_unasked(sides)
            return
        approvals = document._create_round(asking or sides)
        document._check_first_steps(approvals)
        document._on_approval_started()
        document._tell_urgent()
        document._advance(approvals)

    def _find_rules(self):
        """``[(rule, budget, parts)]``, one for each side; the rule is empty where none fits."""
        kind = self._get_approval_kind()
        result = []
        for budget, parts in self._get_approval_sides():
            amount = self.env["sop.approval"]._to_minor(
                self._get_approval_amount(), budget.currency_id
            )
            rule = self.env["sop.approval.rule"]._find_rule(
                budget, kind, [self._to_engine_part(*part) for part in parts], amount
            )
            result.append((rule, budget, parts))
        return result

    def _may_approve_unasked(self):
        """Whether rules may approve it without anybody; otherwise the owners are asked."""
        return True

    def _approve_unasked(self, sides):
        """The rules want nobody's approval; a step that asks nobody keeps that."""
        number = self._get_next_round("submitted")
        vals_list = [
            {
                **self._prepare_shared_step(rule, budget, parts),
                "name": rule.name,
                "level": 1,
                "round": number,
                "state": "skipped",
            }
            for rule, budget, parts in sides
        ]
        self._on_approval_started()
        approvals = self.env["sop.approval"]._create_steps(vals_list)
        self._log_decision(
            "auto",
            comment=", ".join(dict.fromkeys(approvals.mapped("name"))),
            approval=approvals[0],
            channel="system",
        )
        self._finish_approval()

    @api.model
    def _to_engine_part(self, category, amount):
        path = [int(i) for i in (category.parent_path or "").split("/") if i]
        return engine.Part(
            path=frozenset(path),
            amount=self.env["sop.approval"]._to_minor(amount, category.currency_id)
            if category
            else 0,
            external=bool(category.source_id.is_external),
        )

    def _create_round(self, sides):
        """The frozen steps of a new round, those that hold from an earlier one passed."""
        last = self._get_last_round()
        requester = self._get_approval_requester()
        vals_list, steps = [], []
        for side in sides:
            self._add_side(vals_list, steps, side, requester)
        frozen, impossible = engine.freeze(steps, requester.id)
        if impossible:
            vals = vals_list[impossible[0].key]
            raise UserError(
                self.env._(
                    "Nobody is left to approve the step “%(step)s” of “%(document)s”: who asks "
                    "can't approve. Add approvers to the rule, a person to escalate to, or "
                    "managers to the budget “%(budget)s”.",
                    step=vals["name"],
                    document=self.display_name,
                    budget=self.env["sop.budget"].browse(vals["budget_id"]).name,
                )
            )
        for vals, step in zip(vals_list, frozen, strict=True):
            vals |= {
                "round": (last[:1].round or 0) + 1,
                "approver_ids": [Command.set(sorted(step.people))],
                "barred_ids": [Command.set(requester.ids)],
            }
        self._carry_over(vals_list, last)
        return self.env["sop.approval"]._create_steps(vals_list)

    def _add_side(self, vals_list, steps, side, requester):
        """Add the steps of one side; nobody is asked twice for the same one of two sides."""

        def asked(step):
            return step.people - set(requester.ids) or step.stand_ins

        known = {asked(step): place for place, step in enumerate(steps)}
        for vals, step in self._prepare_steps(*side):
            place = known.get(asked(step))
            if place is None:
                steps.append(replace(step, key=len(steps)))
                vals_list.append(vals)
            elif step.minimum > steps[place].minimum:
                steps[place] = replace(steps[place], minimum=step.minimum)
                vals_list[place]["minimum"] = step.minimum

    def _prepare_steps(self, rule, budget, parts):
        """``[(values, engine step)]`` of one side."""
        shared = self._prepare_shared_step(rule, budget, parts)
        categories = self._get_part_categories(parts)
        result = []
        for step in rule.step_ids:
            for name, category, users in step._expand(self, budget, parts):
                vals = {
                    **shared,
                    "name": name,
                    "level": step.sequence,
                    "step_ref": step.id,
                    "category_id": category.id,
                    "asked_role": step.who == "role" and step.role,
                    "minimum": step.minimum if step.who == "group" else 1,
                    "due_days": step.due_days,
                    "remind_days": step.remind_days,
                    "escalate_user_id": step.escalate_user_id.id,
                    "wanted": step._get_wanted(),
                    "wanted_papers": step.wanted_papers,
                }
                result.append((vals, users))
        if not result:
            vals = {
                **shared,
                "name": self.env._("Owner of the budget"),
                "level": 1,
                "minimum": 1,
                "escalate_user_id": False,
            }
            result.append((vals, budget.user_id))
        return [
            (
                vals,
                engine.Step(
                    key=index,
                    level=vals["level"],
                    people=frozenset(budget._filter_approvers(users, categories).ids),
                    minimum=vals["minimum"],
                    stand_ins=tuple(
                        frozenset(group.ids)
                        for group in budget._get_stand_ins(
                            users.browse(vals["escalate_user_id"]), categories
                        )
                    ),
                ),
            )
            for index, (vals, users) in enumerate(result)
        ]

    def _prepare_shared_step(self, rule, budget, parts):
        return {
            "res_model": self._name,
            "res_id": self.id,
            "document_name": self.display_name,
            "kind": self._get_approval_kind(),
            "company_id": budget.company_id.id,
            "budget_id": budget.id,
            "requester_id": self._get_approval_requester().id,
            "urgent": self._is_approval_urgent(),
            "category_ids": [Command.set(self._get_part_categories(parts).ids)],
            "amount_asked": self._get_approval_amount(),
            "rule_id": rule.id,
            "same_person_twice": rule.same_person_twice,
            "resume": rule.resume or "start",
        }

    @api.model
    def _get_part_categories(self, parts):
        return self.env["sop.budget.category"].union(
            *(category for category, _amount in parts)
        )

    # === WHAT A STEP WANTS === #

    def _get_wanted_fields(self):
        """``{name: field}`` of ``WANTED``; nothing is wanted of other documents."""
        return {}

    def _check_first_steps(self, approvals):
        """Before anybody is asked: what those want who are asked first."""
        waiting = approvals.filtered(lambda step: step.state == "waiting")
        first = min(waiting.mapped("level"), default=0)
        for step in waiting.filtered(lambda step: step.level == first):
            self._check_wanted(step)

    def _check_wanted(self, step):
        """Refuse an approval as long as something that the step wants is missing."""
        wanted, missing = self._get_wanted_fields(), []
        for name in (step.wanted or "").split(","):
            field = self._fields.get(wanted.get(name))
            if field and self._lacks(field):
                missing.append(field._description_string(self.env))
        if wanted and step.wanted_papers:
            # sudo: counted only
            papers = self.env["ir.attachment"].sudo()
            domain = [("res_model", "=", self._name), ("res_id", "=", self.id)]
            count = papers.search_count(domain)
            if count < step.wanted_papers:
                missing.append(
                    self.env._(
                        "attachments (%(count)s of %(wanted)s)",
                        count=count,
                        wanted=step.wanted_papers,
                    )
                )
        if missing:
            raise UserError(
                self.env._(
                    "The step “%(step)s” of “%(document)s” needs more first: %(missing)s. The "
                    "requester adds it before submitting, or after changes are requested.",
                    step=step.name,
                    document=self.display_name,
                    missing=", ".join(missing),
                )
            )

    def _lacks(self, field):
        value = self[field.name]
        return is_html_empty(value) if field.type == "html" else not value

    # === A DOCUMENT THAT COMES BACK === #

    def _get_last_round(self):
        """Steps of the last round, of this document or of the one it is a new version of."""
        approvals = self.env["sop.approval"]
        document, seen = self.sudo(), self.browse()
        while document and document not in seen:
            found = approvals.sudo().search(
                [("res_model", "=", self._name), ("res_id", "=", document.id)],
                order="round desc, level, id",
            )
            if found:
                return found.filtered(lambda a, f=found: a.round == f[0].round)
            seen |= document
            document = document._get_approval_previous()
        return approvals.sudo()

    def _carry_over(self, vals_list, last):
        """Mark the steps below the level that sent the document back as passed."""
        if not last or any(vals["resume"] != "level" for vals in vals_list):
            return
        to_minor = self.env["sop.approval"]._to_minor
        currency = last[0].currency_id
        stopped = last.filtered(lambda a: a.state in ("rejected", "returned"))
        before = engine.Round(
            rules=frozenset(last.rule_id.ids),
            amount=to_minor(last[0].amount_asked, currency),
            categories=frozenset(last.category_ids.ids),
            stopped_at=stopped[:1].level if stopped else None,
        )
        now = engine.Round(
            rules=frozenset(vals["rule_id"] for vals in vals_list),
            amount=to_minor(vals_list[0]["amount_asked"], currency),
            categories=frozenset().union(
                *(vals["category_ids"][0][2] for vals in vals_list)
            ),
        )
        level = engine.resume_level(before, now)
        if level is None:
            return
        passed = {
            (a.step_ref, a.category_id.id): a for a in last if a.state in engine.PASSED
        }
        # A step that the rule has got since then was never passed
        carried = [
            (vals, source)
            for vals in vals_list
            if vals["level"] < level
            and (source := passed.get((vals["step_ref"], vals["category_id"])))
        ]
        if len(carried) < len(vals_list):
            for vals, source in carried:
                vals |= {"state": "skipped", "carried_from_id": source.id}
