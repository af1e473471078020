/** A change of settings, as the API receives it, changes only what it names. */
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { type SettingSection, settingChanges } from '../../src/contracts/settings.ts';
import { settingEndpoints } from '../../src/endpoints/administration.ts';
import { aiko } from '../support/service.ts';
import { serviceBench } from '../support/service-bench.ts';

test('what a change of settings does not name stays, in every section', async () => {
  const bench = await serviceBench({ role: 'api' });
  const { settings } = bench.service;
  const whole = {
    retention: { runs_days: 7, audit_days: 8 },
    files: { roots: [bench.directory], url_roots: [{ url: 'https://files.example.com/exports/' }] },
    network: { internal_hosts: ['db.corp.example'] },
    appearance: { language: 'ja', time_zone: 'Asia/Tokyo' },
    alerts: { late: { action: 'warn', minutes: 30 }, no_match: { action: 'off' } },
    mail: { host: 'smtp.example.com', port: 465, security: 'tls', user: 'lineup', from: 'lineup@example.com' },
  } as const;
  const other = {
    retention: { runs_days: 9 },
    files: { roots: [] },
    appearance: { time_zone: null },
    alerts: { late: { action: 'off' } },
    mail: { port: 587, security: 'starttls' },
  } as const;
  for (const section of Object.keys(whole) as SettingSection[]) {
    const send = async (changes: unknown) =>
      settings.write(section, settingEndpoints[`PUT /settings/${section}`].body.parse(changes), aiko);
    expect((await send(whole[section]))[section]).toEqual(whole[section]);
    expect((await send({}))[section], section).toEqual(whole[section]);
    const part = section === 'network' ? {} : other[section];
    expect((await send(part))[section], section).toEqual({ ...whole[section], ...part });
    expect(settingChanges[section].safeParse({ unknown: 1 }).success).toBe(false);
  }
});

test('a change of the alert rules keeps what only a newer version knows, in the same rule and in others', async () => {
  const bench = await serviceBench({ role: 'api' });
  const { settings } = bench.service;
  const { db } = bench.database.database;
  await settings.write('alerts', { late: { action: 'warn', minutes: 30 } }, aiko);
  await sql`update lineup.settings set value = '{"late": {"action": "warn", "minutes": 30, "at_night": false},
    "no_match": {"action": "page"}, "moon": {"action": "warn"}}' where key = 'alerts'`.execute(db);
  await settings.write('alerts', { late: { action: 'warn', minutes: 60 } }, aiko);
  const { value } = await db
    .selectFrom('settings')
    .select('value')
    .where('key', '=', 'alerts')
    .executeTakeFirstOrThrow();
  expect(value).toEqual({
    late: { action: 'warn', minutes: 60, at_night: false },
    no_match: { action: 'page' },
    moon: { action: 'warn' },
  });
});
