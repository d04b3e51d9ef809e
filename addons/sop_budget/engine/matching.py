# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Which category of a budget owns what, decided once and not item by item.

A leaf category is recognised by selectors. A selector names an analytic account, a general
account or the beginning of account codes, or an analytic account together with one of the
other two. Of all selectors that fit, the most specific one wins:

1. analytic account and general account
2. analytic account and code prefix (the longest)
3. analytic account
4. general account
5. code prefix (the longest)

A category only takes from accounts of its own kind. The kind of an account is that of the
categories that name it (by itself before by prefix), otherwise it follows from its type.
Two categories with the same selector are a mistake that is refused.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from itertools import chain, product, repeat

EXPENSE, INCOME, CAPITAL = "expense", "income", "capital"
KINDS = (EXPENSE, INCOME, CAPITAL)


@dataclass(frozen=True)
class Account:
    """A general account; ``kind`` as its type has it, None where budgets don't care."""

    id: int
    code: str
    kind: str | None = None


@dataclass(frozen=True)
class Selector:
    """One way in which ``category`` recognises what belongs to it."""

    category: int
    kind: str
    analytic: int | None = None
    account: int | None = None
    prefix: str | None = None

    def __post_init__(self) -> None:
        if self.account is not None and self.prefix is not None:
            raise ValueError("A selector names an account or a prefix, not both.")
        if self.analytic is None and self.account is None and self.prefix is None:
            raise ValueError("A selector names something.")

    @property
    def names_accounts(self) -> bool:
        return self.account is not None or self.prefix is not None


class MatchConflict(ValueError):
    """Two categories can't be told apart by what recognises them."""

    def __init__(self, first: Selector, second: Selector) -> None:
        super().__init__(f"{first} and {second} claim the same")
        self.first = first
        self.second = second


@dataclass(frozen=True)
class Ownership:
    """The outcome: who owns an item part, looked up in this order.

    ``pairs[account, analytic]``, else ``analytics[analytic, kind]``, else
    ``scope[account]``: its kind and category (None: not in any category). An account that
    isn't in ``scope`` is none of the budget's business.
    """

    scope: dict[int, tuple[str, int | None]] = field(default_factory=dict)
    pairs: dict[tuple[int, int], int] = field(default_factory=dict)
    analytics: dict[tuple[int, str], int] = field(default_factory=dict)

    def owner(self, account: int, analytic: int | None = None) -> int | None:
        """The category of what is booked on ``account`` for ``analytic``."""
        if account not in self.scope:
            return None
        kind, category = self.scope[account]
        if analytic is None:
            return category
        found = self.pairs.get((account, analytic))
        if found is None:
            found = self.analytics.get((analytic, kind))
        return category if found is None else found


def resolve(
    selectors: Iterable[Selector], accounts: Iterable[Account], kinds: Iterable[str]
) -> Ownership:
    """Work out who owns what.

    :param accounts: all accounts of the budget's company
    :param kinds: kinds of accounts that are in scope although no category names them
    :raise MatchConflict: the first pair of selectors found that contradict each other
    """
    selectors = list(dict.fromkeys(selectors))
    _check_conflicts(selectors)
    accounts = list(accounts)
    by_prefix = _accounts_by_prefix(selectors, accounts)
    kind_of = _account_kinds(selectors, accounts, by_prefix, frozenset(kinds))
    ownership = Ownership()
    ownership.scope.update((account, (kind, None)) for account, kind in kind_of.items())
    # From the least to the most specific: later ones overwrite
    for selector in sorted(selectors, key=_account_rank):
        _enter(ownership, selector, by_prefix, kind_of)
    return ownership


def find_loss(
    before: Ownership,
    after: Ownership,
    losers: Collection[int],
    new_analytics: Collection[int] = (),
) -> tuple[int, int | None] | None:
    """What some categories owned and own no longer: an account, or one with an analytic account.

    :param losers: ids of the categories
    :param new_analytics: analytic accounts for which nothing can be booked yet
    """
    accounts = [a for a, owner in before.scope.items() if after.scope.get(a) != owner]
    pairs = {pair for pair, _category in before.pairs.items() ^ after.pairs.items()}
    changes = before.analytics.items() ^ after.analytics.items()
    analytics = {analytic for (analytic, _kind), _category in changes}
    tagged = {analytic for analytic, _kind in before.analytics}
    tagged.update(analytic for _account, analytic in before.pairs)
    for account, analytic in chain(
        zip(accounts, repeat(None)),
        product(accounts, tagged),
        product(before.scope, analytics - set(new_analytics)),
        pairs,
    ):
        former = before.owner(account, analytic)
        if former in losers and after.owner(account, analytic) not in losers:
            return account, analytic
    return None


def find_selector(
    selectors: Iterable[Selector], category: int, account: Account, analytic: int | None
) -> Selector | None:
    """The selector by which a category gets what is booked there."""
    fitting = [
        selector
        for selector in selectors
        if selector.category == category
        and selector.analytic in (None, analytic)
        and selector.account in (None, account.id)
        and account.code.startswith(selector.prefix or "")
    ]
    return max(
        fitting,
        key=lambda selector: (selector.analytic is not None, *_account_rank(selector)),
        default=None,
    )


def _account_rank(selector: Selector) -> tuple[bool, int]:
    return selector.account is not None, len(selector.prefix or "")


def _check_conflicts(selectors: list[Selector]) -> None:
    owners: dict[tuple[object, ...], Selector] = {}
    for selector in selectors:
        what = (selector.analytic, selector.account, selector.prefix)
        # The same analytic account may serve a category of each kind
        kind = None if selector.names_accounts else selector.kind
        first = owners.setdefault((*what, kind), selector)
        if first.category != selector.category:
            raise MatchConflict(first, selector)
    namers: dict[tuple[object, ...], Selector] = {}
    for selector in selectors:
        if selector.names_accounts:
            first = namers.setdefault((selector.account, selector.prefix), selector)
            if first.kind != selector.kind:
                raise MatchConflict(first, selector)


def _accounts_by_prefix(
    selectors: list[Selector], accounts: list[Account]
) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {
        selector.prefix: [] for selector in selectors if selector.prefix is not None
    }
    lengths = sorted({len(prefix) for prefix in found})
    for account in accounts:
        for length in lengths:
            prefix = account.code[:length]
            if len(prefix) == length and prefix in found:
                found[prefix].append(account.id)
    return found


def _account_kinds(
    selectors: list[Selector],
    accounts: list[Account],
    by_prefix: dict[str, list[int]],
    kinds: frozenset[str],
) -> dict[int, str]:
    kind_of = {a.id: a.kind for a in accounts if a.kind is not None and a.kind in kinds}
    known = {account.id for account in accounts}
    namers = [selector for selector in selectors if selector.names_accounts]
    for selector in sorted(namers, key=_account_rank):
        for account in _named_accounts(selector, by_prefix):
            if account in known:
                kind_of[account] = selector.kind
    return kind_of


def _named_accounts(selector: Selector, by_prefix: dict[str, list[int]]) -> list[int]:
    if selector.account is not None:
        return [selector.account]
    return by_prefix[selector.prefix] if selector.prefix is not None else []


def _enter(
    ownership: Ownership,
    selector: Selector,
    by_prefix: dict[str, list[int]],
    kind_of: dict[int, str],
) -> None:
    category, kind, analytic = selector.category, selector.kind, selector.analytic
    if not selector.names_accounts and analytic is not None:
        ownership.analytics[analytic, kind] = category
        return
    for account in _named_accounts(selector, by_prefix):
        if kind_of.get(account) != kind:
            continue
        if analytic is None:
            ownership.scope[account] = (kind, category)
        else:
            ownership.pairs[account, analytic] = category
