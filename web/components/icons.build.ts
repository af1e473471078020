/**
 * The icons of the app as one path each, named by their meaning. Runs when the web app is built: the browser gets these
 * paths, and nothing else of the files. These are from tabler.io/icons (outline). All icons are 24 units wide and drawn
 * with strokes.
 */
import { readFileSync } from 'node:fs';

const file = (name: string): URL => new URL(`../icons/${name}.svg`, import.meta.url);

function pathOf(name: string): string {
  const paths = [...readFileSync(file(name), 'utf8').matchAll(/<path d="([^"]+)"/g)].map(([, path]) => path);
  if (paths.length === 0) throw new Error(`The icon ${name} has no path.`);
  return paths.join('');
}

export const paths = {
  jobs: pathOf('list-details'),
  runs: pathOf('history'),
  overview: pathOf('layout-dashboard'),
  audience: pathOf('users'),
  key: pathOf('key'),
  people: pathOf('user'),
  token: pathOf('code'),
  log: pathOf('file-text'),
  settings: pathOf('adjustments-horizontal'),
  plus: pathOf('plus'),
  done: pathOf('check'),
  copy: pathOf('copy'),
  more: pathOf('dots'),
  warning: pathOf('alert-triangle'),
  sun: pathOf('sun'),
  moon: pathOf('moon'),
  globe: pathOf('world'),
  back: pathOf('chevron-left'),
  suppression: pathOf('user-off'),
  bell: pathOf('bell'),
};
