/** What was done, to undo and redo it. An entry is a list of cell changes with one label. */
const LIMIT = 200;

export class GridHistory {
    constructor() {
        this.clear();
    }

    clear() {
        this.done = [];
        this.undone = [];
    }

    /** @param {import("./grid_model").CellChange[]} changes */
    push(changes) {
        if (changes.length) {
            this.done = [...this.done.slice(1 - LIMIT), changes];
            this.undone = [];
        }
    }

    get canUndo() {
        return this.done.length > 0;
    }

    get canRedo() {
        return this.undone.length > 0;
    }

    /** @returns {import("./grid_model").CellChange[]} the changes to apply, or [] */
    undo() {
        const changes = this.done.pop();
        if (!changes) {
            return [];
        }
        this.undone.push(changes);
        return changes.toReversed().map(({row, field, before, after}) => ({
            row,
            field,
            before: after,
            after: before,
        }));
    }

    /** @returns {import("./grid_model").CellChange[]} */
    redo() {
        const changes = this.undone.pop();
        if (!changes) {
            return [];
        }
        this.done.push(changes);
        return changes;
    }

    /** Forgets the cells that can no longer be set back: rows deleted, rows that became parents. */
    keep(isAlive) {
        const filter = (stack) =>
            stack
                .map((changes) => changes.filter(isAlive))
                .filter((changes) => changes.length);
        this.done = filter(this.done);
        this.undone = filter(this.undone);
    }
}
