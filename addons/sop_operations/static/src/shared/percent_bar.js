import {Component} from "@odoo/owl";

/**
 * A bar with its figure. The bar ends at 100 %, the figure may exceed it; without a figure there
 * is no bar: no data is not zero.
 */
export class PercentBar extends Component {
    static template = "sop_operations.PercentBar";
    static props = {
        label: String,
        percent: {type: [Number, {value: null}]},
        width: {type: Number, optional: true},
        text: {type: String, optional: true},
        icon: {type: String, optional: true},
        tone: {type: String, optional: true},
    };
    static defaultProps = {text: "", tone: ""};

    get width() {
        return this.props.width ?? Math.min(Math.max(this.props.percent || 0, 0), 100);
    }
}
