import {registry} from "@web/core/registry";
import {stepUtils} from "@web_tour/tour_utils";

const card = (code) => `.o_sop_op_card:has(.o_sop_op_title:contains(${code}))`;

registry.category("web_tour.tours").add("sop_operations_dashboard", {
    steps: () => [
        stepUtils.showAppsMenuItem(),
        {
            content: "The app opens with its dashboard",
            trigger:
                ".o_app[data-menu-xmlid='sop_operations.sop_operations_menu_root']",
            run: "click",
        },
        {
            content: "Two are active, one of them at risk",
            trigger: ".o_sop_counter[data-counter='active']:contains(2)",
        },
        {
            content: "Which one?",
            trigger: ".o_sop_counter[data-counter='at_risk']:contains(1)",
            run: "click",
        },
        {
            content: "The stand is not",
            trigger: `.o_sop_op_cards:not(:has(${card("STAND")}))`,
        },
        {
            content: "Open the fair",
            trigger: `${card("FAIR")} .o_sop_op_title a`,
            run: "click",
        },
        {
            content: "Its form; back to the dashboard",
            trigger: ".o_form_view",
        },
        {
            content: "Back",
            trigger: ".o_breadcrumb .o_back_button, .breadcrumb-item a",
            run: "click",
        },
        {
            content: "What was chosen is chosen still",
            trigger: ".o_sop_counter[data-counter='at_risk'][aria-pressed='true']",
        },
        {
            content: "Show everything",
            trigger: ".o_sop_dash_clear",
            run: "click",
        },
        {content: "The stand is back", trigger: card("STAND")},
    ],
});

const bar = (part) => `.o_sop_gantt_bar:contains(FAIR)${part}`;
const MOVED = bar("[aria-label*='16 Jan']");
const BACK = bar(":not([aria-label*='16 Jan'])");

/** Drag a bar to the side, as a mouse does: down on it, then moves and up anywhere. */
function dragBy(el, pixels) {
    const {x, y, height} = el.getBoundingClientRect();
    for (const [target, type, by] of [
        [el, "pointerdown", 0],
        [window, "pointermove", pixels],
        [window, "pointerup", pixels],
    ]) {
        target.dispatchEvent(
            new PointerEvent(type, {
                bubbles: true,
                button: 0,
                clientX: x + 20 + by,
                clientY: y + height / 2,
                pointerId: 1,
                pointerType: "mouse",
            })
        );
    }
}

registry.category("web_tour.tours").add("sop_operations_schedule", {
    steps: () => [
        {
            content: "A day is nine pixels wide",
            trigger: "button[data-zoom='month']",
            run: "click",
        },
        {
            content: "Ten days later",
            trigger: bar(""),
            run: ({anchor}) => dragBy(anchor, 90),
        },
        {content: "It has moved", trigger: MOVED},
        {
            content: "Take it back",
            trigger: ".o_sop_gantt_undo:enabled",
            run: "click",
        },
        {content: "Where it was", trigger: BACK},
        {
            content: "Once more",
            trigger: ".o_sop_gantt_redo:enabled",
            run: "click",
        },
        {content: "There again", trigger: MOVED},
        {content: "And saved", trigger: ".o_sop_gantt_undo:enabled"},
    ],
});
