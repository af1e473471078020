/** The rule that keeps the time and the randomness of the machine out of everything but the edges. */
import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { caught as caughtBy, folderOf } from './lint-rule.ts';

/** Each is a file in which the rule must find something. */
const forbidden = [
  'export const time = Date.now();',
  'export const options = { now: Date.now };',
  "export const time = Date['now']();",
  'export const time = globalThis.Date.now();',
  'const { now } = Date; export const time = now();',
  'const { parse, now: read } = Date; export const time = [parse, read];',
  'const Time = Date; export const time = Time.now();',
  'export const time = new Date();',
  'export const time = new Date;',
  'export const time = Date();',
  'export const time = performance.now();',
  'export const clock = performance;',
  'export const time = process.hrtime.bigint();',
  'export const time = Temporal.Now.instant();',
  'setTimeout(() => {}, 5);',
  'globalThis.setTimeout(() => {}, 5);',
  'export const later = { every: setInterval };',
  'export const late = AbortSignal.timeout(5);',
  'export const chance = Math.random();',
  'export const chance = (random = Math.random) => random();',
  "export const chance = Math['random']();",
  'export const chance = globalThis.Math.random();',
  'const { floor, random } = Math; export const chance = [floor, random];',
  'export const id = crypto.randomUUID();',
  'crypto.getRandomValues(new Uint8Array(4));',
  "import { setTimeout as delay } from 'node:timers/promises'; await delay(5);",
  "import * as timers from 'node:timers'; timers.clearTimeout(5);",
  "import { clearTimeout as stop } from 'timers'; stop(5);",
  "import { monitorEventLoopDelay } from 'node:perf_hooks'; monitorEventLoopDelay();",
  "export const timers = await import('node:timers/promises');",
  "export * from 'node:timers';",
  "import { randomInt as dice } from 'node:crypto'; dice(6);",
  "import { randomBytes as bytes } from 'node:crypto'; bytes(6);",
  "import { randomUUID as id } from 'node:crypto'; id();",
  "import * as secrets from 'node:crypto'; secrets.randomBytes(4);",
  "import * as secrets from 'node:crypto'; secrets.randomInt(6);",
  "import secrets from 'node:crypto'; secrets.randomFill(new Uint8Array(4), () => {});",
  "import secrets from 'node:crypto'; secrets.randomFillSync(new Uint8Array(4));",
  "export { randomInt as dice } from 'node:crypto';",
  "import { systemClock as clock } from '../contracts/system-clock.ts'; clock.now();",
  "import * as clocks from '../contracts/system-clock.ts'; clocks.systemClock.now();",
  "export { systemClock as clock } from '../contracts/system-clock.ts';",
];

const allowed = [
  'export const time = new Date(5);',
  "export const time = Date.parse('2026-01-05');",
  'export const size = Math.floor(5.5);',
  'export const time = (clock: { now(): Date }) => clock.now();',
  'export const chance = (random: () => number) => random();',
  "import { createHash } from 'node:crypto'; createHash('sha256');",
];

const caught = (files: Readonly<Record<string, string>>) => caughtBy('Only the edges', files);

test('the rule finds each way to the time and the randomness of the machine', () => {
  const files = folderOf(forbidden, 'src/plan');
  const found = caught(files);
  const missed = Object.entries(files).filter(([file]) => !found.has(file));
  expect(missed.map(([, text]) => text.trim())).toEqual([]);
});

test('the rule lets pass what needs neither', () => {
  expect(caught(folderOf(allowed, 'src/plan'))).toEqual(new Set());
});

test('the rule holds everywhere but at the edges', () => {
  const places = [
    'src/new-layer/a.ts',
    'src/store/coordination/a.ts',
    'packages/identifiers/src/a.ts',
    'packages/line-ads/src/a.ts',
    'simulators/line-ads/a.ts',
    'fault-simulation/engine/a.ts',
  ];
  const edges = ['src/cli/a.ts', 'src/machine/system-clock.ts', 'src/store/secrets/a.ts', 'test/a.ts'];
  const files = [...places, ...edges].map((path) => [path, 'export const time = Date.now();\n']);
  expect(caught(Object.fromEntries(files))).toEqual(new Set(places));
});

test('ARCHITECTURE.md gives the reason of each edge', () => {
  const { plugins } = JSON.parse(readFileSync('biome.json', 'utf8')) as {
    plugins: { path: string; includes: string[] }[];
  };
  const edges = plugins
    .filter(({ path }) => path.endsWith('/raw-time.grit'))
    .flatMap(({ includes }) => includes.filter((path) => path.startsWith('!')))
    .map((path) => path.slice(1).replace('/**', ''));
  const section = readFileSync('ARCHITECTURE.md', 'utf8')
    .split('\n## ')
    .find((text) => text.startsWith('Time and'));
  const explained = [...section!.matchAll(/^\| (`.*`) \| ./gm)].flatMap(([, cell]) =>
    [...cell!.matchAll(/`([^`]+)`/g)].map(([, path]) => path!),
  );
  expect(explained.sort()).toEqual(edges.sort());
  for (const path of edges) expect(existsSync(path), path).toBe(true);
});
