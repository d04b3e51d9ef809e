/** What the server sends for a small budget: one group of two leaves, income, one open item. */
export function makeReport(changes = {}) {
    return {
        budget: {
            id: 7,
            name: "Programme",
            code: "P25",
            display_name: "[P25] Programme",
            company: {id: 1, name: "Our Company"},
            state: "approved",
            state_name: "Approved",
            owner: "Ann",
            date_from: "2025-01-01",
            date_to: "2025-12-31",
            can_assign: true,
        },
        currency: {id: 1, name: "USD", symbol: "$", position: "before", digits: 2},
        options: {
            budget_id: 7,
            columns: ["whole"],
            measures: ["planned", "actual", "available", "utilisation"],
            source: "all",
            period: "all",
            date_from: "2025-01-01",
            date_to: "2025-12-31",
            as_of: "2025-06-30",
            ranges: [],
            compare: false,
            compare_budget_id: false,
        },
        period: {date_from: "2025-01-01", date_to: "2025-12-31", name: "2025"},
        as_of: "2025-06-30",
        columns: [
            {
                key: "whole",
                kind: "whole",
                name: "Total",
                title: "",
                date_from: "2025-01-01",
                date_to: "2025-12-31",
            },
        ],
        measures: [
            {key: "planned", name: "Planned", type: "money", names: {}, help: ""},
            {key: "actual", name: "Actual", type: "money", names: {}, help: ""},
            {
                key: "available",
                name: "Available",
                type: "money",
                names: {income: "Still to come"},
                help: "",
            },
            {key: "utilisation", name: "Used", type: "percent", names: {}, help: ""},
        ],
        rows: [
            row("c1", "Personnel", "expense", [1000, 1200.5, -200.5, 1.2005], {
                leaf: false,
            }),
            row("c2", "Salaries", "expense", [600, 500, 100, 0.8333], {
                parent: "c1",
                level: 1,
            }),
            row("c3", "Travel", "expense", [400, 700.5, -300.5, 1.75125], {
                parent: "c1",
                level: 1,
            }),
            row("u_expense", "Not in any category", "expense", [0, 50, -50, null], {
                type: "unassigned",
                has_items: true,
            }),
            row("c9", "Grants", "income", [2000, 2100, -100, 1.05]),
            row("u_income", "Not in any category", "income", [0, 0, 0, null], {
                type: "unassigned",
                has_items: false,
            }),
        ],
        totals: [
            total("expense", "Total expenses", [1000, 1250.5, -250.5, 1.2505]),
            total("income", "Total income", [2000, 2100, -100, 1.05]),
            {
                ...total("balance", "Income less spending", [1000, 849.5, null, null]),
                type: "grand",
            },
        ],
        summary: {
            figures: [
                {
                    key: "planned",
                    name: "Planned",
                    value: 1000,
                    note: "2025",
                    level: "none",
                    options: {row: "t_expense", measure: "planned"},
                },
            ],
            pace: {
                name: "Pace",
                time: 0.5,
                money: 1.25,
                money_name: "Money used",
                level: "over",
                note: "125% of the plan is used.",
            },
            outlook: [],
        },
        chart: false,
        notes: ["2 categories are not shown to you."],
        choices: {
            columns: [
                {key: "month", name: "Months"},
                {key: "whole", name: "Total"},
            ],
            measures: ["planned", "actual", "available", "utilisation", "variance"].map(
                (key) => ({
                    key,
                    name: key,
                    help: "",
                })
            ),
            sources: [
                {key: "all", name: "All sources"},
                {key: "external", name: "External money"},
            ],
            periods: [{key: "all", name: "Whole budget"}],
            compares: [
                {key: false, name: "No comparison"},
                {key: "last_year", name: "Last year"},
            ],
        },
        hidden_count: 2,
        ...changes,
    };
}

function row(key, name, kind, values, changes = {}) {
    return {
        key,
        type: "category",
        parent: null,
        level: 0,
        code: "",
        name,
        kind,
        leaf: true,
        external: false,
        values,
        ...changes,
    };
}

function total(kind, name, values) {
    return {key: `t_${kind}`, type: "total", code: "", kind, name, values};
}

/** Options and answer of the explanation of an available amount. */
export function makeExplanation(options) {
    const part = (sign, name, value, measure) => ({
        sign,
        name,
        value,
        type: "money",
        options: {...options, measure},
    });
    const available = options.measure === "available";
    return {
        title: `${options.measure}: Travel`,
        name: options.measure,
        subtitle: "[P25] Programme",
        value: available ? -300.5 : 700.5,
        type: "money",
        currency: {id: 1, name: "USD", symbol: "$", position: "before", digits: 2},
        date_from: "2025-01-01",
        date_to: "2025-12-31",
        formula: available ? "Available = planned − committed − actual" : "",
        parts: available
            ? [
                  part("+", "Planned", 400, "planned"),
                  part("−", "Actual", 700.5, "actual"),
              ]
            : [],
        breakdown: [],
        rules: available ? [] : [{text: "Analytic account Travel", note: ""}],
        precedence: "",
        rates: available
            ? []
            : [{currency: "EUR", rate: 1.08, date: "2025-02-03", text: "B1"}],
        documents: available
            ? null
            : {
                  count: 1,
                  sum: 600.5,
                  hidden: 2,
                  hidden_text: "2 more documents, $ 100.00 in all",
                  action: {type: "ir.actions.act_window", res_model: "sop.budget.item"},
                  rows: [
                      {
                          id: 1,
                          date: "2025-02-03",
                          name: "BILL/2025/02/0001",
                          label: "Flights",
                          partner: "Airline",
                          account: "600000",
                          account_name: "600000 Expenses",
                          amount: 600.5,
                          share: "60% of 1,000.83",
                          res_model: "account.move",
                          res_id: 42,
                      },
                  ],
              },
        note: "",
        can_assign: false,
    };
}
