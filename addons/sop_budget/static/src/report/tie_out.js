import {Component, onWillStart, useState} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {useService} from "@web/core/utils/hooks";
import {RecordSelector} from "@web/core/record_selectors/record_selector";
import {Layout} from "@web/search/layout";
import {standardActionServiceProps} from "@web/webclient/actions/action_service";
import {formatFigure, formatMoney} from "./report_rows";

/** The budget against the trial balance, account by account: nothing twice, nothing lost. */
export class BudgetTieOut extends Component {
    static template = "sop_budget.BudgetTieOut";
    static components = {Layout, RecordSelector};
    static props = {
        ...standardActionServiceProps,
        budgetId: {type: Number, optional: true},
    };
    static path = "budget-tie-out";
    static displayName = _t("Tie-out with the Books");

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.state = useState({data: {}, onlyOpen: false});
        onWillStart(() => this.load(this.givenBudget));
    }

    get givenBudget() {
        const {params = {}, context = {}} = this.props.action;
        return this.props.budgetId || params.budget_id || context.active_id || false;
    }

    get data() {
        return this.state.data;
    }

    get accounts() {
        const {accounts} = this.data;
        return this.state.onlyOpen
            ? accounts.filter((account) => account.difference || account.unassigned)
            : accounts;
    }

    async load(budgetId) {
        this.state.data = await this.orm.call("sop.budget", "get_tie_out", [
            budgetId ? {budget_id: Number(budgetId)} : {},
        ]);
    }

    money(value) {
        return formatMoney(value, this.data.currency);
    }

    amount(value) {
        return formatFigure(value, "money", this.data.currency.digits);
    }

    async open(account, part) {
        const action = await this.orm.call("sop.budget", "action_open_tie_out", [
            [this.data.budget.id],
            account.id,
            part,
        ]);
        return this.action.doAction(action);
    }

    openReport() {
        return this.action.doAction("sop_budget.sop_budget_report_action", {
            additionalContext: {
                active_id: this.data.budget.id,
                active_model: "sop.budget",
            },
        });
    }
}

registry.category("actions").add("sop_budget.tie_out", BudgetTieOut);
