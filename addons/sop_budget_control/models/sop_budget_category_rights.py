# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

RIGHTS = ("can_view", "can_propose", "can_approve")
TRUE = SQL("TRUE")


class SopBudgetCategory(models.Model):
    """Rights that a member has to single categories.

    Record rules ask for them by searches, so each is one sub-select of the query that reads.
    """

    _name = "sop.budget.category"
    _inherit = ["sop.budget.category", "sop.readable.mixin"]

    grant_ids = fields.One2many("sop.budget.grant", "category_id", string="Rights")
    is_granted = fields.Boolean(
        compute="_compute_is_granted",
        search="_search_is_granted",
        help="Whether I have a right to it of my own, or to something below or above it.",
    )
    may_propose = fields.Boolean(
        compute="_compute_may_propose",
        search="_search_may_propose",
        string="May Ask",
        help="Whether I may ask for money of it.",
    )
    is_named = fields.Boolean(
        compute="_compute_is_named",
        search="_search_is_named",
        help="Whether its name is for me, where I see no figures.",
    )

    # === COMPUTE === #
    # Record rules are worked out by these too, where records are checked one by one

    @api.depends_context("uid")
    @api.depends("budget_id.user_role", "parent_id")
    def _compute_is_granted(self):
        self._compute_right("is_granted")

    @api.depends_context("uid")
    @api.depends("budget_id.user_role", "parent_id")
    def _compute_may_propose(self):
        self._compute_right("may_propose")

    @api.depends_context("uid")
    @api.depends("budget_id.user_role", "budget_id.proposer_sees_figures", "parent_id")
    def _compute_is_named(self):
        self._compute_right("is_named")

    def _compute_right(self, name):
        # sudo: which rights the reader has decides what they read, not the other way round
        categories = self.sudo().with_context(active_test=False)
        found = categories.search(
            Domain("id", "in", self.ids) & Domain(name, "=", True)
        )
        for category in self:
            category[name] = category._origin.id in found._ids

    def _invalidate_rights(self):
        self.invalidate_model(["is_granted", "may_propose", "is_named", "is_readable"])
        self.env["sop.proposal"].invalidate_model(["is_readable"])

    # === SEARCHES === #

    @api.model
    def _search_is_granted(self, operator, value):
        return self._answer(operator, value, self._get_granted_domain)

    @api.model
    def _search_may_propose(self, operator, value):
        return self._answer(operator, value, self._get_proposable_domain)

    @api.model
    def _search_is_named(self, operator, value):
        return self._answer(operator, value, self._get_named_domain)

    @api.model
    def _answer(self, operator, value, get_domain):
        if operator != "in":
            return NotImplemented
        domain = get_domain()
        return Domain.OR(domain if wanted else ~domain for wanted in value)

    # === AS SUB-SELECTS === #
    # By hand: record rules ask with every query, and searches in searches take long to build

    def _get_own_budgets(self, roles=None):
        """Budgets in which the user has one of the roles (or any) today."""
        return self.env["sop.budget.member"]._get_role_sql(self.env.user, roles)

    def _get_spots_sql(self, *rights, own=True):
        """Where the user (or anybody) has one of the rights today."""
        grant = self.env["sop.budget.grant"]

        def column(name):
            return grant._column("spot_grant", name)

        return SQL(
            """SELECT %(category)s FROM sop_budget_grant spot_grant
                WHERE (%(rights)s) AND %(in_force)s
                  AND %(budget)s IN (%(budgets)s) AND %(user)s""",
            category=column("category_id"),
            rights=SQL(" OR ").join(column(right) for right in rights),
            in_force=grant._in_force_sql("spot_grant"),
            budget=column("budget_id"),
            budgets=self._get_own_budgets(),
            user=SQL("%s = %s", column("user_id"), self.env.uid) if own else TRUE,
        )

    def _get_below_sql(self, spots):
        """The spots with all that is below them; down the tree, so that few cost little."""
        return SQL(
            """WITH RECURSIVE near (id) AS (
                    %s
                    UNION
                    SELECT child.id FROM sop_budget_category child
                      JOIN near ON near.id = %s
               )
               SELECT id FROM near""",
            spots,
            SQL.identifier("child", "parent_id", to_flush=self._fields["parent_id"]),
        )

    def _get_path_sql(self, condition):
        """The ways from the top to the categories of a condition, those included."""
        path = SQL.identifier(
            "own", "parent_path", to_flush=self._fields["parent_path"]
        )
        return SQL(
            """SELECT unnest(string_to_array(trim(%s, '/'), '/')::int[])
                 FROM sop_budget_category own WHERE %s""",
            path,
            condition,
        )

    def _get_granted_domain(self):
        """What the user has a right to, with the names above it: the tree has no holes.

        What is above holds no amounts.
        """
        spots = self._get_spots_sql(*RIGHTS)
        return Domain(
            "id",
            "in",
            SQL(
                "(SELECT id FROM (%s) below UNION %s)",
                self._get_below_sql(spots),
                self._get_path_sql(SQL("own.id IN (%s)", spots)),
            ),
        )

    def _get_open_sql(self, alias):
        """The condition that no grants to others keep the user from asking for money."""
        anybodys = self._get_spots_sql("can_propose", own=False)
        own = self._get_spots_sql("can_propose")
        return SQL(
            "(%(id)s NOT IN (%(closed)s) OR %(id)s IN (%(opened)s))",
            id=SQL.identifier(alias, "id"),
            closed=self._get_below_sql(anybodys),
            opened=self._get_below_sql(own),
        )

    def _get_proposable_domain(self):
        """Categories of which the current user may ask for money, seen or not."""
        managed = Domain("budget_id.user_role", "=", "manager")
        asked = Domain("budget_id.user_role", "in", ("proposer", "planner"))
        opened = Domain.custom(
            to_sql=lambda model, alias, _query: model._get_open_sql(alias)
        )
        return managed | asked & opened

    def _get_named_domain(self):
        """All but what the user needs no names of, in budgets that hide their figures."""
        Budget = self.env["sop.budget"]
        if Budget._sees_all_figures():
            return Domain.TRUE
        hidden = Budget._get_hidden_figures_sql()
        asked = SQL(
            "%s IN (%s) AND %s",
            SQL.identifier("own", "budget_id", to_flush=self._fields["budget_id"]),
            hidden,
            self._get_open_sql("own"),
        )
        return Domain("budget_id", "not in", SQL("(%s)", hidden)) | Domain(
            "id", "in", SQL("(%s)", self._get_path_sql(asked))
        )

    # === FOR OTHERS === #

    def _get_holders(self, right):
        """``{category: who alone has the right}``, for categories with such a grant above."""
        # sudo: grants bind those who may not read them
        grants = (
            self.env["sop.budget.grant"]
            .sudo()
            .search(
                Domain("budget_id", "in", self.sudo().budget_id.ids)
                & Domain(right, "=", True)
                & Domain("in_force", "=", True)
            )
        )
        spots = {
            spot.id: rows.user_id
            for spot, rows in grants.grouped("category_id").items()
        }
        holders = {}
        for category in self.sudo():
            path = [int(part) for part in category.parent_path.split("/") if part]
            found = grants.user_id.browse().union(
                *(spots[n] for n in path if n in spots)
            )
            if found:
                holders[self.browse(category.id)] = found
        return holders

    def _filter_by_grant(self, right, user):
        """The categories whose grants don't shut ``user`` out from ``right``."""
        holders = self._get_holders(right)
        return self.filtered(lambda c: c not in holders or user in holders[c])
