import {Component, useEffect, useState} from "@odoo/owl";
import {KeepLast} from "@web/core/utils/concurrency";
import {useService} from "@web/core/utils/hooks";
import {KpiRatios} from "../fields/linked_cards_field";
import {HealthMark, StateMark} from "../shared/marks";

/** What is chosen in the planner, with its links. */
export class PlannerCard extends Component {
    static template = "sop_operations.PlannerCard";
    static components = {HealthMark, KpiRatios, StateMark};
    static props = {
        model: Object,
        money: Function,
        onLink: Function,
        onUnlink: Function,
        onMark: Function,
        onOpen: Function,
    };

    setup() {
        this.orm = useService("orm");
        this.keepLast = new KeepLast();
        /** KPIs by operation, of what is chosen. */
        this.state = useState({kpis: {}});
        useEffect(
            () => {
                this.loadKpis();
            },
            () => [this.operationIds.join()]
        );
    }

    get operationIds() {
        if (!this.row) {
            return [];
        }
        const ids =
            this.side === "operation"
                ? [this.row.id]
                : this.links.map((link) => link.operation_id);
        return [...new Set(ids)];
    }

    async loadKpis() {
        const ids = this.operationIds;
        const records = ids.length
            ? await this.keepLast.add(this.orm.read("sop.operation", ids, ["card"]))
            : [];
        this.state.kpis = Object.fromEntries(
            records.map((record) => [record.id, record.card && record.card.kpi])
        );
    }

    get side() {
        return this.props.model.selected?.side;
    }

    get otherSide() {
        return this.side === "category" ? "operation" : "category";
    }

    get row() {
        const {selected} = this.props.model;
        return selected && this.props.model.find(selected.side, selected.id);
    }

    get canLink() {
        return this.props.model.canLink(this.side, this.row);
    }

    /** Of the category's plan, or of what the operation gets. */
    get whole() {
        return this.side === "category" ? this.row.planned : this.row.total;
    }

    get links() {
        const {model} = this.props;
        return model.linksBelow(this.side, this.row.id).map((link) => ({
            ...link,
            own: model.find(this.side, link[`${this.side}_id`]),
            other: model.find(this.otherSide, link[`${this.otherSide}_id`]),
            share: this.whole ? Math.round((100 * link.amount) / this.whole) : null,
            pair: {categoryId: link.category_id, operationId: link.operation_id},
        }));
    }
}
