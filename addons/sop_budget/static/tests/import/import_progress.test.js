import {describe, expect, test} from "@odoo/hoot";
import {queryOne} from "@odoo/hoot-dom";
import {animationFrame, Deferred} from "@odoo/hoot-mock";
import {defineMailModels} from "@mail/../tests/mail_test_helpers";
import {
    contains,
    defineModels,
    fields,
    models,
    mountView,
    onRpc,
} from "@web/../tests/web_test_helpers";

describe.current.tags("desktop");

class SopBudgetImport extends models.Model {
    _name = "sop.budget.import";
    state = fields.Selection({
        selection: [
            ["columns", "Columns"],
            ["check", "Checking"],
            ["preview", "Preview"],
            ["write", "Importing"],
            ["done", "Result"],
        ],
    });
    row_count = fields.Integer();
}

defineMailModels();
defineModels([SopBudgetImport]);

function open(state) {
    SopBudgetImport._records = [{id: 1, state, row_count: 2500}];
    return mountView({
        type: "form",
        resModel: "sop.budget.import",
        resId: 1,
        arch: `
            <form>
                <field name="state" />
                <widget name="sop_budget_import_progress" invisible="state not in ('check', 'write')" />
            </form>`,
    });
}

function setState(env, state) {
    env["sop.budget.import"].write([1], {state});
}

test("a check moves the bar step by step and then shows the preview", async () => {
    const steps = [];
    onRpc("sop.budget.import", "check_step", async function () {
        const step = new Deferred();
        steps.push(step);
        const result = await step;
        if (result.done) {
            setState(this.env, "preview");
        }
        return result;
    });
    await open("check");
    expect(".o_sop_import_progress h2").toHaveText("Checking the rows…");
    expect(".progress-bar").toHaveClass("progress-bar-animated");
    expect(".o_sop_import_progress p").toHaveText("Reading 2,500 rows");

    steps[0].resolve({position: 0, total: 2500, done: false});
    await animationFrame();
    steps[1].resolve({position: 1000, total: 2500, done: false});
    await animationFrame();
    expect(".progress-bar").not.toHaveClass("progress-bar-animated");
    expect(queryOne(".progress-bar").style.width).toBe("40%");
    expect(".progress").toHaveAttribute("aria-valuenow", "40");
    expect(".o_sop_import_progress p").toHaveText("1,000 of 2,500");

    steps[2].resolve({position: 2500, total: 2500, done: true});
    await animationFrame();
    await animationFrame();
    expect(steps).toHaveLength(3);
    expect(".o_sop_import_progress").toHaveCount(0);
});

test("a check can be stopped", async () => {
    const step = new Deferred();
    let calls = 0;
    onRpc("sop.budget.import", "check_step", () => {
        calls++;
        return step;
    });
    onRpc("sop.budget.import", "action_back", function () {
        expect.step("back");
        setState(this.env, "columns");
        return true;
    });
    await open("check");
    await contains(".o_sop_import_progress button").click();
    await animationFrame();
    step.resolve({position: 0, total: 10, done: false});
    await animationFrame();
    expect(".o_sop_import_progress").toHaveCount(0);
    expect(calls).toBe(1);
    expect.verifySteps(["back"]);
});

test("writing is one request that can't be stopped", async () => {
    const written = new Deferred();
    onRpc("sop.budget.import", "write_step", async function () {
        expect.step("write");
        await written;
        setState(this.env, "done");
        return {done: true};
    });
    await open("write");
    expect(".o_sop_import_progress h2").toHaveText("Importing…");
    expect(".progress-bar").toHaveClass("progress-bar-animated");
    expect(".o_sop_import_progress button").toHaveCount(0);
    written.resolve();
    await animationFrame();
    await animationFrame();
    expect(".o_sop_import_progress").toHaveCount(0);
    expect.verifySteps(["write"]);
});

test("when writing fails, the preview is back and the reason is told", async () => {
    expect.errors(1);
    onRpc("sop.budget.import", "write_step", () => {
        throw new Error("disk full");
    });
    onRpc("sop.budget.import", "action_cancel_write", function () {
        expect.step("cancel");
        setState(this.env, "preview");
        return true;
    });
    await open("write");
    await animationFrame();
    await animationFrame();
    expect(".o_sop_import_progress").toHaveCount(0);
    expect.verifySteps(["cancel"]);
    expect.verifyErrors([/disk full|RPC_ERROR/]);
});
