import {advanceTime, Deferred, describe, expect, test, tick} from "@odoo/hoot";

import {GridSaver} from "@sop_budget/grid/grid_saver";

import {FEB, JAN} from "./grid_data";

describe.current.tags("headless");

class Offline extends Error {}

const OK = {conflicts: [], refused: []};

function makeSaver(answer = () => OK) {
    const log = {sent: [], results: [], errors: []};
    const saver = new GridSaver({
        send: async (edits) => {
            log.sent.push(
                edits.map(({row, field, value, expected}) => [
                    row,
                    field,
                    value,
                    expected,
                ])
            );
            return answer(edits, log.sent.length);
        },
        isOffline: (error) => error instanceof Offline,
        onChange: () => {},
        onResult: (result) => log.results.push(result),
        onError: (error) => log.errors.push(error.message),
    });
    return {saver, log};
}

const change = (row, field, before, after) => ({row, field, before, after});

test("edits wait a moment and go together", async () => {
    const {saver, log} = makeSaver();
    saver.queue([change(1, JAN, null, 5)]);
    await advanceTime(200);
    saver.queue([change(1, FEB, 1, 2)]);
    expect(saver.status).toBe("pending");
    await advanceTime(500);
    expect(log.sent).toEqual([
        [
            [1, JAN, 5, null],
            [1, FEB, 2, 1],
        ],
    ]);
    expect(saver.status).toBe("saved");
    expect(saver.hasUnsaved).toBe(false);
});

test("a cell edited twice is sent once, with what the server holds as expected", async () => {
    const {saver, log} = makeSaver();
    saver.queue([change(1, JAN, 1, 2)]);
    saver.queue([change(1, JAN, 2, 3)]);
    await saver.flush();
    expect(log.sent).toEqual([[[1, JAN, 3, 1]]]);
});

test("an edit that is undone before it is sent is not sent", async () => {
    const {saver, log} = makeSaver();
    saver.queue([change(1, JAN, 1, 2)]);
    saver.queue([change(1, JAN, 2, 1)]);
    expect(saver.status).toBe("saved");
    expect(await saver.flush()).toBe(true);
    expect(log.sent).toEqual([]);
});

test("what is typed while a request is under way follows it", async () => {
    const first = new Deferred();
    const {saver, log} = makeSaver((edits, count) => (count === 1 ? first : OK));
    saver.queue([change(1, JAN, 1, 2)]);
    await advanceTime(400);
    saver.queue([change(1, JAN, 2, 3)]);
    await advanceTime(1000);
    expect(log.sent).toHaveLength(1);
    first.resolve(OK);
    await tick();
    await advanceTime(500);
    expect(log.sent[1]).toEqual([[1, JAN, 3, 2]]);
    expect(saver.status).toBe("saved");
});

test("without a connection nothing is lost and it is tried again", async () => {
    let connected = false;
    const {saver, log} = makeSaver(() => {
        if (!connected) {
            throw new Offline();
        }
        return OK;
    });
    saver.queue([change(1, JAN, 1, 2)]);
    await advanceTime(400);
    expect(saver.status).toBe("offline");
    saver.queue([change(1, JAN, 2, 9), change(2, JAN, null, 4)]);
    expect(saver.status).toBe("offline");
    connected = true;
    await advanceTime(2000);
    expect(log.sent.at(-1)).toEqual([
        [1, JAN, 9, 1],
        [2, JAN, 4, null],
    ]);
    expect(saver.status).toBe("saved");
});

test("an error of the server keeps the edits until they are sent again or given up", async () => {
    let broken = true;
    const {saver, log} = makeSaver(() => {
        if (broken) {
            throw new Error("approved meanwhile");
        }
        return OK;
    });
    saver.queue([change(1, JAN, 1, 2)]);
    expect(await saver.flush()).toBe(false);
    expect(saver.status).toBe("failed");
    expect(log.errors).toEqual(["approved meanwhile"]);
    expect(saver.unsaved).toHaveLength(1);
    await advanceTime(60000);
    expect(log.sent).toHaveLength(1);
    broken = false;
    expect(await saver.flush()).toBe(true);
    saver.queue([change(1, JAN, 2, 3)]);
    saver.discard();
    expect(saver.hasUnsaved).toBe(false);
    expect(saver.status).toBe("saved");
});

test("a newer edit of a conflicting cell joins the conflict", async () => {
    const first = new Deferred();
    const {saver, log} = makeSaver((edits, count) => (count === 1 ? first : OK));
    saver.queue([change(1, JAN, 1, 2)]);
    await advanceTime(400);
    saver.queue([change(1, JAN, 2, 7), change(1, FEB, null, 8)]);
    first.resolve({
        conflicts: [{row: 1, field: JAN, yours: 2, theirs: 5}],
        refused: [],
    });
    await tick();
    await advanceTime(1000);
    expect(log.results[0].conflicts).toEqual([
        {row: 1, field: JAN, yours: 7, theirs: 5},
    ]);
    expect(log.sent[1]).toEqual([[1, FEB, 8, null]]);
});

test("edits of rows that are gone are dropped", () => {
    const {saver} = makeSaver();
    saver.queue([change(1, JAN, 1, 2), change(2, JAN, 1, 2)]);
    saver.drop(({row}) => row === 1);
    expect(saver.unsaved.map(({row}) => row)).toEqual([2]);
});

test("stopped for good", async () => {
    const {saver, log} = makeSaver();
    saver.queue([change(1, JAN, 1, 2)]);
    saver.stop();
    await advanceTime(1000);
    expect(log.sent).toEqual([]);
});
