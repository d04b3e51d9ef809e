# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

RIGHTS = ("can_view", "can_propose", "can_approve")


class SopBudgetCategory(models.Model):
    """Rights that a member has to single categories.

    Record rules ask for them by searches, so each is one sub-select of the query that reads.
    """

    _name = "sop.budget.category"
    _inherit = ["sop.budget.category", "sop.readable.mixin"]

    grant_ids = fields.One2many("sop.budget.grant", "category_id", string="Rights")
    is_granted = fields.Boolean(
        compute="_compute_rights",
        search="_search_is_granted",
        help="Whether I have a right to it of my own, or to something below or above it.",
    )
    may_propose = fields.Boolean(
        compute="_compute_rights",
        search="_search_may_propose",
        string="May Ask",
        help="Whether I may ask for money of it.",
    )
    leads_to_mine = fields.Boolean(
        compute="_compute_rights",
        search="_search_leads_to_mine",
        help="Whether I may ask for money of it, or of something below it.",
    )

    @api.depends_context("uid")
    @api.depends("budget_id", "parent_id")
    def _compute_rights(self):
        # sudo: which rights the reader has decides what they read, not the other way round
        Category = self.sudo().with_context(active_test=False)
        own = Domain("id", "in", self.ids)
        for name in ("is_granted", "may_propose", "leads_to_mine"):
            found = Category.search(own & Domain(name, "=", True))
            for category in self:
                category[name] = category._origin.id in found._ids

    # === SEARCHES === #

    @api.model
    def _search_is_granted(self, operator, value):
        return self._answer(operator, value, lambda: self._get_granted_domain(RIGHTS))

    @api.model
    def _search_may_propose(self, operator, value):
        return self._answer(operator, value, self._get_proposable_domain)

    @api.model
    def _search_leads_to_mine(self, operator, value):
        return self._answer(operator, value, self._get_leading_domain)

    @api.model
    def _answer(self, operator, value, get_domain):
        if operator != "in":
            return NotImplemented
        domain = get_domain()
        return Domain.OR(domain if wanted else ~domain for wanted in value)

    def _get_own_budgets(self, roles):
        """Budgets in which the current user has one of the roles today, as a sub-select."""
        domain = Domain("user_id", "=", self.env.uid) & Domain("in_force", "=", True)
        if roles:
            domain &= Domain("role", "in", roles)
        # sudo: one's own roles
        query = self.env["sop.budget.member"].sudo()._search(domain)
        return query.subselect("budget_id")

    def _get_granted_domain(self, rights, with_path=True):
        """Categories to which the user has one of the rights, and all that is below them.

        ``with_path``: those above as well, so that the tree has no holes. They hold no amounts.
        """
        spots = self._get_spots_sql(
            SQL(
                "spot_grant.user_id = %s AND (%s)",
                self.env.uid,
                SQL(" OR ").join(SQL.identifier("spot_grant", r) for r in rights),
            )
        )
        return Domain("id", "in", self._get_near_sql(spots, with_path))

    def _get_spots_sql(self, condition):
        """Where grants were given in the budgets that the user has a role in today."""
        self.env["sop.budget.grant"].flush_model()
        self.flush_model(["budget_id", "parent_path"])
        return SQL(
            """SELECT spot.budget_id, spot.parent_path
                 FROM sop_budget_grant spot_grant
                 JOIN sop_budget_category spot ON spot.id = spot_grant.category_id
                WHERE %s AND spot_grant.budget_id IN %s""",
            condition,
            self._get_own_budgets(()),
        )

    def _get_near_sql(self, spots, with_path):
        below = SQL(
            """SELECT near.id FROM (%s) spot
                 JOIN sop_budget_category near ON near.budget_id = spot.budget_id
                  AND near.parent_path LIKE spot.parent_path || '%%'""",
            spots,
        )
        return (
            SQL("(%s UNION %s)", below, _path_sql(spots))
            if with_path
            else (SQL("(%s)", below))
        )

    def _get_proposable_domain(self):
        """Categories of which the current user may ask for money, seen or not."""
        if self.env.user.has_group("sop_budget.group_sop_budget_manager"):
            return Domain.TRUE
        closed = self._get_near_sql(
            self._get_spots_sql(SQL("spot_grant.can_propose")), False
        )
        managed = Domain("budget_id.user_id", "=", self.env.uid) | Domain(
            "budget_id", "in", self._get_own_budgets(("manager",))
        )
        asked = Domain(
            "budget_id", "in", self._get_own_budgets(("proposer", "planner"))
        )
        opened = Domain("id", "not in", closed) | self._get_granted_domain(
            ("can_propose",), with_path=False
        )
        return managed | asked & opened

    def _get_leading_domain(self):
        # sudo: without rules, which ask for this very search
        mine = self.sudo()._search(self._get_proposable_domain())
        self.flush_model(["parent_path"])
        path = SQL(
            "SELECT parent_path FROM sop_budget_category WHERE id IN %s",
            mine.subselect(),
        )
        return Domain("id", "in", SQL("(%s)", _path_sql(path)))

    # === FOR OTHERS === #

    def _filter_by_grant(self, right, user):
        """The categories whose grants don't shut ``user`` out from ``right``."""
        # sudo: grants bind those who may not read them
        grants = (
            self.env["sop.budget.grant"]
            .sudo()
            .search(
                Domain("budget_id", "in", self.budget_id.ids) & Domain(right, "=", True)
            )
        )
        holders = {}
        for grant in grants:
            holders.setdefault(grant.category_id.id, set()).add(grant.user_id)
        result = self.browse()
        for category in self.sudo():
            path = [int(part) for part in category.parent_path.split("/") if part]
            found = set().union(*(holders.get(node, ()) for node in path))
            if not found or user in found:
                result |= self.browse(category.id)
        return result


def _path_sql(paths):
    """Ids of the categories on the paths (a query with a column ``parent_path``)."""
    return SQL(
        """SELECT unnest(string_to_array(trim(path.parent_path, '/'), '/')::int[])
             FROM (%s) path""",
        paths,
    )
