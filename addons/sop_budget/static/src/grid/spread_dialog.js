import {Component, useState} from "@odoo/owl";
import {Dialog} from "@web/core/dialog/dialog";
import {_t} from "@web/core/l10n/translation";
import {useAutofocus} from "@web/core/utils/hooks";

import {NumberError} from "./grid_number";

/** Asks for a new total and how it goes down to the categories below. */
export class SpreadDialog extends Component {
    static template = "sop_budget.SpreadDialog";
    static components = {Dialog};
    static props = {
        close: Function,
        label: String,
        text: String,
        parse: Function,
        confirm: Function,
    };

    setup() {
        this.state = useState({total: this.props.text, method: "share", error: ""});
        useAutofocus({refName: "total", selectAll: true});
        this.methods = [
            {
                key: "share",
                label: _t("By present share"),
                help: _t(
                    "Every amount grows or shrinks in proportion; empty cells stay empty."
                ),
            },
            {
                key: "even",
                label: _t("Evenly"),
                help: _t("Every category and month gets the same."),
            },
            {
                key: "last_year",
                label: _t("As last year"),
                help: _t("In the proportions of last year's actuals, month by month."),
            },
        ];
    }

    async onConfirm() {
        let units;
        try {
            units = this.props.parse(this.state.total);
        } catch (error) {
            if (!(error instanceof NumberError)) {
                throw error;
            }
        }
        if (units === undefined || units === null) {
            this.state.error = _t("Type the new total, such as 120000 or =12*850.");
            return;
        }
        this.props.close();
        await this.props.confirm(units, this.state.method);
    }

    onKeydown(ev) {
        if (ev.key === "Enter") {
            ev.preventDefault();
            this.onConfirm();
        }
    }
}
