import {expect, queryAll, test} from "@odoo/hoot";
import {defineModels, fields, models, mountView} from "@web/../tests/web_test_helpers";
import {defineMailModels} from "@mail/../tests/mail_test_helpers";

const LABEL = "33 % better than Control, between 8 and 66";

class Arm extends models.Model {
    _name = "sop.experiment.arm";

    interval = fields.Json();

    _records = [
        {id: 1, interval: false},
        {
            id: 2,
            interval: {
                value: 33,
                low: 8,
                high: 66,
                goal: 20,
                start: -20,
                end: 80,
                label: LABEL,
            },
        },
        {
            id: 3,
            interval: {
                value: -10,
                low: null,
                high: -5,
                goal: 20,
                start: -20,
                end: 80,
                label: "worse",
            },
        },
        {
            id: 4,
            interval: {
                value: 0,
                low: -1,
                high: 1,
                goal: 0,
                start: 0,
                end: 0,
                label: "",
            },
        },
    ];
}

defineMailModels();
defineModels([Arm]);

async function mountArms() {
    await mountView({
        type: "list",
        resModel: "sop.experiment.arm",
        arch: `<list><field name="interval" widget="sop_interval"/></list>`,
    });
    return queryAll(".o_data_row").map((row) => row.querySelector(".o_sop_interval"));
}

const places = (element, name) => {
    const line = element.querySelector(`.o_sop_interval_${name}`);
    return [line.getAttribute("x1"), line.getAttribute("x2")].map(Number);
};

test("an arm without a result draws nothing", async () => {
    const [control] = await mountArms();
    expect(control).toBe(null);
});

test("whisker, value, zero and goal lie on the axis", async () => {
    const [, variant] = await mountArms();
    expect(places(variant, "whisker")).toEqual([56, 172]);
    expect(places(variant, "zero")).toEqual([40, 40]);
    expect(places(variant, "goal")).toEqual([80, 80]);
    expect(Number(variant.querySelector("rect").getAttribute("x"))).toBe(104);
    expect(variant).toHaveClass("text-success");
});

test("the words are there for everybody", async () => {
    const [, variant] = await mountArms();
    expect(variant.querySelector("svg")).toHaveAttribute("aria-label", LABEL);
    expect(variant).toHaveText(LABEL);
});

test("an end without a limit runs to the edge", async () => {
    const [, , worse, point] = await mountArms();
    expect(places(worse, "whisker")).toEqual([0, 30]);
    expect(worse).toHaveClass("text-danger");
    // An axis without length: nothing is divided by zero
    expect(places(point, "whisker")).toEqual([0, 0]);
    expect(point).toHaveClass("text-muted");
});
