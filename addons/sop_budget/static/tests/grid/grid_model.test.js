import {describe, expect, test} from "@odoo/hoot";

import {formatBlock, parseBlock} from "@sop_budget/grid/grid_clipboard";
import {GridHistory} from "@sop_budget/grid/grid_history";
import {readKey} from "@sop_budget/grid/grid_keys";
import {GridModel} from "@sop_budget/grid/grid_model";
import {
    copyBlock,
    planClear,
    planFill,
    planFillAll,
    planPaste,
    planText,
} from "@sop_budget/grid/grid_plans";

import {
    APR,
    FEB,
    JAN,
    LOCALE,
    makeBigGrid,
    makeGrid,
    makeRow,
    MAR,
    MONTHS,
} from "./grid_data";
import {GRID_VECTORS} from "./grid_vectors";

describe.current.tags("headless");

function makeModel(data = makeGrid(), options = {}) {
    return new GridModel(data, {locale: LOCALE, ...options});
}

const codes = (model) => model.visible.map(({code}) => code);
const sumsOf = (model, id) => model.row(id).sums;

describe("sums", () => {
    test("vectors", () => {
        for (const {cells, parent, total} of GRID_VECTORS.sums) {
            const rows = cells.map((amounts, at) =>
                makeRow({id: at + 2, code: `A${at}`, parent_id: 1, amounts})
            );
            const data = {...makeGrid(), months: MONTHS.slice(0, 2)};
            const model = makeModel({
                ...data,
                rows: [makeRow({id: 1, code: "A"}), ...rows],
            });
            const sums = sumsOf(model, 1).map((units) =>
                units === null ? null : units / 100
            );
            expect(sums).toEqual([...parent, total]);
        }
    });

    test("parents and totals add up, nothing planned stays empty", () => {
        const model = makeModel();
        expect(sumsOf(model, 1)).toEqual([4000, 2000, null, null, 6000]);
        expect(sumsOf(model, 4)).toEqual([500, 500, null, null, 1000]);
        expect(sumsOf(model, "total:expense")).toEqual([4500, 2500, null, null, 7000]);
        expect(model.footerRows).toHaveLength(1);
    });

    test("an edit reaches every total above it", () => {
        const model = makeModel();
        model.apply([{row: 2, field: MAR, after: 1234}]);
        expect(sumsOf(model, 2)[4]).toBe(4234);
        expect(sumsOf(model, 1)).toEqual([4000, 2000, 1234, null, 7234]);
        expect(sumsOf(model, "total:expense")[4]).toBe(8234);
        model.apply([{row: 2, field: MAR, after: null}]);
        expect(sumsOf(model, 1)[2]).toBe(null);
    });

    test("many edits at once and one by one give the same sums", () => {
        const [one, all] = [
            makeModel(makeBigGrid(3, 20)),
            makeModel(makeBigGrid(3, 20)),
        ];
        const changes = one.rows
            .filter((row) => row.leaf)
            .map((row, at) => ({
                row: row.id,
                field: MONTHS[at % 4].key,
                after: at * 7,
            }));
        changes.forEach((change) => one.apply([change]));
        all.apply(changes);
        expect(one.rows.map((row) => row.sums)).toEqual(
            all.rows.map((row) => row.sums)
        );
        expect(sumsOf(one, "total:expense")).toEqual(sumsOf(all, "total:expense"));
    });

    test("cents never get lost in sums", () => {
        const data = makeGrid();
        data.rows = [makeRow({id: 1, code: "A"})];
        for (let at = 0; at < 1000; at++) {
            data.rows.push(
                makeRow({
                    id: at + 10,
                    code: `A${at}`,
                    parent_id: 1,
                    amounts: [0.1, 0.2, 0.7, 1e9],
                })
            );
        }
        expect(sumsOf(makeModel(data), 1)).toEqual([
            10000,
            20000,
            70000,
            1e14,
            1e14 + 100000,
        ]);
    });

    test("internal and external money", () => {
        const model = makeModel();
        model.setSource("internal");
        expect(codes(model)).toEqual(["P", "P1", "P2"]);
        expect(sumsOf(model, "total:expense")[4]).toBe(6000);
        model.setSource("external");
        expect(codes(model)).toEqual(["E", "E1"]);
        expect(sumsOf(model, "total:expense")[4]).toBe(1000);
        model.apply([{row: 2, field: JAN, after: 99999}]);
        expect(sumsOf(model, "total:expense")[4]).toBe(1000);
        model.setSource("all");
        expect(sumsOf(model, "total:expense")[0]).toBe(103499);
    });

    test("income and expense end in a result", () => {
        const data = makeGrid();
        data.rows.push(
            makeRow({id: 8, code: "I", kind: "income", leaf: true, amounts: [100]})
        );
        const model = makeModel(data);
        expect(model.footerRows.map(({id}) => id)).toEqual([
            "total:expense",
            "total:income",
            "total:result",
        ]);
        expect(sumsOf(model, "total:result")).toEqual([5500, -2500, null, null, 3000]);
        model.apply([{row: 8, field: FEB, after: 2500}]);
        expect(sumsOf(model, "total:result")[1]).toBe(0);
    });

    test("over budget: spending above the plan, never income", () => {
        const model = makeModel();
        expect(model.over(model.row(3), 0)).toBe(1500);
        expect(model.over(model.row(1), 0)).toBe(500);
        expect(model.over(model.row(2), 0)).toBe(0);
        model.row(3).kind = "income";
        expect(model.over(model.row(3), 0)).toBe(0);
    });

    test("decimals are shown once there are some", () => {
        const model = makeModel();
        expect(model.format(123400)).toBe("1,234");
        model.apply([{row: 2, field: JAN, after: 1050}]);
        expect(model.format(123400)).toBe("1,234.00");
    });
});

describe("rows", () => {
    test("fold, unfold, remember", () => {
        const model = makeModel(makeGrid(), {collapsed: [1]});
        expect(codes(model)).toEqual(["P", "E", "E1"]);
        model.toggle(model.row(1));
        expect(codes(model)).toEqual(["P", "P1", "P2", "E", "E1"]);
        model.toggleAll(false);
        expect([...model.collapsed]).toEqual([1, 4]);
        expect(codes(model)).toEqual(["P", "E"]);
    });

    test("search finds names and codes without accents, and what is around them", () => {
        const model = makeModel(makeGrid(), {collapsed: [1, 4]});
        model.setSearch("ETE");
        expect(codes(model)).toEqual(["E", "E1"]);
        model.setSearch("personnel");
        expect(codes(model)).toEqual(["P", "P1", "P2"]);
        model.setSearch("p2 dev");
        expect(codes(model)).toEqual(["P", "P2"]);
        model.setSearch("nobody");
        expect(codes(model)).toEqual([]);
        model.setSearch("");
        expect(codes(model)).toEqual(["P", "E"]);
    });

    test("places to move to", () => {
        const model = makeModel();
        const [people, lead, dev, events] = [1, 2, 3, 4].map((id) => model.row(id));
        expect(model.planMove(people, "up")).toBe(null);
        expect(model.planMove(people, "down")).toEqual({
            parentId: false,
            beforeId: false,
        });
        expect(model.planMove(dev, "up")).toEqual({parentId: 1, beforeId: 2});
        expect(model.planMove(dev, "in")).toEqual({parentId: 2, beforeId: false});
        expect(model.planMove(lead, "in")).toBe(null);
        expect(model.planMove(lead, "out")).toEqual({parentId: false, beforeId: 4});
        expect(model.planMove(events, "out")).toBe(null);
        expect(model.isBelow(dev, people)).toBe(true);
        expect(model.isBelow(people, dev)).toBe(false);
    });

    test("held goes down the tree", () => {
        const model = makeModel();
        model.apply([{row: 1, field: "held", after: true}]);
        expect(model.row(2).heldByParent).toBe(true);
        expect(model.row(5).heldByParent).toBe(false);
    });
});

describe("selection", () => {
    test("moves and stays inside", () => {
        const {selection, ...model} = makeModel();
        selection.set({row: 1, column: JAN});
        selection.move(1, 1);
        expect(selection.head).toEqual({row: 2, column: FEB});
        selection.move(-Infinity, -Infinity);
        expect(selection.head).toEqual({row: 1, column: "code"});
        selection.move(Infinity, Infinity);
        expect(selection.head).toEqual({row: "total:expense", column: "total"});
        expect(model.rows).toHaveLength(5);
    });

    test("extends, knows its cells and sums them up", () => {
        const {selection} = makeModel();
        selection.set({row: 2, column: JAN});
        selection.move(1, 1, {extend: true});
        expect(selection.range).toEqual({top: 1, bottom: 2, left: 2, right: 3});
        expect(selection.isBlock).toBe(true);
        expect(selection.has({row: 3, column: JAN})).toBe(true);
        expect(selection.has({row: 1, column: JAN})).toBe(false);
        expect(selection.sum).toEqual({sum: 6000, count: 3});
        expect(selection.rows.map(({code}) => code)).toEqual(["P1", "P2"]);
    });

    test("Tab runs through the rows and ends at the ends", () => {
        const {selection} = makeModel();
        selection.set({row: 2, column: "total"});
        expect(selection.tab(1)).toBe(true);
        expect(selection.head).toEqual({row: 3, column: "name"});
        selection.set({row: 1, column: "code"});
        expect(selection.tab(-1)).toBe(false);
        selection.set({row: "total:expense", column: "total"});
        expect(selection.tab(1)).toBe(false);
    });

    test("goes to what is still seen", () => {
        const model = makeModel();
        model.selection.set({row: 3, column: FEB});
        model.toggle(model.row(1), false);
        expect(model.selection.head).toEqual({row: 1, column: FEB});
        model.selection.set({row: 5, column: FEB});
        const data = makeGrid();
        data.rows.pop();
        model.load(data);
        expect(model.selection.head.row).toBe(4);
        model.setSmall(true);
        model.selection.set({row: 4, column: "name"});
        expect(model.columns[0].key).toBe("name");
    });
});

describe("plans", () => {
    test("typing", () => {
        const model = makeModel();
        const [row, jan, name, code] = [
            model.row(2),
            ...[JAN, "name", "code"].map((k) => model.column(k)),
        ];
        expect(planText(model, row, jan, "=2*8")).toEqual({
            row: 2,
            field: JAN,
            before: 1000,
            after: 1600,
        });
        expect(planText(model, row, jan, "10.00")).toBe(null);
        expect(planText(model, row, jan, "").after).toBe(null);
        expect(planText(model, row, name, "  Team   boss ").after).toBe("Team boss");
        expect(planText(model, row, name, " ")).toBe(null);
        expect(planText(model, row, code, "")).toBe(null);
    });

    test("paste a block; totals are left out, wrong numbers are named", () => {
        const model = makeModel();
        model.selection.set({row: 2, column: MAR});
        const plan = planPaste(model, parseBlock("1.5\t2\t9\n3\tx\n5\t6\n7\t8\n"));
        expect(plan.changes.map(({row, field, after}) => [row, field, after])).toEqual([
            [2, MAR, 150],
            [2, APR, 200],
            [3, MAR, 300],
            [5, MAR, 700],
            [5, APR, 800],
        ]);
        expect(plan.wrong.map(({text}) => text)).toEqual(["x"]);
        expect(plan.skipped).toBe(3);
        expect(plan.outside).toBe(0);
    });

    test("paste beyond the end is counted", () => {
        const model = makeModel();
        model.selection.set({row: 5, column: APR});
        const plan = planPaste(model, parseBlock("1\t2\t3\n4"));
        expect([plan.changes.length, plan.skipped, plan.outside]).toEqual([1, 1, 2]);
    });

    test("one value fills the selection, a block repeats into it", () => {
        const model = makeModel();
        model.selection.set({row: 2, column: JAN}, {row: 3, column: APR});
        expect(planPaste(model, [["7"]]).changes).toHaveLength(8);
        const plan = planPaste(model, [["1", "2"]]);
        expect(plan.changes.map(({after}) => after)).toEqual([
            100, 200, 100, 200, 100, 200, 100, 200,
        ]);
    });

    test("copy reads back as the same block", () => {
        const model = makeModel();
        model.selection.set({row: 1, column: "code"}, {row: 3, column: FEB});
        const text = formatBlock(copyBlock(model));
        expect(text).toBe(
            "P\tPersonnel\t40\t20\nP1\tTeam lead\t10\t20\nP2\tDeveloper\t30\t"
        );
        expect(planPaste(model, parseBlock(text)).changes).toHaveLength(0);
    });

    test("clear, fill all, right and down", () => {
        const model = makeModel();
        model.selection.set({row: 1, column: JAN}, {row: 3, column: FEB});
        expect(planClear(model).map(({row, field}) => [row, field])).toEqual([
            [2, JAN],
            [2, FEB],
            [3, JAN],
        ]);
        expect(planFillAll(model, 100)).toHaveLength(4);
        model.selection.set({row: 2, column: JAN});
        expect(
            planFill(model, "right").map(({field, after}) => [field, after])
        ).toEqual([
            [FEB, 1000],
            [MAR, 1000],
            [APR, 1000],
        ]);
        model.selection.set({row: 2, column: FEB}, {row: 3, column: FEB});
        expect(planFill(model, "down")).toEqual([
            {row: 3, field: FEB, before: null, after: 2000},
        ]);
        model.selection.set({row: 3, column: FEB});
        expect(planFill(model, "down")[0].after).toBe(2000);
    });

    test("nothing can be changed in a budget that is closed", () => {
        const model = makeModel(makeGrid({editable: false}));
        model.selection.set({row: 2, column: JAN}, {row: 3, column: FEB});
        expect(planClear(model)).toEqual([]);
        expect(planPaste(model, [["1"]]).skipped).toBe(4);
        expect(model.access(model.row(1), model.column("total"))).toBe(false);
    });

    test("what may be done with a cell", () => {
        const model = makeModel();
        const access = (id, key) => model.access(model.row(id), model.column(key));
        expect(access(2, JAN)).toBe("write");
        expect(access(2, "total")).toBe("spread");
        expect(access(1, JAN)).toBe("spread");
        expect(access(1, "name")).toBe("write");
        expect(access("total:expense", JAN)).toBe("spread");
        expect(access("total:expense", "name")).toBe(false);
    });
});

describe("clipboard", () => {
    test("what Excel and Sheets write", () => {
        expect(parseBlock("a\tb\r\nc\td\r\n")).toEqual([
            ["a", "b"],
            ["c", "d"],
        ]);
        expect(parseBlock('"a\nb"\t"say ""hi"""\n1')).toEqual([
            ["a\nb", 'say "hi"'],
            ["1", ""],
        ]);
        expect(parseBlock('5" pipe\t"open')).toEqual([['5" pipe', '"open']]);
        expect(parseBlock("")).toEqual([[""]]);
    });
});

describe("history", () => {
    test("undo and redo turn changes round", () => {
        const history = new GridHistory();
        const change = {row: 1, field: JAN, before: 1, after: 2};
        history.push([change]);
        expect(history.undo()).toEqual([{row: 1, field: JAN, before: 2, after: 1}]);
        expect(history.canUndo).toBe(false);
        expect(history.redo()).toEqual([change]);
        history.undo();
        history.push([change]);
        expect(history.canRedo).toBe(false);
        history.keep(() => false);
        expect(history.undo()).toEqual([]);
        expect(history.redo()).toEqual([]);
    });

    test("keeps the last two hundred", () => {
        const history = new GridHistory();
        for (let at = 0; at < 250; at++) {
            history.push([{row: at, field: JAN, before: 0, after: 1}]);
        }
        expect(history.done).toHaveLength(200);
        expect(history.undo()[0].row).toBe(249);
    });
});

describe("keys", () => {
    const key = (name, options = {}, context = {page: 10}) =>
        readKey({key: name, ...options}, context);

    test("what keys do", () => {
        expect(key("ArrowRight")).toMatchObject({action: "move", across: 1});
        expect(key("ArrowRight", {}, {page: 1, rtl: true})).toMatchObject({across: -1});
        expect(key("PageDown")).toMatchObject({down: 10});
        expect(key("Home", {ctrlKey: true})).toMatchObject({down: -Infinity});
        expect(key("ArrowDown", {shiftKey: true})).toMatchObject({extend: true});
        expect(key("Tab", {shiftKey: true})).toMatchObject({action: "tab", step: -1});
        expect(key("z", {ctrlKey: true})).toMatchObject({action: "undo"});
        expect(key("Z", {metaKey: true, shiftKey: true})).toMatchObject({
            action: "redo",
        });
        expect(key("y", {ctrlKey: true})).toMatchObject({action: "redo"});
        expect(key("r", {ctrlKey: true})).toMatchObject({
            action: "fill",
            direction: "right",
        });
        expect(key("7")).toEqual({action: "type", text: "7"});
        expect(key("=")).toEqual({action: "type", text: "="});
        expect(key("Process")).toEqual({action: "type", text: ""});
        expect(key("ArrowUp", {altKey: true, shiftKey: true})).toEqual({
            action: "moveRow",
            direction: "up",
        });
    });

    test("keys that belong to the browser", () => {
        for (const [name, options] of [
            ["Shift", {}],
            ["c", {ctrlKey: true}],
            ["v", {ctrlKey: true}],
            ["r", {ctrlKey: true, shiftKey: true}],
            ["Tab", {ctrlKey: true}],
            ["ArrowLeft", {altKey: true}],
            ["F5", {}],
        ]) {
            expect(key(name, options)).toBe(null, {message: name});
        }
    });
});
