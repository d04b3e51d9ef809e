import {GRID_VECTORS} from "./grid_vectors";

export const LOCALE = GRID_VECTORS.locales.en;
export const MONTHS = ["Jan", "Feb", "Mar", "Apr"].map((label, at) => ({
    key: `2026-0${at + 1}-01`,
    label,
}));
export const JAN = MONTHS[0].key;
export const FEB = MONTHS[1].key;
export const MAR = MONTHS[2].key;
export const APR = MONTHS[3].key;

let nextId = 100;

export function makeRow(values) {
    return {
        id: nextId++,
        parent_id: false,
        name: `Name of ${values.code}`,
        kind: "expense",
        leaf: Boolean(values.parent_id),
        held: false,
        editable: true,
        restricted: false,
        funding: false,
        responsible: false,
        detail: "",
        impact: "",
        impact_result: "",
        amounts: null,
        used: null,
        ...values,
    };
}

/**
 * Personnel (team lead 10/20, developer 30/–) and Events (party 5/5, paid by a grant), as `get_grid` sends it.
 *
 * @param {object} [budget] values to change
 */
export function makeGrid(budget = {}) {
    return {
        budget: {
            id: 7,
            name: "Budget 2026",
            display_name: "Budget 2026",
            state: "draft",
            state_label: "Draft",
            is_template: false,
            editable: true,
            reason_not_editable: "",
            currency: {
                id: 1,
                name: "USD",
                symbol: "$",
                position: "before",
                decimal_places: 2,
            },
            date_from: "2026-01-01",
            date_to: "2026-04-30",
            ...budget,
        },
        months: MONTHS,
        hidden_count: 0,
        rows: [
            makeRow({id: 1, code: "P", name: "Personnel"}),
            makeRow({
                id: 2,
                code: "P1",
                name: "Team lead",
                parent_id: 1,
                amounts: [10, 20, null, null],
            }),
            makeRow({
                id: 3,
                code: "P2",
                name: "Developer",
                parent_id: 1,
                amounts: [30, null, null, null],
                used: [45, null, null, null],
            }),
            makeRow({id: 4, code: "E", name: "Events"}),
            makeRow({
                id: 5,
                code: "E1",
                name: "Éte party",
                parent_id: 4,
                funding: {id: 1, name: "Grant", external: true},
                amounts: [5, 5, null, null],
            }),
        ],
    };
}

/** Many leaves below a few parents, to look at what is drawn. */
export function makeBigGrid(parents = 20, leaves = 100) {
    const rows = [];
    for (let p = 1; p <= parents; p++) {
        rows.push(makeRow({id: p * 1000, code: `C${p}`}));
        for (let l = 1; l <= leaves; l++) {
            const code = `C${p}.${l}`;
            rows.push(
                makeRow({
                    id: p * 1000 + l,
                    code,
                    parent_id: p * 1000,
                    amounts: [l, 0.5, 1, 2],
                })
            );
        }
    }
    return {...makeGrid(), rows};
}
