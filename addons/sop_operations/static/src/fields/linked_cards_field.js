import {Component} from "@odoo/owl";
import {registry} from "@web/core/registry";
import {useService} from "@web/core/utils/hooks";
import {formatMoney} from "@sop_budget/report/report_rows";
import {standardFieldProps} from "@web/views/fields/standard_field_props";
import {HealthMark, StateMark, TONE_MARKS} from "../shared/marks";

/** KPIs of an operation in one line each: icon, name, what stands against what is wanted. */
export class KpiRatios extends Component {
    static template = "sop_operations.KpiRatios";
    static props = {kpi: Object};

    iconOf(tone) {
        return TONE_MARKS[tone].icon;
    }
}

/** The operations that a category pays for: share, state, health and KPIs. */
export class LinkedCardsField extends Component {
    static template = "sop_operations.LinkedCardsField";
    static components = {HealthMark, KpiRatios, StateMark};
    static props = {...standardFieldProps};

    setup() {
        this.action = useService("action");
    }

    get links() {
        return this.props.record.data[this.props.name] || [];
    }

    money(link) {
        const {currency} = link.card;
        const digits = Number.isInteger(link.amount) ? 0 : currency.digits;
        return formatMoney(link.amount, currency, digits);
    }

    openOperation(id) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "sop.operation",
            res_id: id,
            views: [[false, "form"]],
        });
    }

    openPlanner() {
        const {budget_id: budget} = this.props.record.data;
        return this.action.doAction("sop_operations.sop_operation_planner_action", {
            additionalContext: {
                sop_planner: {
                    budget_id: budget?.id,
                    category_id: this.props.record.resId,
                },
            },
        });
    }
}

registry.category("fields").add("sop_linked_cards", {
    component: LinkedCardsField,
    supportedTypes: ["json"],
});
