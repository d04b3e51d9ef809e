import {useState} from "@odoo/owl";

/**
 * Moving rows by dragging their handle. The upper third of a row stands for the place before it, the lower third
 * for the place after it, the middle for inside of it.
 *
 * @param {() => import("./grid_controller").GridController} getController
 * @param {(target: Element) => object|null} rowOf the category under an element
 */
export function useRowDrag(getController, rowOf) {
    const state = useState({row: null, where: ""});
    let dragged = null;

    function place(target, where) {
        const {model} = getController();
        if (where === "in") {
            return {parentId: target.id, beforeId: false};
        }
        const siblings = model.siblings(target).filter((row) => row !== dragged);
        const at = siblings.indexOf(target) + (where === "after" ? 1 : 0);
        return {
            parentId: target.parent?.id || false,
            beforeId: siblings[at]?.id || false,
        };
    }

    return {
        state,
        onDragstart(ev) {
            const row = ev.target.closest?.(".sop_grid_handle") && rowOf(ev.target);
            if (row) {
                dragged = row;
                ev.dataTransfer.effectAllowed = "move";
                ev.dataTransfer.setData("text/x-sop-row", String(row.id));
            }
        },
        onDragover(ev) {
            const target = dragged && rowOf(ev.target);
            if (!target || getController().model.isBelow(target, dragged)) {
                state.row = null;
                return;
            }
            ev.preventDefault();
            const {top, height} = ev.target
                .closest(".sop_grid_row")
                .getBoundingClientRect();
            const share = (ev.clientY - top) / height;
            state.row = target.id;
            state.where = share < 0.3 ? "before" : share > 0.7 ? "after" : "in";
        },
        onDrop(ev) {
            const controller = getController();
            const target = dragged && controller.model.byId.get(state.row);
            if (target) {
                ev.preventDefault();
                controller.moveRow(dragged, place(target, state.where));
            }
            this.onDragend();
        },
        onDragend() {
            dragged = null;
            state.row = null;
        },
    };
}
