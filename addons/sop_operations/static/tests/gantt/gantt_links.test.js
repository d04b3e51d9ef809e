import {describe, expect, test} from "@odoo/hoot";
import {pathOf, slackOf} from "@sop_operations/gantt/gantt_links";

describe.current.tags("headless");

const before = {date_from: "2025-05-01", date_to: "2025-05-10"};
const after = {date_from: "2025-05-13", date_to: "2025-05-15"};
const slack = (type, lag, one = before, other = after) =>
    slackOf({type, lag, binds: true}, one, other);

test("days between two bars, by type and lag", () => {
    expect(slack("fs", 0)).toBe(2);
    expect(slack("fs", 2)).toBe(0);
    expect(slack("fs", 5)).toBe(-3);
    expect(slack("fs", -1)).toBe(3);
    expect(slack("ss", 0)).toBe(12);
    expect(slack("ff", 0)).toBe(5);
    expect(slack("sf", 0)).toBe(15);
    expect(slack("fs", 0, after, before)).toBe(-15);
});

test("nothing to compare without dates, or where it no longer waits", () => {
    expect(slack("fs", 0, before, {date_from: false, date_to: "2025-05-15"})).toBe(
        null
    );
    expect(slackOf({type: "fs", lag: 0, binds: false}, after, before)).toBe(null);
});

test("lines leave and arrive on the right side", () => {
    const ahead = pathOf({x: 10, y: 60, side: 1}, {x: 100, y: 104, side: 1});
    expect(ahead.d).toBe("M10,60 H17 V104 H100");
    expect(ahead.tip).toBe("M100,104 l-6,-4 v8 z");
    // The next one begins before the end: round about, between the rows
    const back = pathOf({x: 100, y: 60, side: 1}, {x: 40, y: 104, side: 1});
    expect(back.d).toBe("M100,60 H107 V87 H33 V104 H40");
    const upwards = pathOf({x: 100, y: 104, side: 1}, {x: 40, y: 60, side: 1});
    expect(upwards.d).toBe("M100,104 H107 V87 H33 V60 H40");
    // From end to end: both from the right
    const ends = pathOf({x: 100, y: 60, side: 1}, {x: 140, y: 104, side: -1});
    expect(ends.d).toBe("M100,60 H147 V104 H140");
});
