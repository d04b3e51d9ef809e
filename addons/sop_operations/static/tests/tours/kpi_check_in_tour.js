import {registry} from "@web/core/registry";

const dialog = ".modal:not(.o_inactive_modal)";
const field = (name) => `${dialog} .o_field_widget[name=${name}] :is(input, textarea)`;

registry.category("web_tour.tours").add("sop_operations_kpi_check_in", {
    steps: () => [
        {
            content: "The list says in words where the KPI stands",
            trigger: ".o_data_row:contains(Participants):contains(No Data)",
        },
        {
            content: "Check in with one click",
            trigger: ".o_data_row:contains(Participants) button[name=action_check_in]",
            run: "click",
        },
        {content: "The new value", trigger: field("value"), run: "edit 250"},
        {
            content: "Why",
            trigger: field("note"),
            run: "edit Registrations on the web site",
        },
        {
            content: "A link that proves it",
            trigger: field("evidence_url"),
            run: "edit https://example.com/registrations",
        },
        {
            content: "And a file",
            trigger: `${dialog} .o_field_widget[name=attachment_ids] .o_attach, ${dialog} .o_field_widget[name=attachment_ids] button`,
            async run() {
                const input = document.querySelector(
                    `${dialog} .o_field_widget[name=attachment_ids] input[type=file]`
                );
                const files = new DataTransfer();
                files.items.add(
                    new File(["name\nAn"], "registrations.csv", {type: "text/csv"})
                );
                input.files = files.files;
                input.dispatchEvent(new Event("change", {bubbles: true}));
            },
        },
        {
            content: "It is there",
            trigger: `${dialog} .o_attachment:contains(registrations)`,
        },
        {
            content: "Check in",
            trigger: `${dialog} button[name=action_confirm]`,
            run: "click",
        },
        {
            content: "The list follows",
            trigger:
                ".o_data_row:contains(Participants):contains(250 people):contains(On Track)",
        },
        {
            content: "Open the KPI",
            trigger: ".o_data_row:contains(Participants) .o_data_cell[name=name]",
            run: "click",
        },
        {content: "It is drawn", trigger: ".o_sop_kpi_chart canvas[aria-label*='83']"},
        {
            content: "The history",
            trigger: ".o_notebook .nav-link:contains(Measurements)",
            run: "click",
        },
        {
            content: "It names the evidence",
            trigger:
                ".o_field_widget[name=value_ids] .o_data_row:contains(Registrations on the web site) a[href='https://example.com/registrations']",
        },
        {
            content: "Correct it",
            trigger: ".o_field_widget[name=value_ids] button[name=action_correct]",
            run: "click",
        },
        {content: "The right value", trigger: field("value"), run: "edit 240"},
        {
            content: "A correction needs a reason",
            trigger: field("note"),
            run: "edit Ten were entered twice",
        },
        {
            content: "Check in",
            trigger: `${dialog} button[name=action_confirm]`,
            run: "click",
        },
        {
            content: "The old one stays readable",
            trigger: ".o_field_widget[name=value_ids] .o_data_row:contains(Replaced)",
        },
    ],
});
