import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';
import { messageCatalogues } from './i18n/vite-plugin.ts';

/** Of every page: the libraries below it, and the parts that are on most. Not those that are fetched when they are wanted. */
const base = [
  /node_modules[\\/](react|react-dom|scheduler|@tanstack|clsx|@mantine[\\/](hooks|core[\\/]esm[\\/]core))[\\/]/,
  /esm[\\/]components[\\/](ActionIcon|Alert|Button|CloseButton|Input|InputBase|Loader|TextInput|Transition)[\\/]/,
  /web[\\/](components|lib)[\\/](?!data-table|help|holds|long-list|lost|menu|modal|one-time|regions|selection|sparkline|time-zone|toasts|warnings)/,
  /web[\\/]api[\\/](change|client|me|refresh)\.ts/,
];

export default defineConfig({
  root: import.meta.dirname,
  plugins: [react(), messageCatalogues()],
  build: {
    outDir: '../build/web',
    emptyOutDir: true,
    // By which test/web/bundle.test.ts knows what each page loads first.
    manifest: true,
    // Every browser that this JavaScript runs in can preload by itself.
    modulePreload: { polyfill: false },
    rolldownOptions: {
      output: {
        // What is needed together is one file: it compresses better, costs one request, and stays the same when only pages change.
        codeSplitting: {
          groups: [
            {
              name: 'base',
              test: (id) => base.some((part) => part.test(id)),
            },
            {
              name: 'lists',
              test: /@floating-ui|components[\\/](Combobox|FocusTrap|Overlay|Popover|Portal|ScrollArea|Select)[\\/]|Floating[\\/]/,
            },
            { name: 'choices', test: /components[\\/](Checkbox|InlineInput|Radio|Switch|Textarea)[\\/]/ },
          ],
        },
      },
    },
  },
});
