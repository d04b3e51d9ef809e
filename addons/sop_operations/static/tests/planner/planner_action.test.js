import {beforeEach, describe, expect, test} from "@odoo/hoot";
import {click, drag, press, queryAll, queryAllTexts, queryOne} from "@odoo/hoot-dom";
import {animationFrame} from "@odoo/hoot-mock";
import {defineMailModels} from "@mail/../tests/mail_test_helpers";
import {
    contains,
    defineModels,
    getService,
    makeServerError,
    models,
    mountWithCleanup,
    onRpc,
} from "@web/../tests/web_test_helpers";
import {browser} from "@web/core/browser/browser";
import {WebClient} from "@web/webclient/webclient";
import {makePlanner, PlannerServer} from "./planner_data";

describe.current.tags("desktop");

class Operation extends models.Model {
    _name = "sop.operation";
}

class Funding extends models.Model {
    _name = "sop.operation.funding";
}

defineMailModels();
defineModels([Operation, Funding]);

const row = (side, id) => `.o_sop_plan_${side} [data-id='${id}']`;
const FUNDING = "sop.operation.funding";
const AMOUNT = ".o_dialog #sop_link_amount";
const LINK = ".o_dialog .modal-footer .btn-primary";

let server;
beforeEach(() => {
    browser.localStorage.clear();
    server = new PlannerServer();
});

async function openPlanner(values, params = {budget_id: 7}) {
    server.data = makePlanner(values);
    onRpc("sop.operation", "get_planner", ({args}) => {
        server.calls.push(args[0]);
        return server.get();
    });
    onRpc("sop.operation", "read", ({args}) =>
        args[0].map((id) => ({id, card: {kpi: {items: [], more_count: 0}}}))
    );
    onRpc(FUNDING, "create", ({args}) => server.create(args[0][0]));
    onRpc(FUNDING, "write", ({args}) => server.write(args[0][0], args[1]));
    onRpc(FUNDING, "unlink", ({args}) => server.unlink(args[0][0]));
    await mountWithCleanup(WebClient);
    await getService("action").doAction({
        type: "ir.actions.client",
        tag: "sop_operations.planner",
        params,
    });
    await animationFrame();
}

async function fund(amount, note = "") {
    await contains(AMOUNT).edit(amount, {confirm: false});
    if (note) {
        await contains(".o_dialog #sop_link_note").edit(note, {confirm: false});
    }
    await contains(LINK).click();
    await animationFrame();
}

async function dragOn(from, to) {
    const {moveTo, drop} = await drag(from);
    await animationFrame();
    await moveTo(to);
    await animationFrame();
    await drop();
    await animationFrame();
}

test("both trees are shown, with what is planned, free and organic", async () => {
    await openPlanner();
    expect(server.calls[0].budget_id).toBe(7);
    expect(queryAllTexts(".o_sop_plan_category .o_sop_plan_code")).toEqual([
        "E",
        "E1",
        "E2",
        "T",
    ]);
    expect(`${row("category", 2)} .o_sop_plan_figures`).toHaveText(
        "$ 1,000\n$ 600 free"
    );
    expect(`${row("category", 3)} .o_sop_plan_loose`).toHaveText("No operation");
    expect(`${row("operation", 13)} .o_sop_plan_organic`).toHaveText("$ 0 organic");
    expect(
        `${row("operation", 12)} [data-health='at_risk'] .fa-exclamation-triangle`
    ).toHaveCount(1);
    expect(".o_sop_plan_totals").toHaveText(
        "Planned $ 3,000\nLinked $ 400\nFree $ 2,600"
    );
});

test("links are lines with their amounts", async () => {
    await openPlanner();
    expect(".o_sop_plan_links .o_sop_plan_line").toHaveCount(1);
    expect(".o_sop_plan_links [data-link='2-11']").toHaveCount(1);
    expect(".o_sop_plan_links text").toHaveText("$ 400");
    await click(`${row("operation", 11)} .o_sop_plan_caret`);
    await click(`${row("category", 1)} .o_sop_plan_caret`);
    await animationFrame();
    await animationFrame();
    expect(".o_sop_plan_links [data-link='1-11']").toHaveCount(1);
});

test("an operation dragged on a category is funded by it", async () => {
    await openPlanner();
    await dragOn(row("operation", 13), row("category", 2));
    expect(AMOUNT).toHaveValue("600.00");
    await fund("250", "Room");
    expect(server.links).toEqual([
        [11, 2, 400, "Hall"],
        [13, 2, 250, "Room"],
    ]);
    expect(`${row("operation", 13)} .o_sop_plan_figure`).toHaveText("$ 250");
});

test("a category dragged on an operation funds it", async () => {
    await openPlanner();
    await dragOn(row("category", 4), row("operation", 12));
    await fund("0");
    expect(server.links.at(-1)).toEqual([12, 4, 0, ""]);
});

test("what sums up others can be neither dragged nor dropped on", async () => {
    await openPlanner();
    expect(row("category", 1)).toHaveAttribute("draggable", "false");
    await dragOn(row("operation", 13), row("category", 1));
    expect(".o_dialog").toHaveCount(0);
});

test("link with the keyboard alone", async () => {
    await openPlanner();
    queryOne(row("operation", 11)).focus();
    await press("End");
    await animationFrame();
    expect(row("operation", 13)).toBeFocused();
    await press("Enter");
    await animationFrame();
    expect(".o_sop_plan_banner").toHaveText(/COURSE Operation COURSE is marked/);
    expect(row("operation", 13)).toHaveClass("o_sop_plan_source");
    queryOne(row("category", 1)).focus();
    await press("Enter");
    await animationFrame();
    expect(".o_dialog").toHaveCount(0);
    await press("Home");
    await press("ArrowRight");
    await animationFrame();
    await press("ArrowRight");
    await animationFrame();
    expect(row("category", 2)).toBeFocused();
    await press("Enter");
    await animationFrame();
    expect(AMOUNT).toBeFocused();
    await press("Enter");
    await animationFrame();
    await animationFrame();
    expect(server.links.at(-1)).toEqual([13, 2, 600, ""]);
    expect(".o_sop_plan_banner").toHaveCount(0);
});

test("Escape takes the mark away", async () => {
    await openPlanner();
    queryOne(row("operation", 11)).focus();
    await press("Enter");
    await animationFrame();
    expect(".o_sop_plan_banner").toHaveCount(1);
    await press("Escape");
    await animationFrame();
    expect(".o_sop_plan_banner").toHaveCount(0);
});

test("arrows fold and unfold", async () => {
    await openPlanner();
    queryOne(row("category", 1)).focus();
    await press("ArrowLeft");
    await animationFrame();
    expect(row("category", 1)).toHaveAttribute("aria-expanded", "false");
    expect(row("category", 2)).toHaveCount(0);
    await press("ArrowRight");
    await animationFrame();
    expect(row("category", 2)).toHaveCount(1);
});

test("change a link, take it away, undo and redo", async () => {
    await openPlanner();
    expect(".o_sop_plan_undo").not.toBeEnabled();
    await click(row("category", 2));
    await animationFrame();
    await contains(".o_sop_plan_card [aria-label='Change the link']").click();
    expect(AMOUNT).toHaveValue("400.00");
    expect(".o_sop_plan_left").toHaveText(/600\.00 of the category stay free/);
    await fund("500");
    expect(server.links).toEqual([[11, 2, 500, "Hall"]]);
    await contains(".o_sop_plan_card [aria-label='Unlink']").click();
    await animationFrame();
    expect(server.links).toEqual([]);
    await contains(".o_sop_plan_undo").click();
    await animationFrame();
    expect(server.links).toEqual([[11, 2, 500, "Hall"]]);
    await press(["Control", "z"]);
    await animationFrame();
    await animationFrame();
    expect(server.links).toEqual([[11, 2, 400, "Hall"]]);
    await contains(".o_sop_plan_redo").click();
    await animationFrame();
    expect(server.links).toEqual([[11, 2, 500, "Hall"]]);
});

test("what somebody else has changed meanwhile is not undone", async () => {
    await openPlanner();
    await dragOn(row("operation", 13), row("category", 4));
    await fund("100");
    server.data.links.at(-1).amount = 80;
    await contains(".o_sop_plan_undo").click();
    await animationFrame();
    expect(server.links.at(-1)).toEqual([13, 4, 80, ""]);
    expect(".o_notification").toHaveText(/Somebody else has changed this link/);
    expect(".o_sop_plan_undo").not.toBeEnabled();
});

test("what the server refuses is said in the dialog", async () => {
    await openPlanner();
    onRpc(FUNDING, "create", () => {
        throw makeServerError({
            type: "UserError",
            message: "E1 plans 1,000 and gives 1,400.",
        });
    });
    await dragOn(row("operation", 13), row("category", 2));
    await contains(AMOUNT).edit("1000", {confirm: false});
    expect(".o_sop_plan_left").toHaveText(/400\.00 more than the category has left/);
    await contains(LINK).click();
    await animationFrame();
    expect(".o_dialog [role=alert]").toHaveText("E1 plans 1,000 and gives 1,400.");
    expect(".o_sop_plan_undo").not.toBeEnabled();
});

test("an amount that is none", async () => {
    await openPlanner();
    await dragOn(row("operation", 13), row("category", 2));
    for (const text of ["many", "-5"]) {
        await contains(AMOUNT).edit(text, {confirm: false});
        await contains(LINK).click();
        expect(".o_dialog [role=alert]").toHaveText(/Type an amount/);
    }
    expect(server.links).toHaveLength(1);
});

test("search and what has no link yet", async () => {
    await openPlanner();
    await contains("input[data-side='operation']").edit("cour", {confirm: false});
    expect(queryAllTexts(".o_sop_plan_operation .o_sop_plan_code")).toEqual(["COURSE"]);
    await contains("input[data-loose='category']").click();
    expect(queryAllTexts(".o_sop_plan_category .o_sop_plan_code")).toEqual([
        "E",
        "E2",
        "T",
    ]);
    await contains("input[data-side='operation']").edit("nothing", {confirm: false});
    expect(".o_sop_plan_operation .o_sop_plan_none").toHaveText(
        "No operation matches."
    );
});

test("who may not link sees it all and changes nothing", async () => {
    await openPlanner({can_link: false, can_create: false});
    expect(row("operation", 13)).toHaveAttribute("draggable", "false");
    expect(".o_sop_plan_undo, .o_sop_plan_new").toHaveCount(0);
    await click(row("category", 2));
    await animationFrame();
    expect(".o_sop_plan_card button").toHaveText("Open");
    queryOne(row("operation", 13)).focus();
    await press("Enter");
    await animationFrame();
    expect(".o_sop_plan_banner").toHaveCount(0);
});

test("another budget begins anew", async () => {
    await openPlanner();
    await dragOn(row("operation", 13), row("category", 4));
    await fund("100");
    server.data.budget = {...server.data.budget, id: 8};
    await contains(".o_sop_plan_budget").select("8");
    await animationFrame();
    expect(server.calls.at(-1).budget_id).toBe(8);
    expect(".o_sop_plan_undo").not.toBeEnabled();
});

test("what is not shown is counted", async () => {
    await openPlanner({hidden_count: 2});
    expect(".o_sop_plan_note").toHaveText(/2 categories are not shown to you/);
});

test("without a budget the next step is said", async () => {
    await openPlanner({budget: false, budgets: [], categories: [], links: []}, {});
    expect(".o_sop_plan_empty").toHaveText(/no budget that you may see/);
    expect(queryAll(row("operation", 13))).toHaveLength(1);
});
