# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Proof that a change comes from an action of a proposal, as for the states of a budget.

A context that arrives by RPC holds plain JSON and can never carry this very object.
"""

_TOKEN = object()
PROPOSAL_TOKEN = {"sop_proposal_token": _TOKEN}

#: What an entry spent goes on to the one that replaces it.
KEPT_LINKS = "sop_kept_links"


class KeptLinks(frozenset):
    """Ids of lines of proposals; no set arrives by RPC."""


def has_token(env):
    return env.context.get("sop_proposal_token") is _TOKEN


def get_kept_links(env):
    kept = env.context.get(KEPT_LINKS)
    return kept if isinstance(kept, KeptLinks) else KeptLinks()
