import {
    Component,
    onMounted,
    onPatched,
    onWillUnmount,
    useRef,
    useState,
} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {useService} from "@web/core/utils/hooks";
import {useThrottleForAnimation} from "@web/core/utils/timing";

import {formatBlock, parseBlock} from "./grid_clipboard";
import {GridController} from "./grid_controller";
import {readKey} from "./grid_keys";
import {NumberError} from "./grid_number";
import {
    copyBlock,
    planClear,
    planFill,
    planFillAll,
    planPaste,
    planText,
} from "./grid_plans";
import {cellId, GridRow} from "./grid_row";
import {useRowDrag} from "./grid_row_drag";
import {columnWidths, ROW_HEIGHT, styleOf, useViewport} from "./grid_viewport";

/**
 * The cells: draws the rows that are in sight, keeps the keyboard focus on one element and turns keys, mouse and
 * clipboard into edits of the controller. The active cell is told to assistive technology by
 * aria-activedescendant; an editor is an input inside the cell.
 */
export class GridTable extends Component {
    static template = "sop_budget.GridTable";
    static components = {GridRow};
    static props = {
        controller: GridController,
        // Between the table and the toolbar around it: gets its methods; `pendingEdit` is
        // the address of a cell whose editor shall open as soon as it is there
        api: Object,
        version: Number, // grows with each change of the controller: its data is not reactive
        small: {type: Boolean, optional: true},
        onMenu: Function,
        onSpread: Function,
        onMoveRow: Function,
        onAddRow: Function,
    };

    setup() {
        this.notification = useService("notification");
        this.scroller = useRef("scroller");
        this.view = useViewport(this.scroller);
        this.onScroll = useThrottleForAnimation(() => this.view.measure());
        this.state = useState({row: null, column: "", error: ""});
        this.editor = {text: "", select: false};
        this.drag = useRowDrag(
            () => this.controller,
            (target) => {
                const cell = this.cellOf(target);
                return cell && this.model.byId.get(cell.row);
            }
        );
        this.tabLeaves = false;
        this.selecting = false;
        Object.assign(this.props.api, {
            focus: () => this.focus(),
            reveal: () => this.reveal(),
            isEditing: () => this.isEditing,
        });
        onMounted(() => {
            this.focus();
            this.editPending();
        });
        onPatched(() => this.editPending());
        onWillUnmount(() => this.onScroll.cancel());
    }

    get controller() {
        return this.props.controller;
    }

    get model() {
        return this.controller.model;
    }

    get selection() {
        return this.model.selection;
    }

    // -----------------------------------------------------------------------------------------
    // What is drawn
    // -----------------------------------------------------------------------------------------

    get rowHeight() {
        return ROW_HEIGHT;
    }

    get widths() {
        const key = `${this.model.stamp}:${this.model.columns.length}`;
        if (this.widthsKey !== key) {
            this.widthsKey = key;
            this.cachedWidths = columnWidths(this.model);
        }
        return this.cachedWidths;
    }

    get style() {
        return styleOf(this.model, this.widths);
    }

    get drawnRows() {
        const [start, end] = this.view.rows(this.model.visible.length);
        const range = this.selection.range;
        return this.model.visible
            .slice(start, end)
            .map((row, at) => this.rowProps(row, start + at, range));
    }

    get drawnTotals() {
        const range = this.selection.range;
        const {visible, footerRows} = this.model;
        return footerRows.map((row, at) =>
            this.rowProps(row, visible.length + at, range)
        );
    }

    rowProps(row, position, range) {
        const {state, model, drag} = this;
        const {head} = this.selection;
        const selected = range && position >= range.top && position <= range.bottom;
        return {
            controller: this.controller,
            row,
            position,
            top: position * ROW_HEIGHT,
            stamp: model.stamp,
            open: !row.leaf && !row.footer && model.isOpen(row),
            left: selected ? range.left : -1,
            right: selected ? range.right : -1,
            head: head && head.row === row.id ? head.column : "",
            editing: state.row === row.id ? state.column : "",
            error: state.row === row.id ? state.error : "",
            editor: this.editor,
            drop: drag.state.row === row.id ? drag.state.where : "",
            conflicts: this.controller.conflicts,
            small: Boolean(this.props.small),
        };
    }

    get activeId() {
        const {head} = this.selection;
        return head ? cellId(head.row, head.column) : null;
    }

    // -----------------------------------------------------------------------------------------
    // Focus and scrolling
    // -----------------------------------------------------------------------------------------

    focus() {
        this.scroller.el?.focus({preventScroll: true});
    }

    /** Scrolls as little as possible so that the active cell is seen. */
    reveal() {
        const {head} = this.selection;
        if (head && this.scroller.el) {
            const position = this.model.position(head.row);
            if (position < this.model.visible.length) {
                this.view.revealRow(position, this.model.footerRows.length);
            }
            this.view.revealColumn(
                this.model,
                this.widths,
                this.model.column(head.column)
            );
        }
    }

    changed() {
        this.reveal();
        this.controller.onChange();
    }

    /** Opens the editor of a new row, with its text selected. */
    editPending() {
        const cell = this.props.api.pendingEdit;
        if (cell && this.model.position(cell.row) >= 0) {
            this.props.api.pendingEdit = null;
            this.selection.set(cell);
            this.reveal();
            this.startEdit({select: true});
        }
    }

    // -----------------------------------------------------------------------------------------
    // Editing a cell
    // -----------------------------------------------------------------------------------------

    get isEditing() {
        return this.state.row !== null;
    }

    get input() {
        return this.scroller.el.querySelector(".sop_grid_input");
    }

    /** @param {{ text?: string, select?: boolean }} [options] text: what replaces the content */
    startEdit({text, select = false} = {}) {
        const {head, anchor} = this.selection;
        const row = head && this.model.row(head.row);
        const column = head && this.model.column(head.column);
        if (!row || !this.model.access(row, column)) {
            this.explainFixed(row);
            return;
        }
        this.blockAnchor = anchor;
        this.editor.text = text ?? this.model.text(row, column);
        this.editor.select = select;
        Object.assign(this.state, {row: row.id, column: column.key, error: ""});
    }

    explainFixed(row) {
        const {budget} = this.model;
        let reason = _t("There is nothing to plan in this cell.");
        if (!budget.editable) {
            reason = budget.reason_not_editable;
        } else if (row?.kind === "result") {
            reason = _t("The result follows from the totals above it.");
        }
        this.closeReason?.(); // one is enough
        this.closeReason = this.notification.add(reason, {type: "info"});
    }

    stopEdit() {
        Object.assign(this.state, {row: null, column: "", error: ""});
        this.focus();
    }

    /** @returns {boolean} false when the text can't be taken and the editor stays open */
    commitEdit({everywhere = false} = {}) {
        const row = this.model.row(this.state.row);
        const column = this.model.column(this.state.column);
        const text = this.input?.value ?? this.editor.text;
        let change;
        try {
            change = planText(this.model, row, column, text);
        } catch (error) {
            this.state.error = this.errorText(error);
            this.editor.text = text;
            return false;
        }
        this.stopEdit();
        if (this.model.access(row, column) === "spread") {
            if (change) {
                this.props.onSpread(row, column, change.after);
            }
        } else if (everywhere && column.type === "month") {
            this.selection.set(this.selection.head, this.blockAnchor);
            this.controller.edit(planFillAll(this.model, this.model.parse(text)));
        } else if (change) {
            this.controller.edit([change]);
        }
        return true;
    }

    errorText(error) {
        if (!(error instanceof NumberError)) {
            throw error;
        }
        return {
            not_a_number: _t(
                "This is not a number. Write 1200, 15k or a formula such as =100*3."
            ),
            formula: _t("This formula can't be worked out. Use + - * / ( ) and %."),
            division_by_zero: _t("This formula divides by zero."),
            too_large: _t("This amount is too large."),
        }[error.reason];
    }

    onInput(ev) {
        if (ev.target === this.input) {
            this.editor.text = ev.target.value;
            this.state.error = "";
        }
    }

    onEditKey(ev) {
        if (ev.isComposing) {
            return;
        }
        const move = {
            Enter: () => this.selection.move(ev.shiftKey ? -1 : 1, 0),
            Tab: () => this.selection.tab(ev.shiftKey ? -1 : 1),
            ArrowUp: () => this.selection.move(-1, 0),
            ArrowDown: () => this.selection.move(1, 0),
        }[ev.key];
        if (ev.key === "Escape") {
            this.stopEdit();
        } else if (ev.key === "Enter" && (ev.ctrlKey || ev.metaKey)) {
            this.commitEdit({everywhere: true});
        } else if (!move) {
            this.addEarlyKey(ev);
            return;
        } else if (this.commitEdit()) {
            move();
            this.changed();
        }
        ev.preventDefault();
        ev.stopPropagation();
    }

    /** Keys that arrive before the editor is drawn belong to it. */
    addEarlyKey(ev) {
        const isText =
            [...ev.key].length === 1 && !ev.ctrlKey && !ev.metaKey && !ev.altKey;
        if (isText && ev.target === this.scroller.el) {
            this.editor.text += ev.key;
            ev.preventDefault();
        }
    }

    /** Whatever takes the focus away: what was typed counts; what can't be read is told, not dropped. */
    onFocusout(ev) {
        if (ev.target !== this.input || !this.isEditing || !document.hasFocus()) {
            return;
        }
        if (!this.commitEdit()) {
            const {error} = this.state;
            const text = this.editor.text;
            this.notification.add(
                _t("“%(text)s” was not entered. %(error)s", {text, error}),
                {
                    type: "warning",
                }
            );
            this.stopEdit();
        }
    }

    // -----------------------------------------------------------------------------------------
    // Keyboard
    // -----------------------------------------------------------------------------------------

    onKeydown(ev) {
        if (this.isEditing) {
            this.onEditKey(ev);
            return;
        }
        const page = this.view.pageRows(this.model.footerRows.length);
        const command = readKey(ev, {rtl: this.view.rtl, page});
        if (command && this.selection.head && this.run(command) !== false) {
            ev.preventDefault();
            ev.stopPropagation();
        }
    }

    /** @returns {false|void} false when the browser shall do what it does with the key */
    run(command) {
        const leaves = this.tabLeaves;
        this.tabLeaves = false;
        return this.commands[command.action]({...command, leaves});
    }

    get commands() {
        const {controller, selection} = this;
        const row = this.model.row(selection.head.row);
        const column = this.model.column(selection.head.column);
        return {
            move: ({down, across, extend}) => {
                selection.move(down, across, {extend});
                this.changed();
            },
            tab: ({leaves, step}) =>
                leaves || !selection.tab(step) ? false : this.changed(),
            enter: ({step}) => this.runEnter(step),
            edit: () => this.startEdit(),
            type: ({text}) => this.startEdit({text}),
            escape: () => {
                this.tabLeaves = true; // So that the keyboard is never caught in here
                selection.set(selection.head);
                this.changed();
            },
            clear: () => this.runClear(),
            space: () => this.runSpace(row, column),
            undo: () => {
                controller.undo();
                this.reveal();
            },
            redo: () => {
                controller.redo();
                this.reveal();
            },
            selectAll: () => {
                selection.selectAll();
                controller.onChange();
            },
            fill: ({direction}) => controller.edit(planFill(this.model, direction)),
            menu: () => this.openMenuAtHead(row),
            moveRow: ({direction}) => {
                this.props.onMoveRow(row, direction);
            },
        };
    }

    runEnter(step) {
        if (this.selection.isBlock) {
            this.selection.move(step, 0);
            return this.changed();
        }
        return this.startEdit();
    }

    runClear() {
        const changes = planClear(this.model);
        if (changes.length) {
            this.controller.edit(changes);
        } else if (!this.model.budget.editable) {
            this.explainFixed();
        }
    }

    runSpace(row, column) {
        if (!row.leaf && !row.footer && column.month === undefined) {
            this.model.toggle(row);
            this.changed();
        }
    }

    openMenuAtHead(row) {
        const cell = this.scroller.el.querySelector(`#${CSS.escape(this.activeId)}`);
        if (cell && !row.footer) {
            const {left, bottom} = cell.getBoundingClientRect();
            this.props.onMenu(row, {x: left + 8, y: bottom});
        }
    }

    // -----------------------------------------------------------------------------------------
    // Mouse and touch
    // -----------------------------------------------------------------------------------------

    /** @returns {import("./grid_selection").CellAddress|null} */
    cellOf(target) {
        const el = target.closest?.("[data-row][data-column]");
        if (!el) {
            return null;
        }
        const {row, column} = el.dataset;
        return {row: row.startsWith("total:") ? row : Number(row), column};
    }

    onPointerdown(ev) {
        const cell = this.cellOf(ev.target);
        if (!cell || ev.target.closest(".sop_grid_input, button, .sop_grid_handle")) {
            return;
        }
        if (this.isEditing && !this.commitEdit()) {
            return;
        }
        const {head, anchor} = this.selection;
        const again = head && head.row === cell.row && head.column === cell.column;
        this.tappedTwice = ev.pointerType === "touch" && again;
        if (ev.button !== 2 || !this.selection.has(cell)) {
            this.selection.set(cell, ev.shiftKey && head ? anchor : cell);
        }
        this.selecting = ev.button === 0 && ev.pointerType !== "touch";
        this.focus();
        this.controller.onChange();
    }

    onPointermove(ev) {
        if (!this.selecting || !ev.buttons) {
            this.selecting = false;
            return;
        }
        const cell = this.cellOf(ev.target);
        const {head, anchor} = this.selection;
        if (cell && (cell.row !== head.row || cell.column !== head.column)) {
            this.selection.set(cell, anchor);
            this.changed();
        }
    }

    onClick(ev) {
        const button = ev.target.closest("[data-action]");
        if (button) {
            this.onButton(button);
        } else if (this.tappedTwice && this.cellOf(ev.target)) {
            this.startEdit();
        } else if (!this.isEditing) {
            this.focus();
        }
        this.tappedTwice = false;
    }

    onButton(button) {
        const row = this.model.row(this.cellOf(button).row);
        switch (button.dataset.action) {
            case "toggle":
                this.model.toggle(row);
                this.focus();
                return this.controller.onChange();
            case "add":
                return this.props.onAddRow({parent: row});
            case "menu": {
                if (!this.selection.rows.includes(row)) {
                    this.selection.set({row: row.id, column: "name"});
                }
                const {left, bottom} = button.getBoundingClientRect();
                return this.props.onMenu(row, {x: left, y: bottom});
            }
        }
    }

    onDblclick(ev) {
        if (this.cellOf(ev.target) && !this.isEditing && !ev.target.closest("button")) {
            this.startEdit();
        }
    }

    onContextmenu(ev) {
        const cell = this.cellOf(ev.target);
        if (cell && typeof cell.row === "number" && !this.isEditing) {
            ev.preventDefault();
            this.props.onMenu(this.model.row(cell.row), {x: ev.clientX, y: ev.clientY});
        }
    }

    selectColumn(column) {
        const {visible, columnIndex} = this.model;
        if (visible.length) {
            const index = columnIndex.get(column.key);
            this.selection.set(
                this.selection.address(0, index),
                this.selection.address(visible.length - 1, index)
            );
            this.focus();
            this.controller.onChange();
        }
    }

    // -----------------------------------------------------------------------------------------
    // Clipboard
    // -----------------------------------------------------------------------------------------

    onCopy(ev) {
        if (!this.isEditing && this.selection.head) {
            ev.preventDefault();
            ev.clipboardData.setData("text/plain", formatBlock(copyBlock(this.model)));
        }
    }

    onCut(ev) {
        if (!this.isEditing) {
            this.onCopy(ev);
            this.runClear();
        }
    }

    onPaste(ev) {
        if (this.isEditing || !this.selection.head) {
            return;
        }
        ev.preventDefault();
        const text = ev.clipboardData.getData("text/plain");
        if (!this.model.budget.editable) {
            this.explainFixed();
        } else if (text) {
            const plan = planPaste(this.model, parseBlock(text));
            this.controller.edit(plan.changes);
            this.tellPaste(plan);
        }
    }

    tellPaste({changes, skipped, outside, wrong}) {
        const lines = [];
        if (wrong.length) {
            const [{row, column, text}] = wrong;
            lines.push(
                _t(
                    "Not a number: %(count)s, the first is “%(text)s” (%(row)s, %(month)s).",
                    {
                        count: wrong.length,
                        text: text.slice(0, 40),
                        row: row.name,
                        month: column.label,
                    }
                )
            );
        }
        if (skipped) {
            lines.push(_t("Left out, because they are totals: %s.", skipped));
        }
        if (outside) {
            lines.push(_t("Beyond the end of the grid: %s.", outside));
        }
        if (lines.length) {
            lines.unshift(_t("Cells pasted: %s.", changes.length));
            this.notification.add(lines.join(" "), {type: "warning"});
        }
    }
}
