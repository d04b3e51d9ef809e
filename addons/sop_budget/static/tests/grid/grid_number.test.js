import {describe, expect, test} from "@odoo/hoot";

import {
    editText,
    formatUnits,
    fromUnits,
    NumberError,
    parseAmount,
    toUnits,
} from "@sop_budget/grid/grid_number";

import {GRID_VECTORS} from "./grid_vectors";

describe.current.tags("headless");

const {locales} = GRID_VECTORS;
const en = {locale: locales.en, decimals: 2};

function parse(text, options = en) {
    try {
        return parseAmount(text, options);
    } catch (error) {
        if (!(error instanceof NumberError)) {
            throw error;
        }
        return error.reason;
    }
}

test("formulas as on the server", () => {
    for (const {text, decimals, units} of GRID_VECTORS.formulas) {
        expect(parse(text, {locale: locales.en, decimals})).toBe(units, {
            message: text,
        });
    }
});

test("what is no formula is refused", () => {
    for (const text of GRID_VECTORS.bad_formulas) {
        expect(typeof parse(text)).toBe("string", {message: text});
    }
    expect(parse("=1/0")).toBe("division_by_zero");
    expect(parse(`=${"(".repeat(60)}1${")".repeat(60)}`)).toBe("formula");
    expect(parse(`=1${"+1".repeat(200)}`)).toBe("formula");
});

test("numbers of several languages", () => {
    for (const {text, locale, units} of GRID_VECTORS.numbers) {
        const options = {locale: locales[locale], decimals: 2};
        expect(parse(text, options)).toBe(units, {message: `${locale}: ${text}`});
    }
});

test("what is no number is refused, not guessed", () => {
    for (const text of GRID_VECTORS.not_numbers) {
        expect(parse(text)).toBe("not_a_number", {message: text});
    }
    expect(parse("1e15")).toBe("not_a_number");
    expect(parse("9999999999999999")).toBe("too_large");
});

test("currencies without and with three decimals", () => {
    expect(parse("1,500", {locale: locales.en, decimals: 0})).toBe(1500);
    expect(parse("1.5", {locale: locales.en, decimals: 0})).toBe(2);
    expect(parse("1.2345", {locale: locales.en, decimals: 3})).toBe(1235);
});

test("units survive the way to the server and back", () => {
    for (const units of [0, 1, -1, 3333334, -101, 12345678901, 99999999999999]) {
        for (const decimals of [0, 2, 3]) {
            expect(toUnits(fromUnits(units, decimals), decimals)).toBe(units);
        }
    }
    expect(fromUnits(3333334, 2)).toBe(33333.34);
    expect(Object.is(toUnits(-0.001, 2), 0)).toBe(true);
});

test("figures are written as the language does", () => {
    expect(formatUnits(123456789, en)).toBe("1,234,567.89");
    expect(formatUnits(-5, en)).toBe("-0.05");
    expect(formatUnits(123456700, {...en, digits: 0})).toBe("1,234,567");
    expect(formatUnits(123456789, {locale: locales.de, decimals: 2})).toBe(
        "1.234.567,89"
    );
    expect(formatUnits(123456789, {locale: locales.in, decimals: 2})).toBe(
        "12,34,567.89"
    );
    expect(formatUnits(1500, {locale: locales.en, decimals: 0})).toBe("1,500");
    expect(formatUnits(null, en)).toBe("");
    expect(
        formatUnits(123456700, {locale: {...locales.en, grouping: []}, decimals: 2})
    ).toBe("1,234,567.00");
    expect(
        formatUnits(123456700, {
            locale: {...locales.en, grouping: [3, -1]},
            decimals: 0,
        })
    ).toBe("123456,700");
});

test("editors open with a text that reads back as the same amount", () => {
    expect(editText(120000, en)).toBe("1200");
    expect(editText(120050, {locale: locales.de, decimals: 2})).toBe("1200,50");
    for (const locale of Object.values(locales)) {
        for (const units of [0, 5, -120050, 123456789]) {
            const options = {locale, decimals: 2};
            expect(parse(editText(units, options), options)).toBe(units);
            expect(parse(formatUnits(units, options), options)).toBe(units);
        }
    }
});
