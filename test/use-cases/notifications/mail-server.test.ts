/** One mail server for all e-mail channels, on a database, with a real receiver. */
import { expect, test } from 'vitest';
import { newChannel } from '../../../src/contracts/notifications.ts';
import { settingSections } from '../../../src/contracts/settings.ts';
import { revealChannel } from '../../../src/store/repositories/notification-channels.ts';
import { MAIL, readStored, writeSetting } from '../../../src/store/repositories/settings.ts';
import { forgetLost } from '../../../src/store/secrets/forget.ts';
import { adoptMailServer } from '../../../src/use-cases/notifications/mail-server.ts';
import { mailReceiver } from '../../support/receivers.ts';
import { aiko, at } from '../../support/service.ts';
import { serviceBench } from '../../support/service-bench.ts';

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

test('when its key is lost, the server is entered anew', async () => {
  const { bench, db } = await mailBench();
  const value = settingSections.mail.parse({ host: 'smtp.example.com', from: 'a@example.com' });
  await writeSetting(db, bench.running.box, MAIL, { value }, aiko, at(0));
  const lost = { authorizations: [], tokens: [], channels: [], uploads: [], runs: [], settings: [MAIL] };
  await db.transaction().execute((tx) => forgetLost(tx, { lost, needed: [] }, { box: bench.running.box, now: at(0) }));
  expect((await readStored(db)).has(MAIL)).toBe(false);
});
