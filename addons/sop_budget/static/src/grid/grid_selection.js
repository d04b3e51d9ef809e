/**
 * Which cells are selected: `head` is the active cell, `anchor` the corner of the block across from it. Both are
 * addresses, so that they survive folding, searching and moving rows.
 *
 * @typedef {{ row: number|string, column: string }} CellAddress
 */
export class GridSelection {
    /** @param {import("./grid_model").GridModel} model */
    constructor(model) {
        this.model = model;
        this.head = null;
        this.anchor = null;
    }

    /** @param {CellAddress|null} head @param {CellAddress} [anchor] */
    set(head, anchor = head) {
        this.head = head;
        this.anchor = anchor;
    }

    /** @returns {{top: number, bottom: number, left: number, right: number}|null} */
    get range() {
        if (!this.head) {
            return null;
        }
        const rows = [
            this.model.position(this.head.row),
            this.model.position(this.anchor.row),
        ];
        const columns = [this.head.column, this.anchor.column].map((key) =>
            this.model.columnIndex.get(key)
        );
        return {
            top: Math.min(...rows),
            bottom: Math.max(...rows),
            left: Math.min(...columns),
            right: Math.max(...columns),
        };
    }

    get isBlock() {
        const range = this.range;
        return (
            Boolean(range) && (range.top !== range.bottom || range.left !== range.right)
        );
    }

    /** @param {CellAddress} address */
    has({row, column}) {
        const range = this.range;
        const [at, index] = [
            this.model.position(row),
            this.model.columnIndex.get(column),
        ];
        const inside = (value, low, high) => value >= low && value <= high;
        return (
            Boolean(range) &&
            inside(at, range.top, range.bottom) &&
            inside(index, range.left, range.right)
        );
    }

    address(position, index) {
        return {
            row: this.model.rowAt(position).id,
            column: this.model.columns[index].key,
        };
    }

    /** The selection after rows came, went or were folded away: to what is still seen. */
    repair(position = 0) {
        if (!this.head) {
            return;
        }
        const seen = (address) => {
            let {row, column} = address;
            let target = this.model.row(row);
            while (target && this.model.position(row) < 0) {
                target = target.parent;
                row = target?.id;
            }
            column = this.model.columnIndex.has(column) ? column : "name";
            return target ? {row, column} : null;
        };
        const head = seen(this.head);
        if (head) {
            return this.set(head, seen(this.anchor) || head);
        }
        const row = this.model.rowAt(
            clamp(position, 0, Math.max(0, this.model.visible.length - 1))
        );
        this.set(row ? {row: row.id, column: this.head.column} : null);
    }

    get first() {
        const row = this.model.rowAt(0);
        return row ? {row: row.id, column: this.model.months[0]?.key || "name"} : null;
    }

    /**
     * Moves the head of the selection.
     *
     * @param {number} down rows, may be Infinity
     * @param {number} across columns, may be Infinity
     * @param {{ extend?: boolean }} [options]
     */
    move(down, across, {extend = false} = {}) {
        if (!this.head) {
            return this.set(this.first);
        }
        const at = this.model.position(this.head.row);
        const column = this.model.columnIndex.get(this.head.column);
        const head = this.address(
            clamp(at + down, 0, this.model.height - 1),
            clamp(column + across, 0, this.model.columns.length - 1)
        );
        this.set(head, extend ? this.anchor : head);
    }

    /**
     * The cell that Tab goes to: the next one, from the end of a row to the name of the next.
     *
     * @param {1|-1} step
     * @returns {boolean} false at the ends of the grid, where Tab leaves it
     */
    tab(step) {
        if (!this.head) {
            return false;
        }
        let position = this.model.position(this.head.row);
        let index = this.model.columnIndex.get(this.head.column) + step;
        if (index < 0 || index >= this.model.columns.length) {
            position += step;
            index =
                step > 0
                    ? this.model.columnIndex.get("name")
                    : this.model.columns.length - 1;
        }
        if (!this.model.rowAt(position)) {
            return false;
        }
        this.set(this.address(position, index));
        return true;
    }

    selectAll() {
        if (this.model.height) {
            this.set(
                this.address(
                    this.model.visible.length - 1,
                    this.model.columns.length - 1
                ),
                this.address(0, 0)
            );
        }
    }

    /** Rows of the selection without the totals at the bottom. */
    get rows() {
        const range = this.range;
        return range ? this.model.visible.slice(range.top, range.bottom + 1) : [];
    }

    /** Sum and count of the amounts in the selection, for the status line. */
    get sum() {
        const range = this.range;
        const result = {sum: 0, count: 0};
        if (!range) {
            return result;
        }
        for (let at = range.top; at <= range.bottom; at++) {
            const row = this.model.rowAt(at);
            for (let index = range.left; index <= range.right; index++) {
                const value = row
                    ? this.model.value(row, this.model.columns[index])
                    : null;
                if (typeof value === "number") {
                    result.sum += value;
                    result.count++;
                }
            }
        }
        return result;
    }
}

export function clamp(value, low, high) {
    return Math.max(low, Math.min(high, value));
}
