import {
    Component,
    onMounted,
    onPatched,
    onWillUnmount,
    useRef,
    useState,
} from "@odoo/owl";
import {localization} from "@web/core/l10n/localization";

const WIDTH = 140;
/** So many links say their amount; of more, only those of what is chosen. */
const FEW = 12;
const LABEL_HEIGHT = 15;
/** Nearer to the operation: where many lines meet, it is mostly at a category. */
const LABEL_PLACE = 0.76;

/**
 * Labels one below the other, moved down just as far as needed.
 *
 * @param {{y: number}[]} labels
 */
export function spreadLabels(labels, height = LABEL_HEIGHT) {
    let last = -Infinity;
    for (const label of [...labels].sort((a, b) => a.y - b.y)) {
        label.y = Math.max(label.y, last + height);
        last = label.y;
    }
}

/** Height of a line that begins and ends level, at a share of its way. */
export function heightAt(share, from, to) {
    const eased = share * share * (3 - 2 * share);
    return from + (to - from) * eased;
}

/** The lines between the two panels. What they say is in the rows too: they are for the eye. */
export class PlannerLinks extends Component {
    static template = "sop_operations.PlannerLinks";
    static props = {
        lines: Array,
        version: Number,
        isStrong: Function,
        format: Function,
        onOpen: Function,
    };

    setup() {
        this.root = useRef("root");
        this.state = useState({paths: [], height: 0});
        this.width = WIDTH;
        this.observer = new ResizeObserver(() => this.measure());
        onMounted(() => {
            this.observer.observe(this.root.el);
            this.measure();
        });
        onPatched(() => this.measure());
        onWillUnmount(() => this.observer.disconnect());
    }

    /** Where the lines end: beside their rows, or at the edge behind which these are scrolled. */
    measure() {
        const {el} = this.root;
        if (!el?.offsetParent) {
            return;
        }
        const box = el.getBoundingClientRect();
        const body = el.parentElement;
        const middle = (side, id) => {
            const row = body.querySelector(`.o_sop_plan_${side} [data-id="${id}"]`);
            const panel = row?.closest(".o_sop_plan_rows").getBoundingClientRect();
            const rect = row?.getBoundingClientRect();
            if (!rect) {
                return null;
            }
            const y = rect.top + rect.height / 2;
            const inside = Math.min(Math.max(y, panel.top + 2), panel.bottom - 2);
            return {y: Math.round(inside - box.top), isSeen: inside === y};
        };
        const paths = [];
        for (const line of this.props.lines) {
            const from = middle("category", line.categoryId);
            const to = middle("operation", line.operationId);
            if (from && to && (from.isSeen || to.isSeen)) {
                paths.push(this.path(line, from, to));
            }
        }
        const isFew = paths.length <= FEW;
        spreadLabels(
            paths.filter((path) => (path.isLabelled = isFew || path.isStrong))
        );
        const height = Math.round(box.height);
        const next = JSON.stringify([paths, height]);
        if (next !== this.last) {
            this.last = next;
            Object.assign(this.state, {paths, height});
        }
    }

    path(line, from, to) {
        const [start, end] = localization.direction === "rtl" ? [WIDTH, 0] : [0, WIDTH];
        const half = WIDTH / 2;
        const along = start + (end - start) * LABEL_PLACE;
        return {
            key: line.key,
            ids: line.ids,
            d: `M${start},${from.y} C${half},${from.y} ${half},${to.y} ${end},${to.y}`,
            isStrong: this.props.isStrong(line),
            isCut: !from.isSeen || !to.isSeen,
            label: this.props.format(line.amount),
            x: along,
            y: Math.round(heightAt(LABEL_PLACE, from.y, to.y)),
        };
    }
}
