import {beforeEach, describe, expect, test} from "@odoo/hoot";
import {makeMockEnv} from "@web/../tests/web_test_helpers";
import {
    ROW_BUFFER,
    ROW_HEIGHT,
    barWidth,
    buildLines,
    countLevels,
    figureMark,
    foldToLevel,
    formatFigure,
    formatMoney,
    measureName,
    rowWindow,
    searchLines,
    visibleLines,
} from "@sop_budget/report/report_rows";
import {makeReport} from "./report_data";

describe.current.tags("headless");

// Numbers and words are those of the language, which comes with the environment
beforeEach(() => makeMockEnv());

const keys = (lines) => lines.map((line) => line.key);

test("each total stands above the rows that it sums up", () => {
    const lines = buildLines(makeReport());
    expect(keys(lines)).toEqual([
        "t_expense",
        "c1",
        "c2",
        "c3",
        "u_expense",
        "t_income",
        "c9",
        "u_income",
        "t_balance",
    ]);
    expect(lines.map((line) => line.depth)).toEqual([0, 1, 2, 2, 1, 0, 1, 1, 0]);
    expect(lines.map((line) => line.expandable)).toEqual([
        true,
        true,
        false,
        false,
        false,
        true,
        false,
        false,
        false,
    ]);
    expect(countLevels(lines)).toBe(2);
});

test("levels and single rows fold", () => {
    const lines = buildLines(makeReport());
    expect(keys(visibleLines(lines, foldToLevel(lines, 0)))).toEqual([
        "t_expense",
        "t_income",
        "t_balance",
    ]);
    expect(keys(visibleLines(lines, foldToLevel(lines, 1)))).not.toInclude("c2");
    expect(keys(visibleLines(lines, foldToLevel(lines, 1)))).toInclude("u_expense");
    expect(visibleLines(lines, foldToLevel(lines, 99)).length).toBe(lines.length);
    expect(keys(visibleLines(lines, new Set(["c1"])))).toEqual([
        "t_expense",
        "c1",
        "u_expense",
        "t_income",
        "c9",
        "u_income",
        "t_balance",
    ]);
});

test("searching keeps what stands above a match", () => {
    const lines = buildLines(makeReport());
    expect(keys(searchLines(lines, " TRAV "))).toEqual(["t_expense", "c1", "c3"]);
    expect(searchLines(lines, " ")).toBe(lines);
    expect(searchLines(lines, "zzz")).toEqual([]);
});

test("only rows in sight are drawn, and a few around them", () => {
    expect(rowWindow(0, 10 * ROW_HEIGHT, 2000)).toEqual({
        start: 0,
        end: 10 + ROW_BUFFER,
    });
    expect(rowWindow(100 * ROW_HEIGHT, 10 * ROW_HEIGHT, 2000)).toEqual({
        start: 100 - ROW_BUFFER,
        end: 110 + ROW_BUFFER,
    });
    expect(rowWindow(-300, 200, 2000).start).toBe(0);
    expect(rowWindow(-3000, 200, 2000)).toEqual({start: 0, end: 0});
    expect(rowWindow(0, 400, 3)).toEqual({start: 0, end: 3});
});

test("no figure is a dash, not a zero", () => {
    expect(formatFigure(null, "percent", 2)).toBe("–");
    expect(formatFigure(0, "money", 2)).toBe("0.00");
    expect(formatFigure(1234.5, "money", 2)).toBe("1,234.50");
    expect(formatFigure(1234.5, "money", 0)).toBe("1,235");
    expect(formatFigure(0.2834, "percent", 2)).toBe("28.3%");
    expect(formatFigure(4.25, "months", 2)).toBe("4.3");
});

test("money carries its symbol where its currency puts it", () => {
    const dollar = {symbol: "$", position: "before", digits: 2};
    expect(formatMoney(-5, dollar)).toBe("$\u00a0-5.00");
    expect(formatMoney(5, {...dollar, position: "after"}, 0)).toBe("5\u00a0$");
    expect(formatMoney(null, dollar)).toBe("–");
});

test("marks say more than colour, and read right for each kind", () => {
    const expense = {kind: "expense", type: "category"};
    const income = {kind: "income", type: "category"};
    expect(`${figureMark(expense, "available", -1).text}`).toBe("over budget");
    expect(figureMark(expense, "available", 1)).toBe(null);
    expect(figureMark(income, "available", -1)).toBe(null);
    expect(figureMark(expense, "variance", -1).level).toBe("over");
    expect(`${figureMark(income, "variance", 1).text}`).toBe("favourable");
    expect(figureMark(expense, "variance", 0)).toBe(null);
    expect(figureMark(expense, "utilisation", 1.01).level).toBe("over");
    expect(figureMark(expense, "utilisation", 0.8).level).toBe("watch");
    expect(figureMark(expense, "utilisation", 0.79)).toBe(null);
    expect(figureMark(income, "utilisation", 1.01).level).toBe("good");
    expect(figureMark(expense, "utilisation", null)).toBe(null);
    expect(figureMark(expense, "planned", -1)).toBe(null);
    expect(figureMark({...expense, type: "unassigned"}, "available", -1)).toBe(null);
});

test("bars stay between nothing and full", () => {
    expect(barWidth(-1)).toBe(0);
    expect(barWidth(0.3333)).toBe(33.3);
    expect(barWidth(7)).toBe(100);
    expect(barWidth(null)).toBe(0);
});

test("a measure is called as its kind calls it", () => {
    const measure = {name: "Available", names: {income: "Still to come"}};
    expect(measureName(measure, "income")).toBe("Still to come");
    expect(measureName(measure, "expense")).toBe("Available");
});
