import {Component, onPatched, useExternalListener, useRef, useState} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {getActiveHotkey} from "@web/core/hotkeys/hotkey_service";
import {useThrottleForAnimation} from "@web/core/utils/timing";
import {
    ROW_HEIGHT,
    barWidth,
    figureCaption,
    figureMark,
    formatFigure,
    measureName,
    rowWindow,
} from "./report_rows";

/**
 * The tree of the report as a grid that draws only the rows in sight, reachable by keyboard:
 * arrows move, Enter explains a figure or folds a row, Home and End go to the ends.
 */
export class ReportTable extends Component {
    static template = "sop_budget.ReportTable";
    static props = {
        columns: Array,
        measures: Array,
        lines: Array,
        folded: Set,
        digits: Number,
        caption: String,
        scrollable: Object,
        onFigure: Function,
        onToggle: Function,
        onAssign: {type: Function, optional: true},
    };

    setup() {
        this.table = useRef("table");
        this.body = useRef("body");
        this.state = useState({start: 0, end: 60, row: 0, cell: 0});
        this.focusWanted = false;
        const update = useThrottleForAnimation(() => this.updateWindow());
        useExternalListener(window, "resize", update);
        // Scrolling doesn't bubble: it is caught on its way down, for whichever element scrolls
        useExternalListener(window, "scroll", update, {capture: true});
        onPatched(() => {
            this.updateWindow();
            this.restoreFocus();
        });
    }

    // Windows of rows --------------------------------------------------------

    updateWindow() {
        const scroller = this.props.scrollable.el;
        if (!scroller || !this.body.el) {
            return;
        }
        const view = scroller.getBoundingClientRect();
        const top = view.top - this.body.el.getBoundingClientRect().top;
        const next = rowWindow(top, view.height, this.props.lines.length);
        if (next.start !== this.state.start || next.end !== this.state.end) {
            Object.assign(this.state, next);
        }
    }

    get window() {
        const end = Math.min(this.state.end, this.props.lines.length);
        const start = Math.min(this.state.start, Math.max(end - 1, 0));
        return {start, end};
    }

    get drawnLines() {
        const {start, end} = this.window;
        return this.props.lines
            .slice(start, end)
            .map((line, i) => ({...line, at: start + i}));
    }

    get spaceAbove() {
        return this.window.start * ROW_HEIGHT;
    }

    get spaceBelow() {
        return (this.props.lines.length - this.window.end) * ROW_HEIGHT;
    }

    // Cells ------------------------------------------------------------------

    get columnCount() {
        return this.props.columns.length * this.props.measures.length + 1;
    }

    /** One entry for each figure of a line, in reading order. */
    cells(line) {
        const cells = [];
        const count = this.props.measures.length;
        this.props.columns.forEach((column, c) => {
            this.props.measures.forEach((measure, m) => {
                const value = line.values[c * count + m];
                const mark = figureMark(line, measure.key, value);
                cells.push({
                    key: `${column.key}/${measure.key}`,
                    at: c * count + m + 1,
                    first: m === 0,
                    column,
                    measure,
                    value,
                    mark,
                    zero: value === 0,
                    caption: figureCaption(line, measure),
                    text: formatFigure(value, measure.type, this.props.digits),
                    bar:
                        measure.key === "utilisation" && value !== null
                            ? barWidth(value)
                            : null,
                });
            });
        });
        return cells;
    }

    cellTitle(line, cell) {
        const parts = [
            `${measureName(cell.measure, line.kind)}, ${cell.column.name}: ${cell.text}`,
            line.code ? `${line.code} ${line.name}` : line.name,
        ];
        if (cell.mark) {
            parts.push(cell.mark.text);
        }
        if (cell.value !== null) {
            parts.push(_t("Click to see where this figure comes from."));
        }
        return parts.join("\n");
    }

    headTitle(measure) {
        return measure.help || measure.name;
    }

    tabIndex(at, cell) {
        return this.state.row === at && this.state.cell === cell ? 0 : -1;
    }

    // Mouse and keyboard -------------------------------------------------------

    locate(ev) {
        const cell = ev.target.closest("[data-cell]");
        const row = ev.target.closest("[data-row]");
        return cell && row
            ? {row: Number(row.dataset.row), cell: Number(cell.dataset.cell)}
            : null;
    }

    onClick(ev) {
        const place = this.locate(ev);
        if (!place || ev.target.closest(".o_sop_assign")) {
            return;
        }
        Object.assign(this.state, place);
        this.activate(place);
    }

    activate({row, cell}) {
        const line = this.props.lines[row];
        if (!line) {
            return;
        }
        if (cell === 0) {
            if (line.expandable) {
                this.props.onToggle(line.key);
            }
            return;
        }
        const figure = this.cells(line)[cell - 1];
        if (figure && figure.value !== null) {
            this.props.onFigure(line, figure.column, figure.measure.key);
        }
    }

    onKeydown(ev) {
        const place = this.locate(ev);
        const handler = place && this.keyHandlers[getActiveHotkey(ev)];
        if (handler) {
            ev.preventDefault();
            ev.stopPropagation();
            handler(place);
        }
    }

    get keyHandlers() {
        const last = this.props.lines.length - 1;
        const page = 15;
        return {
            arrowdown: ({row, cell}) => this.moveTo(Math.min(row + 1, last), cell),
            arrowup: ({row, cell}) => this.moveTo(Math.max(row - 1, 0), cell),
            arrowright: (place) => this.moveSideways(place, 1),
            arrowleft: (place) => this.moveSideways(place, -1),
            pagedown: ({row, cell}) => this.moveTo(Math.min(row + page, last), cell),
            pageup: ({row, cell}) => this.moveTo(Math.max(row - page, 0), cell),
            home: ({row}) => this.moveTo(row, 0),
            end: ({row}) => this.moveTo(row, this.columnCount - 1),
            "control+home": () => this.moveTo(0, 0),
            "control+end": () => this.moveTo(last, this.columnCount - 1),
            enter: (place) => this.activate(place),
            space: (place) => this.activate(place),
        };
    }

    /** On the name, right opens and left closes a row, as trees do. */
    moveSideways({row, cell}, step) {
        const line = this.props.lines[row];
        const folded = this.props.folded.has(line.key);
        if (cell === 0 && line.expandable && folded === step > 0) {
            this.props.onToggle(line.key, !folded);
            return;
        }
        this.moveTo(row, Math.max(0, Math.min(cell + step, this.columnCount - 1)));
    }

    moveTo(row, cell) {
        Object.assign(this.state, {row, cell});
        this.focusWanted = true;
        const scroller = this.props.scrollable.el;
        const top = row * ROW_HEIGHT + this.bodyOffset();
        const head = this.table.el.tHead.offsetHeight;
        if (top - head < scroller.scrollTop) {
            scroller.scrollTop = top - head;
        } else if (top + ROW_HEIGHT > scroller.scrollTop + scroller.clientHeight) {
            scroller.scrollTop = top + ROW_HEIGHT - scroller.clientHeight;
        }
        this.updateWindow();
        this.restoreFocus();
    }

    /** Pixels between the top of what scrolls and the first row. */
    bodyOffset() {
        const scroller = this.props.scrollable.el;
        const body = this.body.el.getBoundingClientRect().top;
        return body - scroller.getBoundingClientRect().top + scroller.scrollTop;
    }

    restoreFocus() {
        if (!this.focusWanted) {
            return;
        }
        const {row, cell} = this.state;
        const selector = `[data-row="${row}"] [data-cell="${cell}"]`;
        const target = this.body.el.querySelector(selector);
        if (target) {
            this.focusWanted = false;
            target.focus({preventScroll: cell === 0});
        }
    }
}
