import {registry} from "@web/core/registry";
import {stepUtils} from "@web_tour/tour_utils";

const field = (name) => `.modal .o_field_widget[name=${name}]`;
const input = (name) => `${field(name)} input`;

/** From the apps to the dialog that starts an operation. */
function openStart() {
    return [
        stepUtils.showAppsMenuItem(),
        {
            content: "Open the app",
            trigger:
                ".o_app[data-menu-xmlid='sop_operations.sop_operations_menu_root']",
            run: "click",
        },
        {
            content: "The menu of operations",
            trigger:
                "[data-menu-xmlid='sop_operations.sop_operations_menu_operations']",
            run: "click",
        },
        {
            content: "Start one",
            trigger: "[data-menu-xmlid='sop_operations.sop_operations_menu_start']",
            run: "click",
        },
        {content: "The dialog is open", trigger: field("way")},
    ];
}

const way = (value) => ({
    content: `The way ${value}`,
    trigger: `${field("way")} input[data-value='${value}']`,
    run: "click",
});

function addLine(list, values) {
    return [
        {
            content: `A line of ${list}`,
            trigger: `${field(list)} .o_field_x2many_list_row_add a`,
            run: "click",
        },
        ...Object.entries(values).map(([name, value]) => ({
            content: `Its ${name}`,
            trigger: `${field(list)} .o_selected_row [name=${name}] input`,
            run: `edit ${value}`,
        })),
    ];
}

const create = {
    content: "Create",
    trigger: ".modal footer button[name=action_start]",
    run: "click",
};

const opened = (name) => ({
    content: `${name} is there`,
    trigger: `body:not(:has(.modal)) .o_form_view .o_last_breadcrumb_item:contains(${name})`,
});

registry.category("web_tour.tours").add("sop_operations_start_from_budget", {
    steps: () => [
        ...openStart(),
        {
            content: "Which categories",
            trigger: input("category_ids"),
            run: "edit Competition",
        },
        {
            content: "The one that is meant",
            trigger: ".o-autocomplete--dropdown-item:contains(O1 Competition)",
            run: "click",
        },
        {
            content: "It becomes an operation",
            trigger: `${field("line_ids")} .o_data_row [name=amount]:contains(30,000.00)`,
            run: "click",
        },
        {
            content: "Half of the money will do",
            trigger: `${field("line_ids")} .o_selected_row [name=amount] input`,
            run: "edit 15000",
        },
        ...addLine("kpi_ids", {name: "Participants", target: "300"}),
        create,
        opened("Competition"),
        {
            content: "Where its money comes from",
            trigger: ".o_notebook a[name=budget]",
            run: "click",
        },
        {
            content: "Half of the category",
            trigger:
                ".o_field_widget[name=funding_ids] .o_data_row [name=share]:contains(50.0)",
        },
    ],
});

registry.category("web_tour.tours").add("sop_operations_start_from_needs", {
    steps: () => [
        ...openStart(),
        way("operation"),
        {content: "Name it", trigger: input("name"), run: "edit Hackathon"},
        ...addLine("need_ids", {name: "Prizes", amount: "15000"}),
        ...addLine("need_ids", {name: "Venue", amount: "10000"}),
        create,
        opened("Hackathon"),
        {
            content: "What it needs",
            trigger: ".o_notebook a[name=budget]",
            run: "click",
        },
        {
            content: "The needs are kept",
            trigger: ".o_field_widget[name=need_ids] .o_data_row:contains(10,000.00)",
        },
    ],
});

registry.category("web_tour.tours").add("sop_operations_start_organic", {
    steps: () => [
        ...openStart(),
        way("organic"),
        {content: "Name it", trigger: input("name"), run: "edit Discord community"},
        {
            content: "It has no end",
            trigger: `${field("is_ongoing")} input`,
            run: "click",
        },
        ...addLine("kpi_ids", {name: "Daily active members", target: "100"}),
        create,
        opened("Discord community"),
        {
            content: "Nothing funds it",
            trigger: ".o_field_widget[name=funding_summary]:contains(organic)",
        },
    ],
});
