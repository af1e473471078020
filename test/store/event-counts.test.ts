import type { PluginTransformQueryArgs, PluginTransformResultArgs } from 'kysely';
import { describe, expect, test } from 'vitest';
import { type EventLog, type LogEventName, silentLog } from '../../src/contracts/event-log.ts';
import { systemClock } from '../../src/machine/system-clock.ts';
import { CountingLog, countsOfEvents } from '../../src/store/repositories/metrics.ts';
import { databases, useDatabase } from '../support/databases.ts';

describe.each(databases)('counts of events on $kind', (kind) => {
  const current = useDatabase(kind);

  test('include all processes, also earlier ones', async () => {
    const [first, two] = [(await current.another()).db, (await current.another()).db].map(
      (db) => new CountingLog(db, silentLog, systemClock),
    );
    for (let n = 0; n < 3; n += 1) first!.record('run.started', { run_id: `run_${n}` });
    two!.record('run.started');
    two!.record('run.ended');
    // They are written automatically.
    await expect
      .poll(() => countsOfEvents(current.database.db), { timeout: 5_000 })
      .toEqual({ 'run.started': 4, 'run.ended': 1 });
    first!.record('run.ended');
    await Promise.all([first!.close(), two!.close()]);
    expect(await countsOfEvents(current.database.db)).toEqual({ 'run.started': 4, 'run.ended': 2 });
  });

  test('are kept while the database is unreachable, which is logged once', async () => {
    const { db } = await current.another();
    let away = true;
    const plugin = {
      transformQuery: ({ node }: PluginTransformQueryArgs) => {
        if (away) throw new Error('the database is unreachable');
        return node;
      },
      transformResult: async ({ result }: PluginTransformResultArgs) => result,
    };
    const events: LogEventName[] = [];
    const log: EventLog = { record: (event) => void events.push(event) };
    const counting = new CountingLog(db.withPlugin(plugin), log, systemClock);
    counting.record('lease.renew_failed');
    await expect.poll(() => events, { timeout: 5_000 }).toContain('metrics.write_failed');
    away = false;
    await counting.close();
    expect(events).toEqual(['lease.renew_failed', 'metrics.write_failed']);
    expect(await countsOfEvents(current.database.db)).toEqual({
      'lease.renew_failed': 1,
      'metrics.write_failed': 1,
    });
  });
});
