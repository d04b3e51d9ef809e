import {Component, onPatched, useRef} from "@odoo/owl";
import {localization} from "@web/core/l10n/localization";
import {getActiveHotkey} from "@web/core/hotkeys/hotkey_service";

/** One panel of the planner: a tree whose rows are chosen, marked, dragged and dropped on. */
export class PlannerTree extends Component {
    static template = "sop_operations.PlannerTree";
    static props = {
        side: String,
        label: String,
        model: Object,
        rows: Array,
        slots: Object,
        scroller: Function,
        onSelect: Function,
        onEnter: Function,
        onDelete: Function,
        onDrop: Function,
    };

    setup() {
        this.root = useRef("root");
        onPatched(() => this.refocus());
    }

    get model() {
        return this.props.model;
    }

    get focusedId() {
        const {selected} = this.model;
        const isShown = (id) => this.props.rows.some((row) => row.id === id);
        return selected?.side === this.props.side && isShown(selected.id)
            ? selected.id
            : this.props.rows[0]?.id;
    }

    rowElement(id) {
        return this.root.el?.querySelector(`[data-id="${id}"]`);
    }

    /** The focus follows the choice while it is in this tree. */
    refocus() {
        const active = document.activeElement;
        if (active?.matches("[role=treeitem]") && this.root.el.contains(active)) {
            const row = this.rowElement(this.focusedId);
            if (row && row !== active) {
                row.focus();
            }
        }
    }

    isExpanded(row) {
        if (!this.model.isParent(this.props.side, row.id)) {
            return undefined;
        }
        return this.model.folded[this.props.side].has(row.id) ? "false" : "true";
    }

    canDrop(row) {
        const {side} = this.props;
        const {dragged} = this.model;
        return dragged && dragged.side !== side && this.model.canLink(side, row);
    }

    // Mouse --------------------------------------------------------------------

    onClick(row) {
        this.props.onSelect(row.id);
    }

    onDragStart(row, ev) {
        // Firefox drags nothing without data; a simulated drag has no place for any
        ev.dataTransfer?.setData("text/plain", row.name);
        this.model.dragged = {side: this.props.side, id: row.id};
    }

    onDragEnd() {
        this.model.dragged = null;
    }

    onDragOver(row, ev) {
        if (this.canDrop(row)) {
            ev.preventDefault();
            ev.currentTarget.classList.add("o_sop_plan_over");
        }
    }

    onDragLeave(ev) {
        ev.currentTarget.classList.remove("o_sop_plan_over");
    }

    onDrop(row, ev) {
        ev.currentTarget.classList.remove("o_sop_plan_over");
        if (this.canDrop(row)) {
            ev.preventDefault();
            this.props.onDrop(row.id);
        }
    }

    // Keyboard -----------------------------------------------------------------

    onKeydown(ev) {
        if (!ev.target.matches("[role=treeitem]")) {
            return;
        }
        const {rows, side} = this.props;
        const at = rows.findIndex((row) => row.id === this.focusedId);
        const row = rows[at];
        const [inward, outward] =
            localization.direction === "rtl"
                ? ["arrowleft", "arrowright"]
                : ["arrowright", "arrowleft"];
        const go = (target) => target && this.props.onSelect(target.id);
        const actions = {
            arrowdown: () => go(rows[at + 1]),
            arrowup: () => go(rows[at - 1]),
            home: () => go(rows[0]),
            end: () => go(rows.at(-1)),
            [inward]: () => {
                if (this.isExpanded(row) === "true") {
                    go(rows[at + 1]);
                } else {
                    this.model.toggle(side, row.id, false);
                }
            },
            [outward]: () => {
                if (this.isExpanded(row) === "true") {
                    this.model.toggle(side, row.id, true);
                } else {
                    go(this.model.find(side, row.parent_id));
                }
            },
            enter: () => this.props.onEnter(row.id),
            delete: () => this.props.onDelete(row.id),
        };
        const action = row && actions[getActiveHotkey(ev)];
        if (action) {
            ev.preventDefault();
            ev.stopPropagation();
            action();
        }
    }
}
