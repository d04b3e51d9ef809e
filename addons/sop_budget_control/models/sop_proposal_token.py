# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Proof that a change comes from an action of a proposal, as for the states of a budget.

A context that arrives by RPC holds plain JSON and can never carry this very object.
"""

_TOKEN = object()
PROPOSAL_TOKEN = {"sop_proposal_token": _TOKEN}


def has_token(env):
    return env.context.get("sop_proposal_token") is _TOKEN
