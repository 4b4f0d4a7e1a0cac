// Validates Dashboard Studio definitions with Splunk's validator: node validate.mjs DEFINITION.json...
// The packages are made for a browser; what they ask of one while they load is given here.
import { createRequire } from 'node:module';
import Module from 'node:module';
import { readFileSync } from 'node:fs';
import { JSDOM } from 'jsdom';

const require = createRequire(import.meta.url);
const page = new JSDOM('<!doctype html><html><body></body></html>', { url: 'http://localhost/' });
for (const name of Object.getOwnPropertyNames(page.window)) {
    if (!(name in globalThis)) {
        try {
            globalThis[name] = page.window[name];
        } catch {
            // read-only in this Node: not needed
        }
    }
}
globalThis.window = page.window;
for (const name of ['Event', 'CustomEvent', 'EventTarget']) globalThis[name] = page.window[name];
page.window.matchMedia = globalThis.matchMedia = () => ({ matches: false, addListener() {}, removeListener() {}, addEventListener() {}, removeEventListener() {} });
page.window.URL.createObjectURL = URL.createObjectURL = () => '';
require.extensions['.css'] = () => {};
const load = Module._load;
Module._load = (name, ...rest) => (name.startsWith('@splunk/react-search') ? {} : load(name, ...rest));

const { DashboardValidator } = require('@splunk/dashboard-validation');
const { createSchemaBasedOnPresets } = require('@splunk/dashboard-definition');
const utils = require('@splunk/dashboard-utils');
const module = require("@splunk/dashboard-presets/EnterprisePreset");
const preset = module.default ?? module;
// The schema's own compiler warns about the schema, not about a definition.
console.warn = () => {};
const validator = new DashboardValidator();
const refused = validator.setSchema(createSchemaBasedOnPresets(preset, { allowTokenCoercion: true }));
if (refused) throw refused;

let bad = 0;
for (const path of process.argv.slice(2)) {
    let definition = JSON.parse(readFileSync(path, 'utf8'));
    for (const step of ['migrateLegacyVisualizationsToPlatformVisualizations', 'migrateInputDefaultValueToTokenDefaults', 'migrateToTabsLayout']) {
        const done = utils[step]({ definition, preset });
        if (done?.success === false) throw new Error(`${path}: ${step} failed`);
        definition = done?.definition ?? definition;
    }
    const errors = validator.validate(definition) ?? [];
    for (const error of errors) console.error(`${path}: ${JSON.stringify(error)}`);
    bad += errors.length;
}
console.log(`${process.argv.length - 2} definitions, ${bad} errors`);
process.exit(bad ? 1 : 0);
