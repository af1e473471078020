/** Compares the Grafana dashboard and the alert rules with the output of `/metrics`. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { databases, type TestDatabase } from '../support/databases.ts';
import { type TestServer, testServer } from '../support/server.ts';
import { tokens, useCases } from '../support/use-cases.ts';
import { answers } from './answers.ts';

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly datasource?: object;
  readonly fieldConfig?: { readonly defaults: { readonly unit: string } };
  readonly targets?: readonly { readonly expr: string; readonly legendFormat: string; datasource: object }[];
}

interface Dashboard {
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly { name: string; type: string; query: unknown }[] };
}

const dashboard = JSON.parse(readFileSync('examples/grafana/lineup.json', 'utf8')) as Dashboard;
const rules = readFileSync('examples/prometheus-rules.yaml', 'utf8');
const targets = dashboard.panels.flatMap(({ targets: own = [] }) => own);

/** The metrics that no panel shows, with the reason. */
const leftOut: Record<string, string> = {
  lineup_audit_stream_lag_seconds: 'only where the audit log is sent outside, and then 0; there is an alert for it',
  lineup_totals_age_seconds: 'how old the totals of a large installation are: about a minute',
  process_cpu_seconds_total: 'shown as its two parts, user and system',
  process_virtual_memory_bytes: 'says nothing of the memory that is used: WebAssembly reserves gigabytes',
  process_heap_bytes: 'nearly the virtual memory',
  nodejs_eventloop_lag_seconds: 'one moment; the percentiles say more',
  nodejs_eventloop_lag_min_seconds: 'the percentiles say more',
  nodejs_eventloop_lag_max_seconds: 'the percentiles say more',
  nodejs_eventloop_lag_mean_seconds: 'the percentiles say more',
  nodejs_eventloop_lag_stddev_seconds: 'the percentiles say more',
  nodejs_eventloop_lag_p90_seconds: 'between two that are shown',
  nodejs_active_handles: 'part of the resources',
  nodejs_active_requests: 'part of the resources',
  nodejs_heap_size_total_bytes: 'what is used of it is shown',
  nodejs_heap_space_size_total_bytes: 'parts of the heap: for developers',
  nodejs_heap_space_size_used_bytes: 'parts of the heap: for developers',
  nodejs_heap_space_size_available_bytes: 'parts of the heap: for developers',
  nodejs_version_info: 'lineup doctor tells the version',
};

let opened: TestDatabase;
let server: TestServer;
/** Every metric with its labels, including those that Prometheus adds. */
const labelsOf = new Map<string, Set<string>>();
/** Series that are parts of a metric: `_bucket`, `_sum`, `_count`. */
const metricOf = new Map<string, string>();

beforeAll(async () => {
  opened = await databases[0]!.migrated();
  server = await testServer(opened.database, useCases(answers()));
  const headers = { authorization: `Bearer ${tokens.viewer}` };
  // The second request counts this first one.
  await server.app.inject({ url: '/metrics', headers });
  const { body } = await server.app.inject({ url: '/metrics', headers });
  let metric = '';
  for (const line of body.split('\n')) {
    const [, named, type] = /^# TYPE (\S+) (\S+)/.exec(line) ?? [];
    if (named !== undefined) {
      metric = named;
      // An empty histogram has these labels, too.
      const parts = type === 'histogram' ? ['', '_bucket', '_sum', '_count'] : [''];
      for (const part of parts) remember(`${metric}${part}`, metric, '');
    }
    const [, name = '', labels = ''] = /^([a-z_0-9]+)(?:\{(.*)\})? \S+$/.exec(line) ?? [];
    if (name !== '') remember(name, metric, labels);
  }
});
afterAll(async () => {
  await server.app.close();
  await opened.drop();
});

function remember(name: string, metric: string, labels: string): void {
  metricOf.set(name, metric);
  const known = labelsOf.get(name) ?? new Set(['job', 'instance']);
  for (const [, label = ''] of labels.matchAll(/(\w+)="([^"]*)"/g)) {
    // Prometheus has labels of these names itself, and renames ours.
    known.add(['job', 'instance'].includes(label) ? `exported_${label}` : label);
  }
  labelsOf.set(name, known);
}

/** The names of series in an expression. These are not functions, keywords or labels. */
function seriesIn(expr: string): string[] {
  const bare = expr.replace(/\{[^}]*\}|\[[^\]]*\]|\b(?:by|without) \([^)]*\)|"[^"]*"/g, ' ');
  return [...new Set(bare.match(/\b[a-z]\w*\b(?!\s*\()/g) ?? [])].filter((word) => !['or', 'and'].includes(word));
}

/** The labels that an expression groups or filters by. */
const labelsIn = (expr: string): string[] => [
  ...[...expr.matchAll(/\bby \(([^)]*)\)/g)].flatMap(([, list = '']) => list.split(',').map((label) => label.trim())),
  ...[...expr.matchAll(/\{([^}]*)\}/g)].flatMap(([, list = '']) =>
    [...list.matchAll(/(\w+)(?:=|!=|=~|!~)"/g)].map(([, label = '']) => label),
  ),
];

test('the dashboard uses only existing metrics and labels', () => {
  expect(targets.length).toBeGreaterThan(25);
  for (const { expr } of targets) {
    const series = seriesIn(expr);
    expect([expr, series.length > 0]).toEqual([expr, true]);
    for (const name of series) {
      expect([expr, name, metricOf.has(name)]).toEqual([expr, name, true]);
      const unknown = labelsIn(expr).filter((label) => !labelsOf.get(name)?.has(label));
      // The labels of a garbage collection histogram appear only after the first collection.
      const missing = unknown.filter((label) => !(name.startsWith('nodejs_gc_') && label === 'kind'));
      expect([expr, name, missing]).toEqual([expr, name, []]);
    }
  }
});

test('legends name labels of the answer', () => {
  for (const { expr, legendFormat } of targets) {
    const grouped = [...expr.matchAll(/\bby \(([^)]*)\)/g)].flatMap(([, list = '']) => list.split(/,\s*/));
    const named = [...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map(([, label = '']) => label);
    const isGrouped = /\b(sum|max|min|avg)\b/.test(expr);
    const missing = named.filter((label) => (isGrouped ? !grouped.includes(label) : label !== 'instance'));
    expect([expr, missing]).toEqual([expr, []]);
  }
});

test('every metric is shown, or left out with a reason', () => {
  const shown = new Set(targets.flatMap(({ expr }) => seriesIn(expr)).map((name) => metricOf.get(name)));
  const metrics = [...new Set(metricOf.values())];
  expect(metrics.length).toBeGreaterThan(25);
  expect(metrics.filter((name) => !shown.has(name) && !(name in leftOut))).toEqual([]);
  // The list of the metrics that are left out has only existing metrics.
  expect(Object.keys(leftOut).filter((name) => shown.has(name) || !metrics.includes(name))).toEqual([]);
});

test('every panel has a position, a data source, a name, a unit and a description', () => {
  const rows = dashboard.panels.filter(({ type }) => type === 'row').map(({ title }) => title);
  expect(rows).toEqual(['Runs', 'Audiences', 'Requests to destinations', 'Queue', 'Process']);
  const panels = dashboard.panels.filter(({ type }) => type !== 'row');
  const source = { type: 'prometheus', uid: ['$', '{datasource}'].join('') };
  for (const { title, description, datasource, fieldConfig, targets: own = [] } of panels) {
    expect([title, Boolean(description), Boolean(fieldConfig?.defaults.unit)]).toEqual([title, true, true]);
    for (const named of [datasource, ...own.map((target) => target.datasource)]) expect(named).toEqual(source);
  }
  expect(new Set(dashboard.panels.map(({ id }) => id)).size).toBe(dashboard.panels.length);
  expect(dashboard.templating.list.map(({ name, type }) => `${name} ${type}`)).toEqual([
    'datasource datasource',
    'job query',
    'instance query',
  ]);
});

test('the alert rules and their texts use only existing labels', () => {
  for (const expr of rules.matchAll(/expr: (.*)/g)) {
    for (const name of seriesIn(expr[1]!).filter((name) => name.startsWith('lineup_'))) {
      expect([name, labelsIn(expr[1]!).filter((label) => !labelsOf.get(name)?.has(label))]).toEqual([name, []]);
    }
  }
  const stale = rules.slice(rules.indexOf('LineupJobStale'), rules.indexOf('LineupQueueWaits'));
  // It counts jobs, so that the number of series does not depend on them.
  expect(stale).toContain('longer_than="8d"');
  expect(stale).toContain('{{ $value }} jobs');
});
