import {Component, onMounted, onWillUnmount, useState} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {useService} from "@web/core/utils/hooks";
import {standardWidgetProps} from "@web/views/widgets/standard_widget_props";

/**
 * Drives the long steps of a budget import and shows how far they are.
 *
 * Checking is done in parts, one request each, so it can be stopped at any time; writing is
 * one request and one transaction, so that nothing is ever half imported.
 */
export class ImportProgress extends Component {
    static template = "sop_budget.ImportProgress";
    static props = {...standardWidgetProps};

    setup() {
        this.orm = useService("orm");
        this.progress = useState({position: 0, total: 0, stopped: false});
        onMounted(() => this.run());
        onWillUnmount(() => {
            this.progress.stopped = true;
        });
    }

    get record() {
        return this.props.record;
    }

    get isWriting() {
        return this.record.data.state === "write";
    }

    get percent() {
        const {position, total} = this.progress;
        return total ? Math.round((100 * position) / total) : 0;
    }

    get title() {
        return this.isWriting ? _t("Importing…") : _t("Checking the rows…");
    }

    get text() {
        if (this.isWriting) {
            return _t(
                "Everything is written at once: nothing is imported until all of it is."
            );
        }
        const {position, total} = this.progress;
        return total
            ? _t("%(position)s of %(total)s", {
                  position: position.toLocaleString(),
                  total: total.toLocaleString(),
              })
            : _t("Reading %s rows", this.record.data.row_count.toLocaleString());
    }

    call(method) {
        return this.orm.silent.call(this.record.resModel, method, [
            [this.record.resId],
        ]);
    }

    async run() {
        try {
            if (this.isWriting) {
                await this.call("write_step");
            } else {
                await this.check();
            }
        } catch (error) {
            if (!this.progress.stopped) {
                await this.call(this.isWriting ? "action_cancel_write" : "action_back");
                await this.record.load();
            }
            throw error;
        }
        if (!this.progress.stopped) {
            await this.record.load();
        }
    }

    async check() {
        let result = {done: false};
        while (!result.done && !this.progress.stopped) {
            result = await this.call("check_step");
            this.progress.position = result.position;
            this.progress.total = result.total;
        }
    }

    async stop() {
        this.progress.stopped = true;
        await this.call("action_back");
        await this.record.load();
    }
}

export const importProgress = {
    component: ImportProgress,
    fieldDependencies: [
        {name: "state", type: "selection"},
        {name: "row_count", type: "integer"},
    ],
};

registry.category("view_widgets").add("sop_budget_import_progress", importProgress);
