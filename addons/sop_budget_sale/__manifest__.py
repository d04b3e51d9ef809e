# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
{
    "name": "Budgets: income from sales orders",
    "summary": "Confirmed sales orders as expected income, beside what was invoiced",
    "version": "19.0.1.0.0",
    "development_status": "Beta",
    "category": "Accounting/Accounting",
    "license": "LGPL-3",
    "author": "SOP contributors",
    "depends": ["sop_budget", "sale"],
    "data": ["views/sale_order_views.xml"],
    "demo": ["demo/sop_budget_sale_demo.xml"],
    "auto_install": True,
}
