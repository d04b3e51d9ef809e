import {Component, useState} from "@odoo/owl";
import {Dialog} from "@web/core/dialog/dialog";
import {RecordSelector} from "@web/core/record_selectors/record_selector";

/** Chooses one record for all selected categories: their responsible person, their funding source. */
export class AssignDialog extends Component {
    static template = "sop_budget.AssignDialog";
    static components = {Dialog, RecordSelector};
    static props = {
        close: Function,
        title: String,
        label: String,
        placeholder: String,
        resModel: String,
        resId: [Number, {value: false}],
        domain: Array,
        confirm: Function,
    };

    setup() {
        this.state = useState({resId: this.props.resId});
    }

    async onConfirm() {
        this.props.close();
        await this.props.confirm(this.state.resId);
    }
}
