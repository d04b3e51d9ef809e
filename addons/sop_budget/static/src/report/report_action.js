import {Component, onWillStart, useRef, useState} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {download} from "@web/core/network/download";
import {registry} from "@web/core/registry";
import {useService} from "@web/core/utils/hooks";
import {useDebounced} from "@web/core/utils/timing";
import {Layout} from "@web/search/layout";
import {standardActionServiceProps} from "@web/webclient/actions/action_service";
import {ExplainDialog} from "./explain_dialog";
import {ReportCards} from "./report_cards";
import {ReportChart} from "./report_chart";
import {ReportFavorites} from "./report_favorites";
import {BudgetReportModel} from "./report_model";
import {ReportTable} from "./report_table";
import {ReportToolbar} from "./report_toolbar";

/** Plan against actual: one budget, every figure of which says where it comes from. */
export class BudgetReport extends Component {
    static template = "sop_budget.BudgetReport";
    static components = {
        Layout,
        ReportCards,
        ReportChart,
        ReportFavorites,
        ReportTable,
        ReportToolbar,
    };
    static props = {...standardActionServiceProps};
    static path = "budget-report";
    static displayName = _t("Plan against Actual");

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.dialog = useService("dialog");
        this.root = useRef("root");
        this.scroller = {el: null};
        this.model = useState(new BudgetReportModel(this.orm, this.givenOptions));
        this.search = useDebounced((text) => (this.model.searchText = text), 150);
        onWillStart(() => this.model.start());
    }

    /** Options of the action: a budget from a button, or all from a link. */
    get givenOptions() {
        const {params = {}, context = {}} = this.props.action;
        const options = {...params.options, ...this.props.state?.options};
        const fromRecord =
            context.active_model === "sop.budget" || !context.active_model;
        const budgetId = params.budget_id || (fromRecord && context.active_id);
        if (budgetId && !options.budget_id) {
            options.budget_id = Number(budgetId);
        }
        return options;
    }

    get data() {
        return this.model.data;
    }

    get scrollable() {
        const root = this.root;
        return {
            get el() {
                return root.el?.closest(".o_content") || null;
            },
        };
    }

    get caption() {
        return _t("Plan against actual of %(budget)s, amounts in %(currency)s", {
            budget: this.data.budget.name,
            currency: this.data.currency.name,
        });
    }

    // Figures ----------------------------------------------------------------

    onFigure(line, column, measure) {
        this.explain(this.model.figureOptions(line, column, measure));
    }

    onCard(card) {
        this.explain({...this.model.options, ...card.options});
    }

    explain(options) {
        this.dialog.add(ExplainDialog, {
            options,
            onAssign: () => this.assign(options.row),
        });
    }

    async assign(row) {
        const {budget_id} = this.model.options;
        const action = await this.orm.call("sop.budget", "action_assign_unassigned", [
            [budget_id],
            row,
        ]);
        await this.action.doAction(action, {onClose: () => this.model.update({})});
    }

    // Buttons ----------------------------------------------------------------

    async downloadXlsx() {
        await download({
            url: "/sop_budget/report/xlsx",
            data: {options: JSON.stringify(this.model.options)},
        });
    }

    async printPdf() {
        await this.action.doAction({
            type: "ir.actions.report",
            report_type: "qweb-pdf",
            report_name: "sop_budget.report_budget",
            report_file: "sop_budget.report_budget",
            name: _t("Plan against actual"),
            data: {report_options: this.model.options},
        });
    }

    openTieOut() {
        return this.action.doAction("sop_budget.sop_budget_tie_out_action", {
            additionalContext: {
                active_id: this.data.budget.id,
                active_model: "sop.budget",
            },
            props: {budgetId: this.data.budget.id},
        });
    }

    async openGrid() {
        const action = await this.orm.call("sop.budget", "action_open_grid", [
            [this.data.budget.id],
        ]);
        return this.action.doAction(action);
    }

    openBudgets() {
        return this.action.doAction("sop_budget.sop_budget_action");
    }
}

registry.category("actions").add("sop_budget.report", BudgetReport);
