# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Money is conserved: whatever happens to proposals, orders, bills and plans, in any order.

A state machine whose states are kept twice: by the suite, and by hand with decimals. Many
chains (a line of a proposal, its order, its bills) are played side by side, each by its own
random script; a third of the proposals have a second line, in another category. Transfers and
carry-forwards change the plan below them. After each step every figure
of every category, in the budget of the year and in the next, is compared.
"""

from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from itertools import cycle, product

from hypothesis import strategies as st

from odoo.exceptions import UserError
from odoo.fields import Command

from .common_proposal import ProposalCommon

CENT = Decimal("0.01")
ORDER_RATE = Decimal("0.8")
BILL_RATES = {"2025-04-20": Decimal("0.8"), "2025-06-20": Decimal("0.5")}
#: What a proposal in euro is converted by: the last known, whatever day it is.
PROPOSAL_RATE = Decimal("0.5")
AMOUNTS = ("300.00", "0.01", "99.99", "1000.00", "123.45")
JUNE = "2025-06-01"
PRICES = ("10.00", "33.33", "0.07", "100.00", "19.99")


def cents(value):
    return Decimal(value).quantize(CENT, ROUND_HALF_UP)


@dataclass
class Bill:
    """A bill or credit note of the hand model, of an order line or for itself."""

    quantity: Decimal
    price: Decimal
    rate: Decimal | None
    credit: bool
    by_order: bool
    posted: bool = False
    record: object = None

    @property
    def cost(self):
        amount = cents(self.quantity * self.price)
        if self.rate:
            amount = cents(amount / self.rate)
        return -amount if self.credit else amount


@dataclass
class Chain:
    """A line of a proposal, one order of it and its bills, reckoned by hand with decimals."""

    category: int = 0
    # In which budget: 0 is that of the year, 1 the next
    place: int = 0
    order_place: int = 0
    #: What is asked for, perhaps in euro, and what that is in the books.
    asked: Decimal = Decimal(0)
    euro: bool = False
    amount: Decimal = Decimal(0)
    step: str = ""
    freed: bool = False
    quantity: Decimal = Decimal(0)
    price: Decimal = Decimal(0)
    foreign: bool = False
    order_state: str = ""
    released: bool = False
    bills: list = field(default_factory=list)
    proposal: object = None
    line: object = None
    order: object = None
    #: The chain of the other line of the same proposal.
    twin: object = field(default=None, repr=False)

    @property
    def both(self):
        return [self, self.twin] if self.twin else [self]

    def pick(self, number):
        """The one that something happens to."""
        return self.twin if self.twin and number % 2 else self

    @property
    def open(self):
        if self.order_state != "purchase" or self.released:
            return Decimal(0)
        billed = sum(
            (-b.quantity if b.credit else b.quantity)
            for b in self.bills
            if b.posted and b.by_order
        )
        rest = min(max(self.quantity - billed, Decimal(0)), self.quantity)
        amount = cents(rest * self.price)
        return cents(amount / ORDER_RATE) if self.foreign else amount

    @property
    def actual(self):
        return sum((b.cost for b in self.bills if b.posted), Decimal(0))

    @property
    def pending(self):
        return self.amount if self.step in ("submitted", "in_review") else Decimal(0)

    @property
    def reserved(self):
        if self.step != "approved" or self.freed:
            return Decimal(0)
        rest = self.amount - self.open - self.actual
        return min(max(rest, Decimal(0)), self.amount)

    def get_figures(self, place):
        """Pending, reserved, committed, actual in one of the budgets."""
        here = self.place == place
        return (
            self.pending if here else 0,
            self.reserved if here else 0,
            self.open if self.order_place == place else 0,
            # By the day of the bills, which are of the year
            self.actual if place == 0 else 0,
        )


class Player:
    """Does one kind of thing to many chains at once, in the books and by hand.

    A method takes ``[(chain, number)]``, returns nothing, and leaves out what can't be done.
    """

    def __init__(self, case):
        self.case = case
        self.env = case.env
        self.planned = {
            (place, number): case.planned_of(place, number)
            for place in (0, 1)
            for number in range(3)
        }
        # What transfers may take
        self.june = [
            sum(
                cents(amount.amount)
                for amount in leaf.amount_ids
                if str(amount.month) == JUNE
            )
            for leaf in case.leaves
        ]
        self.carried = 0
        self.chains = []

    def do(self, name, pairs):
        """Proposals are decided on as a whole; the rest happens to one of their lines."""
        if name not in WHOLE:
            pairs = [(chain.pick(number), number) for chain, number in pairs]
        getattr(self, name)(pairs)

    @property
    def all_chains(self):
        return [each for chain in self.chains for each in chain.both]

    def propose(self, pairs):
        pairs = [(c, n) for c, n in pairs if not c.step]
        for chain, number in pairs:
            for place, each in enumerate(chain.both):
                each.asked = Decimal(AMOUNTS[(number + place) % len(AMOUNTS)])
                each.euro = number % 4 == 1
                each.amount = cents(
                    each.asked / PROPOSAL_RATE if each.euro else each.asked
                )
                each.step = "draft"
        proposals = self.env["sop.proposal"].create(
            [
                {
                    "name": "Chain",
                    "budget_id": self.case.budget.id,
                    "line_ids": [
                        Command.create(
                            {
                                "name": "Line",
                                "category_id": self.case.leaves[each.category].id,
                                "month": JUNE,
                                "price_unit": float(each.asked),
                                "currency_id": (
                                    self.case.euro if each.euro else self.case.currency
                                ).id,
                            }
                        )
                        for each in chain.both
                    ],
                }
                for chain, _number in pairs
            ]
        )
        for (chain, _number), proposal in zip(pairs, proposals, strict=True):
            self.attach(chain.both, proposal)

    def attach(self, chains, proposal):
        for each, line in zip(chains, proposal.line_ids, strict=True):
            each.proposal, each.line = proposal, line

    def set_step(self, chain, step):
        for each in chain.both:
            each.step = step

    def submit(self, pairs):
        for chain, _number in pairs:
            if chain.step in ("draft", "changes"):
                chain.proposal._set_step("submitted", ("draft", "changes"))
                chain.proposal._on_approval_started()
                self.set_step(chain, "in_review")

    def approve(self, pairs):
        for chain, _number in pairs:
            if chain.step == "in_review":
                chain.proposal._on_approved()
                self.set_step(chain, "approved")

    def refuse(self, pairs):
        for chain, number in pairs:
            if chain.step == "in_review":
                self.set_step(chain, "rejected" if number % 2 else "changes")
                callback = "_on_rejected" if number % 2 else "_on_returned"
                getattr(chain.proposal, callback)("No")

    def free(self, pairs):
        for chain, _number in pairs:
            rest = [each for each in chain.both if each.reserved]
            if rest:
                chain.proposal.action_free_rest()
                for each in rest:
                    each.freed = True

    def give_up(self, pairs):
        for chain, _number in pairs:
            spent = any(each.open or each.actual for each in chain.both)
            if chain.step == "approved" and not spent:
                # Bills that cancel each other out are spending all the same
                if chain.proposal.state == "approved":
                    chain.proposal.action_cancel()
                    self.set_step(chain, "cancelled")

    # === ORDERS === #

    def order(self, pairs):
        pairs = [(c, n) for c, n in pairs if c.step == "approved" and not c.order_state]
        vals_list = []
        for chain, number in pairs:
            chain.quantity = Decimal(1 + number % 7)
            chain.price = Decimal(PRICES[number % len(PRICES)])
            chain.foreign = number % 3 == 0
            chain.order_state = "draft"
            currency = self.case.euro if chain.foreign else self.case.currency
            line = chain.line
            vals_list.append(
                {
                    "partner_id": self.case.partner_a.id,
                    "company_id": self.case.company.id,
                    "currency_id": currency.id,
                    "date_order": "2025-03-05 10:00:00",
                    "order_line": [
                        Command.create(
                            {
                                **line._prepare_order_line_vals(),
                                "product_qty": float(chain.quantity),
                                "price_unit": float(chain.price),
                                "date_planned": "2025-06-10 12:00:00",
                                "tax_ids": [Command.clear()],
                            }
                        )
                    ],
                }
            )
        orders = self.env["purchase.order"].create(vals_list)
        for (chain, _number), order in zip(pairs, orders, strict=True):
            chain.order = order

    def confirm(self, pairs):
        chains = [c for c, _n in pairs if c.order_state == "draft"]
        self.join("order", chains).button_confirm()
        for chain in chains:
            chain.order_state = "purchase"

    def cancel_order(self, pairs):
        # Odoo wants bills out of the way first
        chains = [
            c
            for c, _n in pairs
            if c.order_state in ("draft", "purchase")
            and not any(b.by_order for b in c.bills)
        ]
        self.join("order", chains).button_cancel()
        for chain in chains:
            chain.order_state = "cancel"

    def delete_order(self, pairs):
        chains = [
            c
            for c, _n in pairs
            if c.order_state == "cancel" and not any(b.by_order for b in c.bills)
        ]
        self.join("order", chains).unlink()
        for chain in chains:
            chain.order_state = ""
            chain.released = False
            chain.order_place = 0
            chain.order = None

    def release(self, pairs):
        for chain, _number in pairs:
            if chain.order_state == "purchase" and (chain.open or chain.released):
                chain.released = not chain.released
                chain.order.order_line.sop_released = chain.released

    def change_price(self, pairs):
        for chain, number in pairs:
            if chain.order_state in ("draft", "purchase"):
                chain.price = Decimal(PRICES[number % len(PRICES)])
                chain.order.order_line.price_unit = float(chain.price)

    def change_quantity(self, pairs):
        for chain, number in pairs:
            if chain.order_state in ("draft", "purchase"):
                # Odoo refuses less than was billed
                billed = sum(b.quantity for b in chain.bills if b.by_order)
                chain.quantity = max(Decimal(1 + number % 9), billed)
                chain.order.order_line.product_qty = float(chain.quantity)

    def receive(self, pairs):
        """Part of it has arrived, which costs nothing yet."""
        for chain, number in pairs:
            if chain.order_state == "purchase":
                chain.order.order_line.qty_received = number % 5

    # === THE PLAN === #

    def get_available(self, category):
        """Of the year's budget."""
        chains = [c for c in self.all_chains if c.category == category]
        used = sum(sum(c.get_figures(0)[1:]) for c in chains)
        return self.planned[0, category] - used

    def transfer(self, pairs):
        lines = []
        is_free = self.case.budget.transfer_below_used
        left = [self.get_available(number) for number in range(3)]
        for chain, number in pairs:
            target = (chain.category + 1 + number % 2) % 3
            amount = cents(Decimal(number + 1) / 7)
            if self.june[chain.category] < amount:
                continue
            if not is_free and left[chain.category] < amount:
                continue
            left[chain.category] -= amount
            for category, sign in ((chain.category, -1), (target, 1)):
                self.planned[0, category] += sign * amount
                self.june[category] += sign * amount
            lines.append(self.prepare_transfer(chain.category, target, amount))
        if lines:
            transfer = self.make_transfer(lines)
            transfer.action_submit()
            transfer.sudo()._on_approved()
        if not is_free:
            for category in range(3):
                self.refuse_transfer(category)

    def prepare_transfer(self, category, target, amount):
        return Command.create(
            {
                "category_from_id": self.case.leaves[category].id,
                "month_from": JUNE,
                "category_to_id": self.case.leaves[target].id,
                "month_to": JUNE,
                "amount": float(amount),
            }
        )

    def make_transfer(self, lines):
        return self.env["sop.budget.transfer"].create(
            {
                "budget_id": self.case.budget.id,
                "reason": "Prizes instead of travel",
                "line_ids": lines,
            }
        )

    def refuse_transfer(self, category):
        """A cent more than is free, where so much is planned."""
        amount = max(self.get_available(category), 0) + CENT
        if amount <= self.june[category]:
            line = self.prepare_transfer(category, (category + 1) % 3, amount)
            with self.case.assertRaisesRegex(UserError, "are neither"):
                self.make_transfer([line]).action_submit()

    def carry_forward(self, pairs):
        """The period ends (twice at most): orders, reservations, what is unspent, by rule."""
        if self.carried == 2:
            return
        self.carried += 1
        number = pairs[0][1]
        action = self.case.budget.action_carry_forward()
        wizard = self.env[action["res_model"]].browse(action["res_id"])
        wizard.write(
            {
                "mode": ("none", "all", "percent")[number % 3],
                "percent": number % 100,
                "carry_orders": number % 5 != 0,
                "carry_reserved": number % 7 != 0,
                "pending_mode": "return" if number % 2 else "keep",
            }
        )
        wizard.action_preview()
        lines = wizard.line_ids.filtered("included")
        if not lines:
            return
        orders = lines.order_line_id.order_id
        claims = lines.claim_id
        found = self.env["sop.budget.transfer"].browse(wizard.action_apply()["res_id"])
        found.sudo()._on_approved()
        for line in found.line_ids:
            category = list(self.case.leaves).index(line.category_from_id)
            self.planned[0, category] -= cents(line.amount)
            self.planned[1, category] += cents(line.amount)
            if str(line.month_from) == JUNE:
                self.june[category] -= cents(line.amount)
        for chain in list(self.chains):
            if number % 2 and chain.step == "in_review" and not chain.place:
                self.set_step(chain, "changes")
            for each in chain.both:
                if each.order and each.order in orders:
                    each.order_place = 1
            gone = [each for each in chain.both if each.line and each.line in claims]
            if gone:
                new = [self.split(each) for each in gone]
                self.attach(new, chain.proposal.next_ids)
                new[0].twin = (new + [None])[1]
                self.chains.append(new[0])

    def split(self, chain):
        """What is still reserved is a chain of its own, with the drafts of the old one."""
        new = type(chain)(
            category=chain.category, place=1, amount=chain.reserved, step="approved"
        )
        chain.freed = True
        if chain.order_state == "draft":
            for name in ("order", "order_state", "quantity", "price", "foreign"):
                setattr(new, name, getattr(chain, name))
            new.order_place = 1
            chain.order, chain.order_state = None, ""
        new.bills = [b for b in chain.bills if not b.posted and not b.by_order]
        chain.bills = [b for b in chain.bills if b not in new.bills]
        return new

    # === BILLS === #

    def bill(self, pairs):
        found = []
        for chain, number in pairs:
            if chain.order_state == "purchase" and len(chain.bills) < 4:
                quantity = Decimal((number % 4) + 1)
                found.append((chain, quantity, number, False, True))
        self.make_bills(found)

    def bill_directly(self, pairs):
        self.make_bills(
            [
                (c, Decimal(1), n, False, False)
                for c, n in pairs
                if c.step == "approved" and len(c.bills) < 4
            ]
        )

    def refund(self, pairs):
        found = []
        for chain, number in pairs:
            posted = [b for b in chain.bills if b.posted and not b.credit]
            if posted and len(chain.bills) < 5:
                bill = posted[number % len(posted)]
                by_order = bill.by_order and chain.order_state == "purchase"
                if chain.step == "approved" or by_order:
                    found.append((chain, bill.quantity, number, True, by_order))
        self.make_bills(found)

    def make_bills(self, found):
        vals_list = []
        for chain, quantity, number, credit, by_order in found:
            date = list(BILL_RATES)[number % 2]
            foreign = chain.foreign if by_order else number % 5 == 0
            price = chain.price if by_order else Decimal(AMOUNTS[number % 5])
            bill = Bill(
                quantity, price, BILL_RATES[date] if foreign else None, credit, by_order
            )
            chain.bills.append(bill)
            vals = chain.line._prepare_document_vals()
            if by_order:
                del vals["sop_proposal_line_id"]
                vals["purchase_line_id"] = chain.order.order_line.id
                vals["product_id"] = self.case.any_product.id
            vals_list.append(
                {
                    "move_type": "in_refund" if credit else "in_invoice",
                    "partner_id": self.case.partner_a.id,
                    "invoice_date": date,
                    "date": date,
                    "currency_id": (
                        self.case.euro if foreign else self.case.currency
                    ).id,
                    "invoice_line_ids": [
                        Command.create(
                            {
                                **vals,
                                "quantity": float(quantity),
                                "price_unit": float(price),
                                "account_id": self.case.expense.id,
                                "tax_ids": [Command.clear()],
                            }
                        )
                    ],
                }
            )
        moves = self.env["account.move"].create(vals_list)
        for (chain, *_rest), move in zip(found, moves, strict=True):
            chain.bills[-1].record = move

    def post(self, pairs):
        bills = [b for c, _n in pairs for b in c.bills if not b.posted]
        self.join_bills(bills).action_post()
        for bill in bills:
            bill.posted = True

    def unpost(self, pairs):
        bills = [
            posted[n % len(posted)]
            for c, n in pairs
            if (posted := [b for b in c.bills if b.posted])
        ]
        self.join_bills(bills).button_draft()
        for bill in bills:
            bill.posted = False

    def delete_bill(self, pairs):
        for chain, _number in pairs:
            drafts = [b for b in chain.bills if not b.posted]
            # force: numbers of posted ones leave a gap
            self.join_bills(drafts).with_context(force_delete=True).unlink()
            chain.bills = [b for b in chain.bills if b.posted]

    # === TOOLS === #

    def join(self, name, chains):
        model = {"order": "purchase.order"}[name]
        return self.env[model].union(*(getattr(c, name) for c in chains))

    def join_bills(self, bills):
        return self.env["account.move"].union(*(b.record for b in bills))


#: What happens to all lines of a proposal.
WHOLE = ("propose", "submit", "approve", "refuse", "free", "give_up")
#: In the order in which things usually happen, so that sequences get far.
USUAL = ("propose", "submit", "approve", "order", "confirm", "bill", "post")
CHANGES = (
    *("refuse", "free", "give_up", "cancel_order", "delete_order", "release"),
    *("change_price", "change_quantity", "bill", "bill_directly", "refund", "post"),
    *("unpost", "delete_bill", "order", "confirm", "submit", "approve"),
    *("receive", "transfer", "carry_forward"),
)
FIGURES = ("planned", "pending", "reserved", "committed", "actual", "available")


def build_chains(names):
    """How far the usual way goes, and what happens then."""
    changes = st.tuples(st.sampled_from(names), st.integers(0, 104))
    return st.tuples(
        st.integers(2, len(USUAL)),
        st.integers(0, 104),
        st.lists(changes, min_size=1, max_size=6),
    )


class ConservationCase(ProposalCommon):
    """Plays chains in a budget and the next one, and compares every figure after each step."""

    player_class = Player
    chain_class = Chain

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.euro = cls.setup_other_currency(
            "EUR", rates=[("2024-01-01", 0.8), ("2025-06-01", 0.5)]
        )
        cls.leaves = cls.first | cls.second | cls.third
        # Two that can pay for everything, and one that is soon overspent
        cls.budget.action_draft()
        for leaf in (cls.first, cls.third):
            leaf.amount_ids.filtered(lambda a: str(a.month) == JUNE).amount = 50000
        cls.budget.action_submit()
        cls.budget.action_approve()
        cls.any_product = cls.env["sop.proposal"]._get_any_product()
        cls.budget.transfer_below_used = True
        cls.target = cls.make_budget(
            name="Budget 2026", date_from="2026-01-01", date_to="2026-12-31"
        )
        cls.target_leaves = cls.env["sop.budget.category"].union(
            *(
                cls.make_category(
                    leaf.code, budget=cls.target, analytic=leaf.analytic_account_id
                )
                for leaf in cls.leaves
            )
        )
        cls.budgets = (cls.budget, cls.target)
        cls.leaves_of = (cls.leaves, cls.target_leaves)
        # Inside of what is undone it would be lost
        cls.env["sop.budget.map"].flush_model()
        cls.env.flush_all()

    @contextmanager
    def undone(self):
        """Nothing that happens inside stays."""
        self.env.flush_all()
        self.env.cr.execute("SAVEPOINT undone")
        try:
            yield
        finally:
            self.env.clear()
            self.env.cr.execute("ROLLBACK TO SAVEPOINT undone")

    def planned_of(self, place, number):
        leaf = self.leaves_of[place][number]
        return sum((cents(a.amount) for a in leaf.amount_ids), Decimal(0))

    def start(self, plans):
        player = self.player_class(self)
        for place, (_length, number, _steps) in enumerate(plans):
            chain = self.chain_class(category=place % 3)
            if number % 3 == 0:
                chain.twin = self.chain_class(category=(place + 1) % 3)
            player.chains.append(chain)
        scripts = [
            [(name, number) for name in USUAL[:length]] + steps
            for length, number, steps in plans
        ]
        return player, scripts

    def play(self, plans):
        """Chains side by side, each by its own plan; checked after every step."""
        player, scripts = self.start(plans)
        for place in range(max(map(len, scripts))):
            # What was carried goes on by the script of the first, the second...
            following = zip(player.chains, cycle(scripts), strict=False)
            now = {}
            for chain, script in following:
                if place < len(script):
                    name, number = script[place]
                    now.setdefault(name, []).append((chain, number))
            for name, pairs in now.items():
                player.do(name, pairs)
            self.assert_conserved(player, f"step {place}: {sorted(now)}")
        return player

    def assert_conserved(self, player, message):
        self.env.flush_all()
        for chain in player.all_chains:
            if chain.line:
                self.assertEqual(
                    [
                        cents(chain.line[name])
                        for name in ("reserved_amount", "open_amount", "billed_amount")
                    ],
                    [chain.reserved, chain.open, chain.actual],
                    f"{chain}, {message}",
                )
        for place, number in product((0, 1), range(3)):
            self.assert_figures(player, place, number, message)

    def assert_figures(self, player, place, number, message):
        found = self.read_figures(place, number)
        chains = [c for c in player.all_chains if c.category == number]
        figures = [c.get_figures(place) for c in chains]
        sums = [sum(figure[measure] for figure in figures) for measure in range(4)]
        used = sum(sums[1:])
        planned = player.planned[place, number]
        expected = [planned, *sums, planned - used]
        expected = dict(zip(FIGURES, (int(v * 100) for v in expected), strict=True))
        self.assertEqual(found, expected, f"{place}, {number}, {message}")

    def read_figures(self, place, number):
        matrix = self.budgets[place]._get_matrix()
        row = matrix.row(self.leaves_of[place][number].id)
        return {name: int(getattr(matrix, name)[row].sum()) for name in FIGURES}

    def read_end(self):
        self.env.flush_all()
        return [
            self.read_figures(place, number)
            for place, number in product((0, 1), range(3))
        ]
