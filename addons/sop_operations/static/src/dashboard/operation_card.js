import {Component} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {formatMoney} from "@sop_budget/report/report_rows";
import {HealthMark, StateMark, TONE_MARKS} from "../shared/marks";
import {PercentBar} from "../shared/percent_bar";

/** An operation at a glance. */
export class OperationCard extends Component {
    static template = "sop_operations.OperationCard";
    static components = {HealthMark, PercentBar, StateMark};
    static props = {
        card: Object,
        onOpen: Function,
        onOpenKpi: Function,
    };

    get card() {
        return this.props.card;
    }

    money(value) {
        const {currency} = this.card;
        const digits = Number.isInteger(value) ? 0 : currency.digits;
        return formatMoney(value, currency, digits);
    }

    get moneyText() {
        const {allocated, spent, is_organic: isOrganic, hidden_count} = this.card.money;
        if (isOrganic && !spent) {
            return _t("%s, organic", this.money(0));
        }
        const hidden = hidden_count ? _t(" and what you may not see") : "";
        if (spent === null) {
            return _t("%(allocated)s%(hidden)s, spending not tagged", {
                allocated: this.money(allocated),
                hidden,
            });
        }
        return _t("%(spent)s of %(allocated)s%(hidden)s", {
            spent: this.money(spent),
            allocated: this.money(allocated),
            hidden,
        });
    }

    /** More than is allocated is a warning by more than the figure. */
    get moneyTone() {
        return this.card.money.percent > 100 ? "danger" : "";
    }

    iconOf(tone) {
        return TONE_MARKS[tone].icon;
    }

    get avatar() {
        return `/web/image/res.users/${this.card.user.id}/avatar_128`;
    }

    onClick(ev) {
        if (!ev.target.closest("a, button")) {
            this.props.onOpen(this.card.id);
        }
    }
}
