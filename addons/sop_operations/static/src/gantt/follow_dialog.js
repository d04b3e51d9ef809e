import {Component, useState} from "@odoo/owl";
import {Dialog} from "@web/core/dialog/dialog";

/** Other dates break a dependency: whether what follows moves as well. */
export class FollowDialog extends Component {
    static template = "sop_operations.FollowDialog";
    static components = {Dialog};
    static props = {
        close: Function,
        name: String,
        follow: Array,
        stuck: Array,
        format: Function,
        onMove: Function,
    };

    setup() {
        this.state = useState({isBusy: false});
    }

    async move(withThose) {
        if (!this.state.isBusy) {
            this.state.isBusy = true;
            await this.props.onMove(withThose);
            this.props.close();
        }
    }
}
