import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";

/** Other add-ons put entries into the menu of a row: { label(row), icon, isShown(row, grid), run(row, grid) } */
export const gridMenuRegistry = registry.category("sop_budget.grid_menu");

/**
 * @param {import("./budget_grid").BudgetGrid} grid
 * @param {object} row
 * @returns {{ label: string, icon: string, run: () => any, separated?: boolean }[]}
 */
export function rowMenu(grid, row) {
    const selected = grid.model.selection.rows;
    const rows = selected.includes(row) ? selected : [row];
    return [
        ...lookItems(grid, row),
        ...(grid.budget.editable ? editItems(grid, row, rows) : []),
        ...(grid.budget.editable ? moveItems(grid, row) : []),
        ...otherItems(grid, row),
        ...(grid.budget.editable ? [deleteItem(grid, rows)] : []),
    ];
}

function lookItems(grid, row) {
    return [
        {label: _t("Open"), icon: "fa-external-link", run: () => grid.openForm(row)},
        {
            label: _t("Where the money went…"),
            icon: "fa-search",
            run: () => grid.explain(row),
        },
    ];
}

function editItems(grid, row, rows) {
    return [
        {
            label: _t("Add a sub-category"),
            icon: "fa-level-down",
            run: () => grid.addRow({parent: row}),
        },
        {
            label: _t("Add a category below"),
            icon: "fa-plus",
            run: () => grid.addRow({parent: row.parent, after: row, kind: row.kind}),
        },
        row.leaf && {
            label: _t("Enter amounts…"),
            icon: "fa-calculator",
            run: () => grid.enterAmounts(row),
        },
        row.spreadable && {
            label: _t("Spread a total…"),
            icon: "fa-share-alt",
            run: () => grid.openSpread(row, grid.model.column("total")),
        },
        {
            label: row.held ? _t("Release") : _t("Hold amounts"),
            icon: row.held ? "fa-unlock" : "fa-lock",
            run: () => grid.controller.setHeld(rows, !row.held),
        },
        {
            label: _t("Responsible person…"),
            icon: "fa-user",
            run: () => grid.assign(rows, "user_id"),
        },
        {
            label: _t("Funding source…"),
            icon: "fa-gift",
            run: () => grid.assign(rows, "source_id"),
        },
        {
            label: _t("Duplicate"),
            icon: "fa-clone",
            run: () => grid.controller.duplicateRow(row),
        },
    ].filter(Boolean);
}

function moveItems(grid, row) {
    return [
        ["up", _t("Move up"), "fa-arrow-up"],
        ["down", _t("Move down"), "fa-arrow-down"],
        ["in", _t("Move into the one above"), "fa-indent"],
        ["out", _t("Move out one level"), "fa-outdent"],
    ]
        .filter(([direction]) => grid.model.planMove(row, direction))
        .map(([direction, label, icon]) => ({
            label,
            icon,
            run: () => grid.moveRow(row, direction),
        }));
}

function otherItems(grid, row) {
    return gridMenuRegistry
        .getAll()
        .filter((item) => item.isShown(row, grid))
        .map((item) => ({
            label: item.label(row),
            icon: item.icon,
            run: () => item.run(row, grid),
        }));
}

function deleteItem(grid, rows) {
    return {
        label: rows.length > 1 ? _t("Delete %s categories", rows.length) : _t("Delete"),
        icon: "fa-trash text-danger",
        separated: true,
        run: () => grid.confirmDelete(rows),
    };
}
