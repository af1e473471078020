/** One mail server for all e-mail channels, on a database, with a real receiver. */
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { type Channel, newChannel } from '../../../src/contracts/notifications.ts';
import type { SettingsView } from '../../../src/contracts/settings.ts';
import { Secret } from '../../../src/domain/values/secret.ts';
import { writeConfigurationFile } from '../../../src/plan/write.ts';
import { revealChannel } from '../../../src/store/repositories/notification-channels.ts';
import { lockSetting, MAIL, writeSetting } from '../../../src/store/repositories/settings.ts';
import { forgetLost, lossOfSettings } from '../../../src/store/secrets/forget.ts';
import { masterKey, SecretBox } from '../../../src/store/secrets/secret-box.ts';
import { storeCheckValue } from '../../../src/store/secrets/secrets.ts';
import { examineSecrets, rotateSecrets } from '../../../src/store/secrets/stored-secrets.ts';
import { adoptMailServer, mailServerOf } from '../../../src/use-cases/notifications/mail-server.ts';
import { mailReceiver } from '../../support/receivers.ts';
import { setUp, signIn, testServer } from '../../support/server.ts';
import { aiko, at, newKey } from '../../support/service.ts';
import { serviceBench, until } from '../../support/service-bench.ts';

const PASSWORD = 'not for eyes';
const signal = new AbortController().signal;

async function mailBench() {
  const bench = await serviceBench({ role: 'api' });
  const { settings, notifications } = bench.service;
  const { db } = bench.database.database;
  const receiver = () =>
    mailReceiver({
      disabledCommands: ['STARTTLS'],
      onAuth: ({ username, password }, _, done) =>
        password === PASSWORD ? done(null, { user: username }) : done(new Error('wrong')),
    });
  const serverAt = (port: number) => ({
    host: '127.0.0.1',
    port,
    security: 'none' as const,
    user: 'lineup',
    password: PASSWORD,
    from: 'lineup@example.com',
  });
  const create = async (label: string, configuration: object) =>
    (await notifications.create(newChannel.parse({ kind: 'email', label, configuration }), aiko)).channel.id;
  const serversOf = async () =>
    Object.fromEntries(
      (await notifications.list()).flatMap(({ kind, label, mail_server }) =>
        kind === 'email' ? [[label, mail_server]] : [],
      ),
    );
  return { bench, settings, notifications, db, receiver, serverAt, create, serversOf };
}

test('channels with recipients alone send by the server of the settings, also after it has changed', async () => {
  const { settings, notifications, receiver, serverAt, create, serversOf } = await mailBench();
  await expect(create('Early', { to: ['a@example.com'] })).rejects.toThrow('There is no mail server yet.');
  const [first, second, own] = [await receiver(), await receiver(), await receiver()];
  const shown = await settings.write('mail', serverAt(first.port), aiko);
  expect(shown.mail_password).toBe(true);
  const team = await create('Team', { to: ['team@example.com'] });
  const apart = await create('Apart', { ...serverAt(own.port), to: ['apart@example.com'] });
  expect(await serversOf()).toEqual({ Team: 'settings', Apart: 'own' });
  expect(await notifications.test(team, signal)).toMatchObject({ ok: true });
  expect(first.received).toMatchObject([{ to: ['team@example.com'] }]);

  // Whoever changes the settings must not get the password by another server.
  const { password: _, ...elsewhere } = serverAt(second.port);
  await expect(settings.write('mail', elsewhere, aiko)).rejects.toMatchObject({
    fields: [{ path: 'password', message: 'This is another server. Enter its password.' }],
  });
  await settings.write('mail', serverAt(second.port), aiko);
  expect(await notifications.test(team, signal)).toMatchObject({ ok: true });
  expect(await notifications.test(apart, signal)).toMatchObject({ ok: true });
  expect([first.received.length, second.received.length, own.received.length]).toEqual([1, 1, 1]);

  await settings.write('mail', { from: 'news@example.com' }, aiko);
  expect(await serversOf()).toEqual({ Team: 'settings', Apart: 'own' });
  const told = JSON.stringify([await settings.read(), await notifications.list()]);
  expect(told).not.toContain(PASSWORD);
});

test('no way of changes brings the password to a server that it was not entered for', async () => {
  const { bench, settings, db, serverAt } = await mailBench();
  const { box } = bench.running;
  const told = async () => [(await settings.read()).mail_password, (await mailServerOf(db, box))?.password ?? null];
  const { password: _, ...real } = serverAt(2525);
  const evil = { ...real, port: 2526 };
  await settings.write('mail', { ...real, password: PASSWORD }, aiko);
  expect(await told()).toEqual([true, PASSWORD]);
  // First none, then another one.
  await settings.write('mail', { host: null }, aiko);
  await settings.write('mail', evil, aiko);
  expect(await told()).toEqual([false, null]);

  // Both at the same time: the other server was checked before this one had a password.
  let late: Promise<unknown> | undefined;
  await db.transaction().execute(async (tx) => {
    await lockSetting(tx, MAIL);
    late = settings.write('mail', { port: evil.port }, aiko).catch((error: unknown) => error);
    await until(
      () => sql<{ pid: number }>`select pid from pg_locks where locktype = 'advisory' and not granted`.execute(db),
      ({ rows }) => rows.length > 0,
    );
    await writeSetting(tx, box, MAIL, { value: real, secret: new Secret(PASSWORD) }, aiko, at(0));
  });
  expect(await late).toMatchObject({ fields: [{ path: 'password' }] });
  expect((await settings.read()).mail).toEqual(real);
});

test('the password is in no answer, log, audit entry, row or configuration file', async () => {
  const { bench, db, receiver, serverAt } = await mailBench();
  const server = await testServer(await bench.database.another(), bench.service);
  await setUp(server);
  const headers = { cookie: await signIn(server) };
  const answers: string[] = [];
  const ask = async (method: 'GET' | 'POST' | 'PUT', path: string, payload?: object): Promise<unknown> => {
    const answer = await server.browse({ method, url: `/api/v1${path}`, headers, ...(payload && { payload }) });
    answers.push(answer.body);
    return answer.json();
  };
  const given = serverAt((await receiver()).port);
  await ask('PUT', '/settings/mail', { ...given, from: 'nobody' });
  await ask('PUT', '/settings/mail', { ...given, password: [PASSWORD] });
  await ask('PUT', '/settings/mail', { ...given, security: PASSWORD });
  await ask('PUT', '/settings/mail', { ...given, host: '10.0.0.1' });
  await ask('PUT', '/settings/mail', given);
  const { password: _, ...elsewhere } = serverAt(1);
  await ask('PUT', '/settings/mail', elsewhere);
  const made = await ask('POST', '/notification-channels', {
    kind: 'email',
    label: 'Team',
    configuration: { to: ['team@example.com'] },
  });
  const { id } = (made as { channel: { id: string } }).channel;
  expect(await ask('POST', `/notification-channels/${id}/test`)).toMatchObject({ ok: true });
  // A server that refuses it may say so in its own words.
  await ask('PUT', '/settings/mail', { ...given, password: `${PASSWORD} any more` });
  expect(await ask('POST', `/notification-channels/${id}/test`)).toMatchObject({ ok: false });
  const settings = (await ask('GET', '/settings')) as SettingsView;
  const { items: channels } = (await ask('GET', '/notification-channels')) as { items: Channel[] };
  const audit = JSON.stringify(await ask('GET', '/audit-log'));
  expect(audit).toMatch(/"secret_replaced":true/);
  const rows = await Promise.all(
    (['settings', 'notification_channels', 'audit_log', 'notifications'] as const).map((table) =>
      db.selectFrom(table).selectAll().execute(),
    ),
  );
  const file = writeConfigurationFile({ settings, channels, authorizations: [], suppressionLists: [], jobs: [] });
  expect(file).toContain('SMTP_PASSWORD');
  expect(answers.length).toBe(13);
  for (const text of [...answers, server.log(), JSON.stringify(rows), JSON.stringify(bench.errors), file]) {
    expect(text).not.toContain(PASSWORD);
  }
});

test('what was entered for each channel becomes one server, once, and every channel goes on', async () => {
  const { bench, settings, notifications, db, receiver, serverAt, create, serversOf } = await mailBench();
  const [shared, other] = [await receiver(), await receiver()];
  const channels = [
    await create('Ads', { ...serverAt(shared.port), to: ['ads@example.com'] }),
    await create('Other', { ...serverAt(other.port), to: ['other@example.com'] }),
    await create('Team', { ...serverAt(shared.port), to: ['team@example.com'] }),
  ];
  expect(await serversOf()).toEqual({ Ads: 'own', Other: 'own', Team: 'own' });
  await adoptMailServer(db, bench.running.box, at(0));
  expect(await serversOf()).toEqual({ Ads: 'settings', Other: 'own', Team: 'settings' });
  const { password: _, ...server } = serverAt(shared.port);
  expect((await settings.read()).mail).toEqual(server);
  for (const id of channels) expect(await notifications.test(id, signal)).toMatchObject({ ok: true });
  // What an administrator has set since is not undone by the next start.
  await settings.write('mail', { host: null }, aiko);
  await adoptMailServer(db, bench.running.box, at(1));
  expect((await settings.read()).mail.host).toBeNull();
  for (const id of channels) expect(await notifications.test(id, signal)).toMatchObject({ ok: true });
});

test('a version that does not know the setting finds a whole configuration in each channel', async () => {
  const { bench, settings, db, receiver, serverAt, create } = await mailBench();
  const { port } = await receiver();
  await settings.write('mail', serverAt(port), aiko);
  const id = await create('Team', { to: ['team@example.com'] });
  expect((await revealChannel(db, bench.running.box, id)).configuration.reveal()).toEqual({
    ...serverAt(port),
    to: ['team@example.com'],
  });
});

test('a new key seals the password again, and when the key is lost the server is entered anew', async () => {
  const { bench, settings, db, serverAt } = await mailBench();
  await settings.write('mail', serverAt(2525), aiko);
  const [old, fresh, another] = [bench.key, newKey(), newKey()].map((key) => masterKey(Buffer.from(key, 'base64')));
  const box = new SecretBox([fresh!, old!]);
  await db.transaction().execute(async (tx) => {
    await storeCheckValue(tx, box, at(0));
    await rotateSecrets(tx, box);
  });
  expect(await mailServerOf(db, new SecretBox([fresh!]))).toEqual(serverAt(2525));

  const lost = await examineSecrets(db, [another!]);
  expect(await lossOfSettings(db, lost)).toMatchObject({ mailServer: true });
  const forgetting = { box: new SecretBox([another!]), now: at(1) };
  await db.transaction().execute((tx) => forgetLost(tx, lost, forgetting));
  expect(await mailServerOf(db, forgetting.box)).toBeNull();
  expect((await examineSecrets(db, [another!])).lost.settings).toEqual([]);
});
