/**
 * What an edit, a paste, a fill or a deletion would change. Nothing is changed in here.
 *
 * @typedef {import("./grid_model").CellChange} CellChange
 */
import {NumberError} from "./grid_number";

/**
 * @param {import("./grid_model").GridModel} model
 * @param {object} row
 * @param {import("./grid_model").GridColumn} column
 * @param {string} text
 * @returns {CellChange|null} null when nothing would change
 * @throws {NumberError}
 */
export function planText(model, row, column, text) {
    const isText = column.type === "code" || column.type === "name";
    const after = isText ? text.replace(/\s+/g, " ").trim() : model.parse(text);
    const before = model.value(row, column);
    if (before === after || (isText && !after)) {
        return null;
    }
    return {row: row.id, field: column.key, before, after};
}

/**
 * Pastes a block at the top left of the selection. One value fills the whole selection; a block that fits
 * several times into the selection is repeated.
 *
 * @param {string[][]} block
 * @returns {{ changes: CellChange[], skipped: number, outside: number, wrong: Array<{row: object,
 *  column: object, text: string}> }}
 */
export function planPaste(model, block) {
    const plan = {changes: [], skipped: 0, outside: 0, wrong: []};
    const range = model.selection.range;
    const [height, width] = [block.length, block[0].length];
    const repeat = (size, span) => (span % size === 0 ? span : size);
    const rows = repeat(height, range.bottom - range.top + 1);
    const columns = repeat(width, range.right - range.left + 1);
    for (let down = 0; down < rows; down++) {
        for (let across = 0; across < columns; across++) {
            const text = block[down % height][across % width];
            const row = model.visible[range.top + down];
            const column = model.columns[range.left + across];
            planPasted(model, plan, row, column, text);
        }
    }
    return plan;
}

function planPasted(model, plan, row, column, text) {
    if (!row || !column) {
        plan.outside += text.trim() ? 1 : 0;
        return;
    }
    if (model.access(row, column) !== "write") {
        plan.skipped += text.trim() ? 1 : 0;
        return;
    }
    try {
        const found = planText(model, row, column, text);
        if (found) {
            plan.changes.push(found);
        }
    } catch (error) {
        if (!(error instanceof NumberError)) {
            throw error;
        }
        plan.wrong.push({row, column, text});
    }
}

/** The selection as text for the clipboard, totals included. */
export function copyBlock(model) {
    const {top, bottom, left, right} = model.selection.range;
    const rows = [];
    for (let at = top; at <= bottom; at++) {
        const row = model.rowAt(at);
        rows.push(
            model.columns
                .slice(left, right + 1)
                .map((column) => model.text(row, column))
        );
    }
    return rows;
}

/** Visits the cells of the selection (or of another range) that take an amount. */
function amountCells(model, {top, bottom, left, right} = model.selection.range) {
    const cells = [];
    for (const row of model.visible.slice(top, bottom + 1)) {
        for (const column of model.columns.slice(left, right + 1)) {
            if (column.type === "month" && model.access(row, column) === "write") {
                cells.push({row, column});
            }
        }
    }
    return cells;
}

function change(model, row, column, after) {
    const before = model.value(row, column);
    return before === after ? [] : [{row: row.id, field: column.key, before, after}];
}

export function planClear(model) {
    return planFillAll(model, null);
}

/** The same amount in every cell of the selection (Ctrl+Enter). */
export function planFillAll(model, units) {
    return amountCells(model).flatMap(({row, column}) =>
        change(model, row, column, units)
    );
}

/**
 * Repeats the first column (right) or the first row (down) of the selection over the rest of it. From a single
 * cell, right fills the months after it; down takes over what stands above it.
 *
 * @param {"right"|"down"} direction
 */
export function planFill(model, direction) {
    const range = {...model.selection.range};
    if (direction === "right" && range.left === range.right) {
        range.right = model.columnIndex.get("total") - 1;
    }
    if (direction === "down" && range.top === range.bottom) {
        range.top = Math.max(0, range.top - 1);
    }
    const first = model.columns[range.left];
    return amountCells(model, range).flatMap(({row, column}) => {
        if (direction === "down") {
            return change(
                model,
                row,
                column,
                model.value(model.visible[range.top], column)
            );
        }
        return first.type === "month"
            ? change(model, row, column, model.value(row, first))
            : [];
    });
}
