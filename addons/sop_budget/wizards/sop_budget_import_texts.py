# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The sentences for what the engine finds in a file, in the reader's language."""

import datetime

from odoo.tools.misc import format_date

from ..engine.money import from_units


def file_messages(env):
    """Sentences for the codes of ``engine.sheet.SheetError``."""
    return {
        "empty": env._("The file is empty."),
        "too_big": env._(
            "The file is larger than %(limit)s MB. Delete sheets and pictures that the "
            "budget doesn't need, or split it."
        ),
        "xls": env._(
            "This is a workbook in the old .xls format, or one that is protected by a "
            "password. Open it and save it as an Excel workbook (.xlsx) without password."
        ),
        "ods": env._(
            "This is an OpenDocument sheet. Open it and save it as an Excel workbook "
            "(.xlsx) or as CSV."
        ),
        "not_sheet": env._(
            "This is no spreadsheet. Choose an Excel workbook (.xlsx) or a CSV file."
        ),
        "damaged": env._(
            "The workbook is damaged. Open it in your spreadsheet program and save it "
            "again."
        ),
        "bomb": env._(
            "The workbook unpacks to more than %(limit)s MB and is refused. Copy the "
            "budget into a new workbook."
        ),
        "entities": env._(
            "The workbook holds XML entities, which no spreadsheet program writes, and is "
            "refused."
        ),
        "no_sheet": env._("The workbook has no visible sheet."),
        "too_many_rows": env._(
            "The sheet has more than %(limit)s rows. Split it into several files."
        ),
        "too_many_columns": env._(
            "The sheet has more than %(limit)s columns. Delete those that the budget "
            "doesn't need."
        ),
        "too_many_cells": env._(
            "The sheet has more than %(limit)s cells. Split it into several files."
        ),
        "encoding": env._(
            "The file isn't written in the encoding %(encoding)s. Choose another one."
        ),
        "csv": env._(
            "Line %(line)s of the CSV file can't be read: a quotation mark is probably "
            "open."
        ),
    }


def cell_messages(env):
    """Sentences for single cells."""
    return {
        "not_amount": env._("This is no amount."),
        "date_not_amount": env._("This is a date, an amount is expected."),
        "percent": env._("This is a percentage, an amount is expected."),
        "too_large": env._("This amount is too large to be true."),
        "sheet_error": env._("The cell shows the spreadsheet error %(error)s."),
        "no_value": env._(
            "The formula in this cell has no result. Open the file in your spreadsheet "
            "program, save it and upload it again."
        ),
        "currency": env._("%(currency)s is no currency that is known here."),
        "two_currencies": env._(
            "The amount names another currency than the column of currencies "
            "(%(other)s)."
        ),
        "no_rate": env._(
            "The budget has no rate for %(currency)s. Add one to the budget, or give the "
            "amount in its own currency."
        ),
        "not_month": env._("This is no month. Write one such as 2027-01 or Jan 2027."),
        "no_month": env._("The month of the amount is missing."),
        "outside": env._("%(month)s lies outside the budget."),
        "code_is_date": env._(
            "The spreadsheet program turned this code into a date. Format the column as "
            "text and type the code again."
        ),
        "no_code": env._("The code is missing."),
        "no_name": env._("The name is missing."),
        "too_long": env._("This text has more than %(limit)s characters."),
        "kind": env._("This is neither expense, income nor capital."),
        "source": env._(
            "There is no funding source of this name. Correct it, create it first, or "
            "have missing ones created (see the options)."
        ),
        "user": env._(
            "There is no user of this name or e-mail address; the person is left empty, "
            "here and in other rows."
        ),
    }


def row_messages(env):
    """Sentences for rows and their place in the tree."""
    return {
        "duplicate": env._("Row %(other)s has this code or name already."),
        "duplicate_number": env._(
            "Row %(other)s has this code already. The spreadsheet program took the codes "
            "for numbers (1.10 became 1.1): format the column as text."
        ),
        "parent_unknown": env._(
            "Its parent “%(parent)s” is neither in the file nor in the budget."
        ),
        "parent_self": env._("It names itself as its parent."),
        "parent_bad": env._(
            "Its parent “%(parent)s” has an error and is left out; mend that first."
        ),
        "parent_holds": env._(
            "“%(parent)s” holds amounts or matching rules in the budget and can't get "
            "sub-categories by import. Move or clear them first."
        ),
        "holds": env._(
            "It holds amounts or matching rules in the budget, but has sub-categories in "
            "the file. Move or clear them first."
        ),
        "hidden": env._(
            "The budget uses this code for a category that you may not see."
        ),
        "cycle": env._("It is below itself: its parents lead back to it."),
        "too_deep": env._("It lies more than %(limit)s levels deep."),
        "kind_differs": env._(
            "The row says otherwise than its parent, whose kind (%(kind)s) it takes."
        ),
        "moved": env._(
            "It has another parent in the budget (%(parent)s) and stays there."
        ),
        "parent_sum": env._(
            "The row says %(total)s, what is below “%(category)s” comes to %(children)s. "
            "The row's own figure isn't imported: a parent is the sum of its children."
        ),
        "sum_differs": env._(
            "The total says %(total)s, the months come to %(months)s, which are imported."
        ),
        "name_differs": env._(
            "Row %(other)s calls this code “%(name)s”; that name is kept."
        ),
        "name_kept": env._("The budget calls it “%(name)s”; that name is kept."),
        "added_up": env._(
            "“%(other)s” has a second amount in this month; both are added up."
        ),
        "total_row": env._("“%(text)s” is taken for a row of totals and not imported."),
        "note_row": env._("“%(text)s” is taken for a remark and not imported."),
    }


def table_messages(env):
    """Sentences for the file as a whole."""
    return {
        "no_rows": env._("There is no row to import below the header."),
        "no_name_column": env._(
            "No column holds a code or a name. Choose one in the list of columns."
        ),
        "no_amounts": env._(
            "No column holds amounts: only the categories would be imported."
        ),
        "amount_without_date": env._(
            "Column %(letter)s holds one amount a row, so another column must hold its "
            "month. For a yearly amount choose “Total of the year”."
        ),
        "month_unknown": env._(
            "Column %(letter)s (%(header)s) holds the amount of a month: say which one."
        ),
        "month_twice": env._(
            "Columns %(other)s and %(letter)s hold the same month. Choose “Don't import” "
            "for one of them."
        ),
        "month_outside": env._(
            "Column %(letter)s (%(header)s) holds %(month)s, which lies outside the "
            "budget. Choose “Don't import”, or another period for the budget."
        ),
        "rounded": env._(
            "%(count)s amounts have more decimals than the currency. They are rounded so "
            "that the total of each row stays."
        ),
    }


class Messages:
    """Turns issues of the engine into sentences."""

    def __init__(self, env, currency, kinds):
        self.env = env
        self.currency = currency
        self.kinds = kinds
        self.templates = {
            **cell_messages(env),
            **row_messages(env),
            **table_messages(env),
        }

    def describe(self, issue, letter=""):
        """The sentence about an issue."""
        params = {key: self._show(key, value) for key, value in issue.params.items()}
        return self.templates[issue.code] % {"letter": letter, **params}

    def _show(self, key, value):
        if isinstance(value, datetime.date):
            return format_date(self.env, value, date_format="MMM y")
        if key in ("total", "children", "months"):
            return self.currency.format(from_units(value, self.currency.decimal_places))
        if key == "kind":
            return self.kinds.get(value, value)
        if isinstance(value, int):
            return f"{value:,}" if value >= 10_000 else str(value)
        return value


def describe_file_error(env, error):
    """The sentence about a file that can't be read."""
    params = {
        key: f"{value:,}" if isinstance(value, int) else value
        for key, value in error.params.items()
    }
    return file_messages(env)[error.code] % params
