import {Component} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {deserializeDateTime, formatDateTime} from "@web/core/l10n/dates";

import {GridController} from "./grid_controller";

/** What could not be stored as typed, with what to do about it. Nothing leaves this list by itself. */
export class GridBanner extends Component {
    static template = "sop_budget.GridBanner";
    static props = {controller: GridController, version: Number};

    get controller() {
        return this.props.controller;
    }

    get shown() {
        return this.controller.conflicts.slice(0, 5);
    }

    get failed() {
        return this.controller.saver.status === "failed";
    }

    show({field}, value) {
        if (typeof value === "boolean") {
            return value ? "✓" : "–";
        }
        return (
            (this.controller.isMonth(field)
                ? this.controller.model.format(value)
                : value) || "–"
        );
    }

    get title() {
        const count = this.controller.conflicts.length;
        return count === 1
            ? _t("One cell was changed by somebody else while you edited it")
            : _t("%s cells were changed by somebody else while you edited them", count);
    }

    get more() {
        const count = this.controller.conflicts.length - this.shown.length;
        return count > 0 ? _t("and %s more", count) : "";
    }

    yours(entry) {
        return _t("yours: %s", this.show(entry, entry.yours));
    }

    theirs(entry) {
        return _t("theirs: %s", this.show(entry, entry.theirs));
    }

    author(entry) {
        return [entry.user, this.when(entry)].filter(Boolean).join(", ");
    }

    refusal(entry) {
        return _t("%(cell)s: you entered %(value)s. %(reason)s", {
            cell: entry.label,
            value: this.show(entry, entry.yours),
            reason: entry.reason,
        });
    }

    get failure() {
        const {saver, failure} = this.controller;
        return _t("Changes not saved: %(count)s. %(reason)s", {
            count: saver.pending.size,
            reason: failure,
        });
    }

    when({date}) {
        return date
            ? formatDateTime(deserializeDateTime(date.replace("T", " ").split(".")[0]))
            : "";
    }
}
