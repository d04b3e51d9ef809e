import {browser} from "@web/core/browser/browser";
import {user} from "@web/core/user";
import {KeepLast} from "@web/core/utils/concurrency";
import {gatherLinks, isCalled, parentsOf, shownRows} from "./planner_tree_lines";

const STORAGE_KEY = "sop_operations.planner";
const LIMIT = 100;
const FUNDING = "sop.operation.funding";
/** So many categories are shown unfolded at first. */
const MANY = 60;

/**
 * What is shown and chosen in the planner, and what was done, to undo it.
 *
 * A step of the history names the link by its two ends, which stay the same when a link that was
 * taken away is made again.
 *
 * @typedef {{amount: number, note: string}} LinkValues
 * @typedef {{operationId: number, categoryId: number, before: LinkValues|null,
 *            after: LinkValues|null}} Step
 */
export class PlannerModel {
    constructor(orm, options = {}) {
        this.orm = orm;
        this.keepLast = new KeepLast();
        this.given = options;
        this.data = null;
        this.folded = {category: new Set(), operation: new Set()};
        this.searchText = {category: "", operation: ""};
        /** Only what has no link yet. */
        this.onlyLoose = {category: false, operation: false};
        this.selected = null;
        this.source = null;
        this.dragged = null;
        this.done = [];
        this.undone = [];
    }

    // Loading ----------------------------------------------------------------

    async start() {
        const options = {...this.given};
        if (!options.budget_id) {
            const last = this.recall();
            Object.assign(options, last && {budget_id: last, budget_optional: true});
        }
        await this.load(options);
        const {category_id: id} = this.given;
        if (id && this.find("category", id)) {
            this.select("category", id);
        }
    }

    async load(options = {}) {
        const budget_id = this.data?.budget?.id;
        const data = await this.keepLast.add(
            this.orm.call("sop.operation", "get_planner", [{budget_id, ...options}])
        );
        const isOther = !this.data || data.budget?.id !== this.data.budget?.id;
        this.data = data;
        this.byId = {
            category: new Map(data.categories.map((row) => [row.id, row])),
            operation: new Map(data.operations.map((row) => [row.id, row])),
        };
        this.parents = {
            category: parentsOf(data.categories),
            operation: parentsOf(data.operations),
        };
        if (isOther) {
            this.forget();
        }
        for (const name of ["selected", "source"]) {
            if (this[name] && !this.find(this[name].side, this[name].id)) {
                this[name] = null;
            }
        }
        this.remember();
    }

    /** Another budget: nothing is chosen in it yet. */
    forget() {
        this.done = [];
        this.undone = [];
        this.selected = this.source = null;
        for (const side of ["category", "operation"]) {
            const rows = this.rows(side);
            const isFolded = (row) => row.depth > 0 && this.parents[side].has(row.id);
            this.folded[side] = new Set(
                rows.length > MANY ? rows.filter(isFolded).map((row) => row.id) : []
            );
        }
    }

    // What is shown ------------------------------------------------------------

    rows(side) {
        return side === "category" ? this.data.categories : this.data.operations;
    }

    find(side, id) {
        return this.byId[side].get(id);
    }

    shown(side) {
        const text = this.searchText[side];
        const loose = this.onlyLoose[side];
        const passes =
            (text || loose) &&
            ((row) =>
                (!text || isCalled(row, text)) && (!loose || this.isLoose(side, row)));
        return shownRows(this.rows(side), {folded: this.folded[side], passes});
    }

    isParent(side, id) {
        return this.parents[side].has(id);
    }

    toggle(side, id, fold = !this.folded[side].has(id)) {
        if (this.isParent(side, id)) {
            this.folded[side][fold ? "add" : "delete"](id);
        }
    }

    /** A category without operation, an operation without money. */
    isLoose(side, row) {
        return side === "category"
            ? row.is_leaf && !this.linksOf(side, row.id).length
            : row.is_organic;
    }

    linksOf(side, id) {
        return this.data.links.filter((link) => link[`${side}_id`] === id);
    }

    /** Links of a row and of all that is below it. */
    linksBelow(side, id) {
        const inside = new Set([id]);
        for (const row of this.rows(side)) {
            if (inside.has(row.parent_id)) {
                inside.add(row.id);
            }
        }
        return this.data.links.filter((link) => inside.has(link[`${side}_id`]));
    }

    lines(shown) {
        const {links, categories, operations} = this.data;
        return gatherLinks(links, categories, operations, shown);
    }

    get totals() {
        const roots = this.data.categories.filter((row) => !row.parent_id);
        const sum = (name) => roots.reduce((total, row) => total + row[name], 0);
        return {
            planned: sum("planned"),
            linked: sum("linked"),
            free: sum("free"),
        };
    }

    // Choosing -----------------------------------------------------------------

    select(side, id) {
        this.selected = {side, id};
    }

    isSelected(side, id) {
        return this.selected?.side === side && this.selected.id === id;
    }

    isSource(side, id) {
        return this.source?.side === side && this.source.id === id;
    }

    canLink(side, row) {
        return this.data.can_link && (side === "operation" || row.is_leaf);
    }

    /** The two ends of a link, when something is marked that the row can be linked with. */
    pairWith(side, id, source = this.source) {
        if (!source || source.side === side) {
            return null;
        }
        const ends = {[side]: id, [source.side]: source.id};
        return {categoryId: ends.category, operationId: ends.operation};
    }

    // Linking ------------------------------------------------------------------

    linkOf({categoryId, operationId}) {
        return this.data.links.find(
            (link) =>
                link.category_id === categoryId && link.operation_id === operationId
        );
    }

    valuesOf(pair) {
        const link = this.linkOf(pair);
        return link ? {amount: link.amount, note: link.note} : null;
    }

    /** Make, change or take away (null) a link. */
    async setLink(pair, after) {
        const before = this.valuesOf(pair);
        await this.write(pair, after);
        this.done = [...this.done.slice(1 - LIMIT), {...pair, before, after}];
        this.undone = [];
        await this.load();
    }

    async write(pair, values) {
        const link = this.linkOf(pair);
        if (!values) {
            await this.orm.unlink(FUNDING, [link.id]);
        } else if (link) {
            await this.orm.write(FUNDING, [link.id], values);
        } else {
            const {operationId: operation_id, categoryId: category_id} = pair;
            await this.orm.create(FUNDING, [{operation_id, category_id, ...values}]);
        }
    }

    // History ------------------------------------------------------------------

    /**
     * Take back the last step, or do it again.
     *
     * @returns {Promise<boolean>} false when somebody else has changed the link meanwhile
     */
    async goBack() {
        return this.replay("done", "undone", "after", "before");
    }

    async goForward() {
        return this.replay("undone", "done", "before", "after");
    }

    async replay(from, to, seen, wanted) {
        const step = this[from].at(-1);
        if (!step) {
            return true;
        }
        await this.load();
        const isSame = sameValues(this.valuesOf(step), step[seen]);
        if (isSame) {
            await this.write(step, step[wanted]);
            this[to] = [...this[to], step];
        }
        this[from] = this[from].slice(0, -1);
        await this.load();
        return isSame;
    }

    // Memory -------------------------------------------------------------------

    get storageKey() {
        return `${STORAGE_KEY}.${user.userId}`;
    }

    recall() {
        return Number(browser.localStorage.getItem(this.storageKey)) || false;
    }

    remember() {
        if (this.data.budget) {
            browser.localStorage.setItem(this.storageKey, this.data.budget.id);
        }
    }
}

function sameValues(one, other) {
    return one?.amount === other?.amount && one?.note === other?.note;
}
