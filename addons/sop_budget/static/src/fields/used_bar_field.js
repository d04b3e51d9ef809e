import {registry} from "@web/core/registry";
import {formatFloat} from "@web/views/fields/formatters";
import {
    ProgressBarField,
    progressBarField,
} from "@web/views/fields/progress_bar/progress_bar_field";

/** A share of a plan as a bar: in whole percents, 5,000 % is not “5k %”. */
export class UsedBarField extends ProgressBarField {
    formatCurrentValue() {
        return formatFloat(this.currentValue, {digits: [16, 0]});
    }
}

registry.category("fields").add("sop_used_bar", {
    ...progressBarField,
    component: UsedBarField,
});
