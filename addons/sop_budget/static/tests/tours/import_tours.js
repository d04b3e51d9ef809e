import {registry} from "@web/core/registry";

const WRONG = [
    "ACME Community;;;;",
    "Budget 2025, draft 3;;;;",
    "",
    "Code;Description;January;February;Total",
    "P;People;;;",
    "P1;Lead;1.000,50;2.000;3.000,50",
    "P2;Travel;abc;(50,00);250,00",
    "P1;Twice;1;2;3",
    ";Total;1.301,50;1.952,00;3.253,50",
].join("\r\n");
const MENDED = [
    "Code;Description;January;February;Total",
    "P2;Travel;300;(50,00);250,00",
    "P3;Once;1;2;3",
].join("\r\n");

/** Choose a file as the person would, without the dialog of the system. */
function upload(name, text) {
    return {
        content: `Upload ${name}`,
        trigger:
            ".o_sop_budget_import .o_field_widget[name=file_data] input.o_input_file:not(:visible)",
        run() {
            const files = new DataTransfer();
            files.items.add(new File([text], name, {type: "text/csv"}));
            this.anchor.files = files.files;
            this.anchor.dispatchEvent(new Event("change", {bubbles: true}));
        },
    };
}

function read(name) {
    return [
        {
            trigger: `.o_field_widget[name=file_data] input:value(${name})`,
        },
        {
            content: "Read it",
            trigger: "button[name=action_read].btn-primary",
            run: "click",
        },
    ];
}

function check() {
    return [
        {
            content: "The columns were recognised",
            trigger:
                ".o_field_widget[name=column_ids] .o_data_row:contains('January'):contains('Amount of one month'):contains('Jan 2025')",
        },
        {content: "Check the rows", trigger: "button[name=action_check]", run: "click"},
    ];
}

registry.category("web_tour.tours").add("sop_budget_import_mended", {
    steps: () => [
        {
            content: "Import into a draft budget",
            trigger: ".o_field_widget[name=target] label:contains('A draft budget')",
            run: "click",
        },
        {
            trigger: ".o_field_widget[name=budget_id] input",
            run: "edit Budget 2025",
        },
        {
            trigger: ".o-autocomplete--dropdown-item:contains('Budget 2025')",
            run: "click",
        },
        upload("wrong.csv", WRONG),
        ...read("wrong.csv"),
        ...check(),
        {
            content: "Every error with its row and column",
            trigger: "h1:contains('2 errors to mend')",
        },
        {
            trigger:
                ".o_field_widget[name=issue_ids] .o_data_row:contains('C January'):contains('abc'):contains('This is no amount.')",
        },
        {
            trigger:
                ".o_field_widget[name=issue_ids] .o_data_row:contains('A Code'):contains('Row 6 has this code')",
        },
        {
            content: "The tree as it will be",
            trigger: ".nav-link:contains('Categories')",
            run: "click",
        },
        {
            trigger:
                ".o_field_widget[name=line_ids] .o_data_row:contains('P2'):contains('Left out')",
        },
        {
            content: "Import what is good",
            trigger: "button[name=action_import_good]",
            run: "click",
        },
        {trigger: ".modal .btn-primary", run: "click"},
        {
            content: "It says what was left out",
            trigger: ".alert:contains('rows were left out')",
        },
        {
            content: "The rows to mend come with their reasons",
            trigger: "button[name=action_download_bad]:visible",
        },
        {trigger: "button[name=action_next_file]", run: "click"},
        {
            content: "The same budget is chosen already",
            trigger: ".o_field_widget[name=budget_id] input:value(Budget 2025)",
        },
        upload("mended.csv", MENDED),
        ...read("mended.csv"),
        {
            content: "The columns are remembered",
            trigger: ".alert:contains('as in your last import')",
        },
        ...check(),
        {trigger: "h1:contains('Ready to import')"},
        {content: "Import all", trigger: "button[name=action_import]", run: "click"},
        {trigger: "h1:contains('Imported')"},
        {trigger: "button[name=action_open_budget]", run: "click"},
        {trigger: ".o_form_view .o_field_widget[name=name]"},
    ],
});
