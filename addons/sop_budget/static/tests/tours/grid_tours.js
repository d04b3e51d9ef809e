import {registry} from "@web/core/registry";
import {stepUtils} from "@web_tour/tour_utils";

const GRID = ".sop_grid_scroller";
const row = (name) => `.sop_grid_row:has(.sop_grid_text[title='${name}'])`;
const month = (name, index) => `${row(name)} .sop_grid_month:eq(${index})`;
const name = (title) => `${row(title)} .sop_grid_name`;

/** Keys as somebody without a mouse would press them, all into the grid. */
function keys(content, trigger, ...presses) {
    return {
        content,
        trigger,
        async run({press}) {
            for (const key of presses) {
                await press(key);
                await new Promise((resolve) => {
                    requestAnimationFrame(resolve);
                });
            }
        },
    };
}

function nameIt(title) {
    return [
        {
            content: "The name is open to be typed",
            trigger: ".sop_grid_input",
            run: `edit ${title}`,
        },
        keys(`It is called ${title}`, ".sop_grid_input", "Enter"),
        {content: `${title} is there`, trigger: name(title)},
    ];
}

function shows(cell, text) {
    return {content: `It shows ${text}`, trigger: `${cell}:contains(${text})`};
}

const saved = {content: "All is saved", trigger: ".sop_grid_status:contains(Saved)"};

registry.category("web_tour.tours").add("sop_budget_first_budget", {
    steps: () => [
        stepUtils.showAppsMenuItem(),
        {
            content: "Open the app",
            trigger: ".o_app[data-menu-xmlid='sop_budget.sop_budget_menu_root']",
            run: "click",
        },
        {
            content: "A new budget",
            trigger: ".o_list_button_add, .o-kanban-button-new",
            run: "click",
        },
        {
            content: "Name it",
            trigger: ".o_form_view .o_field_widget[name=name] :is(input, textarea)",
            run: "edit My first budget",
        },
        {content: "Save", trigger: ".o_form_button_save", run: "click"},
        {
            content: "Plan its amounts",
            trigger: ".o_statusbar_buttons button[name=action_open_grid]",
            run: "click",
        },
        {
            content: "An empty grid says how to begin",
            trigger: ".sop_grid_empty .sop_grid_first",
            run: "click",
        },
        ...nameIt("Personnel"),
        {content: "Choose it", trigger: name("Personnel"), run: "click"},
        {
            content: "Add what belongs to it",
            trigger: `${row("Personnel")} [data-action=add]`,
            run: "click",
        },
        ...nameIt("Team lead"),
        {content: "Choose the new one", trigger: name("Team lead"), run: "click"},
        {content: "One more beside it", trigger: ".sop_grid_new", run: "click"},
        ...nameIt("Trainee"),
        {content: "January", trigger: month("Team lead", 0), run: "click"},
        keys(
            "Plan three months",
            GRID,
            ..."5000",
            "Tab",
            ..."=100*3",
            "Tab",
            ..."1.5k",
            "Enter"
        ),
        shows(month("Personnel", 0), "5,000"),
        shows(`${row("Total expenses")} .sop_grid_total`, "6,800"),
        {
            content: "The year of the trainee",
            trigger: `${row("Trainee")} .sop_grid_total`,
            run: "click",
        },
        keys("Spread a total over it", GRID, ..."1200", "Enter"),
        shows(month("Trainee", 11), "100"),
        saved,
    ],
});

function paste(text) {
    return {
        content: "Paste a block",
        trigger: GRID,
        run({anchor}) {
            const clipboardData = new DataTransfer();
            clipboardData.setData("text/plain", text);
            anchor.dispatchEvent(
                new ClipboardEvent("paste", {
                    clipboardData,
                    bubbles: true,
                    cancelable: true,
                })
            );
        },
    };
}

registry.category("web_tour.tours").add("sop_budget_grid_keyboard", {
    steps: () => [
        {content: "The grid has the keyboard", trigger: `${GRID}:focus`},
        keys("To the first category below", GRID, "ArrowDown"),
        keys("Type and go on with Tab", GRID, ..."12", "Tab", ..."13", "Tab"),
        shows(month("Category P1", 0), "12"),
        shows(month("Category P1", 1), "13"),
        keys("Type and go down with Enter", GRID, ..."=7*2", "Enter"),
        shows(month("Category P1", 2), "14"),
        keys("Open a cell with F2", GRID, "ArrowUp", "F2"),
        {content: "The editor holds the amount", trigger: ".sop_grid_input:value(14)"},
        {
            content: "Type something else",
            trigger: ".sop_grid_input",
            run: "edit 999",
        },
        keys("Escape leaves it as it was", ".sop_grid_input", "Escape"),
        shows(month("Category P1", 2), "14"),
        keys("Back to January", GRID, "ArrowLeft", "ArrowLeft"),
        paste("1,000.50\t2\r\n3\t4\r\n"),
        shows(month("Category P1", 0), "1,000.50"),
        shows(month("Category P2", 1), "4.00"),
        saved,
        keys("Undo the paste", GRID, "Control+z"),
        shows(month("Category P1", 0), "12"),
        saved,
        keys("Redo it", GRID, "Control+y"),
        shows(month("Category P1", 0), "1,000.50"),
        keys("Select to the right and delete", GRID, "Shift+ArrowRight", "Delete"),
        {
            content: "Two cells are empty",
            trigger: `${month("Category P1", 1)}:not(:contains(2))`,
        },
        keys("Total of the parent", GRID, "Control+Home", "End"),
        keys("Typed top-down", GRID, ..."100", "Enter"),
        shows(`${row("Category P")} .sop_grid_total`, "100.00"),
        saved,
    ],
});
