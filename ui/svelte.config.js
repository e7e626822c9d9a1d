// Svelte's own settings, read by Vite and by svelte-check.
// Not here: how the page is built (vite.config.ts).
// Invariant: runes everywhere.
import { vitePreprocess } from '@sveltejs/vite-plugin-svelte';

export default { preprocess: vitePreprocess(), compilerOptions: { runes: true } };
