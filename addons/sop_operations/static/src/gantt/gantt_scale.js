/** Days and places of the timeline; all of it is arithmetic on whole days. */

const DAY = 86400000;
/** Pixels of a day, and which spans the head of the table names. */
export const ZOOMS = {
    month: {pixels: 9, grain: 1},
    quarter: {pixels: 3.5, grain: 1},
    year: {pixels: 1.3, grain: 3},
};
/** No bar is drawn further away from today: a wrong year would make the table endless. */
const MOST_DAYS = 366 * 6;

/** Whole days since 1970 of a day such as "2025-06-30"; null for none. */
export function toDays(text) {
    return text ? Math.round(Date.parse(`${text}T00:00:00Z`) / DAY) : null;
}

function startOfMonth(days, months = 0) {
    const date = new Date(days * DAY);
    return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + months, 1) / DAY;
}

/**
 * From which day to which the table goes: whole months, with some room around today and around
 * everything that has a date.
 */
export function spanOf(rows, today) {
    const days = [today];
    for (const row of rows) {
        days.push(toDays(row.date_from), toDays(row.date_to));
        days.push(...row.milestones.map((milestone) => toDays(milestone.date)));
    }
    const near = days.filter(
        (day) => day !== null && Math.abs(day - today) <= MOST_DAYS
    );
    return {
        first: startOfMonth(Math.min(...near), -1),
        last: startOfMonth(Math.max(...near), 2) - 1,
    };
}

/** The text of a day, such as "2025-06-30"; false for none. */
export function toText(days) {
    return days === null ? false : new Date(days * DAY).toISOString().slice(0, 10);
}

/**
 * Dates of a row that is moved, or whose start or end is. What has no date gets none, and the
 * end never comes before the start.
 *
 * @param {"move"|"start"|"end"} part
 * @returns {{date_from: string|false, date_to: string|false}}
 */
export function shifted(row, part, days) {
    let from = toDays(row.date_from);
    let to = toDays(row.date_to);
    if (from !== null && part !== "end") {
        from += days;
    }
    if (to !== null && part !== "start") {
        to += days;
    }
    if (from !== null && to !== null && from > to) {
        [from, to] = part === "start" ? [to, to] : [from, from];
    }
    return {date_from: toText(from), date_to: toText(to)};
}

export class Scale {
    constructor(span, zoom) {
        this.first = span.first;
        this.last = span.last;
        this.pixels = ZOOMS[zoom].pixels;
        this.grain = ZOOMS[zoom].grain;
    }

    get width() {
        return Math.round((this.last - this.first + 1) * this.pixels);
    }

    /** Where a day begins. */
    at(day) {
        return Math.round((day - this.first) * this.pixels);
    }

    /**
     * Place of the bar of a row; null when it has no date at all and no end.
     *
     * @returns {{start: number, width: number, isOpenStart: boolean, isOpenEnd: boolean}|null}
     */
    bar(row) {
        const from = toDays(row.date_from);
        const to = toDays(row.date_to);
        if (from === null && to === null && !row.is_ongoing) {
            return null;
        }
        const clip = (day) => Math.min(Math.max(day, this.first), this.last + 1);
        const start = this.at(clip(from ?? this.first));
        const end = this.at(clip(to === null ? this.last + 1 : to + 1));
        return {
            start,
            width: Math.max(end - start, 6),
            isOpenStart: from === null,
            isOpenEnd: to === null,
        };
    }

    /** Whether a day lies in the table. */
    holds(day) {
        return day >= this.first && day <= this.last;
    }

    /**
     * The spans that the head names: months, or quarters of a year seen from afar.
     *
     * @returns {{day: number, start: number, width: number, isYear: boolean}[]}
     */
    spans() {
        const spans = [];
        let day = this.first;
        while (day <= this.last) {
            const month = new Date(day * DAY).getUTCMonth();
            const next = startOfMonth(day, this.grain - (month % this.grain));
            const end = Math.min(next, this.last + 1);
            spans.push({
                day,
                start: this.at(day),
                width: this.at(end) - this.at(day),
                isYear: month < this.grain,
            });
            day = next;
        }
        return spans;
    }
}

/** The day as a date of the browser's calendar, for its names of months. */
export function toDate(days) {
    const date = new Date(days * DAY);
    return new Date(date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate());
}
