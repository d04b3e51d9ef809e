import {registry} from "@web/core/registry";

/** Something blocks: it is logged on the operation, assigned, and resolved. */
registry.category("web_tour.tours").add("sop_operations_blocker", {
    steps: () => [
        {
            content: "Open what happens in the operation",
            trigger: ".o_notebook_headers a[name=activity]",
            run: "click",
        },
        {
            content: "Log a blocker",
            trigger: "button[name=action_log_update]:contains(Log a Blocker)",
            run: "click",
        },
        {
            trigger: ".modal .o_field_widget[name=name] :is(input, textarea)",
            run: "edit The hall is booked",
        },
        {
            content: "Very urgent",
            trigger: ".modal .o_field_widget[name=priority] .o_priority_star:last",
            run: "click",
        },
        {
            content: "Somebody removes it",
            trigger: ".modal .o_field_widget[name=assigned_user_id] input",
            run: "edit Tour lead",
        },
        {
            trigger: ".o-autocomplete--dropdown-item:contains(Tour lead)",
            run: "click",
        },
        {trigger: ".modal .o_form_button_save", run: "click"},
        {
            content: "The operation counts it",
            trigger: "button[name=action_open_blockers]:contains(1)",
            run: "click",
        },
        {
            trigger:
                ".breadcrumb-item.active:contains(Blockers), .o_last_breadcrumb_item:contains(Blockers)",
        },
        {
            content: "It is in the list of blockers: open it",
            trigger:
                ".o_list_view .o_data_row .o_data_cell[name=name]:contains(The hall is booked)",
            run: "click",
        },
        {
            trigger: ".o_form_view .o_field_widget[name=resolution] textarea",
            run: "edit The library has one",
        },
        {
            content: "Resolve it",
            trigger: ".o_statusbar_buttons button[name=action_resolve]",
            run: "click",
        },
        {
            trigger:
                ".o_statusbar_status button[data-value=resolved].o_arrow_button_current",
        },
        {
            content: "And back to the operation, where nothing blocks any more",
            trigger: ".o_back_button",
            run: "click",
        },
        {trigger: ".o_list_view .o_data_cell[name=blocker_state]:contains(Resolved)"},
    ],
});

const chooses = (name, label) => [
    {trigger: `.o_selected_row .o_data_cell[name=${name}] input`, run: "click"},
    {trigger: `.o_select_menu_item:contains(${label})`, run: "click"},
];

/** What may go wrong is written down, and how serious it is shows at once. */
registry.category("web_tour.tours").add("sop_operations_risk", {
    steps: () => [
        {
            content: "Open the risks of the operation",
            trigger: ".o_notebook_headers a[name=risks]",
            run: "click",
        },
        {
            trigger: ".o_field_widget[name=risk_ids] .o_field_x2many_list_row_add a",
            run: "click",
        },
        {
            trigger: ".o_selected_row .o_data_cell[name=name] input",
            run: "edit The hall is lost",
        },
        {
            content: "In the middle of both scales it is worth a note",
            trigger: ".o_selected_row .o_data_cell[name=color_state]:contains(Notable)",
        },
        ...chooses("likelihood", "Almost sure"),
        ...chooses("impact", "Major"),
        {
            content: "Almost sure and major is serious",
            trigger: ".o_selected_row .o_data_cell[name=color_state]:contains(Serious)",
        },
        {trigger: ".o_form_button_save", run: "click"},
        {trigger: ".o_form_saved .o_data_row:contains(The hall is lost)"},
    ],
});

/** The timeline has its days, and the stand-up its people. */
registry.category("web_tour.tours").add("sop_operations_timeline", {
    steps: () => [
        {
            content: "Days above the updates",
            trigger: ".o_sop_timeline .o_sop_timeline_day:contains(2025)",
        },
        {
            content: "Only decisions",
            trigger:
                ".o_search_panel .o_search_panel_filter_value:contains(Decision) input",
            run: "click",
        },
        {
            trigger:
                ".o_sop_timeline:not(:has(.o_kanban_record:contains(Flyers printed))) .o_kanban_record:contains(We take the library)",
        },
    ],
});

registry.category("web_tour.tours").add("sop_operations_standup", {
    steps: () => [
        {
            content: "Who has nothing yet is there as well",
            trigger: ".o_sop_standup_person:contains(Tour lead)",
        },
        {
            content: "Log what was done",
            trigger: "button.o_sop_log",
            run: "click",
        },
        {
            trigger: ".modal .o_field_widget[name=name] :is(input, textarea)",
            run: "edit Jury asked",
        },
        {trigger: ".modal .o_form_button_save", run: "click"},
        {
            content: "It is there under today",
            trigger:
                ".o_sop_standup_person:contains(Tour lead) .o_sop_standup_today:contains(Jury asked)",
        },
        {
            content: "The day before it is not",
            trigger: "button.o_sop_previous",
            run: "click",
        },
        {
            trigger:
                ".o_sop_standup:not(:has(.o_sop_standup_today:contains(Jury asked)))",
        },
        {trigger: "button.o_sop_today", run: "click"},
        {trigger: ".o_sop_standup_today:contains(Jury asked)"},
    ],
});
