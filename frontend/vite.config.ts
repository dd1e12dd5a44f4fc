import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";
import { compress } from "./compress";

const BASE =
  /node_modules\/(react|react-dom|scheduler|@tanstack|openapi-fetch|wouter|clsx|use-sync-external-store|regexparam)\/|@mantine\/(hooks|core\/esm\/(core|components\/(UnstyledButton|Loader|Transition|ActionIcon|Button|Skeleton|Input|InputBase|TextInput|VisuallyHidden|CloseButton)))\//;

export default defineConfig({
  plugins: [react(), compress()],
  server: { proxy: { "/api": "http://127.0.0.1:8000" } },
  // Fonts and images are served as files: the page's content security policy names no inline sources for them.
  build: {
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 1600,
    // Every browser that the page supports preloads modules by itself.
    modulePreload: { polyfill: false },
    rolldownOptions: {
      input: { page: "index.html", docs: "docs.html" },
      // What every place needs as one file, and what several share as two more, rather than dozens of small ones: a
      // browser fetches six at a time, and each takes a phone a fifth of a second.
      output: {
        codeSplitting: {
          groups: [
            { name: "base", test: BASE, priority: 3 },
            { name: "controls", test: /node_modules\/(@mantine|@floating-ui)\//, minShareCount: 2, priority: 2 },
            { name: "shared", test: /frontend\/src\//, minShareCount: 2, priority: 1 },
          ],
        },
      },
    },
  },
  // Files share one world: to import everything anew for each takes ten times as long as all tests.
  test: { include: ["src/**/*.test.ts"], isolate: false },
});
