import {Component} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";

import {GridController} from "./grid_controller";
import {total} from "./grid_model";

/** Beside the grid: the active category, and how the plan is made up. */
export class GridSummary extends Component {
    static template = "sop_budget.GridSummary";
    static props = {controller: GridController, version: Number, format: Function};

    get model() {
        return this.props.controller.model;
    }

    get active() {
        const {head} = this.model.selection;
        const row = head && this.model.row(head.row);
        return row && !row.footer ? row : null;
    }

    get title() {
        return `${this.active.code} ${this.active.name}`;
    }

    usedText(share) {
        return _t("%s used", `${share}\u00a0%`);
    }

    format(units) {
        return units === null ? "–" : this.props.format(units);
    }

    /** Planned, used and left of the active category over all months. */
    get figures() {
        const row = this.active;
        const planned = row.sums.at(-1);
        const used = row.used.at(-1);
        const left = (planned || 0) - (used || 0);
        const share = planned > 0 ? Math.round(((used || 0) / planned) * 100) : null;
        return {
            planned,
            used,
            left,
            share,
            width: Math.min(100, Math.max(0, share || 0)),
        };
    }

    get sections() {
        return [
            {title: _t("By category"), lines: this.byCategory},
            {title: _t("By funding source"), lines: this.bySource},
            {title: _t("By rhythm"), lines: this.byRhythm},
        ].filter(({lines}) => lines.length > 1);
    }

    get byCategory() {
        return this.withShares(
            this.model.roots
                .filter((row) => row.kind !== "income" && row.sums.at(-1))
                .map((row) => ({label: row.name, units: row.sums.at(-1)}))
        );
    }

    get bySource() {
        return this.grouped((row) =>
            row.funding ? row.funding.name : _t("Internal money")
        );
    }

    get byRhythm() {
        return this.grouped((row) => {
            const filled = row.cells.filter((units) => units);
            const same = filled.every((units) => units === filled[0]);
            if (filled.length === 1) {
                return _t("Once");
            }
            return same && filled.length === row.cells.length
                ? _t("Every month")
                : _t("Varying");
        });
    }

    /** Amounts of the leaves that cost money, by what a function says of each. */
    grouped(labelOf) {
        const groups = new Map();
        for (const row of this.model.rows) {
            const units =
                row.leaf && row.counted && row.kind !== "income" && total(row.cells);
            if (units) {
                const label = labelOf(row);
                groups.set(label, (groups.get(label) || 0) + units);
            }
        }
        return this.withShares([...groups].map(([label, units]) => ({label, units})));
    }

    withShares(lines) {
        const all = lines.reduce((sum, {units}) => sum + Math.max(0, units), 0);
        return lines
            .map((line) => ({
                ...line,
                share: all ? Math.max(0, (line.units / all) * 100) : 0,
            }))
            .sort((a, b) => b.units - a.units)
            .slice(0, 12);
    }
}
