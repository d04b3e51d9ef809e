import {registry} from "@web/core/registry";

registry.category("web_tour.tours").add("sop_budget_control_version_report", {
    steps: () => [
        {
            content: "Today the first category plans more",
            trigger: ".o_sop_report_table:contains('1,250.00')",
        },
        {
            trigger: "button.o_sop_past:contains('Now')",
            run: "click",
        },
        {
            content: "Go to the approved version",
            trigger: ".dropdown-item[data-key='2']",
            run: "click",
        },
        {
            trigger: "button.o_sop_past.btn-warning:contains('2 · Approved')",
        },
        {
            trigger: ".o_sop_report_table:contains('1,200.00')",
        },
        {
            trigger: ".o_sop_report_table:not(:contains('1,250.00'))",
        },
        {
            content: "And back",
            trigger: "button.o_sop_past",
            run: "click",
        },
        {
            trigger: ".dropdown-item[data-key='now']",
            run: "click",
        },
        {
            trigger: ".o_sop_report_table:contains('1,250.00')",
        },
    ],
});

registry.category("web_tour.tours").add("sop_budget_control_version_save", {
    steps: () => [
        {
            trigger: ".o_cp_action_menus .dropdown-toggle",
            run: "click",
        },
        {
            trigger: ".dropdown-item:contains('Save a Version')",
            run: "click",
        },
        {
            trigger: ".modal .o_field_widget[name='name'] input",
            run: "edit After board review",
        },
        {
            trigger: ".modal button[name='action_save']",
            run: "click",
        },
        {
            trigger: ".o_notification:contains('3 · After board review')",
        },
    ],
});

registry.category("web_tour.tours").add("sop_budget_control_version_compare", {
    steps: () => [
        {
            trigger:
                ".o_data_row:contains('After board review') .o_data_cell[name='name']",
            run: "click",
        },
        {
            content: "What changed since the approval",
            trigger: "button[name='action_compare_previous']",
            run: "click",
        },
        {
            trigger: ".o_list_view .o_data_row:contains('P1 Category P1')",
        },
        {
            trigger: ".o_list_view .o_data_row td:contains('150.00')",
        },
    ],
});
