import {describe, expect, test} from "@odoo/hoot";
import {queryAllTexts} from "@odoo/hoot-dom";
import {animationFrame} from "@odoo/hoot-mock";
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

describe.current.tags("desktop");

class SopBudget extends models.Model {
    _name = "sop.budget";
    name = fields.Char();
    _records = [{id: 7, name: "Programme"}];
}

defineMailModels();
defineModels([SopBudget]);

const account = (id, ledger, categories, unassigned, difference = 0) => ({
    id,
    code: `60${id}`,
    name: `Account ${id}`,
    ledger,
    categories,
    unassigned,
    difference,
});

function answer(accounts, ties) {
    const sum = (key) => accounts.reduce((total, one) => total + one[key], 0);
    onRpc("sop.budget", "get_tie_out", () => ({
        budget: {id: 7, name: "Programme", company: {id: 1, name: "Our Company"}},
        currency: {symbol: "$", position: "before", digits: 2},
        period: "2025",
        title: "Tie-out",
        accounts,
        totals: {
            ledger: sum("ledger"),
            categories: sum("categories"),
            unassigned: sum("unassigned"),
            difference: sum("difference"),
        },
        ties,
        verdict: ties ? "Nothing is lost." : "1 accounts differ.",
        notes: [],
    }));
}

async function openTieOut() {
    await mountWithCleanup(WebClient);
    await getService("action").doAction({
        type: "ir.actions.client",
        tag: "sop_budget.tie_out",
        params: {budget_id: 7},
    });
    await animationFrame();
}

test("a budget that ties out says so", async () => {
    answer([account(1, 100, 80, 20), account(2, 50, 50, 0)], true);
    await openTieOut();
    expect(".o_sop_verdict").toHaveClass("alert-success");
    expect(".o_sop_verdict strong").toHaveText("Difference $ 0.00");
    expect(queryAllTexts(".o_sop_total .o_sop_figure")).toEqual([
        "150.00",
        "130.00",
        "20.00",
        "0.00",
    ]);
});

test("what differs is named", async () => {
    answer([account(1, 100, 80, 10, 10), account(2, 50, 50, 0)], false);
    await openTieOut();
    expect(".o_sop_verdict").toHaveClass("alert-danger");
    expect(".o_sop_differs .o_sop_label").toHaveText("Account 1");
    expect(".o_sop_differs .o_sop_mark").toHaveAttribute("aria-label", "differs");
    await contains("input[type=checkbox]").click();
    expect(queryAllTexts(".o_sop_row .o_sop_label")).toEqual(["Account 1"]);
});

test("a figure opens its items", async () => {
    onRpc("sop.budget", "action_open_tie_out", ({args}) => {
        expect.step(args.join(" "));
        return {type: "ir.actions.act_window_close"};
    });
    answer([account(1, 100, 80, 20)], true);
    await openTieOut();
    await contains("[data-part=unassigned]").click();
    expect.verifySteps(["7 1 unassigned"]);
});
