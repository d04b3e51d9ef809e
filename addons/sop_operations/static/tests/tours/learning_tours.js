import {registry} from "@web/core/registry";

const field = (name, tag = "input") => `.o_field_widget[name=${name}] ${tag}`;
// By place: the name of a row that is edited is no text
const ARMS = {Control: 1, Variant: 2};
const row = (arm) =>
    `.o_field_widget[name=arm_ids] .o_data_row:nth-child(${ARMS[arm]})`;
const cell = (arm, name) => `${row(arm)} .o_data_cell[name=${name}]`;

function enter(arm, name, value) {
    return [
        {content: `${arm}: ${name}`, trigger: cell(arm, name), run: "click"},
        {
            trigger: `${row(arm)}.o_selected_row .o_data_cell[name=${name}] input`,
            run: `edit ${value}`,
        },
    ];
}

/** From a hypothesis to the decision that the rule, written down before, proposes. */
registry.category("web_tour.tours").add("sop_operations_experiment", {
    steps: () => [
        {
            content: "A new experiment",
            trigger: ".o_control_panel .o-kanban-button-new",
            run: "click",
        },
        {trigger: field("name"), run: "edit Welcome call"},
        {trigger: field("operation_id"), run: "edit Climate"},
        {trigger: ".o-autocomplete--dropdown-item:contains(Climate)", run: "click"},
        {
            content: "What we believe",
            trigger: field("hypothesis", "textarea"),
            run: "edit We believe that a welcome call raises 30-day retention.",
        },
        {
            content: "The rule is written down before the first result",
            trigger: ".o_notebook .nav-link[name=plan]",
            run: "click",
        },
        {trigger: field("metric"), run: "edit 30-day retention"},
        {trigger: field("baseline"), run: "edit 40"},
        {
            content: "Leave the field, so that the cases needed are counted",
            trigger: field("target_lift"),
            run: "edit 75",
        },
        {trigger: field("scale_from"), run: "edit 20"},
        {
            content: "40 to 70 %: 42 cases an arm",
            trigger: `${field("size_needed")}:value(42)`,
        },
        {trigger: "button[name=action_start]", run: "click"},
        {trigger: ".o_statusbar_status .o_arrow_button_current:contains(Running)"},
        {trigger: ".o_notebook .nav-link[name=arms]", run: "click"},
        ...enter("Control", "size", 50),
        ...enter("Control", "successes", 20),
        ...enter("Variant", "size", 50),
        ...enter("Variant", "successes", 35),
        {trigger: ".o_form_button_save", run: "click"},
        {
            content: "The result in plain words",
            trigger:
                ".alert-info .o_field_widget[name=result_words]:contains(75 % better than Control, between 21 and 160)",
        },
        {
            content: "And drawn",
            trigger: `${row("Variant")} .o_sop_interval.text-success svg`,
        },
        {
            trigger:
                ".o_field_widget[name=proposal_words]:contains(Scale: the lift of 75 % reaches the 20 %)",
        },
        {trigger: "button[name=action_decide]", run: "click"},
        {
            content: "The dialog chose what the rule proposes",
            trigger:
                ".modal .o_field_widget[name=decision] input[data-value=scale]:checked",
        },
        {
            trigger: ".modal .o_field_widget[name=reason] textarea",
            run: "edit Both cohorts agree.",
        },
        {trigger: ".modal footer button[name=action_decide]", run: "click"},
        {
            content: "The decision stays with its reason",
            trigger:
                ".alert-success:contains(Decided):contains(Scale):contains(Both cohorts agree.)",
        },
        {trigger: ".o_statusbar_status .o_arrow_button_current:contains(Decided)"},
        {
            content: "What was seen is in the history",
            trigger: ".o_notebook .nav-link[name=history]",
            run: "click",
        },
        {trigger: ".o_field_widget[name=look_ids] .o_data_row:contains(75 % better)"},
    ],
});
