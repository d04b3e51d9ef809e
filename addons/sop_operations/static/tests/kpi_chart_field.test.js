import {expect, test} from "@odoo/hoot";
import {animationFrame} from "@odoo/hoot-mock";
import {defineMailModels} from "@mail/../tests/mail_test_helpers";
import {
    defineModels,
    fields,
    models,
    mountView,
    patchWithCleanup,
    preloadBundle,
} from "@web/../tests/web_test_helpers";
import {KpiChartField} from "@sop_operations/kpi_chart/kpi_chart_field";

class Kpi extends models.Model {
    _name = "sop.kpi";

    name = fields.Char();
    chart = fields.Json();

    _records = [
        {
            id: 1,
            name: "Participants",
            chart: {
                title: "Participants",
                unit: "people",
                text: "250 people, 83 % of the target.",
                points: [
                    ["2025-04-13", 40],
                    ["2025-05-18", 250],
                ],
                target: [
                    ["2025-04-07", 5],
                    ["2025-06-01", 300],
                ],
                forecast: [
                    ["2025-05-18", 250],
                    ["2025-06-01", 320],
                ],
                band: [],
            },
        },
        {
            id: 2,
            name: "Nothing",
            chart: {points: [], target: [], forecast: [], band: []},
        },
        {
            id: 3,
            name: "Band",
            chart: {
                unit: "",
                text: "In the band.",
                points: [
                    ["2025-04-13", 4],
                    ["2025-05-18", 5],
                ],
                target: [],
                forecast: [],
                band: [3, 6],
            },
        },
    ];
}

preloadBundle("web.chartjs_lib");
defineMailModels();
defineModels([Kpi]);

async function mountChart(resId) {
    const charts = [];
    patchWithCleanup(KpiChartField.prototype, {
        draw() {
            super.draw();
            if (this.chart) {
                charts.push(this.chart);
            }
        },
    });
    await mountView({
        type: "form",
        resModel: "sop.kpi",
        resId,
        arch: `<form><field name="chart" widget="sop_kpi_chart" nolabel="1"/></form>`,
    });
    await animationFrame();
    return charts.at(-1);
}

test("draws measurements, target path and forecast with legend and unit", async () => {
    const chart = await mountChart(1);
    const labels = chart.data.datasets.map((dataset) => String(dataset.label));
    expect(labels).toEqual(["Measured", "Target path", "Forecast"]);
    expect(chart.data.datasets[0].data.map((point) => point.y)).toEqual([40, 250]);
    expect(chart.options.scales.y.title.text).toBe("people");
    expect(chart.data.datasets[1].borderDash).toEqual([8, 4]);
    expect(".o_sop_kpi_chart canvas").toHaveAttribute(
        "aria-label",
        "250 people, 83 % of the target."
    );
});

test("draws a band as two lines", async () => {
    const chart = await mountChart(3);
    const labels = chart.data.datasets.map((dataset) => String(dataset.label));
    expect(labels).toEqual(["Measured", "Lowest", "Highest"]);
    expect(chart.data.datasets[2].data.map((point) => point.y)).toEqual([6, 6]);
    expect(chart.options.scales.y.title.display).toBe(false);
});

test("says what to do when nothing was measured", async () => {
    expect(await mountChart(2)).toBe(undefined);
    expect(".o_sop_kpi_chart_empty").toHaveCount(1);
    expect("canvas").toHaveCount(0);
});
