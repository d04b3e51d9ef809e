# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import base64
import binascii

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..engine.period import month_end, month_index, months_between
from ..engine.sheet import SheetError, dump_sheet, load_sheet, pack, unpack
from ..engine.sheet_columns import (
    Table,
    find_table,
    fingerprint,
    guess_scale,
    recall,
    remember,
)
from ..engine.sheet_plan import file_period, next_month, resolve_months
from ..engine.sheet_read import CsvFormat, read_sheets
from ..engine.sheet_value import simplify
from ..models.sop_budget import MAX_MONTHS
from .sop_budget_import_texts import describe_file_error

#: Choices that are remembered with the columns of a file.
REMEMBERED = ("hierarchy", "decimal_sign", "kind", "scale")
ENCODINGS = [
    ("utf-8", "Unicode (UTF-8)"),
    ("utf-16", "Unicode (UTF-16)"),
    ("cp1252", "Western European (Windows)"),
    ("cp1250", "Central European (Windows)"),
    ("cp1251", "Cyrillic (Windows)"),
    ("cp1253", "Greek (Windows)"),
    ("cp1254", "Turkish (Windows)"),
    ("cp1256", "Arabic (Windows)"),
    ("cp1258", "Vietnamese (Windows)"),
    ("mac_roman", "Western European (Mac)"),
    ("shift_jis", "Japanese (Shift JIS)"),
    ("gb18030", "Chinese (GB 18030)"),
]
SEPARATORS = [
    (",", "Comma ,"),
    (";", "Semicolon ;"),
    ("\t", "Tabulator"),
    ("|", "Bar |"),
]
HIERARCHIES = [
    ("code", "Codes that continue each other: P, P1, P1.1"),
    ("digits", "Digits: 6, 61, 612 or 6000, 6100, 6120"),
    ("parent", "A column that names the parent"),
    ("levels", "One column for each level"),
    ("indent", "Indented names, or the outline of the sheet"),
    ("heading", "Headings: rows without amounts above the others"),
    ("flat", "No levels"),
]


class SopBudgetImport(models.TransientModel):
    """A spreadsheet becomes a budget in four steps: file, columns, preview, result.

    Nothing but this wizard changes before the last step; that one writes everything in
    one transaction. The preview and the import run the same analysis of the same rows
    against the budget as it is at that moment.
    """

    _name = "sop.budget.import"
    _inherit = "sop.wizard.mixin"
    _description = "Import of a Budget"
    _rec_name = "file_name"

    state = fields.Selection(
        [
            ("upload", "File"),
            ("columns", "Columns"),
            ("check", "Checking"),
            ("preview", "Preview"),
            ("write", "Importing"),
            ("done", "Result"),
        ],
        required=True,
        default="upload",
        readonly=True,
    )

    # === Where to === #
    target = fields.Selection(
        [("existing", "A draft budget"), ("new", "A new budget")],
        string="Into",
        required=True,
        default=lambda self: self._default_target(),
    )
    budget_id = fields.Many2one(
        "sop.budget",
        ondelete="cascade",
        domain="[('state', 'in', ('draft', 'submitted'))]",
        default=lambda self: self._default_budget(),
    )
    company_id = fields.Many2one(
        "res.company",
        compute="_compute_company_id",
        store=True,
        readonly=False,
        required=True,
        precompute=True,
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    budget_name = fields.Char("Name")
    date_from = fields.Date("Start")
    date_to = fields.Date("End")

    # === The file === #
    file_data = fields.Binary("File", attachment=False)
    file_name = fields.Char()
    is_csv = fields.Boolean()
    sheet_ids = fields.One2many(
        "sop.budget.import.sheet", "import_id", string="All Sheets"
    )
    sheet_id = fields.Many2one(
        "sop.budget.import.sheet",
        domain="[('import_id', '=', id)]",
        ondelete="set null",
    )
    encoding = fields.Selection(ENCODINGS)
    separator = fields.Selection(SEPARATORS)
    header_row = fields.Integer(
        "Header in Row", help="0 when the table has no row of headers."
    )
    header_found = fields.Integer()
    first_row = fields.Integer()
    read_key = fields.Char()
    rows_data = fields.Binary(attachment=False)
    row_count = fields.Integer("Rows")

    # === How to read it === #
    column_ids = fields.One2many("sop.budget.import.column", "import_id")
    locale = fields.Char()
    is_remembered = fields.Boolean()
    hierarchy = fields.Selection(
        HIERARCHIES, string="Tree From", help="Empty: found out from the rows."
    )
    decimal_sign = fields.Selection(
        [(".", "Dot: 1,234.50"), (",", "Comma: 1.234,50")],
        help="Empty: found out from the amounts. Only for amounts written as text.",
    )
    kind = fields.Selection(
        [("expense", "Expense"), ("income", "Income"), ("capital", "Capital")],
        string="Rows Are",
        required=True,
        default="expense",
        help="The kind of categories for which the file names none.",
    )
    scale = fields.Selection(
        [("1", "Units"), ("1000", "Thousands"), ("1000000", "Millions")],
        string="Amounts Are In",
        required=True,
        default="1",
        help="What one stands for in the file.",
    )
    create_sources = fields.Boolean("Create Missing Funding Sources")
    can_create_sources = fields.Boolean(compute="_compute_can_create_sources")

    # === What was found === #
    line_ids = fields.One2many("sop.budget.import.line", "import_id")
    issue_ids = fields.One2many("sop.budget.import.issue", "import_id")
    pending_data = fields.Binary(attachment=False)
    position = fields.Integer()
    new_count = fields.Integer("New Categories")
    update_count = fields.Integer("Changed Categories")
    same_count = fields.Integer("Unchanged Categories")
    bad_count = fields.Integer("Rows Left Out")
    error_count = fields.Integer("Errors")
    warning_count = fields.Integer("To Check")
    info_count = fields.Integer("For Information")
    is_blocked = fields.Boolean()
    total_expense = fields.Monetary("Expenses")
    total_income = fields.Monetary("Income")
    total_capital = fields.Monetary("Capital")
    good_only = fields.Boolean()
    bad_file = fields.Binary("Rows to Mend", attachment=False, readonly=True)
    bad_file_name = fields.Char()

    # === DEFAULTS AND COMPUTE === #

    @api.model
    def _default_budget(self):
        if self.env.context.get("active_model") == "sop.budget":
            return self.env.context.get("active_id")
        return False

    @api.model
    def _default_target(self):
        return "existing" if self._default_budget() else "new"

    @api.depends("budget_id", "target")
    def _compute_company_id(self):
        for wizard in self:
            budget = wizard.budget_id if wizard.target == "existing" else None
            wizard.company_id = (
                budget.company_id if budget else wizard.company_id or self.env.company
            )

    @api.depends("file_name")
    def _compute_display_name(self):
        for wizard in self:
            wizard.display_name = wizard.file_name or self.env._("Import a budget")

    def _compute_can_create_sources(self):
        allowed = self.env["sop.funding.source"].has_access("create")
        self.can_create_sources = allowed

    # === STEP 1: THE FILE === #

    @api.model
    def action_start(self):
        """Open a new import; a budget in the context is what it goes into."""
        wizard = self.create({})
        return wizard._get_action()

    def _get_action(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Import a budget"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "views": [(False, "form")],
        }

    def action_read(self):
        """Read the file and guess what its columns hold."""
        self.ensure_one()
        self._check_state("upload", "columns")
        if not self.file_data:
            raise UserError(self.env._("Choose a file first."))
        if self.target == "existing":
            if not self.budget_id:
                raise UserError(self.env._("Choose the budget to import into."))
            self._check_budget()
        sheet = self._read_file()
        chosen = self.state == "columns" and self.header_row != self.header_found
        table = find_table(
            sheet,
            locale=self._get_locale(),
            header_row=self.header_row - 1 if chosen else None,
            words=self._get_header_words(),
        )
        mapping = self.env["sop.budget.import.mapping"]._find(
            self.company_id, fingerprint(table)
        )
        if mapping:
            table = recall(table, mapping.columns or {})
        self._write_table(sheet, table, mapping)

    def _read_file(self):
        """The sheet wanted; its rows are kept for the next steps."""
        try:
            content = base64.b64decode(self.file_data or b"")
        except binascii.Error as error:
            raise UserError(
                self.env._("The file did not arrive whole. Upload it again.")
            ) from error
        wanted = CsvFormat(self.encoding or None, self.separator or None)
        try:
            sheet, names, used = read_sheets(content, self.sheet_id.name, wanted)
        except SheetError as error:
            raise UserError(describe_file_error(self.env, error)) from error
        if self.sheet_ids.mapped("name") != names:
            self.sheet_ids.unlink()
            self.sheet_ids.create(
                [{"import_id": self.id, "name": name} for name in names]
            )
        self.write(
            {
                "is_csv": bool(used),
                "encoding": used and used.encoding,
                "separator": used
                and used.separator in dict(SEPARATORS)
                and used.separator,
                "sheet_id": self.sheet_ids.filtered(lambda s: s.name == sheet.name).id,
                "rows_data": base64.b64encode(pack(dump_sheet(sheet))),
            }
        )
        return sheet

    def _write_table(self, sheet, table, mapping):
        """Show what was found in a sheet as proposals to accept or change."""
        header = table.header_row + 1
        vals = {
            "state": "columns",
            "header_row": header,
            "header_found": header,
            "first_row": table.first_row,
            "row_count": len(sheet.rows) - table.first_row,
            "locale": table.locale,
            "is_remembered": bool(mapping),
            "scale": str(guess_scale(sheet, table)),
            **self._prepare_new_budget_vals(sheet, table),
        }
        if mapping:
            known = {name: dict(self._fields[name].selection) for name in REMEMBERED}
            vals |= {n: mapping[n] for n in REMEMBERED if mapping[n] in known[n]}
        self.write(vals)
        self.read_key = self._get_read_key()
        self.column_ids.unlink()
        months = resolve_months(table.columns, self._get_months())
        self.env["sop.budget.import.column"].create(
            [
                {
                    "import_id": self.id,
                    "position": column.index,
                    "letter": column.letter,
                    "header": column.header,
                    "sample": column.sample,
                    "role": column.role,
                    "month": months.get(column.index),
                    "has_year": bool(column.month and column.month.year),
                }
                for column in table.columns
                if column.header or column.sample
            ]
        )

    def _prepare_new_budget_vals(self, sheet, table):
        """Name and period of a new budget, from what the file says."""
        if self.target != "new":
            return {}
        vals = {}
        if not self.budget_name:
            name = (self.file_name or "").rpartition(".")[0]
            vals["budget_name"] = name or self.env._("Imported budget")
        if not (self.date_from and self.date_to):
            period = file_period(sheet, table)
            if period and month_index(*period) < MAX_MONTHS:
                vals["date_from"], vals["date_to"] = period[0], month_end(period[1])
            else:
                year = self.company_id.compute_fiscalyear_dates(
                    fields.Date.context_today(self)
                )
                vals["date_from"], vals["date_to"] = year["date_from"], year["date_to"]
        return vals

    def _get_locale(self):
        return (self.env.lang or "en_US").partition("_")[0]

    def _get_header_words(self):
        """Headers of our own export in the reader's language, as roles."""
        labels = self.env["sop.budget"]._get_sheet_labels()
        roles = ("code", "name", "parent", "kind", "source", "responsible")
        return {
            simplify(labels[role]): role
            for role in (*roles, "detail", "impact", "total")
        } | {simplify(labels["reason"]): "ignore", simplify(labels["row"]): "ignore"}

    def _get_read_key(self):
        """What a change of which makes the file worth reading again."""
        return repr(
            (self.sheet_id.name, self.encoding, self.separator, self.header_row)
        )

    def _load_sheet(self):
        return load_sheet(unpack(base64.b64decode(self.rows_data)))

    # === STEP 2: THE COLUMNS === #

    def action_back(self):
        """One step back; what was chosen in it stays."""
        self.ensure_one()
        self._check_state("columns", "check", "preview")
        if self.state == "columns":
            self.write(
                {
                    "state": "upload",
                    "sheet_id": False,
                    "encoding": False,
                    "separator": False,
                    "is_remembered": False,
                }
            )
        else:
            self._clear_preview()
            self.state = "columns"

    def action_forget(self):
        """Forget the columns remembered for such files and guess anew."""
        self.ensure_one()
        self._check_state("columns")
        table = self._get_table()
        mapping = self.env["sop.budget.import.mapping"]._find(
            self.company_id, fingerprint(table)
        )
        mapping.unlink()
        self.write({"hierarchy": False, "decimal_sign": False})
        self.action_read()

    def _remember(self, table):
        self.env["sop.budget.import.mapping"]._remember(
            self.company_id,
            fingerprint(table),
            {
                "name": self.file_name or self.env._("Import"),
                "columns": remember(table),
                **{name: self[name] for name in REMEMBERED},
            },
        )

    def _get_table(self):
        """The table as the columns stand now."""
        columns = tuple(column._get_column() for column in self.column_ids)
        return Table(
            header_row=self.header_found - 1,
            first_row=self.first_row,
            columns=columns,
            locale=self.locale or "en",
        )

    def _resolve_month(self, month):
        """First day of a month without a year: the one in the budget."""
        return next_month(month, self._get_months(), None)

    # === COMMON === #

    def _check_state(self, *states):
        if self.state not in states:
            raise UserError(
                self.env._(
                    "This import is at another step by now. Reload the page to go on."
                )
            )

    def _check_budget(self):
        """The user may read the budget to import into, and change it as it is now."""
        self.budget_id.check_access("read")
        self.budget_id._check_editable()

    def _get_months(self):
        """First days of the months of the budget that is imported into."""
        if self.target == "existing" and self.budget_id:
            return self.budget_id._get_months()
        if not (self.date_from and self.date_to):
            return []
        return months_between(self.date_from, self.date_to)
