import {registry} from "@web/core/registry";

const row = (name) => `.o_sop_row:has(.o_sop_label:contains(${name}))`;
const figure = (name, measure) =>
    `${row(name)} td[data-measure=${measure}] .o_sop_value`;

/** From a figure over its formula to the bill behind it. */
registry.category("web_tour.tours").add("sop_budget_report_drill", {
    steps: () => [
        {
            content: "The report shows what is available",
            trigger: `${figure("Travel", "available")}:contains(-560.00)`,
            run: "click",
        },
        {
            content: "The formula in numbers",
            trigger: ".o_sop_explain_parts:contains(Planned):contains(200.00)",
        },
        {
            content: "Its actual part opens in turn",
            trigger: ".o_sop_explain_part[data-measure=actual]",
            run: "click",
        },
        {
            content: "The documents add up to the figure",
            trigger: ".o_sop_explain_documents tfoot:contains(260.00)",
        },
        {
            content: "Open the split bill",
            trigger:
                ".o_sop_explain_documents tr:contains(20.0% of 1,000.00) .o_sop_document",
            run: "click",
        },
        {
            content: "It is the bill itself",
            trigger: ".o_form_view .o_field_widget[name=name]:contains(BILL)",
        },
        {
            content: "And back to the report",
            trigger: ".o_breadcrumb .breadcrumb-item:contains(Plan against Actual) a",
            run: "click",
        },
        {
            content: "All documents in a list",
            trigger: figure("Travel", "actual"),
            run: "click",
        },
        {trigger: ".o_sop_explain_open", run: "click"},
        {
            content: "A row of the list opens its document as well",
            trigger: ".o_list_view .o_data_row .o_data_cell[name=name]",
            run: "click",
        },
        {trigger: ".o_form_view .o_field_widget[name=name]:contains(BILL)"},
    ],
});

/** What is in no category gets one, with a rule. */
registry.category("web_tour.tours").add("sop_budget_report_assign", {
    steps: () => [
        {
            content: "Something is in no category",
            trigger: `${figure("Not in any category", "actual")}:contains(40.00)`,
        },
        {trigger: `${row("Not in any category")} .o_sop_assign`, run: "click"},
        {
            content: "The wizard says what would move",
            trigger: ".modal .alert:contains(move to the category: 1)",
        },
        {
            trigger: ".modal .o_field_widget[name=category_id] input",
            run: "edit Tools",
        },
        {trigger: ".ui-autocomplete .dropdown-item:contains(Tools)", run: "click"},
        {trigger: ".modal button[name=action_assign]:enabled", run: "click"},
        {
            content: "The report follows at once",
            trigger: `${figure("Tools", "actual")}:contains(340.00)`,
        },
        {trigger: `${row("Not in any category")}:not(:has(.o_sop_assign))`},
    ],
});

/** The tie-out page opens from the report and says that nothing is lost. */
registry.category("web_tour.tours").add("sop_budget_report_tie_out", {
    steps: () => [
        {trigger: ".o_sop_open_tie_out", run: "click"},
        {trigger: ".o_sop_verdict.alert-success:contains(0.00)"},
        {
            trigger: ".o_sop_row button[data-part=unassigned]:contains(40.00)",
            run: "click",
        },
        {trigger: ".o_list_view .o_data_row .o_data_cell[name=name]:contains(BILL)"},
    ],
});
