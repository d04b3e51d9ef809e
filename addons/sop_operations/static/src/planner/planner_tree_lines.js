/**
 * Which rows of a tree are shown. Rows come from the server in order, each parent before its
 * children, with `id`, `parent_id` and `depth`.
 */

/** @returns {Set<number>} ids of rows that have others below them */
export function parentsOf(rows) {
    return new Set(rows.map((row) => row.parent_id).filter(Boolean));
}

/** Whether a row is called so: by code or name, whatever the case and the accents. */
export function isCalled(row, text) {
    return plain(`${row.code} ${row.name}`).includes(plain(text.trim()));
}

function plain(text) {
    return text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
}

/** Rows that pass, with what is above them; none of what is inside of a folded one. */
export function shownRows(rows, {folded, passes = null}) {
    const byId = new Map(rows.map((row) => [row.id, row]));
    if (passes) {
        const kept = new Set();
        for (const row of rows.filter(passes)) {
            let place = row;
            while (place && !kept.has(place.id)) {
                kept.add(place.id);
                place = byId.get(place.parent_id);
            }
        }
        return rows.filter((row) => kept.has(row.id));
    }
    const hidden = new Set();
    return rows.filter((row) => {
        if (hidden.has(row.parent_id) || folded.has(row.parent_id)) {
            hidden.add(row.id);
            return false;
        }
        return true;
    });
}

/** The row itself, or the nearest one above it that is shown; undefined when there is none. */
export function nearestShown(id, byId, shown) {
    let place = byId.get(id);
    while (place && !shown.has(place.id)) {
        place = byId.get(place.parent_id);
    }
    return place?.id;
}

/**
 * Links between the rows that are shown: those of folded rows run from what folds them, and those
 * with the same two ends become one.
 *
 * @returns {{key: string, categoryId: number, operationId: number, amount: number,
 *            ids: number[]}[]}
 */
export function gatherLinks(links, categories, operations, shown) {
    const byId = {
        category: new Map(categories.map((row) => [row.id, row])),
        operation: new Map(operations.map((row) => [row.id, row])),
    };
    const gathered = new Map();
    for (const link of links) {
        const categoryId = nearestShown(
            link.category_id,
            byId.category,
            shown.category
        );
        const operationId = nearestShown(
            link.operation_id,
            byId.operation,
            shown.operation
        );
        if (!categoryId || !operationId) {
            continue;
        }
        const key = `${categoryId}-${operationId}`;
        if (!gathered.has(key)) {
            gathered.set(key, {key, categoryId, operationId, amount: 0, ids: []});
        }
        const line = gathered.get(key);
        line.amount += link.amount;
        line.ids.push(link.id);
    }
    return [...gathered.values()];
}
