import {Component, onWillStart, useState} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {Dropdown} from "@web/core/dropdown/dropdown";
import {DropdownItem} from "@web/core/dropdown/dropdown_item";
import {user} from "@web/core/user";
import {useService} from "@web/core/utils/hooks";

/** Options that are worth keeping under a name; the budget isn't one of them. */
const SAVED = ["columns", "measures", "source", "period", "compare"];

/** Named sets of options, kept as favourites of the action like those of any other view. */
export class ReportFavorites extends Component {
    static template = "sop_budget.ReportFavorites";
    static components = {Dropdown, DropdownItem};
    static props = {
        actionId: {type: [Number, Boolean], optional: true},
        options: Object,
        onApply: Function,
    };

    setup() {
        this.orm = useService("orm");
        this.notification = useService("notification");
        this.state = useState({filters: [], name: ""});
        onWillStart(() => this.load());
    }

    async load() {
        const filters = await this.orm.call("ir.filters", "get_filters", [
            "sop.budget",
            this.props.actionId,
        ]);
        this.state.filters = filters.map(this.read).filter((filter) => filter.options);
    }

    /** Filters of other views of the model hold no report options and are left out. */
    read({id, name, context, user_ids}) {
        try {
            return {
                id,
                name,
                options: JSON.parse(context).sop_report,
                own: user_ids.length > 0,
            };
        } catch {
            return {id, name};
        }
    }

    async save() {
        const name = this.state.name.trim();
        if (!name) {
            this.notification.add(_t("Give the favourite a name first."), {
                type: "warning",
            });
            return;
        }
        const options = Object.fromEntries(
            SAVED.map((key) => [key, this.props.options[key]])
        );
        if (options.compare === "budget") {
            options.compare = false;
        }
        await this.orm.call("ir.filters", "create_filter", [
            {
                name,
                model_id: "sop.budget",
                action_id: this.props.actionId,
                user_ids: [[6, 0, [user.userId]]],
                context: JSON.stringify({sop_report: options}),
            },
        ]);
        this.state.name = "";
        await this.load();
    }

    async remove(filter) {
        await this.orm.unlink("ir.filters", [filter.id]);
        await this.load();
    }

    onKeydown(ev) {
        ev.stopPropagation();
        if (ev.key === "Enter") {
            this.save();
        }
    }
}
