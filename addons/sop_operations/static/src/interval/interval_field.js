import {Component} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {standardFieldProps} from "@web/views/fields/standard_field_props";

const WIDTH = 200;

/**
 * A lift with its confidence interval: a whisker on an axis that all arms share, with marks for
 * "no difference" and for the lift that the rule asks for. The words say the same.
 */
export class IntervalField extends Component {
    static template = "sop_operations.IntervalField";
    static props = {...standardFieldProps};

    get data() {
        return this.props.record.data[this.props.name] || null;
    }

    get viewBox() {
        return `0 0 ${WIDTH} 20`;
    }

    /** Where a percentage lies on the axis. */
    x(value) {
        const {start, end} = this.data;
        const share = end > start ? (value - start) / (end - start) : 0;
        return Math.round(Math.min(Math.max(share, 0), 1) * WIDTH * 10) / 10;
    }

    /** Ends without a limit run to the edge of the axis. */
    get ends() {
        const {low, high, start, end} = this.data;
        return {low: this.x(low ?? start), high: this.x(high ?? end)};
    }

    /** Colour is never the only sign: the words tell it as well. */
    get tone() {
        const {low, high} = this.data;
        if (low !== null && low > 0) {
            return "text-success";
        }
        return high !== null && high < 0 ? "text-danger" : "text-muted";
    }
}

export const intervalField = {
    component: IntervalField,
    displayName: _t("Confidence interval"),
    supportedTypes: ["json"],
};

registry.category("fields").add("sop_interval", intervalField);
