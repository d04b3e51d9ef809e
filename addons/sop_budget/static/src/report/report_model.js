import {browser} from "@web/core/browser/browser";
import {user} from "@web/core/user";
import {KeepLast} from "@web/core/utils/concurrency";
import {
    buildLines,
    countLevels,
    foldToLevel,
    searchLines,
    visibleLines,
} from "./report_rows";

const STORAGE_KEY = "sop_budget.report";
/** What is remembered from one visit to the next; the day of the report is always today. */
const REMEMBERED = [
    "columns",
    "measures",
    "source",
    "period",
    "compare",
    "compare_budget_id",
];

/**
 * The state of the report screen: options, what the server answered, and what is folded.
 *
 * @param {Object} orm
 * @param {Object} [options] given by the action; they win over what is remembered
 */
export class BudgetReportModel {
    constructor(orm, options = {}) {
        this.orm = orm;
        this.keepLast = new KeepLast();
        this.given = options;
        this.options = {};
        this.data = null;
        this.lines = [];
        this.folded = new Set();
        this.searchText = "";
        this.view = {cents: true, level: 2, chart: true};
    }

    // Loading ----------------------------------------------------------------

    async start() {
        const memory = this.recall();
        Object.assign(this.view, memory.view || {});
        const remembered = memory.budgets?.[this.given.budget_id || memory.last] || {};
        const options = {...remembered, ...this.given};
        if (!options.budget_id && memory.last) {
            options.budget_id = memory.last;
            options.budget_optional = true;
        }
        await this.load(options);
    }

    async load(options) {
        const data = await this.keepLast.add(
            this.orm.call("sop.budget", "get_report", [{...this.options, ...options}])
        );
        const other = data.budget?.id !== this.data?.budget?.id;
        this.data = data;
        this.options = data.options || {};
        this.lines = data.rows ? buildLines(data) : [];
        if (other) {
            this.searchText = "";
            this.setLevel(Math.min(this.view.level, this.levels || 1));
        }
        this.remember();
    }

    /** Load again with some options changed. */
    async update(changes) {
        await this.load(changes);
    }

    async openBudget(budgetId) {
        const remembered = this.recall().budgets?.[budgetId] || {};
        this.options = {};
        await this.load({...remembered, budget_id: budgetId});
    }

    // What is shown ------------------------------------------------------------

    get levels() {
        return countLevels(this.lines);
    }

    get shownLines() {
        if (this.searchText) {
            return searchLines(this.lines, this.searchText);
        }
        return visibleLines(this.lines, this.folded);
    }

    get digits() {
        return this.view.cents ? this.data.currency.digits : 0;
    }

    setLevel(level) {
        this.view.level = level;
        this.folded = foldToLevel(this.lines, level);
        this.remember();
    }

    toggle(key, fold = !this.folded.has(key)) {
        this.folded[fold ? "add" : "delete"](key);
    }

    setView(changes) {
        Object.assign(this.view, changes);
        this.remember();
    }

    // What explains a figure ---------------------------------------------------

    /**
     * Options of `explain` for a figure of the table.
     *
     * @param {Object} line
     * @param {Object} column
     * @param {string} measure
     */
    figureOptions(line, column, measure) {
        const {budget_id, source, as_of, compare, compare_budget_id} = this.options;
        return {
            budget_id,
            source,
            as_of,
            compare,
            compare_budget_id,
            measure,
            row: line.key,
            date_from: column.date_from,
            date_to: column.date_to,
        };
    }

    // Memory -------------------------------------------------------------------

    get storageKey() {
        return `${STORAGE_KEY}.${user.userId}`;
    }

    recall() {
        try {
            return JSON.parse(browser.localStorage.getItem(this.storageKey)) || {};
        } catch {
            return {};
        }
    }

    remember() {
        const budgetId = this.data?.budget?.id;
        if (!budgetId) {
            return;
        }
        const memory = this.recall();
        const options = Object.fromEntries(
            REMEMBERED.filter((key) => key in this.options).map((key) => [
                key,
                this.options[key],
            ])
        );
        memory.budgets = {...memory.budgets, [budgetId]: options};
        memory.last = budgetId;
        memory.view = this.view;
        browser.localStorage.setItem(this.storageKey, JSON.stringify(memory));
    }
}
