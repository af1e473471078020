import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

export default defineConfig({
  root: import.meta.dirname,
  plugins: [react()],
  build: {
    outDir: '../build/web',
    emptyOutDir: true,
    // The server's own limit is on the first load, which test/web/bundle.test.ts measures.
    chunkSizeWarningLimit: 700,
  },
});
