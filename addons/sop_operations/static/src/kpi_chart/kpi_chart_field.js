/* global Chart */
import {Component, onWillStart, onWillUnmount, useEffect, useRef} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {cookie} from "@web/core/browser/cookie";
import {getColor} from "@web/core/colors/colors";
import {loadBundle} from "@web/core/assets";
import {localization} from "@web/core/l10n/localization";
import {registry} from "@web/core/registry";
import {standardFieldProps} from "@web/views/fields/standard_field_props";

const {DateTime} = luxon;

function toXY(points) {
    return points.map(([day, value]) => ({
        x: DateTime.fromISO(day).toMillis(),
        y: value,
    }));
}

/**
 * Measurements of a KPI with its target path and forecast. Lines differ by dashes and marks,
 * not by colour alone; what they say is told to screen readers in words.
 */
export class KpiChartField extends Component {
    static template = "sop_operations.KpiChartField";
    static props = {...standardFieldProps};

    setup() {
        this.canvas = useRef("canvas");
        this.chart = null;
        onWillStart(() => loadBundle("web.chartjs_lib"));
        useEffect(
            () => this.draw(),
            () => [JSON.stringify(this.data), this.canvas.el]
        );
        onWillUnmount(() => this.chart && this.chart.destroy());
    }

    get data() {
        return this.props.record.data[this.props.name] || {};
    }

    get isEmpty() {
        return !(this.data.points || []).length;
    }

    get datasets() {
        const {points, target, forecast, band} = this.data;
        const scheme = cookie.get("color_scheme");
        const [actualColor, targetColor, forecastColor] = [0, 1, 2].map((index) =>
            getColor(index, scheme, "sm")
        );
        const datasets = [
            {
                label: _t("Measured"),
                data: toXY(points),
                borderColor: actualColor,
                backgroundColor: actualColor,
                pointRadius: 4,
            },
        ];
        const goal = (label, data) => ({
            label,
            data,
            borderColor: targetColor,
            backgroundColor: targetColor,
            borderDash: [8, 4],
            pointRadius: 0,
        });
        if (target.length) {
            datasets.push(goal(_t("Target path"), toXY(target)));
        }
        if (band.length) {
            const days = [points.at(0), points.at(-1)].map(([day]) => day);
            const level = (value) => toXY(days.map((day) => [day, value]));
            datasets.push(goal(_t("Lowest"), level(band[0])));
            datasets.push(goal(_t("Highest"), level(band[1])));
        }
        if (forecast.length) {
            datasets.push({
                label: _t("Forecast"),
                data: toXY(forecast),
                borderColor: forecastColor,
                backgroundColor: forecastColor,
                borderDash: [2, 3],
                pointStyle: "rectRot",
                pointRadius: [0, 6],
            });
        }
        return datasets;
    }

    get config() {
        const textColor = getComputedStyle(this.canvas.el).color;
        const day = (value) =>
            DateTime.fromMillis(value).toFormat(localization.dateFormat);
        const ticks = {color: textColor, maxRotation: 0, autoSkip: true};
        return {
            type: "line",
            data: {datasets: this.datasets},
            options: {
                animation: false,
                maintainAspectRatio: false,
                interaction: {mode: "nearest", intersect: false},
                plugins: {
                    legend: {position: "bottom", labels: {color: textColor}},
                    tooltip: {
                        callbacks: {
                            title: (items) => items.length && day(items[0].parsed.x),
                        },
                    },
                },
                scales: {
                    x: {
                        type: "linear",
                        ticks: {...ticks, callback: (value) => day(value)},
                    },
                    y: {
                        ticks,
                        title: {
                            display: Boolean(this.data.unit),
                            text: this.data.unit,
                            color: textColor,
                        },
                    },
                },
            },
        };
    }

    draw() {
        if (this.chart) {
            this.chart.destroy();
            this.chart = null;
        }
        if (this.canvas.el && !this.isEmpty) {
            this.chart = new Chart(this.canvas.el, this.config);
        }
    }
}

registry.category("fields").add("sop_kpi_chart", {
    component: KpiChartField,
    supportedTypes: ["json", "jsonb"],
});
