import {Component} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";

/** What stands beside the colour of a health, so that the colour is never the only sign. */
export const HEALTH_MARKS = {
    on_track: {icon: "fa-check-circle", tone: "success"},
    at_risk: {icon: "fa-exclamation-triangle", tone: "warning"},
    off_track: {icon: "fa-times-circle", tone: "danger"},
    "": {icon: "fa-circle-o", tone: "muted"},
};
export const STATE_MARKS = {
    planned: {icon: "fa-clock-o"},
    in_progress: {icon: "fa-play"},
    completed: {icon: "fa-check"},
    cancelled: {icon: "fa-ban"},
};
/** Icons of the colours that figures have. */
export const TONE_MARKS = {
    success: {icon: "fa-check-circle"},
    warning: {icon: "fa-exclamation-triangle"},
    danger: {icon: "fa-times-circle"},
    muted: {icon: "fa-circle-o"},
};

/** How an operation stands: icon, word and, on hovering, the reason. */
export class HealthMark extends Component {
    static template = "sop_operations.HealthMark";
    static props = {
        health: String,
        label: String,
        reason: {type: String, optional: true},
        isShort: {type: Boolean, optional: true},
    };

    get mark() {
        return HEALTH_MARKS[this.props.health] || HEALTH_MARKS[""];
    }

    get label() {
        return this.props.label || _t("Not rated yet");
    }
}

/** The lifecycle of an operation: icon and word. */
export class StateMark extends Component {
    static template = "sop_operations.StateMark";
    static props = {
        state: String,
        label: String,
        isShort: {type: Boolean, optional: true},
    };

    get icon() {
        return STATE_MARKS[this.props.state].icon;
    }
}
