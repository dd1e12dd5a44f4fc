import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";
import { compress } from "./compress";

export default defineConfig({
  plugins: [react(), compress()],
  server: { proxy: { "/api": "http://127.0.0.1:8000" } },
  // Fonts and images are served as files: the page's content security policy names no inline sources for them.
  build: {
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 1600,
    rolldownOptions: { input: { page: "index.html", docs: "docs.html" } },
  },
  // Files share one world: to import everything anew for each takes ten times as long as all tests.
  test: { include: ["src/**/*.test.ts"], isolate: false },
});
