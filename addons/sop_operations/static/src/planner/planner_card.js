import {Component} from "@odoo/owl";
import {HealthMark, StateMark} from "../shared/marks";

/** What is chosen in the planner, with its links. */
export class PlannerCard extends Component {
    static template = "sop_operations.PlannerCard";
    static components = {HealthMark, StateMark};
    static props = {
        model: Object,
        money: Function,
        onLink: Function,
        onUnlink: Function,
        onMark: Function,
        onOpen: Function,
    };

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
