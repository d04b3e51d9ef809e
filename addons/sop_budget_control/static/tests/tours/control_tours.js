import {registry} from "@web/core/registry";

/** The first button of a small screen's status bar; the others are behind its menu. */
const first = (name) => `.o_statusbar_buttons > button[name=${name}]`;
const state = (value) => `.o_statusbar_status button[data-value=${value}]`;
const current = (value) => `${state(value)}.o_arrow_button_current`;

/** What is needed, written and submitted on a phone. */
registry.category("web_tour.tours").add("sop_budget_control_propose", {
    steps: () => [
        {
            content: "Give it a title",
            trigger: ".o_form_view .o_field_widget[name=name] input",
            run: "edit Prizes of the tour",
        },
        {
            content: "Add what is needed",
            trigger: ".o_field_widget[name=line_ids] .o-kanban-button-new",
            run: "click",
        },
        {
            trigger: ".modal .o_field_widget[name=name] input",
            run: "edit First prize",
        },
        {
            trigger: ".modal .o_field_widget[name=category_id] input",
            run: "click",
        },
        {
            content: "A small screen opens what can be chosen",
            trigger: ".modal .o_kanban_record:contains(T1 Prizes)",
            run: "click",
        },
        {
            trigger: ".modal .o_field_widget[name=price_unit] input",
            run: "edit 300",
        },
        {trigger: ".modal .o_form_button_save", run: "click"},
        {
            content: "The effect shows while it is written",
            trigger: ".o_field_widget[name=effect_html]:contains(Prizes)",
        },
        {trigger: ".o_form_button_save", run: "click"},
        {
            content: "Submit it",
            trigger: first("action_submit"),
            run: "click",
        },
        {
            content: "It is under review, and can be taken back",
            trigger: ".o_statusbar_buttons:contains(Withdraw)",
        },
    ],
});

/** What is approved is ordered. */
registry.category("web_tour.tours").add("sop_budget_control_order", {
    steps: () => [
        {
            content: "It is approved: request a quotation",
            trigger: first("action_create_rfq"),
            run: "click",
        },
        {
            content: "Confirm the order",
            trigger: "button[name=button_confirm]:visible",
            run: "click",
        },
        {trigger: current("purchase")},
    ],
});

/** The bill of the order, posted and paid. */
registry.category("web_tour.tours").add("sop_budget_control_bill_to_paid", {
    steps: () => [
        {
            content: "A bill needs its date",
            trigger:
                ".o_field_widget[name=invoice_date] input, .o_field_widget[name=invoice_date] button",
            run: "click",
        },
        {trigger: ".o_datetime_picker .o_today", run: "click"},
        {
            content: "Post it",
            trigger: "button[name=action_post]:visible",
            run: "click",
        },
        {trigger: current("posted")},
        {
            content: "Pay it",
            trigger: "button[name=action_register_payment]:visible",
            run: "click",
        },
        {
            trigger: ".modal button[name=action_create_payments]",
            run: "click",
        },
        {trigger: "body:not(:has(.modal))"},
        {
            trigger:
                "button[name=action_register_payment]:not(:visible), body:not(:has(button[name=action_register_payment]))",
        },
    ],
});

/** Less than is asked for, and on a condition. */
registry.category("web_tour.tours").add("sop_budget_control_in_part", {
    steps: () => [
        {
            content: "Not all of it",
            trigger: "button[name=action_grant]:visible",
            run: "click",
        },
        {
            content: "What was asked for stands beside what is approved",
            trigger: ".modal .o_data_row:contains(300.00) .o_data_cell[name=amount]",
            run: "click",
        },
        {
            trigger: ".modal .o_selected_row .o_data_cell[name=amount] input",
            run: "edit 120",
        },
        {
            content: "On a condition",
            trigger: ".modal .o_field_widget[name=condition] textarea",
            run: "edit With a second quotation",
        },
        {trigger: ".modal button[name=action_confirm]", run: "click"},
        {content: "It is approved", trigger: current("approved")},
        {
            content: "Everybody sees what it hangs on",
            trigger:
                "body:not(:has(.modal)) .o_form_view:contains(With a second quotation)",
        },
    ],
});

/** Stopped by the budget, helped by a transfer. */
registry.category("web_tour.tours").add("sop_budget_control_stopped", {
    steps: () => [
        {
            content: "The draft says that it is short",
            trigger: ".o_field_widget[name=sop_control_html]:contains(Prizes)",
        },
        {
            content: "Confirm it all the same",
            trigger: "button[name=button_confirm]:visible",
            run: "click",
        },
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
            run: "edit The prizes are promised",
        },
        {
            content: "A category beside it has room: transfer",
            trigger:
                ".modal .o_data_row:contains(Transfer):contains(Venue) button[name=action_do]",
            run: "click",
        },
        {
            content: "The transfer is filed",
            trigger:
                ".o_form_view .o_field_widget[name=reason]:contains(The prizes are promised), .o_form_view .o_field_widget[name=reason] textarea:value(promised)",
        },
    ],
});

/** After the transfer the same order passes. */
registry.category("web_tour.tours").add("sop_budget_control_passes", {
    steps: () => [
        {
            trigger: "button[name=button_confirm]:visible",
            run: "click",
        },
        {content: "The order is confirmed", trigger: current("purchase")},
    ],
});

/** The period ends: what is left goes into the next budget, line by line as previewed. */
registry.category("web_tour.tours").add("sop_budget_control_carry_forward", {
    steps: () => [
        {
            content: "Carry it forward",
            trigger: "button[name=action_carry_forward]:visible",
            run: "click",
        },
        {
            content: "It opens with what could be carried",
            trigger: ".modal .o_data_row:contains(T1 Prizes):contains(1,200.00)",
        },
        {
            content: "Half of it only",
            trigger: ".modal .o_radio_item:contains(A percentage) input",
            run: "click",
        },
        {
            trigger: ".modal .o_field_widget[name=percent] input",
            run: "edit 50",
        },
        {
            content: "Nothing is carried unseen: preview again",
            trigger: ".modal button[name=action_preview].btn-primary",
            run: "click",
        },
        {trigger: ".modal .o_data_row:contains(T1 Prizes):contains(600.00)"},
        {
            content: "Carry what is shown",
            trigger: ".modal button[name=action_apply]",
            run: "click",
        },
        {
            content: "It is one transfer, to be approved as any other",
            trigger:
                "body:not(:has(.modal)) .o_form_view .o_field_widget[name=line_ids]",
        },
    ],
});

/** The period does not end yet. */
registry.category("web_tour.tours").add("sop_budget_control_extend", {
    steps: () => [
        {
            content: "Let the budget run longer",
            trigger: "button[name=action_extend]:visible",
            run: "click",
        },
        {
            trigger: ".modal .o_field_widget[name=months] input",
            run: "edit 2",
        },
        {
            trigger: ".modal .o_field_widget[name=reason] textarea",
            run: "edit The fair is later",
        },
        {
            trigger: ".modal button[name=action_apply]",
            run: "click",
        },
        {trigger: "body:not(:has(.modal)) .o_form_view"},
    ],
});
