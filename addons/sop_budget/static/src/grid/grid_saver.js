/**
 * Sends edits to the server in batches, one request at a time, and never forgets one: what could not be sent
 * stays here until it is sent, given up by the user or refused with a reason.
 *
 * Every edit goes with the value the server is known to hold ("expected"). Where somebody else changed the cell
 * meanwhile the server does not write, and the edit becomes a conflict that the user settles.
 */

const DELAY = 400;
const RETRY_DELAYS = [2000, 5000, 10000, 30000];
const BATCH = 2000;

/**
 * @typedef {{ row: number, field: string, value: any, expected: any }} Edit
 * @typedef {{ row: number, field: string, yours: any, theirs: any, user: string, date: string }} Conflict
 * @typedef {"saved"|"saving"|"pending"|"offline"|"failed"} SaverStatus
 */

export class GridSaver {
    /**
     * @param {object} params
     * @param {(edits: Edit[]) => Promise<{ conflicts: Conflict[], refused: object[] }>} params.send
     * @param {(error: Error) => boolean} params.isOffline whether an error means that the server was not reached
     * @param {() => void} params.onChange
     * @param {(result: { conflicts: Conflict[], refused: object[] }) => void} params.onResult
     * @param {(error: Error) => void} params.onError
     * @param {{ setTimeout: Function, clearTimeout: Function }} [params.timers]
     */
    constructor({send, isOffline, onChange, onResult, onError, timers = globalThis}) {
        Object.assign(this, {send, isOffline, onChange, onResult, onError, timers});
        this.pending = new Map();
        this.inFlight = new Map();
        this.status = "saved";
        this.tries = 0;
        this.timer = null;
        this.current = null;
    }

    static key({row, field}) {
        return `${row}:${field}`;
    }

    /** @param {import("./grid_model").CellChange[]} changes already applied to the grid */
    queue(changes) {
        for (const {row, field, before, after} of changes) {
            const key = GridSaver.key({row, field});
            const waiting = this.pending.get(key);
            const edit = {
                row,
                field,
                value: after,
                expected: waiting ? waiting.expected : before,
            };
            if (waiting && edit.expected === after && !this.inFlight.has(key)) {
                this.pending.delete(key); // back to what the server holds
            } else {
                this.pending.set(key, edit);
            }
        }
        if (this.pending.size && this.status !== "offline") {
            this._setStatus("pending");
            this._schedule(DELAY);
        } else if (!this.pending.size && !this.inFlight.size) {
            this._setStatus("saved");
        }
    }

    get hasUnsaved() {
        return this.pending.size + this.inFlight.size > 0;
    }

    /** All edits that are not stored yet, to lay over freshly loaded data. */
    get unsaved() {
        return [...this.inFlight.values(), ...this.pending.values()];
    }

    /** Sends everything now. @returns {Promise<boolean>} whether all of it was stored or settled */
    async flush() {
        this._unschedule();
        while (this.pending.size || this.current) {
            await (this.current || this._sendBatch());
            if (this.status === "offline" || this.status === "failed") {
                return false;
            }
        }
        return true;
    }

    /** Gives up what was not stored. */
    discard() {
        this._unschedule();
        this.pending.clear();
        this.tries = 0;
        this._setStatus(this.inFlight.size ? "saving" : "saved");
    }

    /** Leaves out the edits of rows that no longer exist. */
    drop(isGone) {
        for (const [key, edit] of this.pending) {
            if (isGone(edit)) {
                this.pending.delete(key);
            }
        }
    }

    stop() {
        this._unschedule();
        this.onChange = this.onResult = this.onError = () => {};
    }

    _sendBatch() {
        this.current = this._transmit().finally(() => {
            this.current = null;
        });
        return this.current;
    }

    async _transmit() {
        const batch = [...this.pending].slice(0, BATCH);
        this.inFlight = new Map(batch);
        batch.forEach(([key]) => this.pending.delete(key));
        this._setStatus("saving");
        let result;
        try {
            result = await this.send([...this.inFlight.values()]);
        } catch (error) {
            this._takeBack();
            this._fail(error);
            return;
        }
        this.tries = 0;
        this._settle(result);
        this._setStatus(this.pending.size ? "pending" : "saved");
        this.onResult(result);
        if (this.pending.size) {
            this._schedule(DELAY);
        }
    }

    /** What was sent is not stored: it waits again, below what was typed since. */
    _takeBack() {
        const newer = this.pending;
        this.pending = this.inFlight;
        this.inFlight = new Map();
        for (const [key, edit] of newer) {
            const older = this.pending.get(key);
            this.pending.set(key, older ? {...edit, expected: older.expected} : edit);
        }
    }

    _fail(error) {
        if (this.isOffline(error)) {
            const delay = RETRY_DELAYS[Math.min(this.tries++, RETRY_DELAYS.length - 1)];
            this._setStatus("offline");
            this._schedule(delay);
        } else {
            this._setStatus("failed");
            this.onError(error);
        }
    }

    /** What was typed while a conflicting cell was on its way belongs to the same conflict. */
    _settle({conflicts, refused}) {
        this.inFlight = new Map();
        for (const entry of [...conflicts, ...refused]) {
            const key = GridSaver.key(entry);
            const newer = this.pending.get(key);
            if (newer) {
                entry.yours = newer.value;
                this.pending.delete(key);
            }
        }
    }

    _schedule(delay) {
        this._unschedule();
        this.timer = this.timers.setTimeout(() => {
            this.timer = null;
            if (!this.current && this.pending.size) {
                this._sendBatch();
            }
        }, delay);
    }

    _unschedule() {
        this.timers.clearTimeout(this.timer);
        this.timer = null;
    }

    _setStatus(status) {
        this.status = status;
        this.onChange();
    }
}
