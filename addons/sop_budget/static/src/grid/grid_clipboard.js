/**
 * Blocks of cells as spreadsheets put them on the clipboard: tabs between cells, line breaks between rows,
 * quotes around a cell that holds either of them.
 */

/**
 * @param {string} text
 * @returns {string[][]} a rectangle: short rows are filled with ""
 */
export function parseBlock(text) {
    const rows = [[]];
    let cell = "";
    let quoted = false;
    const source = text.replace(/\r\n?/g, "\n").replace(/\n$/, "");
    for (let i = 0; i < source.length; i++) {
        const char = source[i];
        if (quoted) {
            if (char !== '"') {
                cell += char;
            } else if (source[i + 1] === '"') {
                cell += source[++i];
            } else {
                quoted = false;
            }
        } else if (char === '"' && cell === "" && closesQuote(source, i)) {
            quoted = true;
        } else if (char === "\t" || char === "\n") {
            rows.at(-1).push(cell);
            cell = "";
            if (char === "\n") {
                rows.push([]);
            }
        } else {
            cell += char;
        }
    }
    rows.at(-1).push(cell);
    const width = Math.max(...rows.map((row) => row.length));
    return rows.map((row) => [...row, ...Array(width - row.length).fill("")]);
}

/** A quote opens a quoted cell only when one closes it right before the end of a cell: 5" pipe is text. */
function closesQuote(source, start) {
    for (let i = start + 1; i < source.length; i++) {
        if (source[i] !== '"') {
            continue;
        }
        if (source[i + 1] === '"') {
            i++;
        } else {
            return (
                i + 1 >= source.length ||
                source[i + 1] === "\t" ||
                source[i + 1] === "\n"
            );
        }
    }
    return false;
}

/**
 * @param {string[][]} rows
 * @returns {string}
 */
export function formatBlock(rows) {
    return rows
        .map((row) =>
            row
                .map((cell) =>
                    /[\t\n"]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell
                )
                .join("\t")
        )
        .join("\n");
}
