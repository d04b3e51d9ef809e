import {KanbanRenderer} from "@web/views/kanban/kanban_renderer";
import {kanbanView} from "@web/views/kanban/kanban_view";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";

/** Updates below each other, under the day on which they happened. */
export class TimelineRenderer extends KanbanRenderer {
    static template = "sop_operations.TimelineRenderer";

    /** The heading above a record; empty below a record of the same day. */
    getHeading(record) {
        const {records} = this.props.list;
        const index = records.indexOf(record);
        const heading = this.getDay(record);
        return index > 0 && this.getDay(records[index - 1]) === heading ? "" : heading;
    }

    getDay(record) {
        const {date, is_pinned: isPinned} = record.data;
        if (isPinned) {
            return _t("Pinned").toString();
        }
        if (!date) {
            return "";
        }
        return date.toLocaleString({
            weekday: "long",
            day: "numeric",
            month: "long",
            year: "numeric",
        });
    }
}

registry.category("views").add("sop_timeline", {
    ...kanbanView,
    Renderer: TimelineRenderer,
});
