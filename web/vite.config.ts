import { join } from 'node:path';
import { defineConfig } from 'vite';
import { buildTimeModules, pureConstants } from './forms/vite-plugin.ts';
import { messageCatalogues } from './i18n/vite-plugin.ts';
import { libraryStyles } from './styles/vite-plugin.ts';

/** What only the pages of one file need, although several modules of theirs share it. */
const ofPages =
  /[\\/](web[\\/]pages|web[\\/]components[\\/](time-zone|alert-fields|audience-table|charts|outlook-chart|delete-button|one-time|warnings)|web[\\/]forms[\\/]rules[\\/](jobs|installation|line|suppression-lists)\.build|web[\\/]api[\\/](settings|users|notification-channels)|src[\\/]domain[\\/](destinations|jobs[\\/](audiences|configuration)|values[\\/]regions|audiences[\\/](sibling-names|hold-out)))/;

export default defineConfig({
  root: import.meta.dirname,
  plugins: [messageCatalogues(), buildTimeModules(), pureConstants(), libraryStyles()],
  resolve: {
    // Libraries and pages are written for React. Preact draws them.
    alias: [
      { find: /^react$/, replacement: join(import.meta.dirname, 'react.ts') },
      { find: /^react\/jsx-(dev-)?runtime$/, replacement: 'preact/jsx-runtime' },
      { find: /^react-dom$/, replacement: 'preact/compat' },
      { find: /^react-dom\/client$/, replacement: 'preact/compat/client' },
    ],
  },
  build: {
    outDir: '../build/web',
    emptyOutDir: true,
    // The server and test/web/bundle.test.ts read it to find the files of a page.
    manifest: true,
    // The notices of the libraries in it; the bill of materials of a release names them (scripts/release).
    license: { fileName: '.vite/licenses.json' },
    // Every browser that can run this JavaScript supports preloading.
    modulePreload: { polyfill: false },
    // All styles are smaller than the answers to many requests.
    cssCodeSplit: false,
    rolldownOptions: {
      // Its package does not say that it can be dropped.
      treeshake: { moduleSideEffects: [{ test: /node_modules[\\/]croner[\\/]/, sideEffects: false }] },
      // Libraries say "use client" for servers that render pages. There is none.
      onLog: (level, log, show) => {
        if (log.code !== 'MODULE_LEVEL_DIRECTIVE') show(level, log);
      },
      output: {
        // A request costs a slow connection more than some code that another page needs: few files, and each has what
        // people open together.
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
            // The frame of the pages: people see it before any page.
            { name: 'frame', test: /[\\/]web[\\/]components[\\/]shell\.tsx$/, priority: 8 },
            // Before somebody is signed in. It has the fields of forms, which the other pages share.
            { name: 'sign-in', test: /[\\/]web[\\/]pages[\\/]sign-in[\\/]/, priority: 8 },
            {
              // Dialogs, menus and messages: no page needs them at once.
              name: 'later',
              test: /[\\/]node_modules[\\/](react-remove-scroll|react-transition-group|@mantine[\\/](notifications|core[\\/]esm[\\/]components[\\/](Menu|Modal|ModalBase|Notification)))[\\/]|[\\/]web[\\/]components[\\/](help-text|menu|modal|toasts)\.tsx$/,
              includeDependenciesRecursively: false,
              priority: 8,
            },
            // What the pages share.
            { name: 'shared', test: (id) => !ofPages.test(id), minShareCount: 2, priority: 7 },
            // What people look at every day: the lists, one job, one run.
            {
              name: 'lists',
              test: /[\\/]web[\\/]pages[\\/](overview[\\/]overview|(jobs|runs)[\\/]list)\.tsx$/,
              priority: 6,
            },
            { name: 'job', test: /[\\/]web[\\/]pages[\\/]jobs[\\/]job\.tsx$/, priority: 6 },
            { name: 'run', test: /[\\/]web[\\/]pages[\\/]runs[\\/]run\.tsx$/, priority: 6 },
            // What edits an export that exists is one of the parts, with the others that its page needs.
            { name: 'export', test: /[\\/]web[\\/]pages[\\/]export[\\/]new\.tsx$/, priority: 6 },
            { name: 'administration', test: /[\\/]web[\\/]pages[\\/]admin[\\/]/, priority: 5 },
            {
              name: 'connections',
              test: /[\\/]web[\\/]pages[\\/](audiences|authorizations(?![\\/](connection[\\/]|change|database-connection))|suppression-lists)[\\/]/,
              priority: 5,
            },
            { name: 'charts', test: /[\\/]web[\\/]components[\\/]charts[\\/]/, priority: 4 },
            // Parts of pages that are seldom opened.
            { name: 'parts', test: /[\\/]web[\\/]/, priority: 3 },
          ],
        },
      },
    },
  },
});
