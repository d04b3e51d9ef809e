import {registry} from "@web/core/registry";

const approve = "button[name=action_approve]:visible";

/** An expense beyond the budget asks for an override. */
registry.category("web_tour.tours").add("sop_budget_control_expense_stopped", {
    steps: () => [
        {
            content: "It says what it would do before anybody decides",
            trigger: ".o_field_widget[name=sop_control_html]:contains(P1)",
        },
        {trigger: approve, run: "click"},
        {
            content: "It is stopped, and the message says why",
            trigger: ".modal:contains(would take more than the budget has)",
        },
        {trigger: ".modal .modal-footer .btn-primary", run: "click"},
        {trigger: "body:not(:has(.modal))"},
        {
            content: "What helps?",
            trigger: "button[name=action_sop_control_help]",
            run: "click",
        },
        {
            trigger: ".modal .o_field_widget[name=reason] textarea",
            run: "edit The guests were hungry",
        },
        {
            content: "Ask for an override",
            trigger: ".modal .o_data_row:contains(override) button[name=action_do]",
            run: "click",
        },
        {
            content: "It is filed",
            trigger: "body:not(:has(.modal)) .o_form_view .o_field_widget[name=reason]",
        },
    ],
});

/** After it was granted the same expense passes. */
registry.category("web_tour.tours").add("sop_budget_control_expense_passes", {
    steps: () => [
        {
            content: "The override is granted",
            trigger: ".o_field_widget[name=sop_control_html]",
        },
        {trigger: approve, run: "click"},
        {
            content: "It is approved",
            trigger:
                ".o_statusbar_status button[data-value=approved].o_arrow_button_current",
        },
    ],
});
