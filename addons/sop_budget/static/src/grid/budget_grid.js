import {
    Component,
    onWillDestroy,
    onWillStart,
    useExternalListener,
    useRef,
    useState,
} from "@odoo/owl";
import {browser} from "@web/core/browser/browser";
import {ConfirmationDialog} from "@web/core/confirmation_dialog/confirmation_dialog";
import {Dropdown} from "@web/core/dropdown/dropdown";
import {useDropdownState} from "@web/core/dropdown/dropdown_hooks";
import {DropdownItem} from "@web/core/dropdown/dropdown_item";
import {localization} from "@web/core/l10n/localization";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {user} from "@web/core/user";
import {useService} from "@web/core/utils/hooks";
import {useDebounced} from "@web/core/utils/timing";
import {useSetupAction} from "@web/search/action_hook";
import {Layout} from "@web/search/layout";
import {FormViewDialog} from "@web/views/view_dialogs/form_view_dialog";
import {standardActionServiceProps} from "@web/webclient/actions/action_service";

import {ExplainDialog} from "../report/explain_dialog";
import {AssignDialog} from "./assign_dialog";
import {GridBanner} from "./grid_banner";
import {GridController} from "./grid_controller";
import {rowMenu} from "./grid_menu";
import {GridSummary} from "./grid_summary";
import {GridTable} from "./grid_table";
import {SpreadDialog} from "./spread_dialog";

const {DateTime} = luxon;

/**
 * The budget grid as an action. Opened with the params `budget_id` or with a budget as active record.
 */
export class BudgetGrid extends Component {
    static template = "sop_budget.BudgetGrid";
    static components = {
        Layout,
        Dropdown,
        DropdownItem,
        GridBanner,
        GridSummary,
        GridTable,
    };
    static props = {...standardActionServiceProps};

    setup() {
        const {params, context} = this.props.action;
        this.budgetId =
            params?.budget_id ||
            context?.active_id ||
            this.props.state?.budgetId ||
            false;
        this.action = useService("action");
        this.dialog = useService("dialog");
        this.notification = useService("notification");
        this.ui = useService("ui");
        this.orm = useService("orm");
        this.search = useRef("search");
        const memory = this.readMemory();
        this.state = useState({
            version: 0,
            menu: null,
            searching: false,
            summary: Boolean(memory.summary),
        });
        this.menu = useDropdownState({onClose: () => this.focusTable()});
        this.onSearch = useDebounced(() => this.applySearch(), 150);
        this.tableApi = {};
        this.controller = new GridController({
            orm: this.orm,
            budgetId: this.budgetId,
            options: {
                locale: localization,
                small: this.ui.isSmall,
                collapsed: memory.collapsed,
            },
            onChange: () => this.refresh(),
            notify: (message, options) => this.notification.add(message, options),
        });
        onWillStart(() => this.load());
        onWillDestroy(() => this.controller.stop());
        useExternalListener(document, "visibilitychange", () =>
            this.onVisibilityChange()
        );
        useSetupAction({
            beforeLeave: () => this.beforeLeave(),
            beforeUnload: (ev) => this.beforeUnload(ev),
            getLocalState: () => ({budgetId: this.budgetId}),
        });
    }

    async load() {
        if (this.budgetId) {
            await this.controller.load();
            this.env.config.setDisplayName(this.budget.display_name);
            this.props.updateActionState?.({active_id: this.budgetId});
        }
    }

    refresh() {
        this.state.version++;
        this.writeMemory();
    }

    get model() {
        return this.controller.model;
    }

    get budget() {
        return this.model.budget;
    }

    // -----------------------------------------------------------------------------------------
    // What this browser remembers of this budget
    // -----------------------------------------------------------------------------------------

    get memoryKey() {
        return `sop_budget.grid.${user.userId}.${this.budgetId}`;
    }

    readMemory() {
        try {
            return JSON.parse(browser.localStorage.getItem(this.memoryKey)) || {};
        } catch {
            return {};
        }
    }

    writeMemory() {
        const {summary} = this.state;
        const memory = JSON.stringify({collapsed: [...this.model.collapsed], summary});
        if (memory !== this.memory) {
            this.memory = memory;
            browser.localStorage.setItem(this.memoryKey, memory);
        }
    }

    // -----------------------------------------------------------------------------------------
    // Leaving
    // -----------------------------------------------------------------------------------------

    async beforeLeave() {
        if (!this.model || !this.controller.saver.hasUnsaved) {
            return true;
        }
        if (await this.controller.saver.flush()) {
            return true;
        }
        return new Promise((resolve) => {
            this.dialog.add(
                ConfirmationDialog,
                {
                    title: _t("Changes are not saved"),
                    body: _t(
                        "Some changes could not be saved yet. Leave and lose them?"
                    ),
                    confirmLabel: _t("Leave"),
                    confirmClass: "btn-danger",
                    confirm: () => resolve(true),
                    cancelLabel: _t("Stay"),
                    cancel: () => resolve(false),
                },
                {onClose: () => resolve(false)}
            );
        });
    }

    beforeUnload(ev) {
        if (this.model && this.controller.saver.hasUnsaved) {
            this.controller.saver.flush();
            ev.preventDefault();
            ev.returnValue = "Unsaved changes";
        }
    }

    /** Leaving the tab stores what was typed, coming back shows what others did meanwhile. */
    onVisibilityChange() {
        if (!this.model) {
            return;
        }
        if (document.visibilityState === "hidden") {
            this.controller.saver.flush();
        } else if (!this.controller.saver.hasUnsaved && !this.tableApi.isEditing?.()) {
            this.controller.reload();
        }
    }

    // -----------------------------------------------------------------------------------------
    // Toolbar
    // -----------------------------------------------------------------------------------------

    get sources() {
        return [
            {key: "all", label: _t("All sources")},
            {key: "internal", label: _t("Internal")},
            {key: "external", label: _t("External")},
        ];
    }

    get hasExternal() {
        return this.model.rows.some((row) => row.funding && row.funding.external);
    }

    get sourceLabel() {
        return this.sources.find(({key}) => key === this.model.source).label;
    }

    setSource(source) {
        this.model.setSource(source);
        this.refresh();
    }

    get status() {
        const {status, pending} = this.controller.saver;
        const count = pending.size;
        return {
            saved: {icon: "fa-check text-success", label: _t("Saved")},
            pending: {icon: "fa-ellipsis-h", label: _t("Saving…")},
            saving: {icon: "fa-circle-o-notch fa-spin", label: _t("Saving…")},
            offline: {
                icon: "fa-plug text-warning",
                label:
                    count === 1
                        ? _t("No connection, one change waits")
                        : _t("No connection, %s changes wait", count),
                retry: true,
            },
            failed: {icon: "fa-times text-danger", label: _t("Not saved"), retry: true},
        }[status];
    }

    get hiddenLabel() {
        return _t("%s hidden", this.model.hiddenCount);
    }

    get selectionSummary() {
        const {sum, count} = this.model.selection.sum;
        return count > 1
            ? _t("%(count)s cells: %(sum)s", {count, sum: this.format(sum)})
            : "";
    }

    format(units) {
        const {symbol, position} = this.budget.currency;
        const text = this.model.format(units);
        return position === "before"
            ? `${symbol}\u00a0${text}`
            : `${text}\u00a0${symbol}`;
    }

    applySearch() {
        const text = this.search.el ? this.search.el.value : "";
        this.model.setSearch(text);
        this.state.searching = Boolean(text);
        this.refresh();
    }

    clearSearch() {
        this.search.el.value = "";
        this.applySearch();
        this.search.el.focus();
    }

    onSearchKeydown(ev) {
        if (ev.key === "Escape") {
            this.clearSearch();
        } else if (ev.key === "Enter" || ev.key === "ArrowDown") {
            ev.preventDefault();
            this.applySearch();
            this.focusTable();
        }
    }

    focusTable() {
        this.tableApi.focus?.();
    }

    fold(open) {
        this.model.toggleAll(open);
        this.refresh();
        this.focusTable();
    }

    undo() {
        this.controller.undo();
        this.tableApi.reveal?.();
        this.focusTable();
    }

    redo() {
        this.controller.redo();
        this.tableApi.reveal?.();
        this.focusTable();
    }

    toggleSummary() {
        this.state.summary = !this.state.summary;
        this.refresh();
    }

    get activeRow() {
        const {head} = this.model.selection;
        const row = head && this.model.row(head.row);
        return row && !row.footer ? row : null;
    }

    // -----------------------------------------------------------------------------------------
    // Rows
    // -----------------------------------------------------------------------------------------

    /** Adds a category, lets its name be typed at once. Without a place it goes below the active row. */
    async addRow(place) {
        const active = this.activeRow;
        const row = await this.controller.addRow(
            place || {parent: active?.parent, after: active, kind: active?.kind}
        );
        if (row) {
            this.model.setSearch("");
            this.tableApi.pendingEdit = {row: row.id, column: "name"};
            this.refresh();
        }
    }

    async moveRow(row, direction) {
        const place =
            !row.footer && this.budget.editable && this.model.planMove(row, direction);
        if (place) {
            await this.controller.moveRow(row, place);
            this.tableApi.reveal?.();
        }
    }

    confirmDelete(rows) {
        const tops = rows.filter(
            (row) => !rows.some((up) => up !== row && this.model.isBelow(row, up))
        );
        const amount = tops.reduce(
            (sum, row) => sum + Math.abs(row.sums.at(-1) || 0),
            0
        );
        this.openDialog(ConfirmationDialog, {
            title: _t("Delete categories"),
            body: _t(
                "%(names)s and everything below will be deleted, with planned amounts of %(amount)s. This can't be undone.",
                {names: this.names(tops), amount: this.format(amount)}
            ),
            confirmLabel: _t("Delete"),
            confirmClass: "btn-danger",
            confirm: () => this.controller.deleteRows(tops),
            cancel: () => {},
        });
    }

    /** A dialog that gives the keyboard back to the grid. */
    openDialog(component, props) {
        this.dialog.add(component, props, {onClose: () => this.focusTable()});
    }

    openForm(row) {
        this.openDialog(FormViewDialog, {
            resModel: "sop.budget.category",
            resId: row.id,
            title: `${row.code} ${row.name}`,
            size: "xl",
            onRecordSaved: () => this.controller.reload(),
        });
    }

    /** What was ordered and spent of a category, in the month of the active cell or altogether. */
    async explain(row) {
        await this.controller.saver.flush();
        const {head} = this.model.selection;
        const isMonth = head && this.model.column(head.column).type === "month";
        const month = isMonth ? DateTime.fromISO(head.column) : null;
        this.openDialog(ExplainDialog, {
            options: {
                budget_id: this.budgetId,
                row: `c${row.id}`,
                measure: "available",
                date_from: month ? head.column : this.budget.date_from,
                date_to: month ? month.endOf("month").toISODate() : this.budget.date_to,
            },
        });
    }

    /** One responsible person or funding source for all selected categories. */
    assign(rows, field) {
        const isUser = field === "user_id";
        const current = rows.map(
            (row) => (isUser ? row.responsible : row.funding).id || false
        );
        const same = current.every((id) => id === current[0]);
        this.openDialog(AssignDialog, {
            title: isUser ? _t("Responsible person") : _t("Funding source"),
            label: this.names(rows),
            placeholder: isUser ? _t("Nobody") : _t("Internal money"),
            resModel: isUser ? "res.users" : "sop.funding.source",
            resId: same ? current[0] : false,
            domain: isUser ? [["share", "=", false]] : [],
            confirm: async (id) => {
                const ids = rows.map((row) => row.id);
                await this.orm.write("sop.budget.category", ids, {[field]: id});
                await this.controller.reload();
            },
        });
    }

    names(rows) {
        const names = rows.slice(0, 3).map((row) => `${row.code} ${row.name}`);
        const more = rows.length - names.length;
        return names.join(", ") + (more > 0 ? _t(" and %s more", more) : "");
    }

    async enterAmounts(row) {
        if (!(await this.controller.saver.flush())) {
            return;
        }
        await this.action.doAction("sop_budget.sop_budget_amount_entry_action", {
            additionalContext: {active_id: row.id},
            onClose: async () => {
                await this.controller.reloadAsEdit();
                this.focusTable();
            },
        });
    }

    // -----------------------------------------------------------------------------------------
    // Spreading
    // -----------------------------------------------------------------------------------------

    /** A total typed into the grid goes down by present share; the dialog offers the other ways. */
    async spread(row, column, units, method) {
        const count = await this.controller.spread(row, column, units, method);
        if (count) {
            this.notification.add(_t("The total was spread over %s amounts.", count), {
                type: "success",
                buttons: [
                    {name: _t("Undo"), onClick: () => this.undo()},
                    ...(method
                        ? []
                        : [
                              {
                                  name: _t("Spread differently…"),
                                  onClick: () => this.openSpread(row, column),
                              },
                          ]),
                ],
            });
        }
    }

    openSpread(row = this.activeRow, column = this.spreadColumn) {
        const name = row.footer ? _t("All categories") : `${row.code} ${row.name}`;
        const period = column.type === "month" ? column.label : _t("all months");
        this.openDialog(SpreadDialog, {
            label: `${name} · ${period}`,
            text: this.model.text(row, column),
            parse: (text) => this.model.parse(text),
            confirm: (units, method) => this.spread(row, column, units, method),
        });
    }

    /** The month that is selected, unless that is one cell with nothing below it. */
    get spreadColumn() {
        const {head} = this.model.selection;
        const column = head && this.model.column(head.column);
        const row = this.activeRow;
        return column?.type === "month" && row && !row.leaf
            ? column
            : this.model.column("total");
    }

    // -----------------------------------------------------------------------------------------
    // Menu of a row
    // -----------------------------------------------------------------------------------------

    openMenu(row, {x, y}) {
        this.menu.close();
        this.state.menu = {rowId: row.id, x, y};
        // The anchor moves first, the menu opens beside it
        browser.requestAnimationFrame(() => this.menu.open());
    }

    get menuItems() {
        const row = this.model.byId.get(this.state.menu.rowId);
        return row ? rowMenu(this, row) : [];
    }

    // -----------------------------------------------------------------------------------------
    // Ways out
    // -----------------------------------------------------------------------------------------

    openBudgets() {
        return this.action.doAction("sop_budget.sop_budget_action");
    }

    openBudget() {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "sop.budget",
            res_id: this.budgetId,
            views: [[false, "form"]],
        });
    }

    async runButton(name) {
        if (await this.beforeLeave()) {
            await this.action.doActionButton({
                type: "object",
                name,
                resModel: "sop.budget",
                resId: this.budgetId,
                onClose: () => this.controller.reload(),
            });
        }
    }

    fromTemplate() {
        return this.action.doAction("sop_budget.sop_budget_template_create_action");
    }
}

registry.category("actions").add("sop_budget.grid", BudgetGrid);
