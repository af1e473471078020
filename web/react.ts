/**
 * `react` for the whole web app, its libraries included: Preact, which the browser loads and runs faster, and the one
 * part of React that Preact lacks and the component library needs. web/vite.config.ts puts it in React's place.
 */
import { h } from 'preact';
import type { PropsWithChildren } from 'preact/compat';

// @ts-expect-error: its types are written as those of a script. At run time it is a module.
export * from 'preact/compat';
export { default } from 'preact/compat';

/** Hides its children and keeps their state. It has no box of its own. React would also pause their effects. */
export const Activity = ({ mode, children }: PropsWithChildren<{ mode: 'visible' | 'hidden' }>) =>
  h('div', { style: { display: mode === 'hidden' ? 'none' : 'contents' } }, children);
