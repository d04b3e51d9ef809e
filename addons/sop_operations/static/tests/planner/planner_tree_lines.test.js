import {describe, expect, test} from "@odoo/hoot";
import {spreadLabels} from "@sop_operations/planner/planner_links";
import {
    gatherLinks,
    isCalled,
    nearestShown,
    parentsOf,
    shownRows,
} from "@sop_operations/planner/planner_tree_lines";
import {makePlanner} from "./planner_data";

describe.current.tags("headless");

const NOTHING = new Set();
const codes = (rows) => rows.map((row) => row.code);

test("what is folded is not shown, nor what is inside of it", () => {
    const {categories} = makePlanner();
    expect([...parentsOf(categories)]).toEqual([1]);
    expect(codes(shownRows(categories, {folded: NOTHING}))).toEqual([
        "E",
        "E1",
        "E2",
        "T",
    ]);
    expect(codes(shownRows(categories, {folded: new Set([1])}))).toEqual(["E", "T"]);
});

test("what is searched is shown with what is above it, folded or not", () => {
    const {categories} = makePlanner();
    const passes = (row) => isCalled(row, "e2");
    expect(codes(shownRows(categories, {folded: new Set([1]), passes}))).toEqual([
        "E",
        "E2",
    ]);
});

test("accents and capitals do not matter for a search", () => {
    expect(isCalled({code: "É1", name: "Fête"}, " FETE ")).toBe(true);
    expect(isCalled({code: "É1", name: "Fête"}, "e1")).toBe(true);
    expect(isCalled({code: "É1", name: "Fête"}, "fetes")).toBe(false);
});

test("a link of folded rows runs from what folds them, and those with the same ends are one", () => {
    const {categories, operations} = makePlanner();
    const links = [
        {id: 1, category_id: 2, operation_id: 11, amount: 100},
        {id: 2, category_id: 3, operation_id: 12, amount: 50},
        {id: 3, category_id: 4, operation_id: 13, amount: 7},
    ];
    const shown = {category: new Set([1, 4]), operation: new Set([11, 13])};
    const found = gatherLinks(links, categories, operations, shown);
    expect(found).toEqual([
        {key: "1-11", categoryId: 1, operationId: 11, amount: 150, ids: [1, 2]},
        {key: "4-13", categoryId: 4, operationId: 13, amount: 7, ids: [3]},
    ]);
});

test("a link to what a search leaves out is not drawn", () => {
    const byId = new Map([[5, {id: 5, parent_id: false}]]);
    expect(nearestShown(5, byId, NOTHING)).toBe(undefined);
    expect(nearestShown(6, byId, new Set([6]))).toBe(undefined);
});

test("labels do not lie on each other", () => {
    const labels = [{y: 40}, {y: 10}, {y: 12}, {y: 41}];
    spreadLabels(labels, 10);
    expect(labels.map((label) => label.y)).toEqual([40, 10, 20, 50]);
});
