import {onMounted, onWillUnmount, useState} from "@odoo/owl";

export const ROW_HEIGHT = 32;
const BUFFER_ROWS = 6;
const STEP_ROWS = 4; // rows are drawn and removed by fours, not one by one
const DIGIT_WIDTH = 7.9;
const SIGN_WIDTH = 4.2;
const WIDTHS = {code: [64, 130], month: [72, 190], total: [84, 210]};
const NAME_WIDTH = {wide: 240, small: 148};

function textWidth(text) {
    const digits = text.replace(/\D/g, "").length;
    return digits * DIGIT_WIDTH + (text.length - digits) * SIGN_WIDTH;
}

/** The widest of some amounts: a minus sign takes about as much as one more digit. */
function widest(amounts) {
    return amounts.reduce(
        (size, value) => Math.max(size, value < 0 ? -10 * value : value),
        0
    );
}

/** Widths of the columns in pixels: as wide as the widest figure needs. */
export function columnWidths(model) {
    const rows = [...model.rows, ...model.footerRows];
    const month = Math.max(...rows.map(({sums}) => widest(sums.slice(0, -1))));
    const all = widest(rows.map(({sums}) => sums.at(-1)));
    const code = Math.max(4, ...rows.map((row) => (row.code || "").length));
    const fit = ([low, high], text, extra) =>
        Math.min(high, Math.max(low, Math.ceil(textWidth(text)) + extra));
    return {
        code: model.small ? 0 : fit(WIDTHS.code, "0".repeat(code), 24),
        name: model.small ? NAME_WIDTH.small : NAME_WIDTH.wide,
        month: fit(WIDTHS.month, model.format(month), 22),
        total: fit(WIDTHS.total, model.format(all), 26),
    };
}

export function contentWidth(model, {code, name, month, total}) {
    return code + name + model.size * month + total;
}

/** Sizes as CSS variables. On a wide screen code, name and total stay in sight, on a narrow one the name does. */
export function styleOf(model, widths) {
    const {code, name, month, total} = widths;
    const first = code ? `${code}px ` : "";
    return [
        `--sop-grid-columns: ${first}minmax(${name}px, 1fr) repeat(${model.size}, ${month}px) ${total}px`,
        `--sop-grid-width: ${contentWidth(model, widths)}px`,
        `--sop-grid-code: ${code}px`,
        `--sop-grid-row: ${ROW_HEIGHT}px`,
    ].join(";");
}

/**
 * Which rows of the scrolled element are in sight.
 *
 * @param {{ el: HTMLElement|null }} scroller
 */
export function useViewport(scroller) {
    const state = useState({first: 0, count: 30});
    let observer;

    function measure() {
        const el = scroller.el;
        if (el) {
            state.first = Math.floor(el.scrollTop / ROW_HEIGHT / STEP_ROWS) * STEP_ROWS;
            state.count = Math.ceil(el.clientHeight / ROW_HEIGHT) + STEP_ROWS;
        }
    }

    onMounted(() => {
        measure();
        observer = new ResizeObserver(measure);
        observer.observe(scroller.el);
    });
    onWillUnmount(() => observer?.disconnect());

    return {
        measure,

        /** Whether columns run from right to left. */
        get rtl() {
            return getComputedStyle(scroller.el).direction === "rtl";
        },

        /** First row to draw and the one after the last. */
        rows(length) {
            const end = Math.min(length, state.first + state.count + BUFFER_ROWS);
            return [Math.max(0, Math.min(state.first - BUFFER_ROWS, length - 1)), end];
        },

        /** How many rows one screen shows between header and totals. */
        pageRows(totals) {
            return Math.max(
                1,
                Math.floor(scroller.el.clientHeight / ROW_HEIGHT) - totals - 2
            );
        },

        revealRow(position, totals) {
            const el = scroller.el;
            const top = position * ROW_HEIGHT;
            const room = el.clientHeight - (totals + 1) * ROW_HEIGHT;
            if (top < el.scrollTop) {
                el.scrollTop = top;
            } else if (top + ROW_HEIGHT > el.scrollTop + room) {
                el.scrollTop = top + ROW_HEIGHT - room;
            }
            measure();
        },

        revealColumn(model, widths, column) {
            const scrolls =
                column.type === "month" || (column.type === "total" && model.small);
            if (!scrolls) {
                return;
            }
            const el = scroller.el;
            const {code, month, total} = widths;
            const content = contentWidth(model, widths);
            // The name takes what is left over
            const name = widths.name + Math.max(0, el.clientWidth - content);
            const left = column.month * month;
            const right = left + (column.type === "total" ? total : month);
            const room = el.clientWidth - code - name - (model.small ? 0 : total);
            const scrolled = Math.abs(el.scrollLeft); // below zero in right-to-left languages
            const sign = this.rtl ? -1 : 1;
            if (left < scrolled) {
                el.scrollLeft = sign * left;
            } else if (right > scrolled + room) {
                el.scrollLeft = sign * (right - room);
            }
        },
    };
}
