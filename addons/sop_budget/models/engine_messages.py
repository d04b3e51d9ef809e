# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Messages of the pure engine in the user's language.

The engine knows no environment: its errors carry a code, here is the sentence for it.
"""


def formula_messages(env):
    """Sentences for the codes of ``engine.formula.MESSAGES``."""
    return {
        "not_text": env._("A formula must be text."),
        "too_long": env._("The formula has more than %(limit)s characters."),
        "too_deep": env._("More than %(limit)s parentheses lie inside each other."),
        "too_large": env._("The result is too large."),
        "no_formula": env._("This is no formula; start it with “=”."),
        "operand": env._("A number is missing here."),
        "operator": env._("“%(found)s” is unexpected here."),
        "closing": env._("A closing parenthesis is missing."),
        "glued": env._("Put blanks around “%(found)s” to calculate with it."),
        "number": env._("“%(found)s” isn't a clear number: write 1.5 or 1,500."),
        "name": env._("“%(found)s” isn't known here."),
        "division": env._("A division by zero."),
        "stated": env._("The text says %(stated)s, the formula gives %(value)s."),
        "value": env._("The value of “%(found)s” isn't a number."),
    }


def describe_formula_error(env, error):
    """A sentence about a ``FormulaError`` and the place where it goes wrong."""
    return env._(
        "%(message)s (at character %(place)s)",
        message=formula_messages(env)[error.code] % error.params,
        place=error.position + 1,
    )


def describe_spread_error(currency, error):
    """A sentence about a ``SpreadError``; its amounts are minor units of the currency."""
    env, units = currency.env, 10**currency.decimal_places
    params = {
        name: currency.format(value / units) for name, value in error.params.items()
    }
    messages = {
        "everything_held": env._(
            "Everything below this total is held: release a category first, or change its "
            "amounts directly."
        ),
        "held_exceeds": env._(
            "The held categories already take %(held)s: with a total of %(total)s the others "
            "would fall below zero."
        ),
        "negative_weight": env._(
            "Some of the amounts are below zero: a total can't be shared out in their "
            "proportions. Raise or lower the amounts by a percentage instead."
        ),
        "no_cell": env._("There is nothing below this total to spread over."),
        "no_weight": env._(
            "There are no actuals of last year to follow: choose another way to spread."
        ),
        "out_of_range": env._("This month lies outside the budget."),
    }
    return messages.get(error.code, str(error)) % params
