// How the page is built and its unit tests are run.
// Not here: the pages' end-to-end tests (e2e/) and the servers they need.
// Invariant: the build refers to nothing outside its own origin.
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';

/** Where `npm run dev` finds the API: the binary, or the load fixture. */
const server = process.env.YIWANG_URL ?? 'http://127.0.0.1:4180';

export default defineConfig({
  plugins: [svelte()],
  build: {
    outDir: 'dist',
    target: 'es2022',
    // MapLibre alone is above the default; the figure that counts is measured in e2e.
    chunkSizeWarningLimit: 1500,
    rollupOptions: {
      output: {
        manualChunks(id: string): string | undefined {
          return id.includes('node_modules/maplibre-gl') ? 'maplibre' : undefined;
        },
      },
    },
  },
  server: { proxy: { '/v1': server } },
  test: { include: ['src/**/*.test.ts'], environment: 'node' },
});
