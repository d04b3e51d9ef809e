import {Component} from "@odoo/owl";
import {localization} from "@web/core/l10n/localization";
import {toDays} from "./gantt_scale";

/** Heights in pixels, as in gantt.scss. */
const HEAD = 44;
const ROW = 44;
/** From the top of a row to the middle of its bar. */
const MIDDLE = 16;
/** Between rows: above what a row shows, below what the one before shows. */
const GAP = 1;
/** How far a line goes before it turns. */
const STUB = 7;

/** Whether the end of what is waited for counts, and the end of what waits; else the starts. */
const ENDS = {
    fs: [true, false],
    ss: [false, false],
    ff: [true, true],
    sf: [false, true],
};

function pointOf(row, isEnd) {
    return isEnd ? toDays(row.date_to) + 1 : toDays(row.date_from);
}

/**
 * Days that are left between two rows; negative when their dates break the link, null when there
 * is nothing to compare.
 */
export function slackOf(link, before, after) {
    const dated = [before, after].every((row) => row.date_from && row.date_to);
    if (!link.binds || !dated) {
        return null;
    }
    const [fromEnd, toEnd] = ENDS[link.type];
    return pointOf(after, toEnd) - pointOf(before, fromEnd) - link.lag;
}

/**
 * A line with right angles from one bar to the other, and where its head points.
 *
 * @param {{x: number, y: number, side: 1|-1}} from side: the direction in which it leaves
 * @param {{x: number, y: number, side: 1|-1}} to side: the direction in which it arrives
 */
export function pathOf(from, to) {
    const out = from.x + from.side * STUB;
    const into = to.x - to.side * STUB;
    const tip = `M${to.x},${to.y} l${-to.side * 6},-4 v8 z`;
    if (from.y === to.y) {
        return {d: `M${from.x},${from.y} H${to.x}`, tip};
    }
    // One turn, where it leaves and arrives on the right sides
    const turn = [out, into].find(
        (x) => (x - from.x) * from.side >= STUB && (to.x - x) * to.side >= STUB
    );
    if (turn !== undefined) {
        return {d: `M${from.x},${from.y} H${turn} V${to.y} H${to.x}`, tip};
    }
    const between = to.y > from.y ? to.y - MIDDLE - GAP : to.y + ROW - MIDDLE - GAP;
    return {
        d: `M${from.x},${from.y} H${out} V${between} H${into} V${to.y} H${to.x}`,
        tip,
    };
}

/** What waits for what, as lines between bars. The bars say it in words: this is for the eye. */
export class GanttLinks extends Component {
    static template = "sop_operations.GanttLinks";
    static props = {
        rows: Array,
        links: Array,
        scale: Object,
        describe: Function,
        onOpen: Function,
    };

    get isRtl() {
        return localization.direction === "rtl";
    }

    get height() {
        return HEAD + this.props.rows.length * ROW;
    }

    get lines() {
        const {rows, links, scale} = this.props;
        const places = new Map(rows.map((row, index) => [row.id, index]));
        const lines = [];
        for (const link of links) {
            const [first, second] = [places.get(link.from), places.get(link.to)];
            if (first === undefined || second === undefined) {
                continue;
            }
            const [before, after] = [rows[first], rows[second]];
            const [bar, nextBar] = [scale.bar(before), scale.bar(after)];
            if (!bar || !nextBar) {
                continue;
            }
            const slack = slackOf(link, before, after);
            const [fromEnd, toEnd] = ENDS[link.type];
            lines.push({
                id: link.id,
                ...pathOf(
                    this.end(bar, first, fromEnd, 1),
                    this.end(nextBar, second, toEnd, -1)
                ),
                isBroken: slack !== null && slack < 0,
                isCritical: slack === 0 && before.is_critical && after.is_critical,
                title: this.props.describe(link, slack),
            });
        }
        // What matters lies on top
        return lines.sort(
            (a, b) =>
                a.isCritical - b.isCritical || a.isBroken - b.isBroken || a.id - b.id
        );
    }

    /** @param {1|-1} way whether the line leaves the bar or arrives at it */
    end(bar, place, isEnd, way) {
        return {
            x: bar.start + (isEnd ? bar.width : 0),
            y: HEAD + place * ROW + MIDDLE,
            side: isEnd ? way : -way,
        };
    }
}
