import {
    Component,
    onMounted,
    onWillStart,
    useEffect,
    useRef,
    useState,
} from "@odoo/owl";
import {browser} from "@web/core/browser/browser";
import {getActiveHotkey} from "@web/core/hotkeys/hotkey_service";
import {formatDate} from "@web/core/l10n/dates";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {useService} from "@web/core/utils/hooks";
import {Layout} from "@web/search/layout";
import {standardActionServiceProps} from "@web/webclient/actions/action_service";
import {isCalled, shownRows} from "../planner/planner_tree_lines";
import {HEALTH_MARKS, STATE_MARKS, TONE_MARKS} from "../shared/marks";
import {Scale, spanOf, toDate, toDays, ZOOMS} from "./gantt_scale";

const {DateTime} = luxon;
const ZOOM_KEY = "sop_operations.gantt.zoom";

/** Operations as bars over the months, milestones as diamonds. */
export class OperationsGantt extends Component {
    static template = "sop_operations.OperationsGantt";
    static components = {Layout};
    static props = {...standardActionServiceProps};
    static path = "operations-timeline";
    static displayName = _t("Schedule");

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.scroller = useRef("scroller");
        const zoom = browser.localStorage.getItem(ZOOM_KEY);
        this.state = useState({
            data: null,
            zoom: zoom in ZOOMS ? zoom : "quarter",
            searchText: "",
            withDone: false,
            folded: new Set(),
        });
        onWillStart(() => this.load());
        onMounted(() => this.goToToday());
        useEffect(
            () => this.goToToday(),
            () => [this.state.zoom]
        );
    }

    get data() {
        return this.state.data;
    }

    async load() {
        this.state.data = await this.orm.call("sop.operation", "get_gantt", [
            {with_done: this.state.withDone},
        ]);
        this.parents = new Set(this.data.rows.map((row) => row.parent_id));
    }

    async toggleDone() {
        this.state.withDone = !this.state.withDone;
        await this.load();
    }

    // What is shown ------------------------------------------------------------

    get zooms() {
        return [
            ["month", _t("Month")],
            ["quarter", _t("Quarter")],
            ["year", _t("Year")],
        ];
    }

    get rows() {
        const {searchText, folded} = this.state;
        const passes = searchText && ((row) => isCalled(row, searchText));
        return shownRows(this.data.rows, {folded, passes});
    }

    get today() {
        return toDays(this.data.today);
    }

    get scale() {
        return new Scale(spanOf(this.data.rows, this.today), this.state.zoom);
    }

    spanLabel(span, scale) {
        const date = DateTime.fromJSDate(toDate(span.day));
        if (scale.grain === 3) {
            const quarter = _t("Q%s", date.quarter);
            return span.isYear ? `${quarter} ${date.year}` : quarter;
        }
        const format = this.state.zoom === "month" ? "LLLL yyyy" : "LLL";
        const name = date.toFormat(format);
        return span.isYear && this.state.zoom !== "month"
            ? `${name} ${date.year}`
            : name;
    }

    /** Milestones of a row that lie in the table. */
    diamonds(row, scale) {
        return row.milestones
            .map((milestone) => ({...milestone, day: toDays(milestone.date)}))
            .filter((milestone) => scale.holds(milestone.day))
            .map((milestone) => ({
                ...milestone,
                // Above the middle of its day
                at: scale.at(milestone.day) + Math.round(scale.pixels / 2),
                icon: TONE_MARKS[milestone.tone].icon,
                title: _t("%(name)s, %(day)s: %(state)s", {
                    name: milestone.name,
                    day: formatDate(DateTime.fromISO(milestone.date)),
                    state: milestone.state_label,
                }),
            }));
    }

    isActive(row) {
        return row.state === "in_progress";
    }

    icon(row) {
        return this.isActive(row)
            ? HEALTH_MARKS[row.health].icon
            : STATE_MARKS[row.state].icon;
    }

    tone(row) {
        return this.isActive(row) ? HEALTH_MARKS[row.health].tone : row.state;
    }

    /** All that the bar shows, for those who do not see it. */
    describe(row) {
        return [
            row.code,
            row.name,
            row.period,
            row.state_label,
            row.health_label,
            row.user,
        ]
            .filter(Boolean)
            .join(", ");
    }

    toggle(row) {
        const {folded} = this.state;
        folded[folded.has(row.id) ? "delete" : "add"](row.id);
    }

    // Moving about -------------------------------------------------------------

    setZoom(zoom) {
        this.state.zoom = zoom;
        browser.localStorage.setItem(ZOOM_KEY, zoom);
    }

    /** Today a third of the way from the beginning of what is seen. */
    goToToday() {
        const {el} = this.scroller;
        if (el) {
            const names = el.querySelector(".o_sop_gantt_names")?.offsetWidth || 0;
            const distance = Math.max(
                this.scale.at(this.today) - (el.clientWidth - names) / 3,
                0
            );
            const isRtl = getComputedStyle(el).direction === "rtl";
            el.scrollLeft = isRtl ? -distance : distance;
        }
    }

    /** Up and down go from bar to bar. */
    onKeydown(ev) {
        const step = {arrowdown: 1, arrowup: -1}[getActiveHotkey(ev)];
        const bars = [...this.scroller.el.querySelectorAll(".o_sop_gantt_bar")];
        const at = bars.indexOf(document.activeElement);
        if (step && at >= 0) {
            ev.preventDefault();
            bars[at + step]?.focus();
        }
    }

    openOperation(id = false) {
        return this.openForm("sop.operation", id);
    }

    openForm(model, id) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: model,
            res_id: id,
            views: [[false, "form"]],
        });
    }
}

registry.category("actions").add("sop_operations.gantt", OperationsGantt);
