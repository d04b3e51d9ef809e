# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""A year of the demo company's office, for the metrics of its processes to measure.

The programme prepares an anniversary conference, held after the end of this year. Until then
what is paid for it lies in the balance sheet (*Prepayments*), which no budget covers: the
figures of the programme stay what they are on every day. The metrics show what an office shows:
orders that are confirmed faster than a year ago, two requests nobody decides, two bills that
wait for money, an order cancelled, changed and redone, prices above what was agreed, bills
without an order, months that are closed late.
"""

from __future__ import annotations

from datetime import timedelta

from odoo.fields import Command

from .past import Past

#: An order every two weeks since a year ago
ORDERS = 26
EVERY = 14
# Days until the order, the bill and the payment, in turn; the first half of the year was slower
TO_ORDER = (3, 1, 5, 2, 4)
SLOWER = 4
TO_BILL = (12, 8, 19, 10)
TO_PAY = (24, 28, 8, 21, 36)

# What is bought in turn: vendor, text, quantity, price
BOUGHT = (
    ("Venue provider", "Conference: instalment of the hall", 1, 1_800),
    ("Event agency", "Conference: stage and sound", 2, 450),
    ("Content studio", "Conference: film of the speakers", 3, 320),
    ("Training house", "Conference: workshop", 4, 250),
    ("Travel agency", "Conference: rooms of the speakers", 12, 95),
)

# They give 2 % for payment within ten days; one of them is always paid too late
DISCOUNT_VENDORS = ("Event agency", "Content studio")

# number of the order: what is odd about it
TWISTS = {
    3: "cancelled",
    6: "reopened",
    9: "changed",
    11: "dearer",
    14: "over",
    16: "reset",
    17: "unpaid",
    18: "undecided",
    19: "unpaid",
    20: "dearer",
    21: "undecided",
    23: "changed",
}

# Small bills that nobody ordered, every so many days
ORDERLESS = ("Software vendor", "Conference: hosting of the site", 90, 30)
# Days from the end of a month to its closing, of the latest months first
CLOSED_AFTER = (6, 7, 5, 8, 9, 8, 11, 10, 12, 14, 13)
# Lines of the bank that nobody has matched: days ago, text, amount
BANK_LINES = (
    (38, "Transfer without a reference", 240),
    (12, "Card payment at the fair", -86),
    (3, "Ticket refund of the airline", 129),
)


class History(Past):
    """``load`` is to be called once, after the documents of the programme."""

    def load(self) -> None:
        self.buyers = [
            self.env.ref(f"sop_budget.user_demo_{name}")
            for name in ("chief_of_staff", "events_lead", "business_development")
        ]
        self.discount = self.env["account.payment.term"].create(
            {
                "name": "30 days, 2 % within 10 days",
                "company_id": self.company.id,
                "early_discount": True,
                "discount_days": 10,
                "discount_percentage": 2,
                "line_ids": [
                    Command.create(
                        {"value": "percent", "value_amount": 100, "nb_days": 30}
                    )
                ],
            }
        )
        self.date_orders("purchase.order", "date_approve")
        self.date_entries()
        self.load_purchases()
        self.load_orderless()
        self.load_entries()
        self.date_entries()
        self.load_closings()
        self.load_bank_lines()

    # === PROCURE TO PAY === #

    def load_purchases(self) -> None:
        service = self.product_of(
            "Conference services", "service", "prepayments", sale_ok=False
        )
        rows = [self.plan_order(number) for number in range(ORDERS)]
        orders = self.env["purchase.order"].create(
            [self.prepare_purchase(service, row) for row in rows]
        )
        self.decide(orders, rows)
        bills = {}
        for order, row in zip(orders, rows, strict=True):
            if row["billed"] <= self.today and order.state == "purchase":
                bills[self.bill(order, row)] = row
        self.settle(bills)

    def plan_order(self, number: int) -> dict:
        """The days of an order. What lies after today has not happened yet."""
        asked = self.ago((ORDERS - number) * EVERY)
        slow = SLOWER if number < ORDERS // 2 else 0
        ordered = asked + timedelta(days=TO_ORDER[number % len(TO_ORDER)] + slow)
        billed = ordered + timedelta(days=TO_BILL[number % len(TO_BILL)])
        return {
            "bought": BOUGHT[number % len(BOUGHT)],
            "buyer": self.buyers[number % len(self.buyers)],
            "twist": TWISTS.get(number),
            "asked": asked,
            "ordered": ordered,
            "billed": billed,
            "pay_after": TO_PAY[number % len(TO_PAY)],
        }

    def prepare_purchase(self, product, row) -> dict:
        vendor, text, quantity, price = row["bought"]
        return {
            "partner_id": self.partner(vendor).id,
            "company_id": self.company.id,
            "user_id": row["buyer"].id,
            "date_order": self.noon(row["asked"]),
            "order_line": [
                Command.create(
                    {
                        "product_id": product.id,
                        "name": text,
                        "product_qty": quantity,
                        "price_unit": price,
                        "tax_ids": [Command.clear()],
                        "date_planned": self.noon(row["billed"]),
                    }
                )
            ],
        }

    def decide(self, orders, rows) -> None:
        pairs = list(zip(orders, rows, strict=True))
        confirmed = orders.browse(
            order.id for order, row in pairs if row["twist"] != "undecided"
        )
        confirmed.button_confirm()
        dated = {}
        for order, row in pairs:
            dated[order] = {"create_date": self.noon(row["asked"])}
            if order in confirmed:
                dated[order]["date_approve"] = self.noon(row["ordered"])
            later = self.noon(row["ordered"]) + timedelta(days=2)
            if row["twist"] == "cancelled":
                order.state = "cancel"
                self.track(order, "state", "purchase", "cancel", later)
            elif row["twist"] == "reopened":
                before = self.noon(row["ordered"]) - timedelta(hours=2)
                self.track(order, "state", "cancel", "draft", before)
            elif row["twist"] == "changed":
                total = order.amount_untaxed
                self.track(order, "amount_untaxed", 0.9 * total, total, later)
        self.backdate(dated)
        self.write_messages()

    def bill(self, order, row):
        for line in order.order_line.filtered(
            lambda one: one.qty_received_method == "manual"
        ):
            line.qty_received = line.product_qty
        order.action_create_invoice()
        bill = order.invoice_ids
        bill.invoice_date = bill.date = row["billed"]
        line = bill.invoice_line_ids
        if row["twist"] == "dearer":
            line.price_unit *= 1.08
        elif row["twist"] == "over":
            line.quantity += 1
        if row["bought"][0] in DISCOUNT_VENDORS:
            bill.invoice_payment_term_id = self.discount
        bill.ref = f"Bill {order.name}"
        return bill

    def settle(self, bills: dict) -> None:
        """Post the bills, log what was redone, and pay what is not held back."""
        moves = self.env["account.move"].union(*bills)
        moves.action_post()
        for bill, row in bills.items():
            if row["twist"] == "reset":
                at = self.noon(row["billed"])
                self.track(bill, "state", "draft", "posted", at)
                again = at + timedelta(days=3)
                self.track(bill, "state", "posted", "draft", again)
                self.track(bill, "state", "draft", "posted", again + timedelta(hours=1))
        self.write_messages()
        # A discount makes the conference cheaper; as income it would be in the budget
        gain = "account_journal_early_pay_discount_gain_account_id"
        usual = self.company[gain]
        self.company[gain] = self.account("prepayments")
        for bill, row in bills.items():
            day = row["billed"] + timedelta(days=row["pay_after"])
            if row["twist"] != "unpaid" and day <= self.today:
                self.pay(bill, row["pay_after"])
        self.company[gain] = usual

    def load_orderless(self) -> None:
        vendor, text, price, every = ORDERLESS
        days = [self.ago(days) for days in range(5, 360, every)]
        bills = self.env["account.move"].create(
            [
                {
                    "move_type": "in_invoice",
                    "partner_id": self.partner(vendor).id,
                    "invoice_date": day,
                    "date": day,
                    "ref": f"Hosting {day:%Y-%m-%d}",
                    "invoice_line_ids": [
                        Command.create(
                            {
                                "name": text,
                                "quantity": 1,
                                "price_unit": price,
                                "account_id": self.account("prepayments").id,
                                "tax_ids": [Command.clear()],
                            }
                        )
                    ],
                }
                for day in days
            ]
        )
        bills.action_post()
        self.pay(bills.filtered(lambda bill: bill.invoice_date < self.ago(2 * every)))

    # === RECORD TO REPORT === #

    def load_entries(self) -> None:
        """By hand: what is laid by for the conference each month; two wait to be posted."""
        days = [self.ago(days) for days in (4, 41, *range(20, 360, 30))]
        entries = self.env["account.move"].create(
            [self.prepare_entry(day) for day in days]
        )
        drafts, posted = entries[:2], entries[2:]
        posted.action_post()
        wrong = posted[3]
        wrong._reverse_moves(
            [{"date": wrong.date, "ref": "Laid by twice"}], cancel=True
        )
        self.backdate(
            {entry: {"create_date": self.noon(entry.date)} for entry in drafts}
        )
        # One was corrected, two were posted long after their month
        corrected = self.noon(posted[5].date)
        self.track(posted[5], "state", "draft", "posted", corrected)
        self.track(posted[5], "state", "posted", "draft", corrected + timedelta(days=1))
        for late in posted[7:9]:
            at = self.noon(late.date + timedelta(days=45))
            self.track(late, "state", "draft", "posted", at)
        self.backdate(
            {
                entry: {"create_date": self.noon(entry.date)}
                for entry in (posted[5], *posted[7:9])
            }
        )
        self.write_messages()

    def prepare_entry(self, day) -> dict:
        sides = (("prepaid_expenses", 150), ("current_assets", -150))
        return {
            "move_type": "entry",
            "date": day,
            "ref": "Laid by for the conference",
            "line_ids": [
                Command.create(
                    {
                        "name": "Laid by for the conference",
                        "account_id": self.account(account).id,
                        "balance": balance,
                    }
                )
                for account, balance in sides
            ],
        }

    def load_closings(self) -> None:
        """The company's chatter says when months were locked; the last entry opens them again,
        so that the demo can be played with."""
        locked = []
        end = self.today.replace(day=1) - timedelta(days=1)
        for after in CLOSED_AFTER:
            day = end + timedelta(days=after)
            if day <= self.today:
                locked.append((end, self.noon(day)))
            end = end.replace(day=1) - timedelta(days=1)
        name, before = "fiscalyear_lock_date", False
        for end, at in reversed(locked):
            self.track(self.company, name, before, end, at)
            before = end
        self.track(self.company, name, before, False, self.noon(self.today))
        self.write_messages()

    def load_bank_lines(self) -> None:
        bank = self.env["account.journal"].search(
            [("company_id", "=", self.company.id), ("type", "=", "bank")], limit=1
        )
        self.env["account.bank.statement.line"].create(
            [
                {
                    "journal_id": bank.id,
                    "date": self.ago(days),
                    "payment_ref": text,
                    "amount": amount,
                }
                for days, text, amount in BANK_LINES
            ]
        )
