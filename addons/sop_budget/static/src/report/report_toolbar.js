import {Component, useState} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {DateTimeInput} from "@web/core/datetime/datetime_input";
import {Dropdown} from "@web/core/dropdown/dropdown";
import {DropdownItem} from "@web/core/dropdown/dropdown_item";
import {RecordSelector} from "@web/core/record_selectors/record_selector";
import {deserializeDate, formatDate, serializeDate, today} from "@web/core/l10n/dates";

/** Two dates and a button, for a period or a column of one's own. */
export class RangePicker extends Component {
    static template = "sop_budget.RangePicker";
    static components = {DateTimeInput};
    static props = {
        dateFrom: String,
        dateTo: String,
        minDate: String,
        maxDate: String,
        label: String,
        onApply: Function,
    };

    setup() {
        this.state = useState({from: this.props.dateFrom, to: this.props.dateTo});
    }

    date(value) {
        return deserializeDate(value);
    }

    set(which, value) {
        if (value) {
            this.state[which] = serializeDate(value);
        }
    }

    get isValid() {
        return this.state.from <= this.state.to;
    }

    apply() {
        if (this.isValid) {
            this.props.onApply([this.state.from, this.state.to]);
        }
    }
}

/** Everything that can be chosen about the report. */
export class ReportToolbar extends Component {
    static template = "sop_budget.ReportToolbar";
    static components = {
        DateTimeInput,
        Dropdown,
        DropdownItem,
        RangePicker,
        RecordSelector,
    };
    static props = {
        data: Object,
        options: Object,
        view: Object,
        levels: Number,
        searchText: String,
        onBudget: Function,
        onChange: Function,
        onLevel: Function,
        onView: Function,
        onSearch: Function,
    };

    setup() {
        this.state = useState({open: false});
    }

    get choices() {
        return this.props.data.choices;
    }

    nameOf(choices, key) {
        return choices.find((choice) => choice.key === key)?.name || "";
    }

    get columnsLabel() {
        const keys = this.props.options.columns;
        return this.choices.columns
            .filter((choice) => keys.includes(choice.key))
            .map((choice) => choice.name)
            .join(", ");
    }

    get budgetDomain() {
        return [["is_template", "=", false]];
    }

    get compareDomain() {
        const {id, company} = this.props.data.budget;
        return [
            ["id", "!=", id],
            ["is_template", "=", false],
            ["company_id", "=", company.id],
        ];
    }

    get asOf() {
        return deserializeDate(this.props.data.as_of);
    }

    get asOfLabel() {
        return formatDate(this.asOf);
    }

    get isToday() {
        return serializeDate(today()) === this.props.data.as_of;
    }

    get levelChoices() {
        const levels = [];
        for (let level = 1; level < this.props.levels; level++) {
            levels.push({level, name: _t("Down to level %s", level)});
        }
        return [
            {level: 0, name: _t("Totals only")},
            ...levels,
            {level: 99, name: _t("Everything")},
        ];
    }

    /** Tick or untick one of several, the order staying that of the choices; never none. */
    toggle(option, key) {
        const chosen = new Set(this.props.options[option]);
        chosen[chosen.has(key) ? "delete" : "add"](key);
        const keys = this.choices[option]
            .map((choice) => choice.key)
            .filter((k) => chosen.has(k));
        if (keys.length) {
            this.props.onChange({[option]: keys});
        }
    }

    addRange(range) {
        const ranges = [...(this.props.options.ranges || []), range];
        const columns = new Set([...this.props.options.columns, "custom"]);
        const keys = this.choices.columns.map((choice) => choice.key);
        this.props.onChange({ranges, columns: keys.filter((key) => columns.has(key))});
    }

    removeRange(index) {
        const ranges = this.props.options.ranges.filter((_, i) => i !== index);
        const columns = this.props.options.columns.filter(
            (k) => k !== "custom" || ranges.length
        );
        this.props.onChange({ranges, columns: columns.length ? columns : ["whole"]});
    }

    rangeLabel([from, to]) {
        return `${formatDate(deserializeDate(from))} – ${formatDate(deserializeDate(to))}`;
    }

    setPeriod([date_from, date_to]) {
        this.props.onChange({period: "custom", date_from, date_to});
    }

    setAsOf(date) {
        if (date) {
            this.props.onChange({as_of: serializeDate(date)});
        }
    }

    setCompareBudget(budgetId) {
        this.props.onChange(
            budgetId
                ? {compare: "budget", compare_budget_id: budgetId}
                : {compare: false, compare_budget_id: false}
        );
    }

    setCompare(compare) {
        this.props.onChange({compare, compare_budget_id: false});
    }

    get compareLabel() {
        const {compare, compare_name} = this.props.options;
        return compare === "budget"
            ? compare_name
            : this.nameOf(this.choices.compares, compare);
    }
}
