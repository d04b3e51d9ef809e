import {Component, onWillStart, useRef, useState} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {KeepLast} from "@web/core/utils/concurrency";
import {useService} from "@web/core/utils/hooks";
import {useDebounced} from "@web/core/utils/timing";
import {useSetupAction} from "@web/search/action_hook";
import {Layout} from "@web/search/layout";
import {standardActionServiceProps} from "@web/webclient/actions/action_service";
import {HEALTH_MARKS, STATE_MARKS} from "../shared/marks";
import {OperationCard} from "./operation_card";

/** Everything that is under way, the worst first: what is it to achieve, and does it? */
export class OperationsDashboard extends Component {
    static template = "sop_operations.OperationsDashboard";
    static components = {Layout, OperationCard};
    static props = {...standardActionServiceProps};
    static path = "operations-dashboard";
    static displayName = _t("Dashboard");

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.root = useRef("root");
        this.keepLast = new KeepLast();
        this.options = {
            ...this.props.action.params?.options,
            ...this.props.state?.options,
        };
        this.state = useState({data: null, showFilters: false, isBusy: false});
        this.search = useDebounced((text) => this.update({search: text}), 250);
        useSetupAction({
            rootRef: this.root,
            getLocalState: () => ({options: this.options}),
        });
        onWillStart(() => this.update({}));
    }

    get data() {
        return this.state.data;
    }

    // Loading ------------------------------------------------------------------

    async load(options) {
        return this.keepLast.add(
            this.orm.call("sop.operation", "get_dashboard", [options])
        );
    }

    /** Choose something else: the cards begin anew. */
    async update(changes) {
        const options = {...this.options, ...changes, offset: 0};
        this.state.data = await this.load(options);
        this.options = this.data.options;
    }

    async showMore() {
        this.state.isBusy = true;
        try {
            const {cards} = this.data;
            const more = await this.load({...this.options, offset: cards.length});
            more.cards = [...cards, ...more.cards];
            this.state.data = more;
        } finally {
            this.state.isBusy = false;
        }
    }

    // Counters -----------------------------------------------------------------

    get counters() {
        const {counters} = this.data;
        const health = (key, name) => ({
            key,
            name,
            number: counters[key],
            icon: HEALTH_MARKS[key === "unrated" ? "" : key].icon,
            tone: HEALTH_MARKS[key === "unrated" ? "" : key].tone,
            changes: {states: [], healths: [key]},
            isChosen: this.isChosen([], [key]),
        });
        const state = (key, name, states = [key]) => ({
            key,
            name,
            number: counters[key],
            icon: STATE_MARKS[states[0]].icon,
            tone: "",
            changes: {states, healths: []},
            isChosen: this.isChosen(states, []),
        });
        const rated = [
            health("on_track", _t("On track")),
            health("at_risk", _t("At risk")),
            health("off_track", _t("Off track")),
        ];
        if (counters.unrated) {
            rated.push(health("unrated", _t("Not rated")));
        }
        return {
            active: state("active", _t("Active"), ["in_progress"]),
            healths: rated,
            others: [
                state("planned", _t("Planned")),
                state("completed", _t("Completed")),
                ...(counters.cancelled ? [state("cancelled", _t("Cancelled"))] : []),
            ],
        };
    }

    isChosen(states, healths) {
        const {options} = this.data;
        return (
            String(options.states) === String(states) &&
            String(options.healths) === String(healths)
        );
    }

    /** A counter chosen twice shows everything again. */
    onCounter(counter) {
        const {changes, isChosen} = counter;
        return this.update(isChosen ? {states: [], healths: []} : changes);
    }

    // Filters ------------------------------------------------------------------

    get periods() {
        return [
            ["all", _t("Any time")],
            ["month", _t("This month")],
            ["next_month", _t("Next month")],
            ["quarter", _t("This quarter")],
            ["year", _t("This year")],
            ["custom", _t("From … to …")],
        ];
    }

    get sorts() {
        return [
            ["attention", _t("What needs attention")],
            ["end", _t("What ends soonest")],
            ["kpi", _t("Lowest KPIs")],
            ["money", _t("Most of the money spent")],
            ["time", _t("Most of the time gone")],
            ["name", _t("Name")],
        ];
    }

    get hasFilter() {
        const {search, period, user_ids, tag_ids, states, healths, budget_id} =
            this.data.options;
        return Boolean(
            search ||
                period !== "all" ||
                budget_id ||
                [user_ids, tag_ids, states, healths].some((list) => list.length)
        );
    }

    onMany(name, ev) {
        const id = Number(ev.target.value);
        return this.update({[name]: id ? [id] : []});
    }

    onBudget(ev) {
        return this.update({budget_id: Number(ev.target.value) || false});
    }

    async onDay(name, ev) {
        await this.update({period: "custom", [name]: ev.target.value || false});
    }

    clear() {
        return this.update({
            search: "",
            period: "all",
            user_ids: [],
            tag_ids: [],
            states: [],
            healths: [],
            budget_id: false,
        });
    }

    // What waits ---------------------------------------------------------------

    get signs() {
        const {late_kpis, blockers, missed_milestones} = this.data.signs;
        return [
            {
                key: "late_kpis",
                number: late_kpis,
                icon: "fa-bell-o",
                name:
                    late_kpis === 1
                        ? _t("KPI waits for a check-in")
                        : _t("KPIs wait for a check-in"),
                model: "sop.kpi",
                domain: [["is_late", "=", true]],
            },
            {
                key: "blockers",
                number: blockers,
                icon: "fa-hand-paper-o",
                name: blockers === 1 ? _t("open blocker") : _t("open blockers"),
                model: "sop.operation.update",
                domain: [["blocker_state", "=", "open"]],
            },
            {
                key: "missed_milestones",
                number: missed_milestones,
                icon: "fa-flag-o",
                name:
                    missed_milestones === 1
                        ? _t("missed milestone")
                        : _t("missed milestones"),
                model: "sop.milestone",
                domain: [["state", "=", "missed"]],
            },
        ].filter((sign) => sign.number);
    }

    openSign(sign) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            name: sign.name,
            res_model: sign.model,
            domain: sign.domain,
            views: [
                [false, "list"],
                [false, "form"],
            ],
        });
    }

    // Elsewhere ----------------------------------------------------------------

    openForm(model, id = false) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: model,
            res_id: id,
            views: [[false, "form"]],
        });
    }

    openPlanner() {
        return this.action.doAction("sop_operations.sop_operation_planner_action");
    }
}

registry.category("actions").add("sop_operations.dashboard", OperationsDashboard);
