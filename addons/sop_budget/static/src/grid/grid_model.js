/**
 * What the budget grid knows and how it computes: the tree, its sums and the rows that are seen. No OWL and no
 * server in here. `stamp` grows with everything that changes what a row shows.
 *
 * Amounts are integers of the currency's minor unit. A leaf holds one amount (or null: nothing planned) a
 * month; a parent is the sum of its leaves, null when none of them plans anything.
 */
import {editText, formatUnits, parseAmount, toUnits} from "./grid_number";
import {GridSelection} from "./grid_selection";

export const SOURCES = ["all", "internal", "external"];
const KIND_SIGN = {expense: -1, income: 1, capital: -1};

/**
 * @typedef {"code"|"name"|"month"|"total"} ColumnType
 * @typedef {{ key: string, type: ColumnType, label?: string, month?: number }} GridColumn
 * @typedef {{ row: number|string, column: string }} CellAddress
 * @typedef {{ row: number, field: string, before: any, after: any }} CellChange  field: a month key, "code",
 *  "name" or "held"
 */

/** Text without case and accents, for the search box. */
export function normalize(text) {
    return (text || "")
        .normalize("NFD")
        .replace(/\p{M}/gu, "")
        .replace(/đ/gi, "d")
        .toLowerCase();
}

export class GridModel {
    /**
     * @param {object} data what `sop.budget.get_grid` returns
     * @param {{ locale: import("./grid_number").NumberLocale, collapsed?: number[], small?: boolean }} options
     */
    constructor(data, {locale, collapsed = [], small = false}) {
        this.locale = locale;
        this.collapsed = new Set(collapsed);
        this.small = small;
        this.source = "all";
        this.search = "";
        this.stamp = 0;
        this.selection = new GridSelection(this);
        this.load(data);
    }

    // -----------------------------------------------------------------------------------------
    // Loading
    // -----------------------------------------------------------------------------------------

    load(data) {
        const {head} = this.selection;
        const position = head ? this.position(head.row) : 0;
        this.budget = data.budget;
        this.decimals = data.budget.currency.decimal_places;
        this.months = data.months;
        this.hiddenCount = data.hidden_count;
        this.size = this.months.length;
        this.monthIndex = new Map(this.months.map(({key}, index) => [key, index]));
        this.rows = [];
        this.roots = [];
        this.byId = new Map();
        for (const values of data.rows) {
            this._addRow(values);
        }
        this._computeHeld();
        this._computeColumns();
        this.computeSums();
        this._visible = null;
        this.selection.repair(position);
    }

    _addRow(values) {
        const parent = this.byId.get(values.parent_id) || null;
        const row = {
            ...values,
            parent,
            children: [],
            level: parent ? parent.level + 1 : 0,
            cells: this._cells(values.leaf ? values.amounts : null),
            usedCells: this._cells(values.leaf ? values.used : null),
            needle: normalize(`${values.code} ${values.name}`),
        };
        (parent ? parent.children : this.roots).push(row);
        this.rows.push(row);
        this.byId.set(row.id, row);
    }

    _cells(amounts) {
        return Array.from({length: this.size}, (_, month) => {
            const amount = amounts?.[month];
            return amount === null || amount === undefined
                ? null
                : toUnits(amount, this.decimals);
        });
    }

    _computeHeld() {
        for (const row of this.rows) {
            row.heldByParent = Boolean(
                row.parent && (row.parent.held || row.parent.heldByParent)
            );
        }
    }

    _computeColumns() {
        this.columns = [
            ...(this.small ? [] : [{key: "code", type: "code"}]),
            {key: "name", type: "name"},
            ...this.months.map(({key, label}, month) => ({
                key,
                type: "month",
                label,
                month,
            })),
            {key: "total", type: "total", month: this.size},
        ];
        this.columnIndex = new Map(this.columns.map(({key}, index) => [key, index]));
    }

    setSmall(small) {
        if (small !== this.small) {
            this.small = small;
            this._computeColumns();
            this.selection.repair();
        }
    }

    // -----------------------------------------------------------------------------------------
    // Sums
    // -----------------------------------------------------------------------------------------

    /** Whether the amounts of a leaf count in the source that is looked at. */
    counts(leaf) {
        const external = Boolean(leaf.funding && leaf.funding.external);
        return this.source === "all" || external === (this.source === "external");
    }

    /** All sums from nothing: months and, at the end, the total. */
    computeSums() {
        const empty = () => Array(this.size + 1).fill(null);
        const add = (sums, values) =>
            values.forEach((value, at) => addAt(sums, at, value));
        for (const row of this.rows) {
            row.sums = row.leaf ? [...row.cells, total(row.cells)] : empty();
            row.used = row.leaf ? [...row.usedCells, total(row.usedCells)] : empty();
            row.counted = row.leaf && this.counts(row);
            row.spreadable = row.counted && row.editable;
        }
        this.footers = this._newFooters(empty);
        // From the last row to the first: children come before their parent
        for (let index = this.rows.length - 1; index >= 0; index--) {
            const row = this.rows[index];
            if (row.counted) {
                const target = row.parent || this.footers.get(row.kind);
                add(target.sums, row.sums);
                add(target.used, row.used);
                target.counted = true;
                target.spreadable ||= row.spreadable;
            }
        }
        this._computeResult();
        this._touch();
    }

    /** After a change of data: the decimals to show, and a new stamp. */
    _touch() {
        this.stamp++;
        const unit = 10 ** this.decimals;
        const whole = this.rows.every(
            (row) =>
                !row.leaf ||
                row.cells.every((units) => units === null || units % unit === 0)
        );
        // Decimals are shown everywhere as soon as one amount has some, and nowhere before
        this.shownDigits = whole ? 0 : this.decimals;
    }

    _newFooters(empty) {
        const kinds = new Set(this.roots.map((row) => row.kind));
        const footers = new Map();
        for (const kind of Object.keys(KIND_SIGN)) {
            if (kinds.has(kind)) {
                const id = `total:${kind}`;
                footers.set(kind, {
                    id,
                    kind,
                    footer: true,
                    sums: empty(),
                    used: empty(),
                });
            }
        }
        return footers;
    }

    /** With more than one kind there is a line under the totals: income less expense and capital. */
    _computeResult() {
        this.result = null;
        if (this.footers.size > 1) {
            const sums = Array(this.size + 1).fill(null);
            for (const {kind, sums: totals} of this.footers.values()) {
                totals.forEach((value, at) => {
                    addAt(sums, at, value === null ? null : value * KIND_SIGN[kind]);
                });
            }
            this.result = {id: "total:result", kind: "result", footer: true, sums};
        }
    }

    get footerRows() {
        return [...this.footers.values(), ...(this.result ? [this.result] : [])];
    }

    /** Writes one amount and everything above it. */
    setUnits(row, month, units) {
        row.cells[month] = units;
        row.sums[month] = units;
        row.sums[this.size] = total(row.cells);
        if (!row.counted) {
            return;
        }
        for (let parent = row.parent; parent; parent = parent.parent) {
            this._sumInto(parent.sums, parent.children, month);
        }
        const roots = this.roots.filter((root) => root.kind === row.kind);
        this._sumInto(this.footers.get(row.kind).sums, roots, month);
        this._computeResult();
    }

    _sumInto(sums, rows, month) {
        for (const at of [month, this.size]) {
            sums[at] = null;
            for (const row of rows) {
                if (row.counted) {
                    addAt(sums, at, row.sums[at]);
                }
            }
        }
    }

    setSource(source) {
        this.source = source;
        this.computeSums();
        this._visible = null;
        this.selection.repair();
    }

    // -----------------------------------------------------------------------------------------
    // Rows that are seen
    // -----------------------------------------------------------------------------------------

    setSearch(search) {
        this.search = normalize(search.trim());
        this._visible = null;
        this.selection.repair();
    }

    toggle(row, open = this.collapsed.has(row.id)) {
        if (row.leaf) {
            return;
        }
        if (open) {
            this.collapsed.delete(row.id);
        } else {
            this.collapsed.add(row.id);
        }
        this._visible = null;
        this.selection.repair();
    }

    toggleAll(open) {
        this.collapsed = new Set(
            open ? [] : this.rows.filter((row) => !row.leaf).map((row) => row.id)
        );
        this._visible = null;
        this.selection.repair();
    }

    isOpen(row) {
        return Boolean(this.search) || !this.collapsed.has(row.id);
    }

    /** Rows in the order they are drawn; the totals at the bottom are not among them. */
    get visible() {
        if (!this._visible) {
            const matches = this.search ? this._searchMatches() : null;
            this._visible = [];
            this._position = new Map();
            for (const row of this.rows) {
                const parentSeen = !row.parent || this._position.has(row.parent.id);
                const unfolded =
                    !row.parent || matches || !this.collapsed.has(row.parent.id);
                const inSource = this.source === "all" || row.counted;
                if (
                    parentSeen &&
                    unfolded &&
                    inSource &&
                    (!matches || matches.has(row.id))
                ) {
                    this._position.set(row.id, this._visible.length);
                    this._visible.push(row);
                }
            }
        }
        return this._visible;
    }

    /** Rows found, what stands above them and what stands below them. */
    _searchMatches() {
        const words = this.search.split(/\s+/);
        const matches = new Set();
        for (const row of this.rows) {
            const found = words.every((word) => row.needle.includes(word));
            if (found || (row.parent && row.parent.foundBelow)) {
                for (let up = row; up && !matches.has(up.id); up = up.parent) {
                    matches.add(up.id);
                }
            }
            row.foundBelow = found || Boolean(row.parent && row.parent.foundBelow);
        }
        return matches;
    }

    /** Position among the rows that are seen and the totals below them; -1 when it is not seen. */
    position(id) {
        const visible = this.visible;
        if (typeof id === "string") {
            const at = this.footerRows.findIndex((row) => row.id === id);
            return at < 0 ? -1 : visible.length + at;
        }
        return this._position.get(id) ?? -1;
    }

    /** @returns {object|undefined} the row at a position, totals included */
    rowAt(position) {
        return (
            this.visible[position] || this.footerRows[position - this.visible.length]
        );
    }

    get height() {
        return this.visible.length + this.footerRows.length;
    }

    row(id) {
        return typeof id === "string"
            ? this.footerRows.find((row) => row.id === id)
            : this.byId.get(id);
    }

    // -----------------------------------------------------------------------------------------
    // Cells
    // -----------------------------------------------------------------------------------------

    column(key) {
        return this.columns[this.columnIndex.get(key)];
    }

    /**
     * What may be done with a cell: "write" (an amount or a text), "spread" (a total typed on it goes down to
     * the leaves) or false.
     */
    access(row, column) {
        if (!this.budget.editable || !row) {
            return false;
        }
        if (column.type === "code" || column.type === "name") {
            return !row.footer && row.editable && "write";
        }
        if (!row.footer && row.leaf && column.type === "month") {
            return row.editable && "write";
        }
        return row.spreadable ? "spread" : false;
    }

    /** The stored value behind a cell: minor units, text or null. */
    value(row, column) {
        return column.type === "code" || column.type === "name"
            ? row[column.key] || ""
            : row.sums[column.month];
    }

    /** Text an editor opens with, or that is copied. */
    text(row, column) {
        const value = this.value(row, column);
        if (typeof value === "string") {
            return value;
        }
        return value === null ? "" : editText(value, this);
    }

    /** Spent or ordered more than planned: by how much, else 0. Earning more than planned is no alarm. */
    over(row, month) {
        if (row.kind === "income" || row.kind === "result" || !row.used) {
            return 0;
        }
        return Math.max(0, (row.used[month] || 0) - (row.sums[month] || 0));
    }

    format(units, digits = this.shownDigits) {
        return formatUnits(units, {...this, digits});
    }

    parse(text) {
        return parseAmount(text, this);
    }

    /** Writes changes into the grid; a change of a row that is gone is left out. */
    apply(changes) {
        const many = changes.length > 20;
        for (const {row: id, field, after} of changes) {
            const row = this.byId.get(id);
            const month = this.monthIndex.get(field);
            if (!row || (month !== undefined && !row.leaf)) {
                continue;
            }
            if (month === undefined) {
                this._setField(row, field, after);
            } else if (many) {
                row.cells[month] = after;
            } else {
                this.setUnits(row, month, after);
            }
        }
        if (many) {
            this.computeSums();
        } else {
            this._touch();
        }
    }

    _setField(row, field, value) {
        row[field] = value;
        if (field === "held") {
            this._computeHeld();
        } else {
            row.needle = normalize(`${row.code} ${row.name}`);
        }
    }

    // -----------------------------------------------------------------------------------------
    // Moving rows
    // -----------------------------------------------------------------------------------------

    siblings(row) {
        return row.parent ? row.parent.children : this.roots;
    }

    /**
     * Where a row would go by keyboard.
     *
     * @param {object} row
     * @param {"up"|"down"|"in"|"out"} direction
     * @returns {{ parentId: number|false, beforeId: number|false }|null}
     */
    planMove(row, direction) {
        const siblings = this.siblings(row);
        const at = siblings.indexOf(row);
        const parentId = row.parent ? row.parent.id : false;
        switch (direction) {
            case "up":
                return at > 0 ? {parentId, beforeId: siblings[at - 1].id} : null;
            case "down":
                return at < siblings.length - 1
                    ? {parentId, beforeId: siblings[at + 2]?.id || false}
                    : null;
            case "in":
                return at > 0 ? {parentId: siblings[at - 1].id, beforeId: false} : null;
            case "out": {
                if (!row.parent) {
                    return null;
                }
                const uncles = this.siblings(row.parent);
                const next = uncles[uncles.indexOf(row.parent) + 1];
                return {
                    parentId: row.parent.parent ? row.parent.parent.id : false,
                    beforeId: next?.id || false,
                };
            }
        }
        return null;
    }

    isBelow(row, ancestor) {
        for (let up = row; up; up = up.parent) {
            if (up === ancestor) {
                return true;
            }
        }
        return false;
    }
}

function addAt(sums, at, value) {
    if (value !== null && value !== undefined) {
        sums[at] = (sums[at] || 0) + value;
    }
}

/** @returns {number|null} null when there is nothing to add */
export function total(values) {
    let sum = null;
    for (const value of values) {
        if (value !== null) {
            sum = (sum || 0) + value;
        }
    }
    return sum;
}
