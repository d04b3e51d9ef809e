# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What comes first: from the judgements of several people to scores and ranks.

Scores are percentages, 100 is the best that can be reached; ``None`` means that nobody judged.

- **Scoring matrix**: points on a scale for each criterion. The mean of all people, as the part
  of the scale that is reached, weighed by criterion.
- **Expert panel**: the same with the median, so that one voice can't carry it, and the spread
  (largest less smallest) that shows where experts disagree.
- **Multi-criteria**: a figure in its own unit for each criterion, such as cost or people
  reached. The mean of all people is put between the worst (0 %) and the best item (100 %),
  then weighed. All equal is 100 % for all.
- **Ranking**: everybody puts the items in order. Borda's count: the part of the other items
  that an item is placed before, as a mean of all people.
- **Pairwise**: of each two items, which one comes first: the part of comparisons won, a tie is
  half a win.
- **Voting**: the part of all votes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import fmean, median

MATRIX, PANEL, CRITERIA = "matrix", "panel", "criteria"
RANKING, PAIRWISE, VOTING = "ranking", "pairwise", "voting"
#: Methods that judge each item by each criterion
BY_CRITERION = (MATRIX, PANEL, CRITERIA)
#: Scores that differ by less share a rank
TIE = 1e-9


@dataclass(frozen=True)
class Criterion:
    key: Hashable
    weight: float = 1.0
    less_is_better: bool = False


@dataclass(frozen=True)
class Judgement:
    """What one person said of an item: points, a figure, a place, votes, or 1, ½ or 0 wins."""

    item: Hashable
    value: float
    criterion: Hashable = None
    other: Hashable = None


@dataclass(frozen=True)
class Part:
    """An item by one criterion: score in percent, what was said as it was said, its spread."""

    score: float
    value: float
    spread: float
    count: int


@dataclass(frozen=True)
class Standing:
    score: float | None = None
    rank: int | None = None
    parts: Mapping[Hashable, Part] = field(default_factory=dict)


def standings(
    method: str,
    items: Sequence[Hashable],
    judgements: Iterable[Judgement],
    criteria: Sequence[Criterion] = (),
    scale: tuple[float, float] = (1, 5),
) -> dict[Hashable, Standing]:
    """Where each item stands; an item that lacks a criterion has no score and no rank.

    >>> votes = [Judgement("a", 3), Judgement("b", 1), Judgement("a", 0), Judgement("b", 4)]
    >>> {item: (s.score, s.rank) for item, s in standings("voting", "abc", votes).items()}
    {'a': (37.5, 2), 'b': (62.5, 1), 'c': (None, None)}
    """
    said = list(judgements)
    parts: dict[Hashable, dict[Hashable, Part]] = defaultdict(dict)
    if method in BY_CRITERION:
        for criterion in criteria:
            found = _by_criterion(method, said, criterion, scale)
            for item, part in found.items():
                parts[item][criterion.key] = part
        scores = {item: _weigh(parts[item], criteria) for item in items}
    else:
        scores = {item: None for item in items} | _PLAIN[method](items, said)
    ranks = _rank(scores)
    return {
        item: Standing(scores[item], ranks.get(item), parts.get(item, {}))
        for item in items
    }


def _by_criterion(method, judgements, criterion, scale):
    values = defaultdict(list)
    for judgement in judgements:
        if judgement.criterion == criterion.key:
            values[judgement.item].append(judgement.value)
    middle = median if method == PANEL else fmean
    found = {item: middle(given) for item, given in values.items()}
    worst, best = scale
    if method == CRITERIA:
        worst, best = min(found.values(), default=0), max(found.values(), default=0)
    if criterion.less_is_better:
        worst, best = best, worst
    return {
        item: Part(
            score=100.0 if best == worst else 100 * (value - worst) / (best - worst),
            value=value,
            spread=max(values[item]) - min(values[item]),
            count=len(values[item]),
        )
        for item, value in found.items()
    }


def _weigh(parts, criteria):
    whole = sum(criterion.weight for criterion in criteria)
    if not whole or len(parts) < len(criteria):
        return None
    return sum(c.weight * parts[c.key].score for c in criteria) / whole


def _borda(items, judgements):
    others = len(items) - 1
    places = defaultdict(list)
    for judgement in judgements:
        places[judgement.item].append(judgement.value)
    return {
        item: 100 * fmean((len(items) - place) / others for place in given)
        if others
        else 100.0
        for item, given in places.items()
    }


def _wins(_items, judgements):
    won, met = defaultdict(float), defaultdict(int)
    for judgement in judgements:
        won[judgement.item] += judgement.value
        won[judgement.other] += 1 - judgement.value
        met[judgement.item] += 1
        met[judgement.other] += 1
    return {item: 100 * won[item] / met[item] for item in met}


def _votes(_items, judgements):
    votes = defaultdict(float)
    for judgement in judgements:
        votes[judgement.item] += judgement.value
    whole = sum(votes.values())
    return {item: 100 * given / whole for item, given in votes.items()} if whole else {}


_PLAIN = {RANKING: _borda, PAIRWISE: _wins, VOTING: _votes}


def _rank(scores):
    """1, 2, 2, 4: those with the same score share a rank."""
    known = sorted(
        ((score, item) for item, score in scores.items() if score is not None),
        key=lambda pair: -pair[0],
    )
    ranks, rank, last = {}, 0, None
    for place, (score, item) in enumerate(known, start=1):
        if last is None or last - score > TIE:
            rank = place
        ranks[item], last = rank, score
    return ranks
