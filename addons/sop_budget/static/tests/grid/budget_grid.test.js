import {
    advanceTime,
    animationFrame,
    click,
    dblclick,
    describe,
    expect,
    keyDown,
    keyUp,
    manuallyDispatchProgrammaticEvent,
    press,
    queryAll,
    queryAllTexts,
    queryFirst,
    queryOne,
    queryText,
    rightClick,
    test,
} from "@odoo/hoot";
import {
    contains,
    defineModels,
    getService,
    models,
    mountWithCleanup,
    onRpc,
    patchWithCleanup,
} from "@web/../tests/web_test_helpers";
import {defineMailModels} from "@mail/../tests/mail_test_helpers";

import {browser} from "@web/core/browser/browser";
import {ConnectionLostError, rpc} from "@web/core/network/rpc";
import {WebClient} from "@web/webclient/webclient";

import {FEB, JAN, makeBigGrid, makeGrid, makeRow, MAR} from "./grid_data";

describe.current.tags("desktop");

class Budget extends models.Model {
    _name = "sop.budget";
}

class Category extends models.Model {
    _name = "sop.budget.category";
}

class FundingSource extends models.Model {
    _name = "sop.funding.source";
}

defineMailModels();
defineModels([Budget, Category, FundingSource]);

const SAVED = {saved: 1, conflicts: [], refused: []};

async function openGrid(data = makeGrid(), {save} = {}) {
    const server = {data, saves: []};
    onRpc("sop.budget", "get_grid", () => structuredClone(server.data));
    onRpc("sop.budget", "save_grid", ({args}) => {
        server.saves.push(args[1]);
        return save ? save(args[1], server.saves.length) : SAVED;
    });
    await mountWithCleanup(WebClient);
    await getService("action").doAction({
        type: "ir.actions.client",
        tag: "sop_budget.grid",
        params: {budget_id: 7},
    });
    await animationFrame();
    return server;
}

const cell = (row, column) => `#sop_grid_${row}_${column}`;
const text = (row, column) => queryText(cell(row, column));
const head = () => queryOne(".sop_grid_head").id.replace("sop_grid_", "");

async function type(value) {
    for (const key of value) {
        await press(key);
    }
    await animationFrame();
}

async function paste(value) {
    const clipboardData = new DataTransfer();
    clipboardData.setData("text/plain", value);
    await manuallyDispatchProgrammaticEvent(queryOne(".sop_grid_scroller"), "paste", {
        clipboardData,
    });
    await animationFrame();
}

/** What the server holds of the cells that were sent; each must have come with what it held before. */
function stored({saves}) {
    const values = {};
    for (const {category_id, month, field = month, value, expected} of saves.flat()) {
        const key = `${category_id} ${field}`;
        if (key in values) {
            expect(expected).toBe(values[key]);
        }
        values[key] = value;
    }
    return values;
}

async function settle() {
    await advanceTime(500);
    await animationFrame();
}

test("shows the tree, its sums and its totals", async () => {
    await openGrid();
    expect(queryAllTexts(".sop_grid_row .sop_grid_text")).toEqual([
        "Personnel",
        "Team lead",
        "Developer",
        "Events",
        "Éte party",
        "Total expenses",
    ]);
    expect(text(1, JAN)).toBe("40");
    expect(text(1, "total")).toBe("60");
    expect(queryText("#sop_grid_total_expense_total")).toBe("70");
    expect(queryText(".o_breadcrumb")).toInclude("Budget 2026");
    expect(".sop_grid_badge").toHaveCount(1);
    expect(queryText(".sop_grid_status")).toBe("Saved");
});

test("names its last line as the report does", async () => {
    const data = makeGrid();
    const income = {kind: "income", leaf: true, amounts: [100, null, null, null]};
    data.rows.push(makeRow({id: 8, code: "I", ...income}));
    await openGrid(data);
    expect(queryAllTexts(".sop_grid_footer .sop_grid_text")).toEqual([
        "Total expenses",
        "Total income",
        "Income less spending",
    ]);
});

test("is a tree grid to assistive technology", async () => {
    await openGrid();
    const grid = queryOne("[role=treegrid]");
    expect(grid).toHaveAttribute("aria-rowcount", "7");
    expect(grid).toHaveAttribute("aria-colcount", "7");
    expect(grid).toHaveAttribute("aria-activedescendant", `sop_grid_1_${JAN}`);
    expect(document.activeElement).toBe(grid);
    const rows = queryAll("[role=row]");
    expect(rows[1]).toHaveAttribute("aria-expanded", "true");
    expect(rows[2]).toHaveAttribute("aria-level", "2");
    expect(rows[2]).not.toHaveAttribute("aria-expanded");
    expect(".sop_grid_body [role=rowheader]").toHaveCount(5);
    expect(cell(1, JAN)).toHaveAttribute("aria-selected", "true");
});

test("over-budget cells say so in words", async () => {
    await openGrid();
    expect(".sop_grid_over .fa-exclamation-triangle").toHaveCount(3); // cell, parent, total of all
    // Out of the flow of the text, which has all the width of the column
    expect(`${cell(3, JAN)} .fa`).toHaveStyle({position: "absolute"});
    expect(`${cell(3, JAN)} .fa`).toHaveAttribute(
        "aria-label",
        "Over budget: 45 used of 30 planned"
    );
});

test("keyboard only: type, Tab, Enter, F2, Escape, Delete", async () => {
    const server = await openGrid();
    await press("ArrowDown");
    await animationFrame();
    expect(head()).toBe(`2_${JAN}`);
    await type("12");
    expect(".sop_grid_input").toHaveValue("12");
    await press("Tab");
    await animationFrame();
    expect(head()).toBe(`2_${FEB}`);
    expect(text(2, JAN)).toBe("12");
    expect(text(1, JAN)).toBe("42");
    await type("=100*3");
    await press("Enter");
    await animationFrame();
    expect(head()).toBe(`3_${FEB}`);
    expect(text(2, FEB)).toBe("300");
    await press("ArrowUp");
    await press("F2");
    await animationFrame();
    expect(".sop_grid_input").toHaveValue("300");
    await press("Escape");
    await animationFrame();
    expect(".sop_grid_input").toHaveCount(0);
    expect(text(2, FEB)).toBe("300");
    await press("Delete");
    await animationFrame();
    expect(text(2, FEB)).toBe("");
    await settle();
    expect(stored(server)).toEqual({[`2 ${JAN}`]: 12, [`2 ${FEB}`]: null});
    expect(queryText(".sop_grid_status")).toBe("Saved");
});

test("fast typing loses no key", async () => {
    await openGrid();
    await press("ArrowDown");
    for (const key of "987") {
        keyDown(key); // before anything is drawn
    }
    await animationFrame();
    await press("Enter");
    await animationFrame();
    expect(text(2, JAN)).toBe("987");
});

test("what is no number stays in the editor with a message", async () => {
    await openGrid();
    await press("ArrowDown");
    await type("abc");
    await press("Enter");
    await animationFrame();
    expect(".sop_grid_input").toHaveValue("abc");
    expect(queryText(".sop_grid_error")).toInclude("not a number");
    await press("Escape");
    await animationFrame();
    expect(text(2, JAN)).toBe("10");
    await type("def");
    await click(".sop_grid_search input");
    await animationFrame();
    expect(".sop_grid_input").toHaveCount(0);
    expect(queryText(".o_notification")).toInclude("“def” was not entered");
});

test("copy, paste, undo, redo", async () => {
    const server = await openGrid();
    await press("ArrowDown");
    await paste("1,000.50\t2\n3\t4\n");
    expect([text(2, JAN), text(2, FEB), text(3, JAN), text(3, FEB)]).toEqual([
        "1,000.50",
        "2.00",
        "3.00",
        "4.00",
    ]);
    await press(["ctrl", "z"]);
    await animationFrame();
    expect([text(2, JAN), text(3, JAN), text(3, FEB)]).toEqual(["10", "30", ""]);
    await press(["ctrl", "y"]);
    await animationFrame();
    expect(text(1, JAN)).toBe("1,003.50");
    const clipboardData = new DataTransfer();
    await press(["shift", "ArrowRight"]);
    await manuallyDispatchProgrammaticEvent(queryOne(".sop_grid_scroller"), "copy", {
        clipboardData,
    });
    expect(clipboardData.getData("text/plain")).toBe("1000.50\t2");
    await settle();
    expect(stored(server)).toEqual({
        [`2 ${JAN}`]: 1000.5,
        [`2 ${FEB}`]: 2,
        [`3 ${JAN}`]: 3,
        [`3 ${FEB}`]: 4,
    });
});

test("paste tells what it left out", async () => {
    await openGrid();
    await paste("1\nx\n3");
    await animationFrame();
    expect(queryText(".o_notification")).toInclude("Not a number: 1, the first is “x”");
    expect(queryText(".o_notification")).toInclude("totals: 1");
    expect(text(3, JAN)).toBe("3");
});

test("Ctrl+Enter, fill right and down", async () => {
    await openGrid();
    await click(cell(2, JAN));
    await keyDown("Shift");
    await click(cell(3, FEB));
    await keyUp("Shift");
    await animationFrame();
    expect(".sop_grid_range").toHaveCount(4);
    await press("7");
    await animationFrame();
    await press(["ctrl", "Enter"]);
    await animationFrame();
    expect([text(2, JAN), text(2, FEB), text(3, JAN), text(3, FEB)]).toEqual([
        "7",
        "7",
        "7",
        "7",
    ]);
    await click(cell(2, FEB));
    await press(["ctrl", "r"]);
    await animationFrame();
    expect(text(2, MAR)).toBe("7");
});

test("a conflict is told and settled either way", async () => {
    const server = await openGrid(makeGrid(), {
        save: (changes, count) =>
            count > 1
                ? SAVED
                : {
                      saved: 0,
                      refused: [],
                      conflicts: changes.map((change) => ({
                          category_id: change.category_id,
                          month: change.month,
                          yours: change.value,
                          theirs: 99.5,
                          user: "Anna",
                          date: "2026-01-05T10:42:00",
                      })),
                  },
    });
    await press("ArrowDown");
    await paste("1\t2");
    await settle();
    expect(".sop_grid_conflict_line").toHaveCount(2);
    expect(text(2, JAN)).toBe("99.50");
    expect(queryAllTexts(".sop_grid_conflict_line")[0]).toInclude("Anna");
    expect(`${cell(2, JAN)} .fa-exchange`).toHaveCount(1);
    await click(".sop_grid_conflict_line:last button:contains(Keep theirs)");
    await animationFrame();
    expect(".sop_grid_conflict_line").toHaveCount(1);
    await click(".sop_grid_conflict_line button:contains(Use mine)");
    await animationFrame();
    expect(".sop_grid_conflicts").toHaveCount(0);
    expect(text(2, JAN)).toBe("1.00");
    expect(text(2, FEB)).toBe("99.50");
    await settle();
    expect(server.saves[1]).toEqual([
        {category_id: 2, month: JAN, value: 1, expected: 99.5},
    ]);
});

test("what the server refuses is shown with what was typed", async () => {
    const server = await openGrid(makeGrid(), {
        save: ([{category_id, month, value}]) => ({
            saved: 0,
            conflicts: [],
            refused: [
                {category_id, month, yours: value, reason: "This month lies outside."},
            ],
        }),
    });
    await press("ArrowDown");
    await type("55");
    await press("Enter");
    await settle();
    expect(queryText(".sop_grid_refused")).toInclude(
        "you entered 55. This month lies outside."
    );
    expect(text(2, JAN)).toBe("10");
    await click(".sop_grid_refused button");
    await animationFrame();
    expect(".sop_grid_refused").toHaveCount(0);
    expect(server.saves).toHaveLength(1);
});

test("no connection: says so, keeps everything, goes on by itself", async () => {
    let connected = false;
    patchWithCleanup(rpc, {
        async _rpc(url) {
            if (url.includes("save_grid") && !connected) {
                throw new ConnectionLostError(url);
            }
            return super._rpc(...arguments);
        },
    });
    const server = await openGrid();
    await press("ArrowDown");
    await type("55");
    await press("Enter");
    await settle();
    expect(queryText(".sop_grid_status")).toInclude("one change waits");
    expect(text(2, JAN)).toBe("55");
    connected = true;
    await advanceTime(2500);
    await animationFrame();
    expect(queryText(".sop_grid_status")).toBe("Saved");
    expect(server.saves).toHaveLength(1);
});

test("an error of the server keeps the edits, to try again or to discard", async () => {
    expect.errors(0);
    const server = await openGrid(makeGrid(), {
        save: (changes, count) => {
            if (count === 1) {
                throw new Error("The budget was approved meanwhile.");
            }
            return SAVED;
        },
    });
    await press("ArrowDown");
    await type("55");
    await press("Enter");
    await settle();
    expect(".sop_grid_failed").toHaveCount(1);
    expect(text(2, JAN)).toBe("55");
    await click(".sop_grid_failed button:contains(Try again)");
    await settle();
    expect(".sop_grid_failed").toHaveCount(0);
    expect(server.saves).toHaveLength(2);
});

test("a total goes down to the leaves, and comes back with undo", async () => {
    const server = await openGrid();
    onRpc("sop.budget", "spread_grid", ({kwargs}) => {
        const request = Object.entries(kwargs).filter(([name]) => name !== "context");
        expect.step(Object.fromEntries(request));
        return {
            changes: [
                {category_id: 2, month: JAN, before: 10, after: 25},
                {category_id: 3, month: JAN, before: 30, after: 75},
            ],
        };
    });
    await type("100");
    await press("Enter");
    await animationFrame();
    await animationFrame();
    expect.verifySteps([
        {
            total: 100,
            category_id: 1,
            kind: false,
            months: [JAN],
            source: "all",
            method: "share",
            expected: 40,
        },
    ]);
    expect([text(1, JAN), text(2, JAN), text(3, JAN)]).toEqual(["100", "25", "75"]);
    await click(".o_notification button:contains(Undo)");
    await settle();
    expect([text(1, JAN), text(2, JAN)]).toEqual(["40", "10"]);
    expect(server.saves[0]).toEqual([
        {category_id: 3, month: JAN, value: 30, expected: 75},
        {category_id: 2, month: JAN, value: 10, expected: 25},
    ]);
});

test("spread dialog: total, method, wrong number", async () => {
    await openGrid();
    onRpc("sop.budget", "spread_grid", ({kwargs}) => {
        expect.step([kwargs.total, kwargs.method, kwargs.months]);
        return {changes: []};
    });
    await press("ArrowDown");
    await animationFrame();
    await contains(".sop_grid_bar button:contains(Spread a total)").click();
    expect(".modal input[type=text]").toHaveValue("30");
    await contains(".modal input[type=text]").edit("much", {confirm: false});
    await contains(".modal .btn-primary").click();
    expect(".modal .invalid-feedback").toHaveCount(1);
    await contains(".modal input[type=text]").edit("=12*100", {confirm: false});
    await contains(".modal #sop_spread_even").click();
    await contains(".modal .btn-primary").click();
    expect.verifySteps([[1200, "even", null]]);
});

test("a total that somebody else changed is not spread", async () => {
    const server = await openGrid();
    onRpc("sop.budget", "spread_grid", () => {
        server.data.rows[1].amounts[0] = 60;
        return {conflict: 90, changes: []};
    });
    await type("100");
    await press("Enter");
    await settle();
    expect(queryText(".o_notification")).toInclude("it is 90 now");
    expect(text(1, JAN)).toBe("90");
});

test("fold with mouse and keyboard, remembered", async () => {
    patchWithCleanup(browser.localStorage, {
        setItem: (key, value) => {
            if (key.startsWith("sop_budget.grid")) {
                expect.step(value);
            }
        },
    });
    await openGrid();
    await click(".sop_grid_caret[data-action=toggle]:first");
    await animationFrame();
    expect(".sop_grid_body .sop_grid_row").toHaveCount(3);
    await click(cell(1, "name"));
    await press("Space");
    await animationFrame();
    expect(".sop_grid_body .sop_grid_row").toHaveCount(5);
    await click("button[title='Fold all']");
    await animationFrame();
    expect(".sop_grid_body .sop_grid_row").toHaveCount(2);
    expect.verifySteps([
        '{"collapsed":[1],"summary":false}',
        '{"collapsed":[],"summary":false}',
        '{"collapsed":[1,4],"summary":false}',
    ]);
});

test("search", async () => {
    await openGrid();
    await contains(".sop_grid_search input").edit("dev", {confirm: false});
    await advanceTime(200);
    await animationFrame();
    expect(queryAllTexts(".sop_grid_body .sop_grid_text")).toEqual([
        "Personnel",
        "Developer",
    ]);
    await contains(".sop_grid_search input").edit("nobody", {confirm: false});
    await advanceTime(200);
    await animationFrame();
    expect(".sop_grid_nothing").toHaveCount(1);
    await click(".sop_grid_nothing button");
    await animationFrame();
    expect(".sop_grid_body .sop_grid_row").toHaveCount(5);
});

test("internal, external, all", async () => {
    await openGrid();
    await contains(".sop_grid_source").click();
    await contains(".o-dropdown--menu .dropdown-item:contains(Internal)").click();
    expect(queryText("#sop_grid_total_expense_total")).toBe("60");
    expect(".sop_grid_body .sop_grid_row").toHaveCount(3);
    await contains(".sop_grid_source").click();
    await contains(".o-dropdown--menu .dropdown-item:contains(External)").click();
    expect(queryText("#sop_grid_total_expense_total")).toBe("10");
});

test("menu of a row: hold, move, delete", async () => {
    const server = await openGrid();
    onRpc("sop.budget", "move_grid_row", ({args}) => {
        expect.step(["move", ...args.slice(1)]);
        return {id: args[1], grid: server.data};
    });
    onRpc("sop.budget", "delete_grid_rows", ({args}) => {
        expect.step(["delete", ...args[1]]);
        server.data.rows.splice(1, 1);
        return {id: false, grid: server.data};
    });
    await rightClick(cell(2, "name"));
    await animationFrame();
    await contains(".o-dropdown--menu .dropdown-item:contains(Hold amounts)").click();
    expect(`${cell(2, "name")} .fa-lock`).toHaveCount(1);
    await settle();
    expect(server.saves[0]).toEqual([
        {category_id: 2, field: "held", value: true, expected: false},
    ]);
    server.data.rows[1].held = true;
    await press(["alt", "shift", "ArrowDown"]);
    await animationFrame();
    await click(`${cell(2, "name")} .sop_grid_menu`);
    await animationFrame();
    await contains(".o-dropdown--menu .dropdown-item:contains(Delete)").click();
    expect(queryText(".modal-body")).toInclude("$ 30");
    await contains(".modal .btn-danger").click();
    await animationFrame();
    expect.verifySteps([
        ["move", 2, 1, false],
        ["delete", 2],
    ]);
    expect(queryAllTexts(".sop_grid_body .sop_grid_text")).toEqual([
        "Personnel",
        "Developer",
        "Events",
        "Éte party",
    ]);
});

test("a new category can be named at once", async () => {
    const server = await openGrid();
    onRpc("sop.budget", "add_grid_row", ({args}) => {
        expect.step(args.slice(1));
        server.data.rows.splice(
            3,
            0,
            makeRow({id: 9, code: "P3", name: "New", parent_id: 1})
        );
        return {id: 9, grid: server.data};
    });
    await click(cell(3, JAN));
    await click(".sop_grid_new");
    await animationFrame();
    await animationFrame();
    expect.verifySteps([[1, 3, false, "expense"]]);
    expect(".sop_grid_input").toHaveValue("New");
    await contains(".sop_grid_input").edit("Trainee", {confirm: false});
    await press("Tab");
    await animationFrame();
    expect(text(9, "name")).toBe("Trainee");
    expect(head()).toBe(`9_${JAN}`);
    await settle();
    expect(server.saves[0]).toEqual([
        {category_id: 9, field: "name", value: "Trainee", expected: "New"},
    ]);
});

test("edits made while something else is loaded stay", async () => {
    const server = await openGrid();
    onRpc("sop.budget", "duplicate_grid_row", () => ({id: 2, grid: server.data}));
    await press("ArrowDown");
    await type("55");
    await press("Enter");
    await rightClick(cell(3, "name"));
    await animationFrame();
    server.data = makeGrid();
    server.data.rows[1].amounts[0] = 55;
    await contains(".o-dropdown--menu .dropdown-item:contains(Duplicate)").click();
    await animationFrame();
    expect(server.saves).toHaveLength(1);
    expect(text(2, JAN)).toBe("55");
});

test("a budget that can't be changed says why", async () => {
    const server = await openGrid(
        makeGrid({editable: false, reason_not_editable: "It is approved."})
    );
    expect(queryText(".sop_grid_reason")).toBe("It is approved.");
    expect(".sop_grid_new").toHaveCount(0);
    await press("ArrowDown");
    await type("5");
    await dblclick(cell(2, FEB));
    await paste("1");
    await animationFrame();
    expect(".sop_grid_input").toHaveCount(0);
    expect(queryText(".o_notification")).toInclude("It is approved.");
    await settle();
    expect(server.saves).toEqual([]);
});

test("an empty budget offers the next steps", async () => {
    const server = await openGrid({...makeGrid(), rows: []});
    onRpc("sop.budget", "add_grid_row", () => {
        server.data.rows.push(
            makeRow({id: 9, code: "1", name: "New category", leaf: true})
        );
        return {id: 9, grid: server.data};
    });
    expect(".sop_grid_empty button").toHaveCount(3);
    await click(".sop_grid_first");
    await animationFrame();
    await animationFrame();
    expect(".sop_grid_input").toHaveValue("New category");
});

test("the summary shows the active category and how the plan is made up", async () => {
    await openGrid();
    await click(".sop_grid_summary_toggle");
    await animationFrame();
    await click(cell(3, JAN));
    await animationFrame();
    expect(queryText(".sop_grid_summary h3")).toBe("P2 Developer");
    expect(queryAllTexts(".sop_grid_summary dd")).toEqual(["$ 30", "$ 45", "$ -15"]);
    expect(".sop_grid_summary .bg-danger").toHaveCount(1);
    expect(queryAllTexts(".sop_grid_summary h4")).toEqual([
        "By category",
        "By funding source",
        "By rhythm",
    ]);
    expect(queryAllTexts(".sop_grid_line")).toEqual([
        "Personnel\n$ 60",
        "Events\n$ 10",
        "Internal money\n$ 60",
        "Grant\n$ 10",
        "Varying\n$ 40",
        "Once\n$ 30",
    ]);
});

test("one funding source for all selected categories", async () => {
    const server = await openGrid();
    onRpc("sop.funding.source", "name_search", () => [[1, "Grant"]]);
    onRpc("sop.funding.source", "web_search_read", () => ({records: [], length: 0}));
    onRpc("sop.budget.category", "write", ({args}) => {
        expect.step(args);
        server.data.rows[1].funding = {id: 1, name: "Grant", external: true};
        return true;
    });
    await click(cell(2, "name"));
    await press(["shift", "ArrowDown"]);
    await rightClick(cell(3, "name"));
    await animationFrame();
    await contains(".o-dropdown--menu .dropdown-item:contains(Funding source)").click();
    expect(queryText(".modal-body p")).toBe("P1 Team lead, P2 Developer");
    await contains(".modal .btn-primary").click();
    await animationFrame();
    expect.verifySteps([[[2, 3], {source_id: false}]]);
    expect(".sop_grid_badge").toHaveCount(2);
});

test("where the money went", async () => {
    await openGrid();
    onRpc("sop.budget", "explain", ({args}) => {
        expect.step(args[0]);
        return new Promise(() => {}); // the dialog has its own tests
    });
    await rightClick(cell(3, FEB));
    await animationFrame();
    await contains(
        ".o-dropdown--menu .dropdown-item:contains(Where the money went)"
    ).click();
    expect.verifySteps([
        {
            budget_id: 7,
            row: "c3",
            measure: "available",
            date_from: FEB,
            date_to: "2026-02-28",
        },
    ]);
});

test("coming back to the tab shows what others did", async () => {
    const server = await openGrid();
    server.data.rows[1].amounts[0] = 77;
    await manuallyDispatchProgrammaticEvent(document, "visibilitychange");
    await animationFrame();
    expect(text(2, JAN)).toBe("77");
});

test("only the rows in sight are drawn", async () => {
    await openGrid(makeBigGrid());
    expect(queryOne("[role=treegrid]")).toHaveAttribute("aria-rowcount", "2022");
    expect(queryAll(".sop_grid_body .sop_grid_row").length).toBeLessThan(80);
    await press(["ctrl", "End"]);
    await press("ArrowUp");
    await animationFrame();
    await animationFrame();
    expect(head()).toBe("20100_total");
    expect(queryAll(".sop_grid_body .sop_grid_row").length).toBeLessThan(80);
    await press(["ctrl", "Home"]);
    await animationFrame();
    await animationFrame();
    expect(queryFirst(".sop_grid_body .sop_grid_text")).toHaveText("Name of C1");
});

test("leaves the keyboard free after Escape", async () => {
    await openGrid();
    await press("Escape");
    const event = await keyDown("Tab");
    expect(event[0].defaultPrevented).toBe(false);
});
