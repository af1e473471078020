import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';
import { buildTimeModules, pureConstants } from './forms/vite-plugin.ts';
import { messageCatalogues } from './i18n/vite-plugin.ts';
import { libraryStyles } from './styles/vite-plugin.ts';

export default defineConfig({
  root: import.meta.dirname,
  plugins: [react(), messageCatalogues(), buildTimeModules(), pureConstants(), libraryStyles()],
  build: {
    outDir: '../build/web',
    emptyOutDir: true,
    // test/web/bundle.test.ts reads it to find the files of each page.
    manifest: true,
    // Every browser that can run this JavaScript supports preloading.
    modulePreload: { polyfill: false },
    rolldownOptions: {
      // Its package does not say that it can be dropped.
      treeshake: { moduleSideEffects: [{ test: /node_modules[\\/]croner[\\/]/, sideEffects: false }] },
      output: {
        // Code that is needed together is one file: it compresses better, costs one request, and stays the same when
        // only pages change.
        codeSplitting: {
          groups: [
            {
              // What is needed before any page.
              name: 'start',
              tags: ['$initial'],
              // The manifest names the entry only when the entry is not in a group.
              test: (id) => !/web[\\/]main\.tsx$/.test(id),
              priority: 9,
            },
            // What the sign-in pages and the frame of the other pages share.
            {
              name: 'common',
              test: /web[\\/](components[\\/]preferences|api[\\/]change)\.tsx?$|components[\\/](Anchor|Divider)[\\/]/,
              priority: 8,
            },
            {
              name: 'inputs',
              test: /components[\\/](InputBase|TextInput)[\\/]|use-(merged-ref|uncontrolled)/,
              priority: 7,
            },
            {
              name: 'forms',
              test: /node_modules[\\/]@mantine[\\/]form[\\/]|web[\\/]forms[\\/](draft|rule|use-api-form|use-idempotency-key|choices\.build)\.ts$/,
              priority: 6,
            },
            // What most pages of signed-in people need.
            {
              name: 'page',
              test: /web[\\/]components[\\/](confirm|number-field|page-layout|toast|warning-line)\.tsx?$/,
              priority: 6,
            },
            {
              // The data of exports, which several pages show.
              name: 'data',
              test: /web[\\/](api[\\/](authorizations|custom-audiences|jobs|providers|sources|suppression-lists|uploads)|components[\\/]status|lib[\\/](audience-size|still-here))\.tsx?$|domain[\\/](audiences[\\/](hold-out|size)|files[\\/]file-names|schedule[\\/]schedule)\.ts$/,
              includeDependenciesRecursively: false,
              priority: 5,
            },
            {
              name: 'lists',
              test: /components[\\/](Combobox|Popover|Select)[\\/]|web[\\/]components[\\/](select|long-list|clearable)\.tsx?$|use-debounced-value/,
              priority: 5,
            },
          ],
        },
      },
    },
  },
});
