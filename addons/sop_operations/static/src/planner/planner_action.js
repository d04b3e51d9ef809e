import {Component, onWillStart, useExternalListener, useRef, useState} from "@odoo/owl";
import {ConfirmationDialog} from "@web/core/confirmation_dialog/confirmation_dialog";
import {useHotkey} from "@web/core/hotkeys/hotkey_hook";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {useService} from "@web/core/utils/hooks";
import {Layout} from "@web/search/layout";
import {standardActionServiceProps} from "@web/webclient/actions/action_service";
import {formatMoney} from "@sop_budget/report/report_rows";
import {HealthMark, StateMark} from "../shared/marks";
import {LinkDialog} from "./link_dialog";
import {PlannerCard} from "./planner_card";
import {PlannerLinks} from "./planner_links";
import {PlannerModel} from "./planner_model";
import {PlannerTree} from "./planner_tree";

const SIDES = ["category", "operation"];

/** A budget on the left, operations on the right, and what one pays for the other between them. */
export class OperationsPlanner extends Component {
    static template = "sop_operations.OperationsPlanner";
    static components = {
        HealthMark,
        Layout,
        PlannerCard,
        PlannerLinks,
        PlannerTree,
        StateMark,
    };
    static props = {...standardActionServiceProps};
    static path = "operations-planner";
    static displayName = _t("Planner");

    setup() {
        this.action = useService("action");
        this.dialog = useService("dialog");
        this.notification = useService("notification");
        this.ui = useService("ui");
        this.root = useRef("root");
        const {params = {}, context = {}} = this.props.action;
        this.allocated = _t("Allocated");
        this.withBelow = _t("Allocated, what is below included");
        this.elsewhere = _t("Paid for with what it is part of, or out of your sight");
        this.model = useState(
            new PlannerModel(useService("orm"), {...params, ...context.sop_planner})
        );
        this.state = useState({said: "", version: 0, isBusy: false});
        useHotkey("control+z", () => this.undo());
        useHotkey("control+y", () => this.redo());
        useExternalListener(window, "keydown", (ev) => this.onWindowKeydown(ev));
        onWillStart(() => this.model.start());
    }

    get data() {
        return this.model.data;
    }

    get labels() {
        return {category: _t("Budget"), operation: _t("Operations")};
    }

    get shown() {
        return Object.fromEntries(SIDES.map((side) => [side, this.model.shown(side)]));
    }

    linesOf(shown) {
        const ids = (side) => new Set(shown[side].map((row) => row.id));
        return this.model.lines({
            category: ids("category"),
            operation: ids("operation"),
        });
    }

    money(value, digits = this.data.currency.digits) {
        return formatMoney(value, this.data.currency, digits);
    }

    whole(value) {
        return this.money(
            value,
            Number.isInteger(value) ? 0 : this.data.currency.digits
        );
    }

    /** The lines of what is chosen, or of what it folds. */
    isStrong(line) {
        const {selected} = this.model;
        return Boolean(selected) && line[`${selected.side}Id`] === selected.id;
    }

    nameOf(side, id) {
        const row = this.model.find(side, id);
        return [row.code, row.name].filter(Boolean).join(" ");
    }

    /** Said to those who do not see the screen. */
    say(text) {
        this.state.said = text;
    }

    // Choosing and marking -----------------------------------------------------

    onSelect(side, id) {
        const {source} = this.model;
        this.model.select(side, id);
        // Without a keyboard and without dragging: a tap on the other end links
        if (source && source.side !== side && this.ui.isSmall) {
            this.onEnter(side, id);
        }
    }

    onEnter(side, id) {
        const row = this.model.find(side, id);
        if (!this.model.canLink(side, row)) {
            this.say(
                this.data.can_link
                    ? _t("Only categories of the lowest level can be linked.")
                    : _t("Your role does not let you link operations with budgets.")
            );
            this.model.toggle(side, id);
            return;
        }
        const pair = this.model.pairWith(side, id);
        if (pair) {
            this.openLink(pair);
        } else if (this.model.isSource(side, id)) {
            this.unmark();
        } else {
            this.mark(side, id);
        }
    }

    mark(side, id) {
        this.model.source = {side, id};
        const text =
            side === "category"
                ? _t("%s is marked: choose the operation that it funds, then Enter.")
                : _t("%s is marked: choose the category that funds it, then Enter.");
        this.say(text.replace("%s", this.nameOf(side, id)));
    }

    unmark() {
        this.model.source = null;
        this.say(_t("Nothing is marked any more."));
    }

    onWindowKeydown(ev) {
        if (ev.key === "Escape" && this.model.source && !this.isBehindDialog()) {
            this.unmark();
        }
    }

    isBehindDialog() {
        return Boolean(document.querySelector(".o_dialog"));
    }

    // Dragging -----------------------------------------------------------------

    onDrop(side, id) {
        const pair = this.model.pairWith(side, id, this.model.dragged);
        this.model.dragged = null;
        if (pair) {
            this.openLink(pair);
        }
    }

    // Links --------------------------------------------------------------------

    openLink(pair) {
        const category = this.model.find("category", pair.categoryId);
        const operation = this.model.find("operation", pair.operationId);
        const ends = `${category.code} – ${this.nameOf("operation", operation.id)}`;
        const isNew = !this.model.linkOf(pair);
        this.dialog.add(LinkDialog, {
            category,
            operation,
            link: this.model.linkOf(pair) || null,
            digits: this.data.currency.digits,
            format: (value) => this.money(value),
            confirm: async (values) => {
                await this.model.setLink(pair, values);
                this.model.source = null;
                const text = isNew
                    ? _t("Linked: %(ends)s, %(amount)s.", {
                          ends,
                          amount: this.money(values.amount),
                      })
                    : _t("Changed: %(ends)s, %(amount)s.", {
                          ends,
                          amount: this.money(values.amount),
                      });
                this.say(text);
            },
            unlink: () => this.unlink(pair),
        });
    }

    openLine(ids) {
        const links = this.data.links.filter((link) => ids.includes(link.id));
        const [link] = links;
        if (links.length === 1 && this.data.can_link) {
            this.openLink({
                categoryId: link.category_id,
                operationId: link.operation_id,
            });
        }
    }

    async unlink(pair) {
        await this.model.setLink(pair, null);
        this.say(
            _t("Unlinked: %(category)s – %(operation)s.", {
                category: this.nameOf("category", pair.categoryId),
                operation: this.nameOf("operation", pair.operationId),
            })
        );
    }

    /** The Delete key takes away the link of a row that has just one. */
    onDelete(side, id) {
        const links = this.model.linksOf(side, id);
        if (!this.data.can_link || links.length !== 1) {
            return;
        }
        const [link] = links;
        this.dialog.add(ConfirmationDialog, {
            title: _t("Unlink"),
            body: _t("%(operation)s will no longer be funded by %(category)s.", {
                operation: this.nameOf("operation", link.operation_id),
                category: this.nameOf("category", link.category_id),
            }),
            confirmLabel: _t("Unlink"),
            confirm: () =>
                this.unlink({
                    categoryId: link.category_id,
                    operationId: link.operation_id,
                }),
            cancel: () => {},
        });
    }

    async undo() {
        await this.replay("goBack", _t("Taken back."));
    }

    async redo() {
        await this.replay("goForward", _t("Done again."));
    }

    async replay(method, text) {
        if (this.state.isBusy || this.isBehindDialog()) {
            return;
        }
        this.state.isBusy = true;
        try {
            if (await this.model[method]()) {
                this.say(text);
            } else {
                this.notification.add(
                    _t(
                        "Somebody else has changed this link meanwhile: it is left as it is."
                    ),
                    {type: "warning"}
                );
            }
        } finally {
            this.state.isBusy = false;
        }
    }

    // Elsewhere ----------------------------------------------------------------

    async onBudget(ev) {
        await this.model.load({budget_id: Number(ev.target.value)});
    }

    openRecord(side, id) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: side === "category" ? "sop.budget.category" : "sop.operation",
            res_id: id,
            views: [[false, "form"]],
        });
    }

    createOperation() {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "sop.operation",
            views: [[false, "form"]],
        });
    }

    openBudgets() {
        return this.action.doAction("sop_budget.sop_budget_action");
    }
}

registry.category("actions").add("sop_operations.planner", OperationsPlanner);
