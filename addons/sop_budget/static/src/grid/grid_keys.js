/** What the keys do in the grid while no cell is edited. */

const FAR = Infinity;

/** Rows and columns to move by: [alone, with Ctrl]; "page" and "forward" depend on screen and language. */
const MOVES = {
    ArrowUp: () => [
        [-1, 0],
        [-FAR, 0],
    ],
    ArrowDown: () => [
        [1, 0],
        [FAR, 0],
    ],
    ArrowLeft: ({forward}) => [
        [0, -forward],
        [0, -FAR * forward],
    ],
    ArrowRight: ({forward}) => [
        [0, forward],
        [0, FAR * forward],
    ],
    PageUp: ({page}) => [
        [-page, 0],
        [-page, 0],
    ],
    PageDown: ({page}) => [
        [page, 0],
        [page, 0],
    ],
    Home: () => [
        [0, -FAR],
        [-FAR, -FAR],
    ],
    End: () => [
        [0, FAR],
        [FAR, FAR],
    ],
};

const COMMANDS = {
    Tab: ({shift}) => ({action: "tab", step: shift ? -1 : 1}),
    Enter: ({shift}) => ({action: "enter", step: shift ? -1 : 1}),
    F2: () => ({action: "edit"}),
    Escape: () => ({action: "escape"}),
    Delete: () => ({action: "clear"}),
    Backspace: () => ({action: "clear"}),
    ContextMenu: () => ({action: "menu"}),
    F10: ({shift}) => (shift ? {action: "menu"} : null),
    " ": () => ({action: "space"}),
};

const SHORTCUTS = {
    z: ({shift}) => ({action: shift ? "redo" : "undo"}),
    y: () => ({action: "redo"}),
    a: () => ({action: "selectAll"}),
    d: () => ({action: "fill", direction: "down"}),
    r: ({shift}) => (shift ? null : {action: "fill", direction: "right"}),
};

/** Alt+Shift and an arrow move the row itself. */
const ROW_MOVES = {
    ArrowUp: "up",
    ArrowDown: "down",
    ArrowLeft: "out",
    ArrowRight: "in",
};
const MIRRORED = {ArrowLeft: "ArrowRight", ArrowRight: "ArrowLeft"};

/**
 * @param {KeyboardEvent} event
 * @param {{ rtl?: boolean, page: number }} context page: rows on one screen
 * @returns {{ action: string, down?: number, across?: number, extend?: boolean, step?: 1|-1,
 *  direction?: string, text?: string }|null} null for keys that are none of ours
 */
export function readKey(event, {rtl = false, page}) {
    const {key, shiftKey: shift, altKey} = event;
    const ctrl = event.ctrlKey || event.metaKey;
    if (altKey) {
        return shift ? readRowMove(key, rtl) : null;
    }
    if (key in MOVES) {
        const [down, across] = MOVES[key]({page, forward: rtl ? -1 : 1})[ctrl ? 1 : 0];
        return {action: "move", down, across, extend: shift};
    }
    if (ctrl) {
        return SHORTCUTS[key.toLowerCase()]?.({shift}) || null;
    }
    return key in COMMANDS ? COMMANDS[key]({shift}) : readTyping(event);
}

/** A key that puts a character starts to edit with it. */
function readTyping({key, isComposing}) {
    if (isComposing || key === "Process" || key === "Dead") {
        return {action: "type", text: ""};
    }
    return [...key].length === 1 ? {action: "type", text: key} : null;
}

function readRowMove(key, rtl) {
    const direction = ROW_MOVES[(rtl && MIRRORED[key]) || key];
    return direction ? {action: "moveRow", direction} : null;
}
