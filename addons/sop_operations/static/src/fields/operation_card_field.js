import {Component} from "@odoo/owl";
import {registry} from "@web/core/registry";
import {useService} from "@web/core/utils/hooks";
import {standardFieldProps} from "@web/views/fields/standard_field_props";
import {OperationCard} from "../dashboard/operation_card";

/** Time, money, KPIs and the next milestone in the form of the operation itself. */
class OverviewCard extends OperationCard {
    static template = "sop_operations.OverviewCard";
}

export class OperationCardField extends Component {
    static template = "sop_operations.OperationCardField";
    static components = {OverviewCard};
    static props = {...standardFieldProps};

    setup() {
        this.action = useService("action");
    }

    get card() {
        return this.props.record.data[this.props.name];
    }

    openKpi(id) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "sop.kpi",
            res_id: id,
            views: [[false, "form"]],
        });
    }
}

registry.category("fields").add("sop_operation_card", {
    component: OperationCardField,
    supportedTypes: ["json"],
});
