import {Component, useEffect, useRef} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";

import {GridController} from "./grid_controller";

/** The DOM id of a cell: what aria-activedescendant points at. */
export function cellId(row, column) {
    return `sop_grid_${row}_${column}`.replace(":", "_");
}

/**
 * One row of the grid: a category or a line of totals. It has no handlers: the table listens for all its rows, and
 * draws a row again only when one of these props changes.
 */
export class GridRow extends Component {
    static template = "sop_budget.GridRow";
    static props = {
        controller: GridController,
        row: Object,
        position: Number,
        top: Number,
        stamp: Number, // of the model: its data is not reactive
        open: Boolean,
        left: Number, // first and last column of the selection in this row, -1 for none
        right: Number,
        head: String, // column of the active cell, "" in all other rows
        editing: String, // column that is edited, "" in all other rows
        error: String, // what is wrong with the text in the editor
        editor: Object, // { text, select }: what the editor opens with
        drop: String, // "before", "in", "after": where a dragged row would go
        conflicts: Array,
        small: Boolean,
    };

    setup() {
        this.input = useRef("input");
        useEffect(
            (input) => {
                if (input) {
                    const {text, select} = this.props.editor;
                    input.value = text;
                    input.focus({preventScroll: true});
                    if (select) {
                        input.select();
                    }
                }
            },
            () => [this.input.el]
        );
    }

    get model() {
        return this.props.controller.model;
    }

    get row() {
        return this.props.row;
    }

    get name() {
        return this.row.footer ? this.totalLabel : this.row.name;
    }

    get totalLabel() {
        return {
            expense: _t("Total expenses"),
            income: _t("Total income"),
            capital: _t("Total investments"),
            result: _t("Income less spending"),
        }[this.row.kind];
    }

    get kindLabel() {
        return {
            expense: _t("Expense"),
            income: _t("Income"),
            capital: _t("Investment"),
        }[this.row.kind];
    }

    get showKind() {
        const {row, props} = this;
        return (
            !row.parent && !row.footer && !props.small && this.model.footers.size > 1
        );
    }

    get foldLabel() {
        return this.props.open ? _t("Fold") : _t("Unfold");
    }

    get indent() {
        return this.row.level * (this.props.small ? 10 : 18);
    }

    get canEdit() {
        return this.model.budget.editable && !this.props.small;
    }

    get class() {
        const {row, props} = this;
        return {
            sop_grid_parent: !row.leaf && !row.footer,
            sop_grid_root: !row.parent && !row.footer,
            sop_grid_sum: Boolean(row.footer),
            sop_grid_editing: Boolean(props.editing),
            [`sop_grid_drop_${props.drop}`]: Boolean(props.drop),
        };
    }

    get cells() {
        return this.model.columns.map((column, index) => this.cell(column, index));
    }

    cell(column, index) {
        const {model, props, row} = this;
        const isNumber = column.type === "month" || column.type === "total";
        const value = model.value(row, column);
        const over = isNumber && model.over(row, column.month) > 0;
        const conflict =
            props.conflicts.length && props.controller.conflictAt(row, column);
        const inRange = index >= props.left && index <= props.right;
        const access = model.access(row, column);
        return {
            column,
            id: cellId(row.id, column.key),
            index: index + 1,
            text: isNumber ? model.format(value) : value,
            over: over && this.overText(column.month),
            conflict: conflict && this.conflictText(conflict),
            editing: props.editing === column.key,
            inRange,
            access,
            class: {
                [`sop_grid_${column.type}`]: true,
                sop_grid_head: props.head === column.key,
                sop_grid_range: inRange && (props.left !== props.right || !props.head),
                sop_grid_over: over,
                sop_grid_conflict: Boolean(conflict),
                sop_grid_fixed: !access,
                sop_grid_negative: isNumber && value < 0,
            },
        };
    }

    overText(month) {
        return _t("Over budget: %(used)s used of %(planned)s planned", {
            used: this.model.format(this.row.used[month]),
            planned: this.model.format(this.row.sums[month] || 0),
        });
    }

    conflictText({user, yours, theirs, field}) {
        const show = (value) =>
            (this.props.controller.isMonth(field) ? this.model.format(value) : value) ||
            _t("nothing");
        return _t("Changed by %(user)s to %(theirs)s while you entered %(yours)s", {
            user: user || _t("somebody else"),
            theirs: show(theirs),
            yours: show(yours),
        });
    }
}
