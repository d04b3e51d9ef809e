import {
    Component,
    onMounted,
    onWillStart,
    useEffect,
    useExternalListener,
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
import {FollowDialog} from "./follow_dialog";
import {GanttLinks} from "./gantt_links";
import {Scale, shifted, spanOf, toDate, toDays, ZOOMS} from "./gantt_scale";

const {DateTime} = luxon;
const ZOOM_KEY = "sop_operations.gantt.zoom";
/** Keys that change the dates of a bar: which part, and the side that they point to. */
const MOVES = {
    "shift+arrowleft": ["move", -1],
    "shift+arrowright": ["move", 1],
    "control+arrowleft": ["end", -1],
    "control+arrowright": ["end", 1],
    "control+shift+arrowleft": ["start", -1],
    "control+shift+arrowright": ["start", 1],
};

function sameDates(one, other) {
    return one.date_from === other.date_from && one.date_to === other.date_to;
}

function datesOf({date_from, date_to}) {
    return {date_from, date_to};
}

/** Operations as bars over the months, milestones as diamonds. */
export class OperationsGantt extends Component {
    static template = "sop_operations.OperationsGantt";
    static components = {GanttLinks, Layout};
    static props = {...standardActionServiceProps};
    static path = "operations-timeline";
    static displayName = _t("Schedule");

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.dialog = useService("dialog");
        this.notification = useService("notification");
        this.scroller = useRef("scroller");
        const zoom = browser.localStorage.getItem(ZOOM_KEY);
        this.state = useState({
            data: null,
            zoom: zoom in ZOOMS ? zoom : "quarter",
            searchText: "",
            withDone: false,
            onlyCritical: false,
            folded: new Set(),
            // Dates that are not saved yet: {id, part, days, date_from, date_to}
            draft: null,
            done: [],
            undone: [],
        });
        onWillStart(() => this.load());
        onMounted(() => this.goToToday());
        useExternalListener(window, "pointermove", this.onPointerMove);
        useExternalListener(window, "pointerup", this.onPointerUp);
        useExternalListener(window, "pointercancel", this.onPointerCancel);
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
        this.byId = new Map(this.data.rows.map((row) => [row.id, row]));
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
        const {searchText, folded, onlyCritical} = this.state;
        const passes =
            (searchText || onlyCritical) &&
            ((row) => isCalled(row, searchText) && (row.is_critical || !onlyCritical));
        return shownRows(this.data.rows, {folded, passes});
    }

    get drawnRows() {
        return this.rows.map((row) => this.drawn(row));
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
            row.schedule,
            row.schedule_warning,
            ...this.data.links
                .filter((link) => link.to === row.id)
                .map((link) => this.describeLink(link)),
        ]
            .filter(Boolean)
            .join(", ");
    }

    describeLink(link, slack = null) {
        const parts = [
            _t("waits for %(name)s: %(type)s", {
                name: this.byId.get(link.from).name,
                type: link.type_label,
            }),
        ];
        if (link.lag) {
            parts.push(
                link.lag > 0
                    ? _t("%s day(s) in between", link.lag)
                    : _t("%s day(s) of overlap", -link.lag)
            );
        }
        if (slack !== null && slack < 0) {
            parts.push(_t("%s day(s) too early", -slack));
        }
        return parts.join(", ");
    }

    /** The same, said of a line, which has two ends. */
    describeLine(link, slack) {
        return `${this.byId.get(link.to).name} ${this.describeLink(link, slack)}`;
    }

    get hasCritical() {
        return this.data.rows.some((row) => row.is_critical);
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

    /** Up and down go from bar to bar; with Shift or Ctrl, arrows change dates. */
    onKeydown(ev) {
        this.wasDragged = false;
        const hotkey = getActiveHotkey(ev);
        const bars = [...this.scroller.el.querySelectorAll(".o_sop_gantt_bar")];
        // Up and down lead on from a milestone of the row as well
        const focused = document.activeElement.closest(".o_sop_gantt_row");
        const at = bars.findIndex((bar) => focused?.contains(bar));
        const step = {arrowdown: 1, arrowup: -1}[hotkey];
        if (hotkey === "control+z" || hotkey === "control+y") {
            ev.preventDefault();
            this.replay(hotkey === "control+z");
        } else if (at >= 0 && step) {
            ev.preventDefault();
            bars[at + step]?.focus();
        } else if (at >= 0 && bars[at] === document.activeElement) {
            const id = Number(bars[at].closest("[data-id]").dataset.id);
            this.onBarKey(
                ev,
                hotkey,
                this.data.rows.find((row) => row.id === id)
            );
        }
    }

    // Changing dates -----------------------------------------------------------

    /** The row as it is drawn: with dates that are not saved yet. */
    drawn(row) {
        const {draft} = this.state;
        return draft?.id === row.id
            ? {...row, date_from: draft.date_from, date_to: draft.date_to}
            : row;
    }

    isDraft(row) {
        return this.state.draft?.id === row.id;
    }

    canMove(row) {
        return row.can_move && Boolean(row.date_from || row.date_to);
    }

    get isRtl() {
        return getComputedStyle(this.scroller.el).direction === "rtl";
    }

    setDraft(row, part, days) {
        this.state.draft = {id: row.id, part, days, ...shifted(row, part, days)};
    }

    dropDraft() {
        this.state.draft = null;
    }

    /** What a screen reader says, and what is shown beside a bar that is being moved. */
    draftLabel(row) {
        return this.datesLabel(this.drawn(row));
    }

    datesLabel({date_from, date_to}) {
        return [date_from, date_to]
            .map((day) => (day ? formatDate(DateTime.fromISO(day)) : "…"))
            .join(" – ");
    }

    onBarKey(ev, hotkey, row) {
        const {draft} = this.state;
        if (hotkey in MOVES && this.canMove(row)) {
            ev.preventDefault();
            const [part, side] = MOVES[hotkey];
            const days = this.isRtl ? -side : side;
            const base = this.drawn(row);
            this.state.draft = {id: row.id, part, days, ...shifted(base, part, days)};
        } else if (draft && hotkey === "escape") {
            ev.preventDefault();
            ev.stopPropagation();
            this.dropDraft();
        } else if (draft && hotkey === "enter") {
            // Not a click: that opens the operation
            ev.preventDefault();
            this.saveDraft();
        }
    }

    onBlur(row) {
        if (this.isDraft(row) && !this.drag) {
            this.dropDraft();
        }
    }

    /** Fingers scroll the table; a mouse or a pen takes a bar, or one of its ends. */
    onPointerDown(ev, row, part) {
        this.wasDragged = false;
        if (ev.button || ev.pointerType === "touch" || !this.canMove(row)) {
            return;
        }
        ev.stopPropagation();
        this.drag = {row, part, x: ev.clientX, id: ev.pointerId};
    }

    onPointerMove(ev) {
        if (this.drag?.id !== ev.pointerId) {
            return;
        }
        const {row, part, x} = this.drag;
        const pixels = (ev.clientX - x) * (this.isRtl ? -1 : 1);
        const days = Math.round(pixels / this.scale.pixels);
        if (days || this.isDraft(row)) {
            this.setDraft(row, part, days);
        }
    }

    async onPointerUp(ev) {
        if (this.drag?.id === ev.pointerId) {
            this.drag = null;
            // The click that follows is not meant to open the operation
            this.wasDragged = Boolean(this.state.draft);
            await this.saveDraft();
        }
    }

    onPointerCancel() {
        this.drag = null;
        this.dropDraft();
    }

    onBarClick(row) {
        const wasDragged = this.wasDragged;
        this.wasDragged = false;
        return wasDragged ? undefined : this.openOperation(row.id);
    }

    async saveDraft() {
        const {draft} = this.state;
        const row = draft && this.byId.get(draft.id);
        if (!row || sameDates(row, draft)) {
            return this.dropDraft();
        }
        const change = {id: row.id, before: datesOf(row), after: datesOf(draft)};
        try {
            if (!row.is_linked || !(await this.asksWhatFollows(row, change))) {
                await this.makeStep([change]);
            }
        } finally {
            await this.load();
            this.dropDraft();
        }
    }

    /** Whether the new dates break a dependency, so that somebody has to say what to do. */
    async asksWhatFollows(row, change) {
        const {date_from, date_to} = change.after;
        const {follow, stuck} = await this.orm.call(
            "sop.operation",
            "get_gantt_consequences",
            [row.id, date_from, date_to]
        );
        if (!follow.length && !stuck.length) {
            return false;
        }
        const others = follow
            .filter(({id}) => this.byId.has(id))
            .map((move) => ({
                id: move.id,
                before: datesOf(this.byId.get(move.id)),
                after: datesOf(move),
            }));
        this.dialog.add(FollowDialog, {
            name: row.name,
            follow,
            stuck,
            format: (dates) => this.datesLabel(dates),
            onMove: async (withThose) => {
                try {
                    await this.makeStep([change, ...(withThose ? others : [])]);
                } finally {
                    await this.load();
                }
            },
        });
        return true;
    }

    /** One step, that is undone as one: the dates of an operation, and of what follows it. */
    async makeStep(changes) {
        await this.writeAll(changes, "after");
        this.state.done.push(changes);
        this.state.undone = [];
    }

    /** @param {"before"|"after"} side */
    writeAll(changes, side) {
        if (changes.length === 1) {
            return this.writeDates(changes[0].id, changes[0][side]);
        }
        return this.orm.call("sop.operation", "set_gantt_dates", [
            changes.map((change) => ({id: change.id, ...change[side]})),
        ]);
    }

    writeDates(id, dates) {
        const vals = {date_start: dates.date_from};
        const row = this.data.rows.find((found) => found.id === id);
        // What is ongoing may keep an end that does not count
        if (!row?.is_ongoing) {
            vals.date_end = dates.date_to;
        }
        return this.orm.write("sop.operation", [id], vals);
    }

    /** Take the last change back, or make it again, unless somebody changed it meanwhile. */
    async replay(back) {
        const [from, to] = back ? ["done", "undone"] : ["undone", "done"];
        const step = this.state[from].pop();
        if (!step) {
            return;
        }
        await this.load();
        const [now, then] = back ? ["after", "before"] : ["before", "after"];
        const isAsLeft = step.every((change) => {
            const row = this.byId.get(change.id);
            return row && sameDates(row, change[now]);
        });
        if (!isAsLeft) {
            this.notification.add(
                _t("The dates were changed meanwhile: nothing was undone."),
                {type: "warning"}
            );
            return;
        }
        await this.writeAll(step, then);
        this.state[to].push(step);
        await this.load();
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
