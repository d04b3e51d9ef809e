import {_t} from "@web/core/l10n/translation";
import {formatFloat} from "@web/core/utils/numbers";

/**
 * What the report shows, worked out from what the server sent: no component, no state.
 *
 * A "line" is a row as shown: a total, a category or what is in no category, in the order
 * in which it is read, with the depth at which it stands.
 */

/** Height of a row in pixels; the style sheet gives rows the same. */
export const ROW_HEIGHT = 34;
/** Rows kept above and below the visible part. */
export const ROW_BUFFER = 12;
/** Share of the plan from which a row is to be watched. */
export const WATCH_FROM = 0.8;

const SPENDING = new Set(["expense", "capital"]);

/**
 * Totals first, each followed by the rows that it sums up.
 *
 * @param {{rows: Object[], totals: Object[]}} data
 * @returns {Object[]} lines with `depth`, `parentKey` and `expandable`
 */
export function buildLines(data) {
    const lines = [];
    for (const total of data.totals) {
        const rows = data.rows.filter(
            (row) => total.type === "total" && row.kind === total.kind
        );
        lines.push({...total, depth: 0, parentKey: null, expandable: rows.length > 0});
        for (const row of rows) {
            lines.push({
                ...row,
                depth: row.level + 1,
                parentKey: row.parent || total.key,
                expandable: !row.leaf && row.type === "category",
            });
        }
    }
    return lines;
}

/** Number of levels that can be opened, the totals being level 0. */
export function countLevels(lines) {
    return lines.reduce((depth, line) => Math.max(depth, line.depth), 0);
}

/**
 * Keys to fold so that only lines down to `level` are seen.
 *
 * @param {Object[]} lines
 * @param {number} level
 * @returns {Set<string>}
 */
export function foldToLevel(lines, level) {
    return new Set(
        lines
            .filter((line) => line.expandable && line.depth >= level)
            .map((line) => line.key)
    );
}

/**
 * Lines that no folded line hides, in one pass: lines come in pre-order.
 *
 * @param {Object[]} lines
 * @param {Set<string>} folded
 */
export function visibleLines(lines, folded) {
    const shown = [];
    let hiddenBelow = Infinity;
    for (const line of lines) {
        if (line.depth > hiddenBelow) {
            continue;
        }
        hiddenBelow = folded.has(line.key) ? line.depth : Infinity;
        shown.push(line);
    }
    return shown;
}

/**
 * Lines matching a text, with the lines above them.
 *
 * @param {Object[]} lines
 * @param {string} text
 */
export function searchLines(lines, text) {
    const needle = text.trim().toLowerCase();
    if (!needle) {
        return lines;
    }
    const keep = new Set();
    const byKey = new Map(lines.map((line) => [line.key, line]));
    for (const line of lines) {
        if (`${line.code || ""} ${line.name}`.toLowerCase().includes(needle)) {
            for (let at = line; at && !keep.has(at.key); at = byKey.get(at.parentKey)) {
                keep.add(at.key);
            }
        }
    }
    return lines.filter((line) => keep.has(line.key));
}

/**
 * Part of a long list to draw.
 *
 * @param {number} top pixels of the list above the visible part (below 0: it starts lower)
 * @param {number} height of the visible part
 * @param {number} count of rows
 * @returns {{start: number, end: number}} end is exclusive
 */
export function rowWindow(top, height, count) {
    const first = Math.floor(top / ROW_HEIGHT) - ROW_BUFFER;
    const last = Math.ceil((top + height) / ROW_HEIGHT) + ROW_BUFFER;
    const end = Math.max(0, Math.min(count, last));
    return {start: Math.max(0, Math.min(first, end)), end};
}

/**
 * @param {number|null} value
 * @param {"money"|"percent"|"months"} type
 * @param {number} digits decimals of money
 * @returns {string} a dash when there is no figure: no data is not zero
 */
export function formatFigure(value, type, digits) {
    if (value === null || value === undefined) {
        return "–";
    }
    if (type === "percent") {
        return `${formatFloat(value * 100, {digits: [16, 1]})}%`;
    }
    if (type === "months") {
        return formatFloat(value, {digits: [16, 1]});
    }
    return formatFloat(value, {digits: [16, digits]});
}

/** An amount with the symbol of its currency. */
export function formatMoney(value, currency, digits = currency.digits) {
    const text = formatFigure(value, "money", digits);
    if (value === null || value === undefined) {
        return text;
    }
    return currency.position === "after"
        ? `${text}\u00a0${currency.symbol}`
        : `${currency.symbol}\u00a0${text}`;
}

/**
 * How a figure is to be read beyond its number.
 *
 * @param {Object} line
 * @param {string} measure
 * @param {number|null} value
 * @returns {{level: string, icon: string, text: string}|null} level: over, watch or good
 */
export function figureMark(line, measure, value) {
    if (value === null || value === undefined || line.type === "unassigned") {
        return null;
    }
    const spending = SPENDING.has(line.kind);
    if (measure === "available" && spending && value < 0) {
        return {
            level: "over",
            icon: "fa-exclamation-triangle",
            text: _t("over budget"),
        };
    }
    if (measure === "variance" || measure === "variance_percent") {
        if (value < 0) {
            return {level: "over", icon: "fa-caret-down", text: _t("unfavourable")};
        }
        return value > 0
            ? {level: "good", icon: "fa-caret-up", text: _t("favourable")}
            : null;
    }
    if (measure === "utilisation" || measure === "burn") {
        return usageMark(spending, value);
    }
    return null;
}

function usageMark(spending, value) {
    if (!spending) {
        return value >= 1
            ? {level: "good", icon: "fa-check", text: _t("reached")}
            : null;
    }
    if (value > 1) {
        return {
            level: "over",
            icon: "fa-exclamation-triangle",
            text: _t("over budget"),
        };
    }
    return value >= WATCH_FROM
        ? {level: "watch", icon: "fa-exclamation-circle", text: _t("nearly used up")}
        : null;
}

/**
 * Where a total starts rows that call a measure otherwise than its column does, its name.
 *
 * @param {Object} line
 * @param {Object} measure
 */
export function figureCaption(line, measure) {
    const name = line.type === "total" && measure.names?.[line.kind];
    return name && name !== measure.name ? name : "";
}

/** Width of a progress bar in percent, between 0 and 100. */
export function barWidth(value) {
    return Math.round(Math.max(0, Math.min(1, value || 0)) * 1000) / 10;
}

/** A measure called as it is called for the kind of the line ("Still to come" for income). */
export function measureName(measure, kind) {
    return measure.names?.[kind] || measure.name;
}
