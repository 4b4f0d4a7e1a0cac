// Bundles page.jsx into page.js.
import { build } from 'esbuild';

await build({
    entryPoints: ['page.jsx'],
    outfile: 'page.js',
    bundle: true,
    minify: true,
    format: 'iife',
    platform: 'browser',
    mainFields: ['browser', 'module', 'main'],
    jsx: 'automatic',
    define: { 'process.env.NODE_ENV': '"production"', global: 'window' },
    loader: { '.svg': 'dataurl', '.png': 'dataurl', '.woff': 'dataurl', '.woff2': 'dataurl' },
    logLevel: 'error',
});
