import {_t} from "@web/core/l10n/translation";
import {ConnectionLostError} from "@web/core/network/rpc";

import {GridHistory} from "./grid_history";
import {GridModel} from "./grid_model";
import {fromUnits, toUnits} from "./grid_number";
import {GridSaver} from "./grid_saver";

/**
 * Ties the model of one budget to the server: loads it, sends edits, keeps what was done for undo and what came
 * back as a conflict. Components read `model`, `saver`, `conflicts`, `refused` and call the methods; `onChange`
 * tells them to draw again.
 */
export class GridController {
    /**
     * @param {object} params
     * @param {import("@web/core/orm_service").ORM} params.orm
     * @param {number} params.budgetId
     * @param {object} params.options of GridModel
     * @param {() => void} params.onChange
     * @param {(message: string, options?: object) => void} params.notify
     */
    constructor({orm, budgetId, options, onChange, notify}) {
        Object.assign(this, {orm, budgetId, options, onChange, notify});
        this.history = new GridHistory();
        this.conflicts = [];
        this.refused = [];
        this.failure = "";
        this.saver = new GridSaver({
            send: (edits) => this._send(edits),
            isOffline: (error) => error instanceof ConnectionLostError,
            onChange: () => this.onChange(),
            onResult: (result) => this._onResult(result),
            onError: (error) => this._onError(error),
        });
    }

    // -----------------------------------------------------------------------------------------
    // Server
    // -----------------------------------------------------------------------------------------

    _call(method, ...args) {
        return this.orm.call("sop.budget", method, [[this.budgetId], ...args]);
    }

    _callWith(method, kwargs) {
        return this.orm.call("sop.budget", method, [[this.budgetId]], kwargs);
    }

    async load() {
        this.model = new GridModel(await this._call("get_grid"), this.options);
        this.model.selection.set(this.model.selection.first);
    }

    /** Takes over a fresh state of the server; edits that are not stored yet stay on top of it. */
    _reset(data) {
        this.model.load(data);
        const {byId, monthIndex} = this.model;
        const isAlive = ({row, field}) =>
            byId.has(row) && (!monthIndex.has(field) || byId.get(row).leaf);
        this.history.keep(isAlive);
        this.saver.drop((edit) => !isAlive(edit));
        this.model.apply(
            this.saver.unsaved.map(({row, field, value}) => ({
                row,
                field,
                after: value,
            }))
        );
        this.onChange();
    }

    async reload() {
        this._reset(await this._call("get_grid"));
    }

    /** After something outside of the grid changed amounts: undo can take that back as well. */
    async reloadAsEdit() {
        const read = () =>
            new Map(
                this.model.rows
                    .filter((row) => row.leaf)
                    .flatMap((row) =>
                        row.cells.map((units, month) => [
                            GridSaver.key({
                                row: row.id,
                                field: this.model.months[month].key,
                            }),
                            {row: row.id, field: this.model.months[month].key, units},
                        ])
                    )
            );
        const old = read();
        await this.reload();
        const changes = [];
        for (const [key, {row, field, units}] of read()) {
            if (old.has(key) && old.get(key).units !== units) {
                changes.push({row, field, before: old.get(key).units, after: units});
            }
        }
        this.history.push(changes);
        this.onChange();
    }

    isMonth(field) {
        return this.model.monthIndex.has(field);
    }

    _toServer(field, value) {
        return this.isMonth(field) && value !== null
            ? fromUnits(value, this.model.decimals)
            : value;
    }

    _fromServer(field, value) {
        return this.isMonth(field) && typeof value === "number"
            ? toUnits(value, this.model.decimals)
            : value;
    }

    async _send(edits) {
        const changes = edits.map(({row, field, value, expected}) => ({
            category_id: row,
            [this.isMonth(field) ? "month" : "field"]: field,
            value: this._toServer(field, value),
            expected: this._toServer(field, expected),
        }));
        const {conflicts, refused} = await this.orm.silent.call(
            "sop.budget",
            "save_grid",
            [[this.budgetId], changes]
        );
        const toEntry = ({
            category_id,
            month,
            field = month,
            yours,
            theirs,
            ...rest
        }) => ({
            ...rest,
            row: category_id,
            field,
            yours: this._fromServer(field, yours),
            theirs: this._fromServer(field, theirs),
        });
        return {conflicts: conflicts.map(toEntry), refused: refused.map(toEntry)};
    }

    _onResult({conflicts, refused}) {
        this.failure = "";
        if (!conflicts.length && !refused.length) {
            return;
        }
        this.model.apply(
            conflicts.map(({row, field, theirs}) => ({row, field, after: theirs}))
        );
        const keys = new Set(conflicts.map(GridSaver.key));
        const named = (entry) => ({...entry, label: this.describe(entry)});
        this.conflicts = this.conflicts
            .filter((entry) => !keys.has(GridSaver.key(entry)))
            .concat(conflicts.map(named));
        this.refused = this.refused.concat(refused.map(named));
        this.onChange();
        if (refused.length) {
            this.reload();
        }
    }

    _onError(error) {
        this.failure = error.data?.message || error.message || String(error);
        this.notify(_t("Not saved: %s", this.failure), {type: "danger"});
        this.onChange();
    }

    describe({row, field}) {
        const found = this.model.byId.get(row);
        const label = this.isMonth(field)
            ? this.model.months[this.model.monthIndex.get(field)].label
            : {code: _t("Code"), name: _t("Name"), held: _t("Held")}[field];
        return found ? `${found.code} ${found.name} · ${label}` : label;
    }

    // -----------------------------------------------------------------------------------------
    // Edits
    // -----------------------------------------------------------------------------------------

    /**
     * Applies, remembers and saves changes.
     *
     * @param {import("./grid_model").CellChange[]} changes
     */
    edit(changes) {
        if (changes.length) {
            this.history.push(changes);
            this._store(changes);
        }
    }

    /** What is expected on the server is what is shown now, not what a remembered change once saw. */
    _store(changes) {
        const current = changes.map((change) => ({
            ...change,
            before: this._valueOf(change),
        }));
        this.model.apply(current);
        this.saver.queue(current.filter(({before, after}) => before !== after));
        this.onChange();
    }

    _valueOf({row, field}) {
        const found = this.model.byId.get(row);
        const month = this.model.monthIndex.get(field);
        return month === undefined ? found[field] : found.cells[month];
    }

    undo() {
        this._replay(this.history.undo());
    }

    redo() {
        this._replay(this.history.redo());
    }

    _replay(changes) {
        if (!changes.length) {
            return;
        }
        const [{row, field}] = changes;
        this._store(changes);
        if (this.model.position(row) >= 0 && this.model.columnIndex.has(field)) {
            this.model.selection.set({row, column: field});
        }
    }

    setHeld(rows, held) {
        this.edit(
            rows
                .filter((row) => row.held !== held)
                .map((row) => ({
                    row: row.id,
                    field: "held",
                    before: row.held,
                    after: held,
                }))
        );
    }

    // -----------------------------------------------------------------------------------------
    // Conflicts
    // -----------------------------------------------------------------------------------------

    useMine(entries) {
        const mine = entries.map(({row, field, yours, theirs}) => ({
            row,
            field,
            before: theirs,
            after: yours,
        }));
        this.forget(entries);
        this.edit(mine.filter(({row}) => this.model.byId.has(row)));
    }

    /** Their values are in the grid already. */
    forget(entries) {
        this.conflicts = this.conflicts.filter((entry) => !entries.includes(entry));
        this.refused = this.refused.filter((entry) => !entries.includes(entry));
        this.onChange();
    }

    conflictAt(row, column) {
        return this.conflicts.find(
            (entry) => entry.row === row.id && entry.field === column.key
        );
    }

    /** Sends again what failed or waits for the connection. */
    retry() {
        return this.saver.flush();
    }

    async discard() {
        this.saver.discard();
        this.failure = "";
        await this.reload();
    }

    // -----------------------------------------------------------------------------------------
    // What only the server can do; everything typed before is stored first
    // -----------------------------------------------------------------------------------------

    async _afterFlush(action) {
        if (!(await this.saver.flush())) {
            this.notify(_t("First your other changes must be saved."), {
                type: "warning",
            });
            return null;
        }
        return action();
    }

    /**
     * @param {object} row a category or a line of totals
     * @param {import("./grid_model").GridColumn} column
     * @param {number|null} units
     * @param {"share"|"even"|"last_year"} method
     * @returns {Promise<number|null>} how many cells were changed, null when nothing was done
     */
    async spread(row, column, units, method = "share") {
        return this._afterFlush(async () => {
            const month = column.type === "month" ? column.key : null;
            const result = await this._callWith("spread_grid", {
                total: fromUnits(units || 0, this.model.decimals),
                category_id: row.footer ? false : row.id,
                kind: row.footer ? row.kind : false,
                months: month ? [month] : null,
                source: this.model.source,
                method,
                expected: fromUnits(row.sums[column.month] || 0, this.model.decimals),
            });
            if ("conflict" in result) {
                await this.reload();
                this.notify(
                    _t(
                        "Somebody changed amounts below this total, it is %s now. Nothing was spread: type your total again.",
                        this.model.format(toUnits(result.conflict, this.model.decimals))
                    ),
                    {type: "warning", sticky: true}
                );
                return null;
            }
            const changes = result.changes.map(
                ({category_id, month: field, before, after}) => ({
                    row: category_id,
                    field,
                    before: this._fromServer(field, before),
                    after: this._fromServer(field, after),
                })
            );
            this.history.push(changes);
            this.model.apply(changes);
            this.onChange();
            return changes.length;
        });
    }

    async _structure(method, ...args) {
        return this._afterFlush(async () => {
            const {id, grid} = await this._call(method, ...args);
            this._reset(grid);
            return this.model.byId.get(id) || null;
        });
    }

    /** @returns {Promise<object|null>} the new row */
    async addRow({parent = null, after = null, kind = false} = {}) {
        if (parent) {
            this.model.toggle(parent, true);
        }
        return this._structure(
            "add_grid_row",
            parent?.id || false,
            after?.id || false,
            false,
            kind
        );
    }

    moveRow(row, {parentId, beforeId}) {
        const parent = this.model.byId.get(parentId);
        if (parent) {
            this.model.toggle(parent, true);
        }
        return this._structure("move_grid_row", row.id, parentId, beforeId);
    }

    duplicateRow(row) {
        return this._structure("duplicate_grid_row", row.id);
    }

    deleteRows(rows) {
        return this._structure(
            "delete_grid_rows",
            rows.map((row) => row.id)
        );
    }

    stop() {
        this.saver.stop();
        this.onChange = () => {};
    }
}
