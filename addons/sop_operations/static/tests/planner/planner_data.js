const CURRENCY = {id: 1, name: "USD", symbol: "$", position: "before", digits: 2};

export function makeCategory(id, code, values = {}) {
    return {
        id,
        parent_id: false,
        depth: 0,
        code,
        name: `Category ${code}`,
        is_leaf: true,
        planned: 1000,
        linked: 0,
        free: 1000,
        ...values,
    };
}

export function makeOperation(id, code, values = {}) {
    return {
        id,
        parent_id: false,
        depth: 0,
        code,
        name: `Operation ${code}`,
        state: "in_progress",
        state_label: "In Progress",
        health: "on_track",
        health_label: "On Track",
        user: "",
        period: "2025",
        allocated: 0,
        is_organic: true,
        ...values,
    };
}

/** E is the sum of E1, which pays 400 to the fair, and E2; T pays nothing yet. */
export function makePlanner(values = {}) {
    return {
        budget: {id: 7, name: "Programme", period: "2025", state: "approved"},
        budgets: [
            {id: 7, name: "Programme", period: "2025"},
            {id: 8, name: "Other", period: "2026"},
        ],
        currency: CURRENCY,
        categories: [
            makeCategory(1, "E", {
                is_leaf: false,
                planned: 2000,
                linked: 400,
                free: 1600,
            }),
            makeCategory(2, "E1", {parent_id: 1, depth: 1, linked: 400, free: 600}),
            makeCategory(3, "E2", {parent_id: 1, depth: 1}),
            makeCategory(4, "T"),
        ],
        operations: [
            makeOperation(11, "FAIR", {allocated: 400, is_organic: false}),
            makeOperation(12, "STAND", {parent_id: 11, depth: 1, health: "at_risk"}),
            makeOperation(13, "COURSE"),
        ],
        links: [{id: 21, operation_id: 11, category_id: 2, amount: 400, note: "Hall"}],
        hidden_count: 0,
        more_count: 0,
        can_link: true,
        can_create: true,
        ...values,
    };
}

/**
 * A server that keeps links, as far as the planner needs one.
 *
 * @param {Object} data what `get_planner` answers
 */
export class PlannerServer {
    constructor(data = makePlanner()) {
        this.data = data;
        this.nextId = 100;
        this.calls = [];
    }

    get links() {
        return this.data.links.map((link) => [
            link.operation_id,
            link.category_id,
            link.amount,
            link.note,
        ]);
    }

    get() {
        const data = structuredClone(this.data);
        for (const row of data.operations) {
            const own = data.links.filter((link) => link.operation_id === row.id);
            row.allocated = own.reduce((sum, link) => sum + link.amount, 0);
            row.is_organic = own.length === 0;
            row.total = row.allocated;
        }
        return data;
    }

    create(values) {
        this.data.links.push({id: this.nextId++, ...values});
        return [this.nextId - 1];
    }

    write(id, values) {
        Object.assign(
            this.data.links.find((link) => link.id === id),
            values
        );
        return true;
    }

    unlink(id) {
        this.data.links = this.data.links.filter((link) => link.id !== id);
        return true;
    }
}
