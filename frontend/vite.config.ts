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
    rolldownOptions: {
      input: { page: "index.html", docs: "docs.html" },
      // What every place needs, as one file rather than a dozen: a browser fetches six at a time.
      output: { codeSplitting: { groups: [{ name: "base", test: BASE }] } },
    },
  },
  // Files share one world: to import everything anew for each takes ten times as long as all tests.
  test: { include: ["src/**/*.test.ts"], isolate: false },
});
