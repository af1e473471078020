/** Notification channels and the mail server that refer to secrets outside Lineup. */
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { newChannel } from '../../../src/contracts/notifications.ts';
import { configurationFile } from '../../../src/plan/file.ts';
import { planFor } from '../../../src/plan/plan.ts';
import { readConfigurationFile } from '../../../src/plan/read.ts';
import { referenceTo } from '../../../src/plan/reference.ts';
import { writeConfigurationFile } from '../../../src/plan/write.ts';
import { directoryOfTest } from '../../support/directory.ts';
import { mailReceiver, webReceiver } from '../../support/receivers.ts';
import { aiko, aikoAs } from '../../support/service.ts';
import { serviceBench } from '../../support/service-bench.ts';

const signal = new AbortController().signal;
const KEY = `whsec_${'B'.repeat(32)}`;
const PASSWORD = 'an invented mail password';

async function outsideBench() {
  const folder = directoryOfTest('channels');
  const bench = await serviceBench({
    role: 'api',
    secretsOutside: { folders: [folder], allowsVariable: () => false, variable: () => undefined, programs: {} },
  });
  const { settings, notifications, configuration } = bench.service;
  await settings.write('network', { internal_hosts: ['127.0.0.1'] }, aiko);
  const keep = async (name: string, value: string) => {
    await writeFile(join(folder, name), `${value}\n`);
    return `\${secret:file:${join(folder, name)}}`;
  };
  const forget = (name: string) => rm(join(folder, name));
  const running = async () => ({
    authorizations: [],
    suppressionLists: [],
    jobs: [],
    settings: await settings.read(),
    channels: await notifications.list(),
  });
  return { bench, settings, notifications, configuration, keep, forget, running };
}

test('the address and the key of a webhook are read at each use, and nobody gets them back', async () => {
  const { bench, notifications, keep, forget, running } = await outsideBench();
  const [first, second] = [await webReceiver(), await webReceiver()];
  const url = await keep('hook', `${first.url}/a-secret-path`);
  const signing_key = await keep('hook-key', KEY);
  const input = newChannel.parse({ kind: 'webhook', label: 'Ops', configuration: { url, signing_key } });
  const { channel, signingKey } = await notifications.create(input, aiko, 'administrator');
  expect([channel.target, signingKey]).toEqual([url, null]);
  expect((await notifications.list()).filter(({ id }) => id === channel.id)).toMatchObject([
    { secrets: ['url', 'signing_key'], references: { url, signing_key } },
  ]);
  expect(await notifications.test(channel.id, signal)).toMatchObject({ ok: true });
  await keep('hook', `${second.url}/another-secret-path`);
  expect(await notifications.test(channel.id, signal)).toMatchObject({ ok: true });
  expect([first, second].map(({ received }) => received.map(({ path }) => path))).toEqual([
    ['/a-secret-path'],
    ['/another-secret-path'],
  ]);

  // A host inside the network is refused when it is read, and what cannot be read is said.
  await keep('hook', 'http://10.0.0.7/');
  expect(await notifications.test(channel.id, signal)).toMatchObject({
    ok: false,
    message: expect.stringContaining('10.0.0.7 is inside this network'),
  });
  for (const wrong of ['no address', url]) {
    await keep('hook', wrong);
    expect(await notifications.test(channel.id, signal)).toMatchObject({
      ok: false,
      message: expect.stringContaining('does not have the form that is needed here'),
    });
  }
  await forget('hook');
  expect(await notifications.test(channel.id, signal)).toMatchObject({
    ok: false,
    message: expect.stringContaining('does not exist where Lineup runs'),
  });
  const everything = JSON.stringify([await running(), bench.events, await bench.published()]);
  for (const secret of ['secret-path', KEY]) expect(everything).not.toContain(secret);
});

test('the password of the mail server is read at each use, also by the channels that use the server', async () => {
  const { settings, notifications, keep, running } = await outsideBench();
  const receiver = await mailReceiver({
    disabledCommands: ['STARTTLS'],
    onAuth: ({ password }, _, done) => (password === PASSWORD ? done(null, { user: 'x' }) : done(new Error('wrong'))),
  });
  const password = await keep('mail', 'the old one');
  const server = { host: '127.0.0.1', port: receiver.port, security: 'none' as const, user: 'lineup' };
  const shown = await settings.write('mail', { ...server, from: 'lineup@example.com', password }, aiko);
  expect(shown).toMatchObject({ mail_password: true, mail_password_reference: password });
  const input = newChannel.parse({ kind: 'email', label: 'Team', configuration: { to: ['team@example.com'] } });
  const { channel } = await notifications.create(input, aiko, 'administrator');
  expect(await notifications.test(channel.id, signal)).toMatchObject({ ok: false });
  await keep('mail', PASSWORD);
  expect(await notifications.test(channel.id, signal)).toMatchObject({ ok: true });
  // It belongs to the server, as a password does.
  await expect(settings.write('mail', { host: 'mail.example.com' }, aiko)).rejects.toMatchObject({
    fields: [{ path: 'password' }],
  });
  const [listed] = await notifications.list();
  expect([listed?.mail_server, listed?.references]).toEqual(['settings', undefined]);
  expect(JSON.stringify(await running())).not.toContain(PASSWORD);
});

test('only who may change settings may refer, and a mistake is found before it is saved', async () => {
  const { notifications, configuration, keep } = await outsideBench();
  const url = await keep('hook', 'https://hooks.example.com/');
  const input = newChannel.parse({ kind: 'slack', label: 'Ads', configuration: { url } });
  const refused = expect.objectContaining({ code: 'not_permitted' });
  for (const role of [undefined, 'viewer', 'editor'] as const) {
    await expect(notifications.create(input, aiko, role)).rejects.toEqual(refused);
  }
  const { channel } = await notifications.create(input, aiko, 'administrator');
  await expect(notifications.change(channel.id, { configuration: { url } }, aiko, 'editor')).rejects.toEqual(refused);
  const step = { kind: 'notification_channel', id: null, body: input } as const;
  const assumed = { settings: {}, suppression_lists: [], authorizations: [] };
  const { steps } = await configuration.validate({ assumed, steps: [step] }, aikoAs('editor'), signal);
  expect(steps).toMatchObject([{ errors: [{ message: expect.stringContaining('Only an administrator') }] }]);
  for (const configuration of [{ url: `\${secret:vault:x}` }, { url: `\${secret:file:/x` }]) {
    const { error } = newChannel.safeParse({ kind: 'slack', label: 'Ads', configuration });
    expect(error?.issues).toMatchObject([
      { path: ['configuration', 'url'], message: expect.stringContaining('This is no reference to a secret.') },
    ]);
  }
});

test('a file holds the references, and a changed one is a change', async () => {
  const { settings, notifications, keep, running } = await outsideBench();
  const [url, other, password] = [
    await keep('hook', 'https://hooks.example.com/'),
    await keep('hook-2', 'https://hooks.example.com/'),
    await keep('mail', PASSWORD),
  ];
  await settings.write('mail', { host: 'mail.example.com', from: 'a@example.com', user: 'a', password }, aiko);
  await notifications.create(
    newChannel.parse({ kind: 'webhook', label: 'Ops', configuration: { url, signing_key: KEY } }),
    aiko,
    'administrator',
  );
  const written = writeConfigurationFile(await running());
  const plan = async (text: string) => {
    const result = planFor(readConfigurationFile(text, 'lineup.yaml').content, await running(), {
      replaceSecrets: false,
      prune: false,
    });
    return 'plan' in result ? result.plan.steps : result.problems;
  };
  expect(await plan(written)).toEqual([]);
  expect(await plan(written.replace(url, other))).toMatchObject([
    {
      kind: 'notification channel',
      replaceSecret: true,
      changes: [{ key: 'configuration.url', before: url, after: other }],
    },
  ]);
  expect(await plan(written.replace(password, other))).toMatchObject([
    { kind: 'settings', replaceSecret: true, changes: [{ key: 'password', before: password, after: other }] },
  ]);
  const variable = referenceTo('SMTP_PASSWORD');
  expect(await plan(written.replace(password, variable))).toMatchObject([
    { kind: 'settings', replaceSecret: true, changes: [{ key: 'password', before: password, after: variable }] },
  ]);
  const plain = { version: 1, settings: { mail: { password: 'plain' } } };
  expect(configurationFile.safeParse(plain).error?.issues[0]?.message).toContain('must not contain secrets');
});
