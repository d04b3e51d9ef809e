# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The books of the demo company: a community programme in the middle of its year.

Everything happens in the current year, on any day of it: what is done lies between the first
of January and today, what is expected between today and the end of December. The amounts are
the same on every day:

    ============  =======  =========  ======  =========
    money         planned  committed  actual  available
    ============  =======  =========  ======  =========
    internal      450,800     45,000  125,400   280,400
    external      142,200     22,000   53,400    66,800
    all expense   593,000     67,000  178,800   347,200
    ============  =======  =========  ======  =========
"""

from datetime import date, datetime, time, timedelta

from odoo import fields
from odoo.fields import Command

# Amount of the year, and the months it is planned in (all of them when there are none).
PLAN = {
    "P1.1": (100_000, ()),
    "P1.2": (60_000, ()),
    "P1.3": (32_400, ()),
    "P1.4": (31_500, ()),
    "P2": (38_000, (2, 5, 8, 11)),
    "P3": (25_200, ()),
    "P4": (3_000, (2, 8)),
    "P5": (12_000, ()),
    "P6": (4_800, ()),
    "P7": (6_000, ()),
    "O1": (30_000, (3, 9)),
    "O2": (20_000, (2, 8)),
    "O3": (72_000, ()),
    "O4": (15_000, (4, 7, 10)),
    "E1": (26_100, ()),
    "E2": (18_000, ()),
    "E3": (12_000, ()),
    "E4": (30_000, (3, 6, 9, 12)),
    "F1": (15_000, (5,)),
    "FS2": (12_000, (6, 11)),
    "FS3": (4_000, (3, 6, 9, 12)),
    "FS4": (10_000, (6, 12)),
    "FJ": (16_000, (3, 6, 9, 12)),
    "R1": (142_200, (1, 7)),
    "R2": (24_000, (3, 6, 9, 12)),
}

# Monthly pay of the team, paid this many times.
PAY = {"P1.1": 8_333, "P1.2": 5_000, "P1.3": 2_700, "P1.4": 2_625}
PAYROLLS = 4

# Bills are paid so many days later, if that is not after today.
PAID_AFTER = 20
PAYMENT_TERM = "account.account_payment_term_30days"

# What is bought: name, account of the generic chart.
PRODUCTS = {
    "service": ("Programme services", "expense"),
    "venue": ("Venue and catering", "expense_rent"),
    "travel": ("Travel", "expense"),
    "marketing": ("Marketing and content", "expense_sales"),
    "goods": ("Merchandise", "expense"),
    "software": ("Software subscriptions", "expense"),
    "prize": ("Prizes", "expense"),
}

# vendor, currency, state, lines of (category, product, text, quantity, price, billed quantity)
ORDERS = (
    (
        "Travel agency",
        "EUR",
        "purchase",
        [("P2", "travel", "Team trips to partners abroad", 20, 400, 6)],
    ),
    (
        "Event agency",
        "USD",
        "purchase",
        [
            ("O1", "marketing", "First competition: marketing", 1, 4_000, 1),
            ("O1", "venue", "First competition: venue", 1, 5_000, 1),
            ("O1", "service", "First competition: sound and picture", 1, 3_000, 1),
        ],
    ),
    (
        "Prize fund",
        "USD",
        "purchase",
        [("O1", "prize", "Prizes of the competition", 2, 5_000, 0)],
    ),
    (
        "Mentor network",
        "USD",
        "purchase",
        [("O2", "service", "Accelerator: mentor days", 13, 1_000, 5)],
    ),
    (
        "Ambassadors",
        "USD",
        "purchase",
        [("O3", "service", "Ambassadors: months of service", 80, 600, 60)],
    ),
    (
        "Event agency",
        "USD",
        "purchase",
        [("O4", "venue", "Side events: instalments", 9, 500, 5)],
    ),
    (
        "Mentor network",
        "USD",
        "purchase",
        [("E1", "service", "Mentorship: weeks of interns", 71, 150, 41)],
    ),
    (
        "Coffee house",
        "USD",
        "purchase",
        [("E2", "venue", "Meet-ups: months of catering", 6, 1_500, 4)],
    ),
    (
        "Training house",
        "USD",
        "purchase",
        [("E3", "service", "Community training: courses", 5, 1_000, 3)],
    ),
    (
        "Content studio",
        "USD",
        "purchase",
        [("P5", "marketing", "Videos", 12, 500, 9)],
    ),
    (
        "Print shop",
        "USD",
        "purchase",
        [("P4", "goods", "T-shirts", 340, 10, 340)],
    ),
    (
        "Software vendor",
        "USD",
        "purchase",
        [("P6", "software", "Licences until the end of the year", 1, 3_000, 0)],
    ),
    (
        "Venue provider",
        "USD",
        "purchase",
        [("FS2", "venue", "Global hackathon: venue", 1, 5_000, 0)],
    ),
    (
        "Venue provider",
        "USD",
        "purchase",
        [("FS4", "venue", "Demo day: venue", 1, 3_500, 0)],
    ),
    (
        "Event agency",
        "USD",
        "purchase",
        [("F1", "venue", "Mini hackathon", 1, 5_000, 0)],
    ),
    # Will never be delivered, cancelled, and two that are only being prepared
    (
        "Event agency",
        "USD",
        "released",
        [("FS4", "service", "Demo day: stage", 1, 1_500, 0)],
    ),
    (
        "Training house",
        "USD",
        "cancel",
        [("E4", "service", "Round table with offices", 1, 2_000, 0)],
    ),
    (
        "Training house",
        "USD",
        "draft",
        [("E4", "service", "Conference with enterprises", 2, 3_000, 0)],
    ),
    (
        "Print shop",
        "USD",
        "sent",
        [("F1", "goods", "Mini hackathon: kits", 100, 25, 0)],
    ),
)
CREDITED = "P5"  # One of its videos was not good enough
EUROS_PER_DOLLAR = 0.8

# vendor, category (none: nobody said what it was for), account, text, amount, how often
BILLS = (
    ("Travel agency", "P2", "expense", "Team trip", 3_000, 3),
    ("Landlord", "P3", "expense_rent", "Rent of three hubs", 2_100, 4),
    ("Software vendor", "P6", "expense", "Monthly subscriptions", 400, 4),
    ("Venue provider", "FS2", "expense_rent", "Global hackathon: deposit", 3_000, 1),
    ("Travel agency", "FS2", "expense", "Global hackathon: trips of judges", 1_118, 1),
    ("Restaurant", None, "expense", "Dinner", 1_180, 1),
)
BANK_FEES = 320

# customer, category, text, amount, paid
INVOICES = (
    ("Foundation", "R1", "Grant, first half", 71_100, True),
    ("Sponsor", "R2", "Sponsoring of the competition", 6_000, False),
)


class Programme:
    """Builds the demo documents. ``load`` is to be called once, on a new company."""

    def __init__(self, env):
        self.company = env.ref("sop_budget.res_company_demo")
        self.budget = env.ref("sop_budget.sop_budget_demo")
        self.env = env(
            context={
                "lang": "en_US",
                "allowed_company_ids": self.company.ids,
                "tracking_disable": True,
                "mail_create_nosubscribe": True,
            }
        )
        self.budget = self.budget.with_env(self.env)
        self.today = fields.Date.today()
        self.partners = {}
        self.products = {}

    def load(self) -> None:
        self.let_demo_user_in()
        self.load_chart()
        self.load_warehouse()
        self.plan_amounts()
        self.load_payroll()
        self.load_orders()
        self.load_bills()
        self.load_bank_fees()
        self.load_invoices()
        self.draft_next_year()

    # === WHEN AND WHO === #

    def past(self, share: float) -> date:
        """A day between the first of January (0) and today (1)."""
        first = self.budget.date_from
        return first + timedelta(days=int((self.today - first).days * share))

    def future(self, share: float) -> date:
        """A day between today (0) and the end of the year (1)."""
        return self.today + timedelta(
            days=int((self.budget.date_to - self.today).days * share)
        )

    @staticmethod
    def noon(day: date) -> datetime:
        return datetime.combine(day, time(12))

    def partner(self, name: str):
        """The one that the programme has already, or a new one who is paid in 30 days."""
        if name not in self.partners:
            partners = self.env["res.partner"]
            found = partners.search(
                [("name", "=", name), ("company_id", "=", self.company.id)], limit=1
            )
            term = self.env.ref(PAYMENT_TERM).id
            self.partners[name] = found or partners.create(
                {
                    "name": name,
                    "is_company": True,
                    "company_id": self.company.id,
                    "property_payment_term_id": term,
                    "property_supplier_payment_term_id": term,
                }
            )
        return self.partners[name]

    def account(self, name: str):
        return self.env["account.chart.template"].ref(name)

    def categories(self) -> dict:
        return {category.code: category for category in self.budget.category_ids}

    def distribution(self, code: str | None):
        if not code:
            return False
        return {str(self.categories()[code].analytic_account_id.id): 100.0}

    def let_demo_user_in(self) -> None:
        """Odoo's own demo user, where there is one, may look around."""
        user = self.env.ref("base.user_demo", raise_if_not_found=False)
        if user:
            user.company_ids |= self.company
            user.group_ids |= self.env.ref("sop_budget.group_sop_budget_user")

    # === PLAN === #

    def load_chart(self) -> None:
        # Not try_loading: it warns while modules are still being installed. The generic
        # chart needs no other module.
        self.env["account.chart.template"]._load("generic_coa", self.company, False)
        euro = self.env.ref("base.EUR")
        euro.active = True
        self.env["res.currency.rate"].create(
            {
                "currency_id": euro.id,
                "company_id": self.company.id,
                "name": self.budget.date_from,
                "company_rate": EUROS_PER_DOLLAR,
            }
        )

    def load_warehouse(self) -> None:
        """With Inventory, orders need a place to deliver to; a new company has none."""
        if "stock.warehouse" not in self.env:
            return
        warehouses = self.env["stock.warehouse"]
        if not warehouses.search_count([("company_id", "=", self.company.id)]):
            warehouses.create(
                {
                    "name": self.company.name,
                    "code": "PROG",
                    "company_id": self.company.id,
                    "partner_id": self.company.partner_id.id,
                }
            )

    def plan_amounts(self) -> None:
        """Amounts of the year to the cent; the first months take what can't be divided."""
        rows = []
        categories = self.categories()
        for code, (total, months) in PLAN.items():
            months = months or range(1, 13)
            share, rest = divmod(total * 100, len(months))
            for number, month in enumerate(months):
                amount = (share + (number < rest)) / 100
                rows.append(
                    {
                        "category_id": categories[code].id,
                        "month": self.budget.date_from.replace(month=month),
                        "amount": amount,
                    }
                )
        self.env["sop.budget.amount"].create(rows)
        self.budget.action_create_analytic_accounts()
        self.budget.action_submit()
        self.budget.action_approve()

    # === DOCUMENTS === #

    def load_payroll(self) -> None:
        salaries = self.account("expense_salary")
        owed = self.account("salary_payable")
        moves = self.env["account.move"].create(
            [
                {
                    "move_type": "entry",
                    "date": self.past(number / PAYROLLS),
                    "ref": f"Payroll {number + 1}",
                    "line_ids": [
                        Command.create(
                            {
                                "account_id": salaries.id,
                                "name": f"Salary {code}",
                                "balance": pay,
                                "analytic_distribution": self.distribution(code),
                            }
                        )
                        for code, pay in PAY.items()
                    ]
                    + [
                        Command.create(
                            {
                                "account_id": owed.id,
                                "name": "Salaries to be paid",
                                "balance": -sum(PAY.values()),
                            }
                        )
                    ],
                }
                for number in range(PAYROLLS)
            ]
        )
        moves.action_post()

    def product(self, key: str):
        if key not in self.products:
            name, account = PRODUCTS[key]
            self.products[key] = self.env["product.product"].create(
                {
                    "name": name,
                    "type": "service",
                    "sale_ok": False,
                    "purchase_method": "purchase",
                    "property_account_expense_id": self.account(account).id,
                    "supplier_taxes_id": [Command.clear()],
                    "taxes_id": [Command.clear()],
                    "company_id": self.company.id,
                }
            )
        return self.products[key]

    def prepare_order(self, number: int, vendor: str, currency: str, lines) -> dict:
        share = (number + 1) / (len(ORDERS) + 1)
        return {
            "partner_id": self.partner(vendor).id,
            "company_id": self.company.id,
            "currency_id": self.env.ref(f"base.{currency}").id,
            "date_order": self.noon(self.past(share)),
            "order_line": [
                Command.create(
                    {
                        "product_id": self.product(product).id,
                        "name": text,
                        "product_qty": quantity,
                        "price_unit": price,
                        "tax_ids": [Command.clear()],
                        "date_planned": self.noon(self.future(share)),
                        "analytic_distribution": self.distribution(category),
                    }
                )
                for category, product, text, quantity, price, _billed in lines
            ],
        }

    def load_orders(self) -> None:
        orders = self.env["purchase.order"].create(
            [
                self.prepare_order(number, vendor, currency, lines)
                for number, (vendor, currency, _state, lines) in enumerate(ORDERS)
            ]
        )
        states = [state for _vendor, _currency, state, _lines in ORDERS]
        pairs = list(zip(orders, states, strict=True))
        confirmed = orders.browse(
            order.id for order, state in pairs if state in ("purchase", "released")
        )
        confirmed.button_confirm()
        for order, state in pairs:
            if state == "released":
                order.action_sop_release_rest()
            elif state in ("cancel", "sent"):
                order.state = state
        bills = self.env["account.move"]
        for number, (order, definition) in enumerate(zip(orders, ORDERS, strict=True)):
            billed = [line[-1] for line in definition[-1]]
            if any(billed):
                bills |= self.bill_order(order, billed, (number + 1) / len(ORDERS))
        bills.action_post()
        self.credit_one(bills)
        self.pay(bills[::2])

    def bill_order(self, order, billed, share: float):
        order.action_create_invoice()
        bill = order.invoice_ids
        bill.invoice_date = bill.date = self.past(share)
        for line, quantity in zip(order.order_line, billed, strict=True):
            line.invoice_lines.quantity = quantity
        return bill

    def credit_one(self, bills) -> None:
        """A credit note for one piece of a bill, as the vendor would send it."""
        analytic = self.categories()[CREDITED].analytic_account_id
        bill = bills.filtered(
            lambda move: str(analytic.id)
            in (move.invoice_line_ids[0].analytic_distribution or {})
        )
        credit = bill._reverse_moves(
            [{"date": self.today, "invoice_date": self.today, "ref": "One video"}]
        )
        credit.invoice_line_ids.quantity = 1
        credit.action_post()

    def load_bills(self) -> None:
        bills = self.env["account.move"].create(
            [
                {
                    "move_type": "in_invoice",
                    "partner_id": self.partner(vendor).id,
                    "invoice_date": self.past((number + 1) / times),
                    "date": self.past((number + 1) / times),
                    "invoice_line_ids": [
                        Command.create(
                            {
                                "name": text,
                                "quantity": 1,
                                "price_unit": amount,
                                "account_id": self.account(account).id,
                                "tax_ids": [Command.clear()],
                                "analytic_distribution": self.distribution(category),
                            }
                        )
                    ],
                }
                for vendor, category, account, text, amount, times in BILLS
                for number in range(times)
            ]
        )
        bills.action_post()
        self.pay(bills[:6])

    def pay(self, bills, after: int = PAID_AFTER) -> None:
        for bill in bills:
            day = min(bill.invoice_date + timedelta(days=after), self.today)
            self.env["account.payment.register"].with_context(
                active_model="account.move", active_ids=bill.ids
            ).create({"payment_date": day})._create_payments()

    def load_bank_fees(self) -> None:
        """An entry that nobody assigned: it shows in the row “not in any category”."""
        bank = self.env["account.journal"].search(
            [("company_id", "=", self.company.id), ("type", "=", "bank")], limit=1
        )
        move = self.env["account.move"].create(
            {
                "move_type": "entry",
                "date": self.past(0.9),
                "ref": "Fees of the bank",
                "line_ids": [
                    Command.create(
                        {
                            "name": "Fees of the bank",
                            "account_id": self.account("expense_finance").id,
                            "balance": BANK_FEES,
                        }
                    ),
                    Command.create(
                        {
                            "name": "Fees of the bank",
                            "account_id": bank.default_account_id.id,
                            "balance": -BANK_FEES,
                        }
                    ),
                ],
            }
        )
        move.action_post()

    def load_invoices(self) -> None:
        invoices = self.env["account.move"].create(
            [
                {
                    "move_type": "out_invoice",
                    "partner_id": self.partner(customer).id,
                    "invoice_date": self.past(0.5),
                    "date": self.past(0.5),
                    "invoice_line_ids": [
                        Command.create(
                            {
                                "name": text,
                                "quantity": 1,
                                "price_unit": amount,
                                "account_id": self.account("income").id,
                                "tax_ids": [Command.clear()],
                                "analytic_distribution": self.distribution(category),
                            }
                        )
                    ],
                }
                for customer, category, text, amount, _paid in INVOICES
            ]
        )
        invoices.action_post()
        for invoice, definition in zip(invoices, INVOICES, strict=True):
            if definition[-1]:
                self.pay(invoice)

    def draft_next_year(self) -> None:
        """The budget of next year, to be edited: a copy of this one."""
        year = self.budget.date_from.year + 1
        draft = self.budget.copy(
            {
                "name": f"Community programme {year}",
                "code": f"CP{year % 100:02}",
                "date_from": date(year, 1, 1),
                "date_to": date(year, 12, 31),
                "user_id": self.budget.user_id.id,
            }
        )
        self.env["ir.model.data"]._update_xmlids(
            [
                {
                    "xml_id": "sop_budget.sop_budget_demo_next",
                    "record": draft,
                    "noupdate": True,
                }
            ]
        )
