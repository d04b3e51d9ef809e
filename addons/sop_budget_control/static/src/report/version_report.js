import {patch} from "@web/core/utils/patch";
import {serializeDate, today} from "@web/core/l10n/dates";
import {BudgetReportModel} from "@sop_budget/report/report_model";
import {ReportToolbar} from "@sop_budget/report/report_toolbar";

/** What has to be chosen anew when the report goes to the past or comes back from there. */
const NOW = {as_version: false, as_known_on: false, as_of: false};

patch(BudgetReportModel.prototype, {
    /** A figure of the past is not explained by the documents of today: the server says so. */
    figureOptions() {
        const options = super.figureOptions(...arguments);
        for (const name of ["as_version", "as_known_on"]) {
            if (this.options[name]) {
                options[name] = this.options[name];
            }
        }
        return options;
    },
});

patch(ReportToolbar.prototype, {
    get maxKnownOn() {
        return today();
    },

    showVersion(id) {
        this.props.onChange({...NOW, as_version: id});
    },

    showKnownOn(date) {
        if (date) {
            this.props.onChange({...NOW, as_known_on: serializeDate(date)});
        }
    },

    showNow() {
        this.props.onChange({...NOW});
    },
});
