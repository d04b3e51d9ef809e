import {Component, onWillStart, onWillUnmount, useEffect, useRef} from "@odoo/owl";
import {loadBundle} from "@web/core/assets";
import {cookie} from "@web/core/browser/cookie";
import {getColor, hexToRGBA} from "@web/core/colors/colors";
import {formatMoney} from "./report_rows";

/** Plan and actual, added up month by month, and where it leads if it goes on as so far. */
export class ReportChart extends Component {
    static template = "sop_budget.ReportChart";
    static props = {
        chart: Object,
        currency: Object,
    };

    setup() {
        this.canvas = useRef("canvas");
        onWillStart(() => loadBundle("web.chartjs_lib"));
        useEffect(
            () => this.draw(),
            () => [this.props.chart]
        );
        onWillUnmount(() => this.chart?.destroy());
    }

    draw() {
        this.chart?.destroy();
        /* global Chart */
        this.chart = new Chart(this.canvas.el, this.config);
    }

    get config() {
        const style = getComputedStyle(this.canvas.el);
        const text = style.color;
        const grid =
            style.getPropertyValue("--sop-grid-line") || "rgba(128, 128, 128, .25)";
        const money = (value) => formatMoney(value, this.props.currency, 0);
        return {
            type: "line",
            data: {labels: this.props.chart.labels, datasets: this.datasets},
            options: {
                animation: false,
                maintainAspectRatio: false,
                interaction: {mode: "index", intersect: false},
                plugins: {
                    legend: {
                        position: "top",
                        labels: {color: text, usePointStyle: true, pointStyle: "line"},
                    },
                    tooltip: {
                        callbacks: {
                            label: (item) =>
                                `${item.dataset.label}: ${money(item.parsed.y)}`,
                        },
                    },
                },
                scales: {
                    x: {
                        ticks: {color: text, maxRotation: 0, autoSkipPadding: 12},
                        grid: {display: false},
                    },
                    y: {
                        beginAtZero: true,
                        ticks: {color: text, callback: money, maxTicksLimit: 6},
                        grid: {color: grid},
                    },
                },
            },
        };
    }

    get datasets() {
        const scheme = cookie.get("color_scheme");
        const [plan, actual, ahead] = [0, 2, 3].map((number) =>
            getColor(number, scheme, "sm")
        );
        const {names, planned, projection} = this.props.chart;
        const line = {tension: 0, pointRadius: 2, borderWidth: 2};
        return [
            {
                ...line,
                label: names.planned,
                data: planned,
                borderColor: plan,
                backgroundColor: plan,
            },
            {
                ...line,
                label: names.actual,
                data: this.props.chart.actual,
                borderColor: actual,
                backgroundColor: hexToRGBA(actual, 0.2),
                borderWidth: 3,
                fill: true,
            },
            {
                ...line,
                label: names.projection,
                data: projection,
                borderColor: ahead,
                backgroundColor: ahead,
                borderDash: [6, 4],
                pointRadius: 0,
            },
        ].filter((dataset) => dataset.data.some((value) => value !== null));
    }
}
