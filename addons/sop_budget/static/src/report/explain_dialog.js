import {Component, onWillStart, useState} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {deserializeDate, formatDate} from "@web/core/l10n/dates";
import {Dialog} from "@web/core/dialog/dialog";
import {useService} from "@web/core/utils/hooks";
import {formatFloat} from "@web/core/utils/numbers";
import {formatFigure, formatMoney} from "./report_rows";

/**
 * Where a figure comes from: the formula with its numbers, the parts (each of which opens in
 * turn), the rules by which the books were recognised, and the documents behind it.
 */
export class ExplainDialog extends Component {
    static template = "sop_budget.ExplainDialog";
    static components = {Dialog};
    static props = {
        options: Object,
        close: Function,
        onAssign: {type: Function, optional: true},
    };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        // What was opened on the way here, to go back to
        this.state = useState({data: null, trail: []});
        onWillStart(() => this.open(this.props.options));
    }

    async open(options) {
        const data = await this.orm.call("sop.budget", "explain", [options]);
        this.state.data = data;
        this.state.trail.push(options);
    }

    async back() {
        this.state.trail.pop();
        await this.open(this.state.trail.pop());
    }

    get data() {
        return this.state.data;
    }

    get canGoBack() {
        return this.state.trail.length > 1;
    }

    figure(value, type = "money") {
        return type === "money" ? this.money(value) : formatFigure(value, type, 0);
    }

    money(value) {
        return formatMoney(value, this.data.currency);
    }

    /** The size of a part; its sign stands before it. */
    part(part) {
        return formatFigure(part.value, part.type, this.data.currency.digits);
    }

    /** "1 EUR = 1.08 USD, 02/03/2025 · BILL/2025/02/0001" */
    rateText({currency, rate, date, text}) {
        const value = formatFloat(rate, {digits: [16, 8], trailingZeros: false});
        const parts = [
            `1 ${currency} = ${value} ${this.data.currency.name}`,
            this.date(date),
        ];
        return [parts.filter(Boolean).join(", "), text].filter(Boolean).join(" · ");
    }

    date(value) {
        return value ? formatDate(deserializeDate(value)) : "";
    }

    get period() {
        return _t("%(from)s to %(to)s", {
            from: this.date(this.data.date_from),
            to: this.date(this.data.date_to),
        });
    }

    get moreText() {
        const {count, rows} = this.data.documents;
        return _t("The %(shown)s largest are shown; open all %(count)s", {
            shown: rows.length,
            count,
        });
    }

    openDocuments() {
        this.props.close();
        return this.action.doAction(this.data.documents.action);
    }

    openDocument(doc) {
        this.props.close();
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: doc.res_model,
            res_id: doc.res_id,
            views: [[false, "form"]],
            target: "current",
        });
    }

    assign() {
        this.props.close();
        this.props.onAssign();
    }
}
