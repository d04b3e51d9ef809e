# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What the people of the demo programme ask for: every state of it can be seen.

What is ordered and paid here are the orders and bills of the demo programme, so that its
figures stay: 593,000 planned, 67,000 committed, 178,800 actual. New are what is reserved
(12,000 of internal, 900 of external money), 3,000 that moved from one category to another,
and 600 in preparation, which need an override.

    =================  ======  =========================================
    proposal           amount  is
    =================  ======  =========================================
    Photographer          800  draft
    Investor night      2,400  waiting for the second of two
    Trade fair          4,500  returned: changes requested
    Conference         12,000  approved by three, reserved
    Posters               900  approved by one, reserved
    Prizes             10,000  ordered
    First competition  12,000  ordered, billed and paid
    Coffee machine      1,200  rejected
    Team retreat        5,200  rejected, asked again with 3,900: is late
    Podcast               700  withdrawn
    Billboard           6,000  cancelled
    =================  ======  =========================================
"""

from datetime import timedelta

from odoo.fields import Command

from odoo.addons.sop_budget.demo.programme import Programme

APPROVERS = ("chief_of_staff", "team_lead", "owner")
DAYS_LATE = 2

# key: who asks, title, vendor, why, lines of (category, text, quantity, price)
PROPOSALS = {
    "draft": (
        "business_development",
        "Photographer of the demo day",
        None,
        "Pictures for the report to the sponsors.",
        [("FS4", "Photographer, one day", 1, 800)],
    ),
    "waiting": (
        "business_development",
        "Dinner of the investor night",
        "Restaurant",
        "Forty investors and the ten teams of the cohort.",
        [("FS3", "Dinner", 50, 48)],
    ),
    "changes": (
        "business_development",
        "Stand at a trade fair",
        "Event agency",
        "Two days, about 200 talks with enterprises.",
        [("E4", "Stand", 1, 3_500), ("E4", "Printed matter", 1, 1_000)],
    ),
    "approved": (
        "business_development",
        "Conference with offices and enterprises",
        "Training house",
        "Three enterprises of last year's conference became sponsors.",
        [("E4", "Speakers", 4, 1_500), ("E4", "Venue", 2, 3_000)],
    ),
    "small": (
        "business_development",
        "Posters of the meet-ups",
        "Print shop",
        "One set for each of the three cities.",
        [("E2", "Posters", 300, 3)],
    ),
    "ordered": (
        "team_lead",
        "Prizes of the competition",
        "Prize fund",
        "First and second prize, as announced.",
        [("O1", "Prizes of the competition", 2, 5_000)],
    ),
    "paid": (
        "business_development",
        "First competition of the year",
        "Event agency",
        "Three hundred participants and twenty new projects.",
        [
            ("O1", "First competition: marketing", 1, 4_000),
            ("O1", "First competition: venue", 1, 5_000),
            ("O1", "First competition: sound and picture", 1, 3_000),
        ],
    ),
    "rejected": (
        "business_development",
        "Coffee machine for the hubs",
        "Coffee house",
        "Everybody asks for it.",
        [("P3", "Coffee machine", 1, 1_200)],
    ),
    "retreat": (
        "business_development",
        "Team retreat",
        "Travel agency",
        "Plans of the next half of the year, all hubs together.",
        [("P2", "Travel and lodging", 13, 400)],
    ),
    "withdrawn": (
        "business_development",
        "Podcast",
        "Content studio",
        "Six episodes with founders.",
        [("P5", "Episodes", 7, 100)],
    ),
    "cancelled": (
        "chief_of_staff",
        "Billboard at the station",
        "Event agency",
        "To be seen by those whom we don't reach online.",
        [("O4", "Billboard, one month", 1, 6_000)],
    ),
}

# who asks, from, to, amount, why
TRANSFERS = {
    "applied": (
        "chief_of_staff",
        "FJ",
        "O1",
        3_000,
        "A third prize for the competition; job activation starts later than planned.",
    ),
    "waiting": (
        "buyer",
        "P7",
        "P4",
        400,
        "T-shirts cost more than planned: to be covered by the padding.",
    ),
}


class Requests(Programme):
    """``load`` is to be called once, after the documents of the programme."""

    def load(self) -> None:
        self.prepare()
        self.load_decided()
        self.load_ordered()
        self.load_waiting()
        self.load_transfers()
        self.keep_version()
        self.load_policies()
        self.load_override()
        self.load_grant()
        self.load_alerts()
        self.drop_mails()

    def prepare(self) -> None:
        users = {
            name: self.env.ref(f"{module}.user_demo_{name}")
            for module, name in (
                ("sop_budget", "team_lead"),
                ("sop_budget", "chief_of_staff"),
                ("sop_budget", "business_development"),
                ("sop_budget_control", "buyer"),
            )
        }
        self.users = users | {"owner": self.budget.user_id}
        self.mails = self.env["mail.mail"].search([], order="id desc", limit=1).id or 0

    # === PROPOSALS === #

    def propose(self, key: str):
        who, name, vendor, why, lines = PROPOSALS[key]
        return (
            self.env["sop.proposal"]
            .with_user(self.users[who])
            .create(
                {
                    "name": name,
                    "budget_id": self.budget.id,
                    "partner_id": vendor and self.partner(vendor).id,
                    "date_expected": self.future(0.3),
                    "justification": f"<p>{why}</p>",
                    "tag_ids": [Command.set(self.budget.tag_ids.ids)],
                    "line_ids": [
                        Command.create(
                            {
                                "category_id": self.categories()[code].id,
                                "month": self.future(0.3).replace(day=1),
                                "name": text,
                                "quantity": quantity,
                                "price_unit": price,
                            }
                        )
                        for code, text, quantity, price in lines
                    ],
                }
            )
        )

    def approve(self, document, *who: str):
        for name in who:
            document.with_user(self.users[name]).action_approve()

    def approve_all(self, document):
        """By all who are asked, one after the other; nobody approves what they ask for."""
        while waiting := document.sudo().current_approver_ids:
            document.with_user(waiting[0]).action_approve()
            document.invalidate_recordset()

    def load_decided(self) -> None:
        self.propose("draft")
        for key in ("approved", "small"):
            proposal = self.propose(key)
            proposal.action_submit()
            self.approve_all(proposal)
        staff = self.users["chief_of_staff"]
        rejected = self.propose("rejected")
        rejected.action_submit()
        rejected.with_user(staff).action_reject(
            "The rent includes the coffee of the landlord."
        )
        changes = self.propose("changes")
        changes.action_submit()
        changes.with_user(staff).action_return(
            "Attach the offer of the organiser, and say what the printed matter is for."
        )
        withdrawn = self.propose("withdrawn")
        withdrawn.action_submit()
        withdrawn.action_withdraw("The studio makes it for free.")
        cancelled = self.propose("cancelled")
        cancelled.action_submit()
        self.approve_all(cancelled)
        cancelled.action_cancel("The station has no place left.")

    def load_ordered(self) -> None:
        """The orders exist already: these are the proposals that they came from."""
        for key in ("ordered", "paid"):
            proposal = self.propose(key)
            proposal.action_submit()
            self.approve_all(proposal)
            for line in proposal.sudo().line_ids:
                order_line = self.env["purchase.order.line"].search(
                    [
                        ("company_id", "=", self.company.id),
                        ("name", "=", line.name),
                        ("state", "=", "purchase"),
                    ]
                )
                order_line.sop_proposal_line_id = line
        bills = proposal.sudo().line_ids.order_line_ids.invoice_lines.move_id
        self.pay(bills.filtered(lambda bill: bill.payment_state == "not_paid"))

    def load_waiting(self) -> None:
        waiting = self.propose("waiting")
        waiting.action_submit()
        self.approve(waiting, "chief_of_staff")
        retreat = self.propose("retreat")
        retreat.action_submit()
        retreat.with_user(self.users["chief_of_staff"]).action_reject(
            "Too dear: find a place that can be reached by train."
        )
        retreat.action_resubmit()
        again = retreat.next_ids
        again.line_ids.price_unit = 300
        again.action_submit()
        step = again.sudo().approval_ids.filtered(lambda a: a.state == "asked")
        step._set(
            {
                "date_asked": self.noon(self.today - timedelta(days=7 + DAYS_LATE)),
                "date_due": self.today - timedelta(days=DAYS_LATE),
            }
        )

    # === TRANSFERS AND VERSIONS === #

    def load_transfers(self) -> None:
        month = self.budget.date_to.replace(day=1)
        for key, (who, source, target, amount, why) in TRANSFERS.items():
            transfer = (
                self.env["sop.budget.transfer"]
                .with_user(self.users[who])
                .create(
                    {
                        "budget_id": self.budget.id,
                        "reason": why,
                        "line_ids": [
                            Command.create(
                                {
                                    "category_from_id": self.categories()[source].id,
                                    "month_from": month,
                                    "category_to_id": self.categories()[target].id,
                                    "month_to": month,
                                    "amount": amount,
                                }
                            )
                        ],
                    }
                )
            )
            transfer.action_submit()
            if key == "applied":
                self.approve_all(transfer)

    def keep_version(self) -> None:
        self.budget.with_user(self.users["owner"])._save_version(
            "saved", "Review with the foundation", "As it was shown to the foundation."
        )

    # === CONTROL === #

    def load_policies(self) -> None:
        """From now on: what was ordered before has passed."""
        self.env["sop.budget.policy"].create(
            [
                {
                    "budget_id": self.budget.id,
                    "event": event,
                    "action": action,
                    "basis": "budget",
                }
                for event, action in (("order", "override"), ("bill", "warn"))
            ]
        )

    def load_override(self) -> None:
        """An order that is short, and the buyer asks for leave."""
        shirts = self.env["product.product"].search(
            [("name", "=", "Merchandise"), ("company_id", "=", self.company.id)]
        )
        order = self.env["purchase.order"].create(
            {
                "partner_id": self.partner("Print shop").id,
                "company_id": self.company.id,
                "user_id": self.users["buyer"].id,
                "date_order": self.noon(self.today),
                "order_line": [
                    Command.create(
                        {
                            "product_id": shirts.id,
                            "name": "T-shirts of the mentors",
                            "product_qty": 60,
                            "price_unit": 10,
                            "tax_ids": [Command.clear()],
                            "date_planned": self.noon(self.future(0.3)),
                            "analytic_distribution": self.distribution("P4"),
                        }
                    )
                ],
            }
        )
        action = order.with_user(self.users["buyer"]).action_sop_control_help()
        window = (
            self.env["sop.control.help"]
            .with_user(self.users["buyer"])
            .browse(action["res_id"])
        )
        window.reason = "The mentors of the second cohort have none."
        window.option_ids.filtered(lambda o: o.kind == "override").action_do()

    # === RIGHTS AND ALERTS === #

    def load_grant(self) -> None:
        """The auditor sees the salaries for two weeks."""
        self.env["sop.budget.grant"].create(
            {
                "category_id": self.categories()["P1"].id,
                "user_id": self.env.ref("sop_budget_control.user_demo_auditor").id,
                "date_from": self.today,
                "date_until": self.today + timedelta(days=14),
            }
        )

    def load_alerts(self) -> None:
        """What the nightly look would tell; one of it is known already."""
        self.budget._raise_alerts()
        merchandise = self.budget.alert_ids.filtered(
            lambda alert: alert.category_id.code == "P4"
        )
        merchandise.with_user(self.users["owner"])._acknowledge(
            "The mentors needed T-shirts, too: a transfer from the padding is asked for."
        )

    def drop_mails(self) -> None:
        """Nobody of the demo reads mail."""
        self.env["mail.mail"].search(
            [("id", ">", self.mails), ("state", "=", "outgoing")]
        ).unlink()
