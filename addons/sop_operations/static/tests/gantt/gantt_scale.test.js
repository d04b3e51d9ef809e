import {describe, expect, test} from "@odoo/hoot";
import {
    Scale,
    shifted,
    spanOf,
    toDays,
    toText,
} from "@sop_operations/gantt/gantt_scale";

describe.current.tags("headless");

const TODAY = toDays("2025-02-14");
const row = (date_from, date_to, ...milestones) => ({
    date_from,
    date_to,
    milestones: milestones.map((date) => ({date})),
});
const spanFor = (...rows) => spanOf(rows, TODAY);

test("days are whole, whatever the clock is set to", () => {
    expect(toDays("1970-01-02")).toBe(1);
    expect(toDays("2025-03-31") - toDays("2025-03-30")).toBe(1);
    expect(toDays(false)).toBe(null);
});

test("whole months around everything that has a date", () => {
    expect(spanFor()).toEqual({
        first: toDays("2025-01-01"),
        last: toDays("2025-03-31"),
    });
    const span = spanFor(row("2024-11-15", "2025-06-30", "2025-09-02"));
    expect(span).toEqual({first: toDays("2024-10-01"), last: toDays("2025-10-31")});
});

test("a wrong year does not make the table endless", () => {
    const span = spanFor(row("1925-01-01", "9999-12-31"));
    expect(span.last - span.first).toBeLessThan(100);
    const bar = new Scale(span, "month").bar(row("1925-01-01", "9999-12-31"));
    expect(bar.start).toBe(0);
    expect(bar.width).toBe(new Scale(span, "month").width);
});

test("a bar takes the days from its start to its end", () => {
    const scale = new Scale(spanFor(row("2025-02-01", "2025-02-28")), "month");
    expect(scale.bar(row("2025-02-01", "2025-02-28"))).toEqual({
        start: 31 * 9,
        width: 28 * 9,
        isOpenStart: false,
        isOpenEnd: false,
    });
});

test("what has no end goes on, what has no date has no bar", () => {
    const scale = new Scale(spanFor(), "month");
    const bar = scale.bar(row("2025-03-01", false));
    expect(bar.start + bar.width).toBe(scale.width);
    expect(bar.isOpenEnd).toBe(true);
    expect(scale.bar(row(false, "2025-01-31"))).toEqual({
        start: 0,
        width: 31 * 9,
        isOpenStart: true,
        isOpenEnd: false,
    });
    expect(scale.bar(row(false, false))).toBe(null);
    const ongoing = scale.bar({...row(false, false), is_ongoing: true});
    expect(ongoing.width).toBe(scale.width);
});

test("one day is wide enough to be hit", () => {
    const scale = new Scale(spanFor(), "year");
    expect(scale.bar(row("2025-02-14", "2025-02-14")).width).toBe(6);
});

test("a bar is moved, or one of its ends", () => {
    const dates = {date_from: "2025-02-27", date_to: "2025-03-02"};
    expect(shifted(dates, "move", 2)).toEqual({
        date_from: "2025-03-01",
        date_to: "2025-03-04",
    });
    expect(shifted(dates, "start", -1)).toEqual({...dates, date_from: "2025-02-26"});
    expect(shifted(dates, "end", 30)).toEqual({...dates, date_to: "2025-04-01"});
    // An end is never before its start
    expect(shifted(dates, "start", 9)).toEqual({
        date_from: "2025-03-02",
        date_to: "2025-03-02",
    });
    expect(shifted(dates, "end", -9)).toEqual({
        date_from: "2025-02-27",
        date_to: "2025-02-27",
    });
    expect(shifted({date_from: "2025-02-27", date_to: false}, "move", 1)).toEqual({
        date_from: "2025-02-28",
        date_to: false,
    });
    expect(toText(toDays("2025-03-30"))).toBe("2025-03-30");
});

test("the head names months, or quarters seen from afar, without a gap", () => {
    for (const zoom of ["month", "quarter", "year"]) {
        const scale = new Scale(spanFor(row("2024-11-15", "2026-02-01")), zoom);
        const spans = scale.spans();
        expect(spans[0].start).toBe(0);
        expect(spans.at(-1).start + spans.at(-1).width).toBe(scale.width);
        for (const [index, span] of spans.slice(1).entries()) {
            expect(span.start).toBe(spans[index].start + spans[index].width);
        }
        expect(spans.filter((span) => span.isYear)).toHaveLength(2);
    }
});
