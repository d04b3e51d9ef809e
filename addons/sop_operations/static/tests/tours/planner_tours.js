import {registry} from "@web/core/registry";

const row = (side, code) =>
    `.o_sop_plan_${side} .o_sop_plan_row:has(.o_sop_plan_code:contains(/^${code}$/))`;
const AMOUNT = ".o_dialog #sop_link_amount";

/** Keys as somebody without a mouse would press them. */
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

registry.category("web_tour.tours").add("sop_operations_link_by_drag", {
    steps: () => [
        {
            content: "The course has no money yet",
            trigger: `${row("operation", "COURSE")} .o_sop_plan_organic`,
        },
        {
            content: "Drag it onto the category that funds it",
            trigger: row("operation", "COURSE"),
            run: (helpers) => helpers.drag_and_drop(row("category", "P1")),
        },
        {
            content: "What is free is proposed",
            trigger: `${AMOUNT}:value("200.00")`,
            run: "edit 150",
        },
        {
            content: "Why",
            trigger: ".o_dialog #sop_link_note",
            run: "edit Room",
        },
        {
            content: "Link",
            trigger: ".o_dialog .modal-footer .btn-primary",
            run: "click",
        },
        {
            content: "The plan has less left",
            trigger: `${row("category", "P1")}:contains(50 free)`,
        },
        {
            content: "A line says how much",
            trigger: ".o_sop_plan_links text:contains(150)",
        },
        {content: "Take it back", trigger: ".o_sop_plan_undo", run: "click"},
        {
            content: "It has no money again",
            trigger: `${row("operation", "COURSE")} .o_sop_plan_organic`,
        },
        {content: "Do it again", trigger: ".o_sop_plan_redo:enabled", run: "click"},
        {
            content: "It is linked",
            trigger: `${row("operation", "COURSE")}:contains(150)`,
        },
    ],
});

registry.category("web_tour.tours").add("sop_operations_link_by_keyboard", {
    steps: () => [
        {
            content: "The focus goes to the first operation",
            trigger: ".o_sop_plan_operation .o_sop_plan_row[tabindex='0']",
            run() {
                this.anchor.focus();
            },
        },
        keys("Go to the end", row("operation", "COURSE"), "End"),
        {
            content: "From there to the course",
            trigger: ".o_sop_plan_operation .o_sop_plan_selected",
            async run({press}) {
                const isCourse = () =>
                    document.activeElement.textContent.includes("COURSE");
                for (let tries = 0; tries < 50 && !isCourse(); tries++) {
                    await press("ArrowUp");
                    await new Promise((resolve) => {
                        requestAnimationFrame(resolve);
                    });
                }
            },
        },
        keys("Mark it", `${row("operation", "COURSE")}.o_sop_plan_selected`, "Enter"),
        {
            content: "It is marked; on to the budget",
            trigger: ".o_sop_plan_banner:contains(COURSE)",
            run() {
                document
                    .querySelector(".o_sop_plan_category .o_sop_plan_row[tabindex='0']")
                    .focus();
            },
        },
        keys("The last category", row("category", "T"), "End"),
        keys("Link", `${row("category", "T")}.o_sop_plan_selected`, "Enter"),
        keys("All that is free", `${AMOUNT}:value("1,200.00")`, "Enter"),
        {
            content: "It is linked",
            trigger: `${row("operation", "COURSE")}:contains(1,200)`,
        },
    ],
});
