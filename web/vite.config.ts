import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';
import { buildTimeModules } from './forms/vite-plugin.ts';
import { messageCatalogues } from './i18n/vite-plugin.ts';

/**
 * The base chunk of every page: the libraries, and the components that most pages use. Code that is loaded on demand is left out.
 */
const base = [
  /node_modules[\\/](react|react-dom|scheduler|@tanstack|clsx|@mantine[\\/](hooks|core[\\/]esm[\\/]core))[\\/]/,
  /esm[\\/]components[\\/](ActionIcon|Alert|Button|CloseButton|Input|InputBase|Loader|TextInput|Transition)[\\/]/,
  /web[\\/](components|lib)[\\/](?!audience-size|clearable|data-table|facts|form-dialog|help|line-term|long-list|lost|menu|modal|one-time|pager|regions|selection|status|time-zone|toasts|warnings|when)/,
  /web[\\/]api[\\/](change|client|me|refresh)\.ts/,
];

export default defineConfig({
  root: import.meta.dirname,
  plugins: [react(), messageCatalogues(), buildTimeModules()],
  build: {
    outDir: '../build/web',
    emptyOutDir: true,
    // test/web/bundle.test.ts reads it to find the files of each page.
    manifest: true,
    // Every browser that can run this JavaScript supports preloading.
    modulePreload: { polyfill: false },
    rolldownOptions: {
      output: {
        // Code that is needed together is one file: it compresses better, costs one request, and stays the same when only pages
        // change.
        codeSplitting: {
          groups: [
            {
              name: 'base',
              test: (id) => base.some((part) => part.test(id)),
              priority: 2,
            },
            {
              name: 'lists',
              test: /@floating-ui|components[\\/](Combobox|FocusTrap|Overlay|Popover|Portal|ScrollArea|Select)[\\/]|Floating[\\/]/,
            },
            // The form of an export is large, and uses the rules alone.
            { name: 'rules', test: /web[\\/]forms[\\/]rule\.ts/, priority: 1 },
            {
              name: 'forms',
              test: /node_modules[\\/](@mantine[\\/]form|klona|fast-deep-equal)[\\/]|web[\\/]forms[\\/]use-api-form\.ts/,
            },
            { name: 'choices', test: /components[\\/](Checkbox|InlineInput|Radio|Switch|Textarea)[\\/]/ },
          ],
        },
      },
    },
  },
});
