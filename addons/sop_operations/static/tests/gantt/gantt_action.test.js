import {beforeEach, describe, expect, test} from "@odoo/hoot";
import {press, queryAllTexts, queryOne} from "@odoo/hoot-dom";
import {animationFrame} from "@odoo/hoot-mock";
import {defineMailModels} from "@mail/../tests/mail_test_helpers";
import {
    contains,
    defineModels,
    getService,
    models,
    mountWithCleanup,
    onRpc,
} from "@web/../tests/web_test_helpers";
import {ZOOMS} from "@sop_operations/gantt/gantt_scale";
import {browser} from "@web/core/browser/browser";
import {WebClient} from "@web/webclient/webclient";

describe.current.tags("desktop");

class Operation extends models.Model {
    _name = "sop.operation";
}

defineMailModels();
defineModels([Operation]);

function makeRow(id, code, values = {}) {
    return {
        id,
        parent_id: false,
        depth: 0,
        code,
        name: `Operation ${code}`,
        user: "Lead",
        state: "in_progress",
        state_label: "In Progress",
        health: "at_risk",
        health_label: "At Risk",
        period: "Q1 2025",
        date_from: "2025-01-01",
        date_to: "2025-03-31",
        is_ongoing: false,
        can_move: true,
        wbs: String(id),
        is_linked: false,
        is_critical: false,
        slack: false,
        schedule: "",
        schedule_warning: "",
        milestones: [],
        ...values,
    };
}

function makeGantt(values = {}) {
    return {
        today: "2025-02-14",
        rows: [
            makeRow(1, "FAIR", {
                milestones: [
                    {
                        id: 41,
                        name: "Judging",
                        date: "2025-02-16",
                        state_label: "Pending",
                        tone: "warning",
                    },
                ],
            }),
            makeRow(2, "STAND", {parent_id: 1, depth: 1, state: "planned"}),
            makeRow(3, "NEWS", {date_from: false, date_to: false}),
        ],
        links: [],
        more_count: 0,
        can_create: true,
        ...values,
    };
}

let answer;
let asked;
let written;
beforeEach(() => {
    browser.localStorage.clear();
    asked = [];
    answer = makeGantt();
    written = [];
    onRpc("sop.operation", "write", ({args: [[id], vals]}) => {
        written.push([id, vals]);
        const found = answer.rows.find((one) => one.id === id);
        found.date_from = vals.date_start;
        found.date_to = vals.date_end;
        return true;
    });
    onRpc("sop.operation", "get_gantt", ({args}) => {
        asked.push(args[0]);
        return structuredClone(answer);
    });
});

async function openGantt() {
    await mountWithCleanup(WebClient);
    await getService("action").doAction({
        type: "ir.actions.client",
        tag: "sop_operations.gantt",
    });
    await animationFrame();
}

const row = (id) => `.o_sop_gantt_row[data-id='${id}']`;

test("bars, milestones and today", async () => {
    await openGantt();
    expect(queryAllTexts(".o_sop_gantt_name")).toEqual([
        "1Operation FAIR",
        "2Operation STAND",
        "3Operation NEWS",
    ]);
    expect(
        `${row(1)} .o_sop_gantt_bar.o_sop_gantt_warning .fa-exclamation-triangle`
    ).toHaveCount(1);
    expect(`${row(1)} .o_sop_gantt_bar`).toHaveAttribute(
        "aria-label",
        "FAIR, Operation FAIR, Q1 2025, In Progress, At Risk, Lead"
    );
    expect(`${row(1)} .o_sop_gantt_diamond`).toHaveAttribute(
        "aria-label",
        /Judging, .*: Pending/
    );
    expect(`${row(3)} .o_sop_gantt_undated`).toHaveText("No dates yet");
    expect(".o_sop_gantt_today").toHaveCount(1);
});

test("zoom is kept", async () => {
    await openGantt();
    const width = () => queryOne(".o_sop_gantt_head .o_sop_gantt_track").offsetWidth;
    const before = width();
    await contains("[data-zoom='month']").click();
    expect(width()).toBeGreaterThan(before);
    expect("[data-zoom='month']").toHaveAttribute("aria-pressed", "true");
    expect(browser.localStorage.getItem("sop_operations.gantt.zoom")).toBe("month");
});

test("fold and search", async () => {
    await openGantt();
    await contains(`${row(1)} .o_sop_gantt_fold`).click();
    expect(row(2)).toHaveCount(0);
    await contains(".o_sop_gantt_search").edit("stand", {confirm: false});
    expect(queryAllTexts(".o_sop_gantt_name")).toEqual([
        "1Operation FAIR",
        "2Operation STAND",
    ]);
});

test("arrows go from bar to bar, Enter opens", async () => {
    await openGantt();
    const opened = [];
    getService("action").doAction = (action) => opened.push(action);
    queryOne(`${row(1)} .o_sop_gantt_bar`).focus();
    await press("ArrowDown");
    expect(`${row(2)} .o_sop_gantt_bar`).toBeFocused();
    queryOne(`${row(1)} .o_sop_gantt_diamond`).focus();
    await press("ArrowDown");
    expect(`${row(2)} .o_sop_gantt_bar`).toBeFocused();
    await press("Enter");
    await contains(`${row(1)} .o_sop_gantt_diamond`).click();
    expect(opened.map((action) => [action.res_model, action.res_id])).toEqual([
        ["sop.operation", 2],
        ["sop.milestone", 41],
    ]);
});

test("completed ones when asked for, and what to do when there is nothing", async () => {
    answer = makeGantt({rows: []});
    await openGantt();
    expect(".o_nocontent_help").toHaveText(/Nothing planned or under way/);
    answer = makeGantt();
    await contains(".o_nocontent_help .btn").click();
    expect(asked.at(-1).with_done).toBe(true);
    expect(".o_sop_gantt_done").toBeChecked();
    expect(row(1)).toHaveCount(1);
});

const bar = (id) => `${row(id)} .o_sop_gantt_bar`;

/** As a mouse does it: the click at the end comes from the browser. */
async function dragBy(target, days) {
    const element = queryOne(target);
    const x = 300;
    const fire = (type, clientX) =>
        element.dispatchEvent(
            new window.PointerEvent(type, {
                bubbles: true,
                clientX,
                pointerId: 1,
                pointerType: "mouse",
            })
        );
    fire("pointerdown", x);
    fire("pointermove", x + days * ZOOMS.quarter.pixels);
    await animationFrame();
    fire("pointerup", x + days * ZOOMS.quarter.pixels);
    element.click();
    await animationFrame();
    await animationFrame();
}

test("arrows with Shift move a bar, Enter saves, Ctrl+Z takes it back", async () => {
    await openGantt();
    queryOne(bar(1)).focus();
    await press(["Shift", "ArrowRight"]);
    await press(["Shift", "ArrowRight"]);
    await press(["Control", "ArrowLeft"]);
    await animationFrame();
    expect(written).toEqual([]);
    expect(".o_sop_gantt_draft_label").toHaveText(/3.*2025.*1.*2025/);
    await press("Enter");
    await animationFrame();
    expect(written).toEqual([[1, {date_start: "2025-01-03", date_end: "2025-04-01"}]]);
    expect(bar(1)).toBeFocused();
    await press(["Control", "z"]);
    await animationFrame();
    expect(written.at(-1)).toEqual([
        1,
        {date_start: "2025-01-01", date_end: "2025-03-31"},
    ]);
    expect(".o_sop_gantt_undo").not.toBeEnabled();
    await contains(".o_sop_gantt_redo").click();
    expect(written.at(-1)[1].date_start).toBe("2025-01-03");
});

test("Esc drops what is not saved", async () => {
    await openGantt();
    const before = queryOne(bar(1)).style.width;
    queryOne(bar(1)).focus();
    await press(["Control", "Shift", "ArrowLeft"]);
    await animationFrame();
    expect(bar(1)).toHaveClass("o_sop_gantt_draft");
    await press("Escape");
    await animationFrame();
    expect(queryOne(bar(1)).style.width).toBe(before);
    expect(written).toEqual([]);
});

test("a bar is dragged, and its ends", async () => {
    await openGantt();
    const opened = [];
    getService("action").doAction = (action) => opened.push(action);
    await dragBy(bar(1), 10);
    expect(written.at(-1)).toEqual([
        1,
        {date_start: "2025-01-11", date_end: "2025-04-10"},
    ]);
    await dragBy(`${row(1)} .o_sop_gantt_grip_end`, -10);
    expect(written.at(-1)).toEqual([
        1,
        {date_start: "2025-01-11", date_end: "2025-03-31"},
    ]);
    expect(opened).toEqual([]);
    await contains(bar(1)).click();
    expect(opened).toHaveLength(1);
});

test("who may not write moves nothing", async () => {
    answer.rows[0].can_move = false;
    await openGantt();
    getService("action").doAction = () => expect.step("open");
    queryOne(bar(1)).focus();
    await press(["Shift", "ArrowRight"]);
    await animationFrame();
    expect(bar(1)).not.toHaveClass("o_sop_gantt_draft");
    expect(`${row(1)} .o_sop_gantt_grip`).toHaveCount(0);
    await dragBy(bar(1), 10);
    expect(written).toEqual([]);
    expect.verifySteps(["open"]);
});

test("what somebody changed meanwhile is not undone", async () => {
    await openGantt();
    queryOne(bar(1)).focus();
    await press(["Shift", "ArrowRight"]);
    await press("Enter");
    await animationFrame();
    answer.rows[0].date_to = "2025-12-31";
    await press(["Control", "z"]);
    await animationFrame();
    expect(".o_notification").toHaveText(/changed meanwhile/);
    expect(written).toHaveLength(1);
});

// Dependencies -------------------------------------------------------------------------

const LINK = {
    id: 7,
    from: 1,
    to: 2,
    type: "fs",
    type_label: "Starts after it ends (FS)",
    lag: 1,
    binds: true,
};

function makeLinked() {
    answer.rows[0].is_linked = answer.rows[1].is_linked = true;
    answer.rows[0].is_critical = answer.rows[1].is_critical = true;
    answer.rows[0].schedule = "Critical: it ends on 31 Mar 2025 at the earliest.";
    Object.assign(answer.rows[1], {date_from: "2025-04-02", date_to: "2025-04-10"});
    answer.links = [LINK];
}

/** @param {Object} found what the server says that new dates would mean */
function onConsequences(found) {
    onRpc("sop.operation", "get_gantt_consequences", ({args}) => {
        expect.step(args);
        return found;
    });
    onRpc("sop.operation", "set_gantt_dates", ({args: [changes]}) => {
        for (const {id, date_from, date_to} of changes) {
            const moved = answer.rows.find((one) => one.id === id);
            Object.assign(moved, {date_from, date_to});
            written.push([id, date_from, date_to]);
        }
        return true;
    });
}

test("what waits for what, and what is critical", async () => {
    makeLinked();
    await openGantt();
    const link = "[data-link='7']";
    expect(link).toHaveClass("o_sop_gantt_link_critical");
    expect(link).not.toHaveClass("o_sop_gantt_link_broken");
    expect(`${bar(1)}.o_sop_gantt_critical .fa-bolt`).toHaveCount(1);
    expect(bar(1)).toHaveAttribute("aria-label", /Critical: it ends on 31 Mar 2025/);
    expect(bar(2)).toHaveAttribute(
        "aria-label",
        /waits for Operation FAIR: Starts after it ends \(FS\), 1 day\(s\) in between/
    );
    // While a bar is moved, its links say at once whether they still hold
    queryOne(bar(1)).focus();
    await press(["Shift", "ArrowRight"]);
    await animationFrame();
    expect(link).toHaveClass("o_sop_gantt_link_broken");
    await press("Escape");
    await contains(".o_sop_gantt_only_critical").click();
    expect(row(3)).toHaveCount(0);
    await contains(`${row(1)} .o_sop_gantt_fold`).click();
    await contains(".o_sop_gantt_only_critical").click();
    expect(link).toHaveCount(0);
});

test("what follows moves as well, and back, in one step", async () => {
    makeLinked();
    onConsequences({
        follow: [
            {id: 2, name: "STAND", date_from: "2025-04-03", date_to: "2025-04-11"},
        ],
        stuck: [],
    });
    await openGantt();
    queryOne(bar(1)).focus();
    await press(["Shift", "ArrowRight"]);
    await press("Enter");
    await animationFrame();
    expect.verifySteps([[1, "2025-01-02", "2025-04-01"]]);
    expect(".o_sop_gantt_follow li").toHaveText(/STAND: .*2025/);
    expect(written).toEqual([]);
    await contains(".o_sop_gantt_follow_all").click();
    await animationFrame();
    expect(written).toEqual([
        [1, "2025-01-02", "2025-04-01"],
        [2, "2025-04-03", "2025-04-11"],
    ]);
    await contains(".o_sop_gantt_undo").click();
    expect(written.slice(2)).toEqual([
        [1, "2025-01-01", "2025-03-31"],
        [2, "2025-04-02", "2025-04-10"],
    ]);
    expect(".o_sop_gantt_undo").not.toBeEnabled();
});

test("only this one, in spite of what breaks", async () => {
    makeLinked();
    onConsequences({follow: [], stuck: ["STAND: 1 day(s) too early for FAIR"]});
    await openGantt();
    queryOne(bar(1)).focus();
    await press(["Shift", "ArrowRight"]);
    await press("Enter");
    await animationFrame();
    expect(".o_sop_gantt_stuck").toHaveText(/too early for FAIR/);
    expect(".o_sop_gantt_follow_all").toHaveCount(0);
    await contains(".o_sop_gantt_follow_none").click();
    await animationFrame();
    expect(written).toEqual([[1, {date_start: "2025-01-02", date_end: "2025-04-01"}]]);
    expect.verifySteps([[1, "2025-01-02", "2025-04-01"]]);
});

test("no question where nothing breaks", async () => {
    makeLinked();
    onConsequences({follow: [], stuck: []});
    await openGantt();
    queryOne(bar(1)).focus();
    await press(["Shift", "ArrowLeft"]);
    await press("Enter");
    await animationFrame();
    expect(".modal").toHaveCount(0);
    expect(written).toHaveLength(1);
    expect.verifySteps([[1, "2024-12-31", "2025-03-30"]]);
});
