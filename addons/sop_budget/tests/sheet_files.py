# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Files as real people make them, made by the tests."""

import io
import zipfile
from datetime import date

from ..engine.period import months_between
from ..engine.sheet_columns import find_table
from ..engine.sheet_plan import Options, Target
from ..engine.sheet_read import read_sheets
from ..engine.sheet_tree import analyse

YEAR = (date(2025, 1, 1), date(2025, 12, 31))
CURRENCIES = {"$": "USD", "usd": "USD", "€": "EUR", "eur": "EUR", "₫": "VND"}

#: The programme of an organisation: annual and monthly figures, a parent column, grants.
PROGRAMME = b"""code,parent,name,annual,monthly,funding,pic,detail/impact
P,,Personnel,287700,,,,
P1,P,Op team salary,223900,,internal,,
P1.1,P1,Team Lead,100000,8333,internal,Team Lead,Founder & lead
P1.2,P1,Chief of Staff,60000,5000,internal,Chief of Staff,
P1.3,P1,Business Development,32400,2700,internal,Business Development,
P1.4,P1,Events Lead,31500,2625,internal,Events Lead,
P2,P,Op team travel,38000,,internal,,team trips
P3,P,Run 3 hubs,25200,2100,external,Chief of Staff,3 hubs
P4,P,Merchandize,3000,,internal,,
P5,P,Content production,12000,,internal,,
P6,P,Tools & legal,4800,400,internal,,
P7,P,Padding,6000,500,internal,,emergency buffer
O,,Outreach,65000,,,,
O1,O,Startup Competition,30000,,internal,Business Development,=15k GDP from prize
O2,O,Accelerator Program,20000,,internal,Team Lead,20 startups; 2 cohorts
O3,O,Ambassador Program,72000,6000,foundation_grant,Chief of Staff,"100 events, 40 projects"
O4,O,Side events,15000,,internal,Events Lead,3 major events
"""

#: A German workbook saved as CSV: semicolons, decimal commas, titles, totals, remarks.
GERMAN = """\
Verein Beispiel e.V.;;;;;;
Haushalt 2025, Stand März;;;;;;

Nr.;Bezeichnung;Jan;Feb;Mär;Apr;Summe
1;Personal;;;;;
1.1;Gehälter;8.333,33;8.333,33;8.333,34;8.333,33;33.333,33
1.2;Reisen;1.200,-;(50,00);–;300,5;1.450,50
Nr.;Bezeichnung;Jan;Feb;Mär;Apr;Summe
2;Räume;;;;;
2.1;Miete;"1.000,00 €";1.000;1.000;1.000;4.000,00
;Gesamtsumme;10.533,33;9.283,33;9.333,34;9.633,83;38.783,83
Erstellt von Anna;;;;;;
"""


def make_xlsx(rows, merges=(), outline=(), sheets=(), formats=None):
    """A workbook whose first sheet has these rows; ``sheets``: further (name, rows)."""
    import openpyxl

    book = openpyxl.Workbook()
    worksheet = book.active
    worksheet.title = "Budget"
    for row in rows:
        worksheet.append(row)
    for merge in merges:
        worksheet.merge_cells(merge)
    for number, level in enumerate(outline, 1):
        if level:
            worksheet.row_dimensions[number].outlineLevel = level
    for name, more in sheets:
        sheet = book.create_sheet(name)
        for row in more:
            sheet.append(row)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def change_part(content, name, change):
    """A workbook with one of its parts changed."""
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as old,
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for part in old.namelist():
            data = old.read(part)
            new.writestr(part, change(data) if part == name else data)
    return buffer.getvalue()


def make_target(period=YEAR, **values):
    defaults = {"currencies": CURRENCIES, "currency": "USD"}
    months = months_between(*period)
    return Target(months, *period, **{**defaults, **values})


def read(content, target=None, locale="en", **options):
    """Everything from the bytes of a file to what it says: sheet, table, analysis."""
    content = content.encode() if isinstance(content, str) else content
    sheet, _names, _format = read_sheets(content)
    table = find_table(sheet, locale)
    analysis = analyse(sheet, table, target or make_target(), Options(**options))
    return sheet, table, analysis


def tree_of(analysis):
    """Categories as ``(depth, code, name, total in units)``."""
    return [(node.depth, node.code, node.name, node.total) for node in analysis.nodes]


def issues_of(analysis, *levels):
    """Issues as ``(row of the file, letter of the column, code)``."""
    return [
        (
            issue.row and issue.row + 1,
            "" if issue.column is None else chr(65 + issue.column),
            issue.code,
        )
        for issue in analysis.issues
        if not levels or issue.level in levels
    ]
