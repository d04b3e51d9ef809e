// The tools live in the launcher's state folder, not in a node_modules beside this file.
const plugin = new URL(
    ".sop/node/node_modules/@prettier/plugin-xml/src/plugin.js",
    import.meta.url
);

export default {
    printWidth: 88,
    tabWidth: 4,
    bracketSpacing: false,
    trailingComma: "es5",
    xmlWhitespaceSensitivity: "preserve",
    xmlSelfClosingSpace: true,
    plugins: [plugin.href],
};
