import {beforeEach, describe, expect, test} from "@odoo/hoot";
import {click, press, queryAllTexts, queryOne} from "@odoo/hoot-dom";
import {animationFrame, runAllTimers} from "@odoo/hoot-mock";
import {defineMailModels} from "@mail/../tests/mail_test_helpers";
import {
    contains,
    defineModels,
    fields,
    getService,
    models,
    mountWithCleanup,
    onRpc,
} from "@web/../tests/web_test_helpers";
import {WebClient} from "@web/webclient/webclient";
import {makeExplanation, makeReport} from "./report_data";

describe.current.tags("desktop");

class SopBudget extends models.Model {
    _name = "sop.budget";
    name = fields.Char();
    _records = [
        {id: 7, name: "Programme"},
        {id: 8, name: "Other"},
    ];
}

defineMailModels();
defineModels([SopBudget]);

let asked;
beforeEach(() => {
    asked = [];
    onRpc("sop.budget", "get_report", ({args}) => {
        asked.push(args[0]);
        const report = makeReport();
        return {...report, options: {...report.options, ...args[0]}};
    });
    onRpc("sop.budget", "explain", ({args}) => {
        expect.step(`explain ${args[0].row} ${args[0].measure}`);
        return makeExplanation(args[0]);
    });
});

async function openReport(params = {budget_id: 7}) {
    await mountWithCleanup(WebClient);
    await getService("action").doAction({
        type: "ir.actions.client",
        tag: "sop_budget.report",
        params,
    });
    await animationFrame();
}

const names = () => queryAllTexts(".o_sop_row .o_sop_label");

test("the tree, its totals and the summary are shown", async () => {
    await openReport();
    expect(asked[0].budget_id).toBe(7);
    expect(names()).toEqual([
        "Total expenses",
        "Personnel",
        "Salaries",
        "Travel",
        "Not in any category",
        "Total income",
        "Grants",
        "Not in any category",
        "Income less spending",
    ]);
    expect(".o_sop_card[data-card=planned] .o_sop_card_value").toHaveText("$ 1,000");
    expect(".o_sop_card_pace .o_sop_card_note").toHaveText("125% of the plan is used.");
    expect(".o_sop_note:first").toHaveText("2 categories are not shown to you.");
});

test("over budget is marked by more than a colour", async () => {
    await openReport();
    const cell = "[data-key=c3] [data-measure=available]";
    expect(`${cell} .o_sop_mark`).toHaveAttribute("aria-label", "over budget");
    expect(`${cell} .o_sop_value`).toHaveText("-300.50");
    expect("[data-key=u_expense] [data-measure=utilisation] .o_sop_value").toHaveText(
        "–"
    );
});

test("a click on a name folds, a click on a figure explains", async () => {
    await openReport();
    await contains("[data-key=c1] .o_sop_name").click();
    expect(names()).not.toInclude("Travel");
    await contains("[data-key=c1] .o_sop_name").click();
    await contains("[data-key=c3] [data-measure=available]").click();
    expect.verifySteps(["explain c3 available"]);
    expect(".o_sop_explain_value").toHaveText("$ -300.50");
    expect(".o_sop_explain_parts tr").toHaveCount(3);
});

test("a part of a formula opens in turn, down to the document", async () => {
    const opened = [];
    await openReport();
    const {doAction} = getService("action");
    getService("action").doAction = (action, options) => {
        if (action.res_id) {
            opened.push([action.res_model, action.res_id]);
            return Promise.resolve();
        }
        return doAction(action, options);
    };
    await contains("[data-key=c3] [data-measure=available]").click();
    await contains(".o_sop_explain_part[data-measure=actual]").click();
    expect.verifySteps(["explain c3 available", "explain c3 actual"]);
    expect(".o_sop_explain_hidden").toHaveText("2 more documents, $ 100.00 in all");
    expect(".o_sop_explain li:contains(1 EUR)").toHaveText(
        "1 EUR = 1.08 USD, 02/03/2025 · B1"
    );
    await contains(".o_sop_explain_back").click();
    expect.verifySteps(["explain c3 available"]);
    await contains(".o_sop_explain_part[data-measure=actual]").click();
    expect.verifySteps(["explain c3 actual"]);
    await contains(".o_sop_document").click();
    expect(opened).toEqual([["account.move", 42]]);
    expect(".o_sop_explain").toHaveCount(0);
});

test("no figure, no explanation", async () => {
    await openReport();
    await contains("[data-key=u_expense] [data-measure=utilisation]").click();
    expect.verifySteps([]);
    expect(".o_sop_explain").toHaveCount(0);
});

test("the keyboard reaches everything", async () => {
    await openReport();
    queryOne("[data-key=t_expense] .o_sop_name").focus();
    await press("ArrowDown");
    await animationFrame();
    expect("[data-key=c1] .o_sop_name").toBeFocused();
    await press("ArrowLeft");
    await animationFrame();
    expect(names()).not.toInclude("Travel");
    expect("[data-key=c1]").toHaveAttribute("aria-expanded", "false");
    await press("ArrowRight");
    await animationFrame();
    expect(names()).toInclude("Travel");
    await press("ArrowRight");
    await press("ArrowRight");
    await animationFrame();
    expect("[data-key=c1] [data-measure=actual]").toBeFocused();
    await press("Enter");
    await animationFrame();
    expect.verifySteps(["explain c1 actual"]);
});

test("options are sent and remembered", async () => {
    await openReport();
    await contains(".o_sop_source").click();
    await contains(".o-dropdown--menu [data-key=external]").click();
    expect(asked.at(-1).source).toBe("external");
    await contains(".o_sop_measures").click();
    await contains(".o-dropdown--menu [data-key=variance]").click();
    expect(asked.at(-1).measures).toEqual([
        "planned",
        "actual",
        "available",
        "utilisation",
        "variance",
    ]);
    await getService("action").doAction({
        type: "ir.actions.client",
        tag: "sop_budget.report",
    });
    await animationFrame();
    expect(asked.at(-1)).toInclude(["source", "external"]);
    expect(asked.at(-1)).toInclude(["budget_id", 7]);
});

test("the last measure can't be taken away", async () => {
    await openReport();
    await contains(".o_sop_columns").click();
    const before = asked.length;
    await contains(".o-dropdown--menu [data-key=whole]").click();
    expect(asked.length).toBe(before);
});

test("a category is found by its name", async () => {
    await openReport();
    await contains(".o_sop_search input").edit("travel", {confirm: false});
    await runAllTimers();
    await animationFrame();
    expect(names()).toEqual(["Total expenses", "Personnel", "Travel"]);
    await contains(".o_sop_search input").edit("zzz", {confirm: false});
    await runAllTimers();
    await animationFrame();
    expect(".o_sop_note:contains(No category)").toHaveCount(1);
});

test("what is in no category can be assigned", async () => {
    onRpc("sop.budget", "action_assign_unassigned", ({args}) => {
        expect.step(`assign ${args[0]} ${args[1]}`);
        return {type: "ir.actions.act_window_close"};
    });
    await openReport();
    expect(".o_sop_assign").toHaveCount(1);
    await contains(".o_sop_assign").click();
    expect.verifySteps(["assign 7 u_expense"]);
});

test("a thousand rows are drawn a screen at a time", async () => {
    const row = makeReport().rows[1];
    onRpc("sop.budget", "get_report", () =>
        makeReport({
            rows: Array.from({length: 2000}, (_, i) => ({
                ...row,
                key: `c${i}`,
                name: `Category ${i}`,
                parent: null,
                level: 0,
            })),
            totals: makeReport().totals.slice(0, 1),
        })
    );
    await openReport();
    await runAllTimers();
    await animationFrame();
    expect(names().length).toBeLessThan(120);
    expect(".o_sop_report_table").toHaveAttribute("aria-rowcount", "2003");
    queryOne(".o_content").scrollTop = 1500 * 34;
    await animationFrame();
    await runAllTimers();
    await animationFrame();
    expect(names()).toInclude("Category 1490");
    expect(names().length).toBeLessThan(120);
});

test("without a budget there is a next step", async () => {
    onRpc("sop.budget", "get_report", () => ({
        budget: false,
        rows: [],
        totals: [],
        options: {},
    }));
    await openReport({});
    expect(".o_view_nocontent_smiling_face").toHaveText(
        "There is no budget to report on yet"
    );
    expect(".o_nocontent_help .btn-primary").toHaveCount(1);
    expect(".o_sop_pdf").toHaveCount(0);
});

test("a budget without categories leads to the grid", async () => {
    onRpc("sop.budget", "get_report", () =>
        makeReport({rows: [], totals: [], summary: false, chart: false})
    );
    onRpc("sop.budget", "action_open_grid", ({args}) => {
        expect.step(`grid ${args[0]}`);
        return {type: "ir.actions.act_window_close"};
    });
    await openReport();
    await click(".o_nocontent_help .btn-primary");
    await animationFrame();
    expect.verifySteps(["grid 7"]);
});
