import {Component, onWillStart, useState} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {browser} from "@web/core/browser/browser";
import {registry} from "@web/core/registry";
import {useService} from "@web/core/utils/hooks";
import {Layout} from "@web/search/layout";
import {standardActionServiceProps} from "@web/webclient/actions/action_service";

/** Per person: what was done, what is done today, and what blocks. */
export class Standup extends Component {
    static template = "sop_operations.Standup";
    static components = {Layout};
    static props = {...standardActionServiceProps};
    static path = "sop-standup";
    static displayName = _t("Stand-up");

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.notification = useService("notification");
        this.state = useState({data: null, operationId: false});
        onWillStart(() => this.load());
    }

    get data() {
        return this.state.data;
    }

    get sections() {
        return [
            {key: "yesterday", title: this.data.since_label, icon: "fa-check"},
            {key: "today", title: _t("Today"), icon: "fa-arrow-right"},
            {key: "blockers", title: _t("Blockers"), icon: "fa-ban"},
        ];
    }

    async load(day = this.data?.day) {
        this.state.data = await this.orm.call(
            "sop.operation.update",
            "get_standup",
            [],
            {day: day || false, operation_id: this.state.operationId}
        );
    }

    onOperation(ev) {
        this.state.operationId = Number(ev.target.value) || false;
        return this.load();
    }

    onDay(ev) {
        return this.load(ev.target.value);
    }

    async copy() {
        await browser.navigator.clipboard.writeText(this.data.text);
        this.notification.add(_t("Copied as text."), {type: "success"});
    }

    print() {
        browser.print();
    }

    open(item) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: item.model,
            res_id: item.id,
            views: [[false, "form"]],
        });
    }

    log(type) {
        return this.action.doAction(
            {
                type: "ir.actions.act_window",
                name: _t("Log an Update"),
                res_model: "sop.operation.update",
                views: [[false, "form"]],
                target: "new",
                context: {
                    default_type: type,
                    default_date: this.data.day,
                    default_operation_id: this.state.operationId,
                },
            },
            {onClose: () => this.load()}
        );
    }
}

registry.category("actions").add("sop_operations.standup", Standup);
