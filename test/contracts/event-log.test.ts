/** The events of the log are a contract with operators. The documentation must list all of them, and no others. */
import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { logEventNames, logEvents } from '../../src/contracts/event-log.ts';

const page = readFileSync('docs/operations/watch.md', 'utf8');
const section = page.slice(page.indexOf('## Events'));

test('docs/operations/watch.md lists every event with its level and its meaning', () => {
  const listed = [...section.matchAll(/^\| `([^`]+)` \| (\w+) \| (.+) \|$/gm)].map(([, ...row]) => row);
  expect(listed).toEqual(logEventNames.map((name) => [name, logEvents[name].level, logEvents[name].meaning]));
});

test('each event is logged somewhere in the source', () => {
  const code = readdirSync('src', { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts') && path !== 'contracts/event-log.ts')
    .map((path) => readFileSync(`src/${path}`, 'utf8'))
    .join('\n');
  expect(logEventNames.filter((name) => !code.includes(`'${name}'`))).toEqual([]);
});

test('event names can be used as labels and in queries', () => {
  expect(logEventNames.filter((name) => !/^[a-z]+\.[a-z]+(_[a-z]+)*$/.test(name))).toEqual([]);
});
