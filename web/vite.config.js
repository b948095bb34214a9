// The web UI: built into dist/web, whose files a hub serves as they are.
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

// Browsers that know light-dark() and <dialog>; all have for two years.
const BROWSERS = ['chrome123', 'edge123', 'firefox120', 'safari17.5'];

export default defineConfig({
  root: dirname(fileURLToPath(import.meta.url)),
  base: '/',
  plugins: [react()],
  cacheDir: '../node_modules/.cache/vite',
  build: {
    outDir: '../dist/web',
    emptyOutDir: true,
    assetsDir: 'assets',
    // Nothing inline: the page's content security policy allows files of the hub alone.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    sourcemap: false,
    target: BROWSERS,
    cssTarget: BROWSERS,
    reportCompressedSize: false,
  },
});
