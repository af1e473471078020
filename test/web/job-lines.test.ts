/** The list of jobs, its keys, its saved views and the command palette, without a browser. */
import { describe, expect, test } from 'vitest';
import { type JobRow, jobRow } from '../../src/contracts/job-rows.ts';
import { foundCommands } from '../../web/lib/palette-commands.ts';
import { isSameView, parsed, withView } from '../../web/lib/saved-views.ts';
import { commandOf } from '../../web/lib/shortcuts.ts';
import { undoOf } from '../../web/pages/jobs/bulk-undo.ts';
import { linesInWindow, scrollTo } from '../../web/pages/jobs/in-window.ts';
import { changeOf, filtered, foldedIn, linesOf, sorted, withFolded } from '../../web/pages/jobs/lines.ts';
import { sample } from '../support/sample.ts';

const row = (id: string, more: Partial<JobRow> = {}): JobRow =>
  sample(jobRow, { id, name: id, condition: 'scheduled', ...more });
const ids = (rows: readonly JobRow[]) => rows.map(({ id }) => id);

test('every typed word is somewhere in the row, in any letters and widths', () => {
  const rows = [
    row('a', { name: 'ＶＩＰ 会員', tags: ['Spring'], found_by: ['s3://lake/vip.csv'] }),
    row('b', { name: 'Loyalty', source_label: 'Warehouse', adaccount_id: 'A2' }),
  ];
  const find = (search: string) => ids(filtered(rows, { search }));
  expect(find('')).toEqual(['a', 'b']);
  expect(find('vip spring')).toEqual(['a']);
  expect(find('会員')).toEqual(['a']);
  expect(find('LAKE')).toEqual(['a']);
  expect(find('ware a2')).toEqual(['b']);
  expect(find('vip loyalty')).toEqual([]);
  expect(ids(filtered(rows, { tag: 'Spring' }))).toEqual(['a']);
  expect(ids(filtered(rows, { condition: 'failed' }))).toEqual([]);
  const part = row('c', { incomplete_at_line: { run_id: 'r', sent: 1, total: 2 } });
  expect(ids(filtered([...rows, part], { condition: 'incomplete' }))).toEqual(['c']);
});

test('rows without a value come last in both orders, and the newest first without an order', () => {
  const rows = [row('new', { recent_sizes: [5] }), row('none'), row('old', { recent_sizes: [9, 7] })];
  expect(ids(sorted(rows, 'size', 'desc'))).toEqual(['old', 'new', 'none']);
  expect(ids(sorted(rows, 'size', 'asc'))).toEqual(['new', 'old', 'none']);
  expect(ids(sorted(rows, 'created', 'desc'))).toEqual(['new', 'none', 'old']);
  expect(ids(sorted(rows, 'created', 'asc'))).toEqual(['old', 'none', 'new']);
  expect(ids(sorted(rows, 'name', 'asc'))).toEqual(['new', 'none', 'old']);
});

test('a change of the size is a share of the run before, and nothing when there is none', () => {
  expect(changeOf(row('a', { recent_sizes: [100, 90] }))).toBeCloseTo(-0.1);
  for (const recent_sizes of [[], [7], [7, 7], [0, 7]]) expect(changeOf(row('a', { recent_sizes }))).toBeUndefined();
});

test('a job is in the group of each of its tags; a folded group shows its heading and its count', () => {
  const rows = [row('a', { tags: ['x', 'y'] }), row('b', { condition: 'failed' }), row('c', { tags: ['y'] })];
  const shown = (...given: Parameters<typeof linesOf>) =>
    linesOf(...given).map((line) => (line.kind === 'job' ? line.row.id : `${line.name} ${line.rows.length}`));
  expect(shown(rows)).toEqual(['a', 'b', 'c']);
  expect(shown(rows, 'tag')).toEqual(['x 1', 'a', 'y 2', 'a', 'c', ' 1', 'b']);
  expect(shown(rows, 'tag', ['y', ''])).toEqual(['x 1', 'a', 'y 2', ' 1']);
  // What asks for attention comes first.
  expect(shown(rows, 'status')).toEqual(['failed 1', 'b', 'scheduled 2', 'a', 'c']);
  expect(new Set(linesOf(rows, 'tag').map(({ key }) => key)).size).toBe(7);
  const address = withFolded(withFolded(undefined, '', true), 'y', true);
  expect(foldedIn(address)).toEqual(['', 'y']);
  expect(withFolded(withFolded(address, '', false), 'y', false)).toBeUndefined();
});

test('keys do nothing in fields, with Alt, or while a word is composed; other keyboards have their places', () => {
  const press = (key: string, more: object = {}) => ({
    key,
    code: `Key${key.toUpperCase()}`,
    ctrlKey: false,
    metaKey: false,
    altKey: false,
    shiftKey: false,
    isComposing: false,
    ...more,
  });
  expect(['j', 'k', 'x', '/', 'Escape', 'q'].map((key) => commandOf(press(key), false))).toEqual([
    'down',
    'up',
    'select',
    'search',
    'clear',
    undefined,
  ]);
  expect(commandOf(press('?', { shiftKey: true }), false)).toBe('help');
  expect(commandOf(press('J', { shiftKey: true }), false)).toBeUndefined();
  // Caps lock.
  expect(commandOf(press('J'), false)).toBe('down');
  expect(commandOf(press('อ', { code: 'KeyJ' }), false)).toBe('down');
  expect([commandOf(press('j'), true), commandOf(press('Escape'), true)]).toEqual([undefined, 'clear']);
  expect(commandOf(press('j'), false, false)).toBeUndefined();
  for (const more of [{ ctrlKey: true }, { metaKey: true }]) {
    expect(commandOf(press('k', more), true, false)).toBe('palette');
    expect(commandOf(press('j', more), false)).toBeUndefined();
  }
  expect(commandOf(press('k', { ctrlKey: true, shiftKey: true }), false)).toBeUndefined();
  for (const more of [{ altKey: true }, { isComposing: true }])
    expect(commandOf(press('j', more), false)).toBeUndefined();
});

test('the palette shows what begins with the words first, and jobs only when something is typed', () => {
  const command = (group: 'jobs' | 'pages' | 'actions', label: string, detail?: string) => ({
    key: label,
    group,
    label,
    detail,
    run: () => {},
  });
  const all = [
    command('jobs', 'Old runners', 'VIP'),
    command('jobs', 'Runs of spring'),
    command('pages', 'Runs'),
    command('actions', 'New export'),
  ];
  const found = (typed: string) => foundCommands(all, typed).map(({ key }) => key);
  expect(found('')).toEqual(['New export', 'Runs']);
  expect(found('run')).toEqual(['Runs', 'Runs of spring', 'Old runners']);
  expect(found('vip old')).toEqual(['Old runners']);
  const many = Array.from({ length: 20 }, (_, n) => command('jobs', `Job ${n}`));
  expect(foundCommands(many, 'job')).toHaveLength(8);
});

test('a view with the same name is replaced, and what is no view is not read', () => {
  const views = withView([{ name: 'B', search: { tag: 'x' } }], { name: 'A', search: {} });
  expect(withView(views, { name: 'B', search: { tag: 'y' } })).toEqual([
    { name: 'A', search: {} },
    { name: 'B', search: { tag: 'y' } },
  ]);
  expect(parsed(JSON.stringify([...views, null, 1, { name: 1, search: {} }, { name: 'C', search: null }]))).toEqual(
    views,
  );
  expect(parsed('{')).toEqual([]);
  expect(isSameView({ tag: 'x', cursor: 'abc' }, { tag: 'x', sort: undefined })).toBe(true);
  expect(isSameView({ tag: 'x' }, { tag: 'y' })).toBe(false);
});

describe('the lines in the window', () => {
  const frame = { scrolled: 0, view: 880, top: 200, line: 44 };
  test('are those near it, and never more than there are', () => {
    expect(linesInWindow(frame, 971)).toEqual([0, 22]);
    expect(linesInWindow({ ...frame, scrolled: 20_000 }, 971)).toEqual([444, 476]);
    expect(linesInWindow({ ...frame, scrolled: 1_000_000 }, 971)).toEqual([970, 970]);
    expect(linesInWindow(frame, 3)).toEqual([0, 2]);
    expect(linesInWindow(frame, 0)).toEqual([0, -1]);
  });

  test('a line outside is scrolled to, with room for the header, and one inside is not', () => {
    expect(scrollTo(5, frame, 96)).toBeUndefined();
    expect(scrollTo(100, frame, 96)).toBe(200 + 101 * 44 - 880 + 96);
    expect(scrollTo(10, { ...frame, scrolled: 10_000 }, 96)).toBe(200 + 440 - 96);
    expect(scrollTo(0, { ...frame, scrolled: 150, top: 50 }, 96)).toBe(0);
  });
});

test('an action on many jobs is undone for those that it changed, as they were before', () => {
  const told = (id: string, outcome: 'done' | 'unchanged' | 'refused') => ({
    type: 'job' as const,
    id,
    outcome,
    error: null,
  });
  const outcomes = [told('a', 'done'), told('b', 'unchanged'), told('c', 'refused'), told('d', 'done')];
  const before = new Map(
    [row('a', { condition: 'paused' }), row('d', { condition: 'failed' })].map((job) => [job.id, job]),
  );
  expect(undoOf('pause', outcomes, before)).toEqual({ action: 'resume', ids: ['a', 'd'] });
  // One that had failed was not paused.
  expect(undoOf('resume', outcomes, before)).toEqual({ action: 'pause', ids: ['a'] });
  expect(undoOf('run_now', outcomes, before)).toBeUndefined();
  expect(undoOf('pause', [told('b', 'unchanged')], before)).toBeUndefined();
});
