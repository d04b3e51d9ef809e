import {
    beforeEach,
    describe,
    expect,
    manuallyDispatchProgrammaticEvent,
    test,
} from "@odoo/hoot";
import {queryAllTexts, queryOne} from "@odoo/hoot-dom";
import {advanceTime, animationFrame} from "@odoo/hoot-mock";
import {defineMailModels} from "@mail/../tests/mail_test_helpers";
import {
    contains,
    defineModels,
    getService,
    models,
    mountWithCleanup,
    onRpc,
} from "@web/../tests/web_test_helpers";
import {WebClient} from "@web/webclient/webclient";
import {makeCard, makeDashboard} from "./dashboard_data";

describe.current.tags("desktop");

class Operation extends models.Model {
    _name = "sop.operation";
}

defineMailModels();
defineModels([Operation]);

const card = (id) => `.o_sop_op_card[data-id='${id}']`;
const counter = (key) => `.o_sop_counter[data-counter='${key}']`;

let asked;
let answer;
beforeEach(() => {
    asked = [];
    answer = makeDashboard();
    onRpc("sop.operation", "get_dashboard", ({args}) => {
        asked.push(args[0]);
        return {...answer, options: {...answer.options, ...args[0]}};
    });
});

async function openDashboard() {
    await mountWithCleanup(WebClient);
    await getService("action").doAction({
        type: "ir.actions.client",
        tag: "sop_operations.dashboard",
    });
    await animationFrame();
}

test("eight on track and four at risk are twelve active ones", async () => {
    await openDashboard();
    expect(`${counter("active")} b`).toHaveText("12");
    expect(`${counter("on_track")} b`).toHaveText("8");
    expect(`${counter("at_risk")} b`).toHaveText("4");
    expect(`${counter("completed")} b`).toHaveText("4");
    expect(counter("unrated")).toHaveCount(0);
    expect(`${counter("at_risk")} .fa-exclamation-triangle`).toHaveCount(1);
});

test("a card shows time, money and KPIs", async () => {
    await openDashboard();
    expect(queryAllTexts(`${card(1)} .o_sop_percent_label`)).toEqual([
        "Time",
        "Money",
        "KPIs",
    ]);
    expect(queryAllTexts(`${card(1)} .o_sop_percent_value`)).toEqual([
        "75%",
        "80%",
        "107%",
    ]);
    expect(queryAllTexts(`${card(1)} .o_sop_percent_text`)).toEqual([
        "Week 6 of 8",
        "$ 12,000 of $ 15,000",
        "",
    ]);
    expect(`${card(1)} [data-health='at_risk']`).toHaveText("At Risk");
    expect(`${card(1)} .o_sop_op_reason`).toHaveText("A milestone is late.");
    expect(`${card(1)} footer`).toHaveText(/Judging\s*\(in 2 days\)/);
    expect(`${card(1)} .o_sop_op_blockers`).toHaveText("1 blocker");
});

test("a bar ends at 100 where the figure goes on", async () => {
    await openDashboard();
    const fill = queryOne(`${card(1)} .o_sop_percent_bar:eq(2) .o_sop_percent_fill`);
    expect(fill.style.width).toBe("100%");
    const bar = `${card(1)} .o_sop_percent_bar:eq(2) [role=progressbar]`;
    expect(bar).toHaveAttribute("aria-valuenow", "100");
    expect(bar).toHaveAttribute("aria-valuetext", /107%/);
});

test("no data is not zero", async () => {
    await openDashboard();
    expect(queryAllTexts(`${card(2)} .o_sop_percent_value`)).toEqual(["75%", "–", "–"]);
    expect(`${card(2)} .o_sop_percent_bar:eq(1) .o_sop_percent_text`).toHaveText(
        "$ 0, organic"
    );
    expect(`${card(1)} .o_sop_op_kpis li:eq(1)`).toHaveText(/No data yet/);
    expect(`${card(1)} .o_sop_op_kpis li:eq(1) [aria-label='No Data']`).toHaveCount(1);
    expect(`${card(1)} .o_sop_op_kpis li:last`).toHaveText("2 more");
});

test("a counter chooses, chosen twice it shows everything again", async () => {
    await openDashboard();
    await contains(counter("at_risk")).click();
    expect(asked.at(-1).healths).toEqual(["at_risk"]);
    expect(counter("at_risk")).toHaveAttribute("aria-pressed", "true");
    await contains(counter("at_risk")).click();
    expect(asked.at(-1).healths).toEqual([]);
    await contains(counter("active")).click();
    expect(asked.at(-1).states).toEqual(["in_progress"]);
});

test("filters and order", async () => {
    await openDashboard();
    await contains(".o_sop_dash_user").select("2");
    expect(asked.at(-1).user_ids).toEqual([2]);
    await contains(".o_sop_dash_tag").select("5");
    expect(asked.at(-1).tag_ids).toEqual([5]);
    await contains(".o_sop_dash_budget").select("7");
    expect(asked.at(-1).budget_id).toBe(7);
    await contains(".o_sop_dash_sort").select("kpi");
    expect(asked.at(-1).sort).toBe("kpi");
    await contains(".o_sop_dash_period").select("custom");
    const from = queryOne("input[type=date]:first");
    from.value = "2025-02-01";
    await manuallyDispatchProgrammaticEvent(from, "change");
    await animationFrame();
    expect(asked.at(-1).date_from).toBe("2025-02-01");
    await contains(".o_sop_dash_search").edit("fair", {confirm: false});
    await advanceTime(300);
    expect(asked.at(-1).search).toBe("fair");
    await contains(".o_sop_dash_clear").click();
    expect(asked.at(-1).user_ids).toEqual([]);
    expect(asked.at(-1).sort).toBe("kpi");
});

test("the next page follows the first", async () => {
    answer = makeDashboard({cards: [makeCard(1, "ONE")], count: 2});
    await openDashboard();
    expect(".o_sop_dash_more").toHaveText("Show more (1 of 2)");
    answer = makeDashboard({cards: [makeCard(2, "TWO")], count: 2});
    await contains(".o_sop_dash_more").click();
    expect(asked.at(-1).offset).toBe(1);
    expect(".o_sop_op_card").toHaveCount(2);
    expect(".o_sop_dash_more").toHaveCount(0);
});

test("what waits opens as a list, a card as a form", async () => {
    await openDashboard();
    const opened = [];
    getService("action").doAction = (action) => opened.push(action);
    await contains("[data-sign='late_kpis']").click();
    await contains(`${card(1)} .o_sop_op_title a`).click();
    await contains(`${card(1)} .o_sop_op_kpis button:first`).click();
    expect(opened.map((action) => [action.res_model, action.res_id])).toEqual([
        ["sop.kpi", undefined],
        ["sop.operation", 1],
        ["sop.kpi", 31],
    ]);
    expect("[data-sign='missed_milestones']").toHaveCount(0);
});

test("nothing is like this", async () => {
    answer = makeDashboard({cards: []});
    await openDashboard();
    expect(".o_sop_dash_none").toHaveText(/No operation is like this/);
});

test("the first step is said when there is nothing", async () => {
    answer = makeDashboard({cards: [], is_empty: true, can_create: false});
    await openDashboard();
    expect(".o_nocontent_help").toHaveText(/No operations yet/);
    expect(".o_nocontent_help").toHaveText(/Ask somebody who plans operations/);
    expect(".o_sop_dash_new").toHaveCount(0);
});
