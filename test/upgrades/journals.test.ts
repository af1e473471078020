/** Journals of earlier versions mean what they meant: the README beside them says how they were made. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { lineAdsTraits } from '../../src/domain/destinations/line-ads.ts';
import { describeRun, summariseDelivery, summariseRun } from '../../src/domain/runs/run-document.ts';
import { type RunEvent, readRunEvent } from '../../src/domain/runs/run-events.ts';
import { deliveriesOf, foldRun, type RunState } from '../../src/domain/runs/run-state.ts';
import { keyOf } from '../../src/export/scan-and-stage.ts';

const linesOf = (file: string): string[] =>
  readFileSync(join(import.meta.dirname, 'journals', file), 'utf8')
    .trimEnd()
    .split('\n');

/** Each run at its ends, and one that was killed as it is. */
function statesIn(events: readonly RunEvent[]): RunState[] {
  let journal: RunEvent[] = [];
  return events.flatMap((event, n) => {
    journal = event.type === 'started' ? [event] : [...journal, event];
    const isLast = (events[n + 1]?.type ?? 'started') === 'started';
    return event.type === 'ended' || isLast ? [foldRun(journal)] : [];
  });
}

/** All that is made of a journal, as JSON. */
function resultOf(state: RunState): string {
  const deliveries = deliveriesOf(state);
  return JSON.stringify(
    {
      state,
      summary: summariseRun(state),
      deliveries: deliveries.map(summariseDelivery),
      document: describeRun(state, new Date('2026-12-02T00:00:00.000Z')),
      checkpointKey: keyOf(
        deliveries.map(({ request }) => request),
        [],
        new Map(),
        lineAdsTraits.rules.version,
      ),
    },
    (_, value: unknown) => (value instanceof Map ? [...value] : value),
  );
}

test.each(['88ec3bd', '74f4adcd', '0.2.0'])('the journals of %s', (version) => {
  const lines = linesOf(`${version}.ndjson`);
  const events = lines.map((line) => readRunEvent(JSON.parse(line)));
  expect(statesIn(events).map(resultOf)).toEqual(linesOf(`${version}.expected.ndjson`));
});

test('the entries of the last release have the form of today', () => {
  const lines = linesOf('0.2.0.ndjson');
  expect(lines.map((line) => inOrder(readRunEvent(JSON.parse(line))))).toEqual(
    lines.map((line) => inOrder(JSON.parse(line))),
  );
});

/** As JSON, whatever the order of the keys is. */
const inOrder = (value: unknown): string =>
  JSON.stringify(value, (_, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
