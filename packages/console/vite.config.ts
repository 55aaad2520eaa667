import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

export default defineConfig({
  // Relative, so that the console also works behind a proxy that puts it under a path.
  base: "./",
  plugins: [react()],
  build: {
    // The console is served under `default-src 'self'`, which allows no data: URL.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
});
