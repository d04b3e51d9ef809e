/**
 * Numbers of the budget grid: what people type and paste, and what they read.
 *
 * Amounts are integers of the currency's minor unit everywhere in the grid, so that sums are exact. Text
 * becomes a fraction of two BigInts first; the only rounding is the last step, half away from zero, as in
 * the Python engine (both run the same vectors, see static/tests/grid/grid_vectors.js).
 */

/** Largest amount of one cell, in minor units: sums of a whole grid stay exact integers. */
export const AMOUNT_LIMIT = 1e14;
const FORMULA_LENGTH = 200;
const FORMULA_DEPTH = 50;
const DIGITS_LIMIT = 30;

/**
 * @typedef {{ decimalPoint: string, thousandsSep: string, grouping?: number[] }} NumberLocale
 * @typedef {{ n: bigint, d: bigint }} Fraction
 */

export class NumberError extends Error {
    /** @param {"not_a_number"|"too_large"|"division_by_zero"|"formula"} reason */
    constructor(reason) {
        super(reason);
        this.reason = reason;
    }
}

// ---------------------------------------------------------------------------------------------
// Fractions
// ---------------------------------------------------------------------------------------------

const OPERATIONS = {
    "+": (a, b) => ({n: a.n * b.d + b.n * a.d, d: a.d * b.d}),
    "-": (a, b) => ({n: a.n * b.d - b.n * a.d, d: a.d * b.d}),
    "*": (a, b) => ({n: a.n * b.n, d: a.d * b.d}),
    "/": (a, b) => {
        if (b.n === 0n) {
            throw new NumberError("division_by_zero");
        }
        return b.n < 0n ? {n: -a.n * b.d, d: a.d * -b.n} : {n: a.n * b.d, d: a.d * b.n};
    },
};

/**
 * @param {Fraction} fraction
 * @param {number} decimals
 * @returns {number} minor units, half away from zero
 */
function roundToUnits({n, d}, decimals) {
    const scaled = n * 10n ** BigInt(decimals);
    const positive = scaled < 0n ? -scaled : scaled;
    const units = Number((2n * positive + d) / (2n * d));
    if (units > AMOUNT_LIMIT) {
        throw new NumberError("too_large");
    }
    return scaled < 0n && units ? -units : units;
}

// ---------------------------------------------------------------------------------------------
// Plain numbers
// ---------------------------------------------------------------------------------------------

const ZEROES = [0x0660, 0x06f0, 0x0966, 0x09e6, 0x0e50]; // Arabic, Persian, Devanagari, Bengali, Thai

function latinDigits(text) {
    return text.replace(/\p{Nd}/gu, (digit) => {
        const code = digit.codePointAt(0);
        const zero = ZEROES.find((start) => code >= start && code < start + 10);
        return zero ? String(code - zero) : digit;
    });
}

/** One form for blanks, minus signs and digits of other scripts. */
export function cleanText(text) {
    return latinDigits(text.normalize("NFKC"))
        .replace(/[\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]/g, "")
        .replace(/[\u2212\u2012\u2013]/g, "-")
        .replace(/[\s\u00a0\u202f]+/g, " ")
        .replace(/[\u2018\u2019\u066c]/g, "'")
        .replace(/\u066b/g, ".")
        .trim();
}

/** Whether the separators cut the digits as thousands are cut: 1,234,567 or 12,34,567. */
function isGrouped(text, separator) {
    const groups = text.split(separator);
    return (
        /^\d{1,3}$/.test(groups[0]) &&
        groups.at(-1).length === 3 &&
        groups.slice(1).every((group) => /^\d{2,3}$/.test(group))
    );
}

/**
 * Says which of "." and "," is the decimal sign of a text: the one of the user's language, unless the text
 * can only be read the other way (1.234,56 pasted into an English grid, 1.5 typed into a German one).
 *
 * @returns {{ integer: string, fraction: string }|null} the integer part may still hold separators
 */
function splitDecimals(text, locale) {
    const kinds = [".", ","].filter((sign) => text.includes(sign));
    if (!kinds.length) {
        return {integer: text, fraction: ""};
    }
    const last = text.lastIndexOf(".") > text.lastIndexOf(",") ? "." : ",";
    const once = text.indexOf(last) === text.lastIndexOf(last);
    const cut = () => {
        const [integer, fraction] = text.split(last);
        return {integer, fraction};
    };
    if (kinds.length === 2) {
        return once ? cut() : null;
    }
    if (!once) {
        return {integer: text, fraction: ""};
    }
    const isThousands = last === locale.thousandsSep && last !== locale.decimalPoint;
    return isThousands && isGrouped(text, last) ? {integer: text, fraction: ""} : cut();
}

function ungroup(integer) {
    for (const separator of [".", ",", "'", " "]) {
        if (integer.includes(separator)) {
            return isGrouped(integer, separator)
                ? integer.split(separator).join("")
                : null;
        }
    }
    return integer;
}

/**
 * @param {string} text digits and separators only
 * @param {NumberLocale} locale
 * @returns {Fraction|null}
 */
function parseDigits(text, locale) {
    const parts = splitDecimals(text, locale);
    const integer = parts && ungroup(parts.integer);
    if (integer === null || parts === null || !/^\d*$/.test(integer + parts.fraction)) {
        return null;
    }
    const digits = integer + parts.fraction;
    if (!digits || digits.length > DIGITS_LIMIT) {
        return null;
    }
    return {n: BigInt(digits), d: 10n ** BigInt(parts.fraction.length)};
}

const SUFFIXES = {"": 1n, k: 1000n, m: 1000000n};

/** A number as people write amounts: sign, parentheses, currency, k and m. */
function parsePlain(text, locale) {
    let rest = text
        .replace(/^\p{Sc}\s?|\s?\p{Sc}$/gu, "")
        .replace(/^[A-Z]{3}\s|\s?[A-Z]{3}$/, "");
    let negative = false;
    const wrapped = rest.match(/^\((.*)\)$/);
    if (wrapped) {
        [negative, rest] = [true, wrapped[1].trim()];
    } else if (/^[-+]|[-+]$/.test(rest)) {
        negative = rest.startsWith("-") || rest.endsWith("-");
        rest = rest.replace(/^[-+]\s?|\s?[-+]$/, "");
    }
    rest = rest.replace(/^\p{Sc}\s?|\s?\p{Sc}$/gu, "");
    const [, digits, suffix] = rest.match(/^([\d.,' ]*)([kKmM]?)$/) || [];
    const value = digits ? parseDigits(digits.trim(), locale) : null;
    if (!value) {
        throw new NumberError("not_a_number");
    }
    const n = value.n * SUFFIXES[suffix.toLowerCase()];
    return {n: negative ? -n : n, d: value.d};
}

// ---------------------------------------------------------------------------------------------
// Formulas: + - * / ( ) % k m
// ---------------------------------------------------------------------------------------------

const TOKEN =
    /\s*(?:(?<number>[\d.,'](?:[\d.,']| (?=\d{3}))*)(?<suffix>[kKmM]?)|(?<sign>[-+*/()%]))/y;

function tokenize(text, locale) {
    const tokens = [];
    TOKEN.lastIndex = 0;
    const source = text.replace(/×/g, "*").replace(/÷/g, "/").trimEnd();
    while (TOKEN.lastIndex < source.length) {
        const match = TOKEN.exec(source);
        if (!match) {
            throw new NumberError("formula");
        }
        const {number, suffix, sign} = match.groups;
        if (sign) {
            tokens.push(sign);
            continue;
        }
        const value = parseDigits(number, locale);
        if (!value) {
            throw new NumberError("formula");
        }
        tokens.push({n: value.n * SUFFIXES[suffix.toLowerCase()], d: value.d});
    }
    return tokens;
}

/** Precedence climbing over the tokens of one formula. */
class FormulaReader {
    constructor(tokens) {
        this.tokens = tokens;
        this.position = 0;
    }

    read() {
        const value = this.sum(0);
        if (this.position < this.tokens.length) {
            throw new NumberError("formula");
        }
        return value;
    }

    take(...signs) {
        const token = this.tokens[this.position];
        if (signs.includes(token)) {
            this.position++;
            return token;
        }
        return null;
    }

    sum(depth) {
        let value = this.product(depth);
        for (let sign = this.take("+", "-"); sign; sign = this.take("+", "-")) {
            value = OPERATIONS[sign](value, this.product(depth));
        }
        return value;
    }

    product(depth) {
        let value = this.factor(depth);
        for (let sign = this.take("*", "/"); sign; sign = this.take("*", "/")) {
            value = OPERATIONS[sign](value, this.factor(depth));
        }
        return value;
    }

    factor(depth) {
        if (depth > FORMULA_DEPTH) {
            throw new NumberError("formula");
        }
        if (this.take("-")) {
            const {n, d} = this.factor(depth + 1);
            return {n: -n, d};
        }
        if (this.take("+")) {
            return this.factor(depth + 1);
        }
        let value;
        if (this.take("(")) {
            value = this.sum(depth + 1);
            if (!this.take(")")) {
                throw new NumberError("formula");
            }
        } else {
            value = this.tokens[this.position++];
            if (typeof value !== "object") {
                throw new NumberError("formula");
            }
        }
        while (this.take("%")) {
            value = {n: value.n, d: value.d * 100n};
        }
        return value;
    }
}

function parseFormula(text, locale) {
    if (text.length > FORMULA_LENGTH) {
        throw new NumberError("formula");
    }
    return new FormulaReader(tokenize(text, locale)).read();
}

// ---------------------------------------------------------------------------------------------
// What the grid calls
// ---------------------------------------------------------------------------------------------

/**
 * @param {string} text as typed or pasted; a leading "=" makes it a formula
 * @param {{ locale: NumberLocale, decimals: number }} options
 * @returns {number|null} minor units; null for nothing
 * @throws {NumberError}
 */
export function parseAmount(text, {locale, decimals}) {
    const clean = cleanText(text);
    if (!clean) {
        return null;
    }
    if (/^-+$/.test(clean)) {
        return 0; // how spreadsheets print a zero
    }
    const value = clean.startsWith("=")
        ? parseFormula(clean.slice(1), locale)
        : parsePlain(clean, locale);
    return roundToUnits(value, decimals);
}

/**
 * @param {number} amount received from the server: the double nearest to a decimal of the currency
 * @returns {number} minor units
 */
export function toUnits(amount, decimals) {
    const units = Math.round(Math.abs(amount) * 10 ** decimals);
    return amount < 0 && units ? -units : units;
}

/** @returns {number} the amount to send to the server: the double nearest to the exact decimal */
export function fromUnits(units, decimals) {
    return units / 10 ** decimals;
}

function groupDigits(digits, locale) {
    const sizes = locale.grouping?.length ? locale.grouping : [3, 0];
    const groups = [];
    let rest = digits;
    let size = 0;
    for (let i = 0; rest.length; i++) {
        size = i < sizes.length && sizes[i] ? sizes[i] : size;
        if (size <= 0 || rest.length <= size) {
            break;
        }
        groups.unshift(rest.slice(-size));
        rest = rest.slice(0, -size);
        if (sizes[i + 1] === -1) {
            break;
        }
    }
    groups.unshift(rest);
    return groups.join(locale.thousandsSep || "");
}

/**
 * @param {number|null} units
 * @param {{ locale: NumberLocale, decimals: number, digits?: number, grouped?: boolean }} options
 *   decimals of the currency; digits: how many of them to show
 * @returns {string}
 */
export function formatUnits(
    units,
    {locale, decimals, digits = decimals, grouped = true}
) {
    if (units === null || units === undefined) {
        return "";
    }
    const text = String(Math.abs(units)).padStart(decimals + 1, "0");
    const integer = decimals ? text.slice(0, -decimals) : text;
    const fraction = decimals ? text.slice(-decimals).slice(0, digits) : "";
    const sign = units < 0 ? "-" : "";
    const body = grouped ? groupDigits(integer, locale) : integer;
    return sign + body + (fraction ? locale.decimalPoint + fraction : "");
}

/** The text an editor opens with: no thousands, decimals only where there are some. */
export function editText(units, {locale, decimals}) {
    const whole = units !== null && units % 10 ** decimals === 0;
    return formatUnits(units, {
        locale,
        decimals,
        digits: whole ? 0 : decimals,
        grouped: false,
    });
}
