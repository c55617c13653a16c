// Builds web/dist: hashed files and the manifest that the server's shell reads. There is no index.html; the server has it.
import { defineConfig } from "vitest/config";

export default defineConfig({
  // Every file finds its neighbours beside itself: a proxy may serve us under a path of its own.
  base: "./",
  build: {
    outDir: "dist",
    manifest: true,
    // No data: addresses for fonts: MapLibre loads the same files as the page.
    assetsInlineLimit: 0,
    cssCodeSplit: true,
    target: "es2022",
    rolldownOptions: { input: "src/main.ts" },
  },
  worker: { format: "es" },
  test: { environment: "node", include: ["src/**/*.test.ts"] },
});
