import {Component, useState} from "@odoo/owl";
import {Dialog} from "@web/core/dialog/dialog";
import {_t} from "@web/core/l10n/translation";
import {RPCError} from "@web/core/network/rpc";
import {useAutofocus} from "@web/core/utils/hooks";
import {formatFloat} from "@web/views/fields/formatters";
import {InvalidNumberError, parseFloat} from "@web/views/fields/parsers";

/** How much of a category's plan is meant for an operation, and why. */
export class LinkDialog extends Component {
    static template = "sop_operations.LinkDialog";
    static components = {Dialog};
    static props = {
        close: Function,
        category: Object,
        operation: Object,
        link: {type: [Object, {value: null}]},
        digits: Number,
        format: Function,
        confirm: Function,
        unlink: Function,
    };

    setup() {
        const {link} = this.props;
        const amount = link ? link.amount : Math.max(this.room, 0);
        this.state = useState({
            text: formatFloat(amount, {digits: [16, this.props.digits]}),
            note: link?.note || "",
            error: "",
            isBusy: false,
        });
        useAutofocus({refName: "amount", selectAll: true});
    }

    get title() {
        return this.props.link ? _t("Change the link") : _t("Fund the operation");
    }

    /** What the category has left for this operation. */
    get room() {
        const {category, link} = this.props;
        return category.free + (link?.amount || 0);
    }

    get amount() {
        try {
            return parseFloat(this.state.text || "0");
        } catch (error) {
            if (error instanceof InvalidNumberError) {
                return null;
            }
            throw error;
        }
    }

    get left() {
        return this.amount === null ? null : this.room - this.amount;
    }

    get isOver() {
        return (
            this.left !== null && Math.round(this.left * 10 ** this.props.digits) < 0
        );
    }

    async onConfirm() {
        if (this.amount === null || this.amount < 0) {
            this.state.error = _t(
                "Type an amount, such as 1500; 0 links without money."
            );
            return;
        }
        await this.run(() =>
            this.props.confirm({amount: this.amount, note: this.state.note.trim()})
        );
    }

    async onUnlink() {
        await this.run(() => this.props.unlink());
    }

    /** What the server refuses is said here, beside what has to be mended. */
    async run(action) {
        if (this.state.isBusy) {
            return;
        }
        this.state.isBusy = true;
        try {
            await action();
            this.props.close();
        } catch (error) {
            if (!(error instanceof RPCError) || !error.data?.message) {
                throw error;
            }
            this.state.error = error.data.message;
        } finally {
            this.state.isBusy = false;
        }
    }

    onKeydown(ev) {
        if (ev.key === "Enter") {
            ev.preventDefault();
            this.onConfirm();
        }
    }
}
