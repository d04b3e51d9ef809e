import {Component} from "@odoo/owl";
import {barWidth, formatFigure, formatMoney} from "./report_rows";

/** The state of the budget at a glance: a card for each figure that matters most. */
export class ReportCards extends Component {
    static template = "sop_budget.ReportCards";
    static props = {
        summary: Object,
        currency: Object,
        onFigure: Function,
    };

    money(value) {
        return formatMoney(value, this.props.currency, 0);
    }

    percent(value) {
        return value === null ? "–" : `${Math.round(value * 100)}%`;
    }

    figure(value, type) {
        return type === "money" ? this.money(value) : formatFigure(value, type, 0);
    }

    exact(value) {
        return formatMoney(value, this.props.currency);
    }

    width(value) {
        return barWidth(value);
    }
}
