/** Receivers of notifications behind a half-open network: a delivery is given up when its time is over. */
import { expect, onTestFinished, test } from 'vitest';
import { Secret } from '../../../src/domain/values/secret.ts';
import { systemClock } from '../../../src/machine/system-clock.ts';
import { type NotificationDelivery, send } from '../../../src/use-cases/notifications/send.ts';
import { type Cable, cableTo } from '../../support/cable.ts';
import { mailReceiver, webReceiver } from '../../support/receivers.ts';

async function through(remote: string): Promise<Cable> {
  const cable = await cableTo(remote);
  onTestFinished(() => cable.pull());
  return cable;
}

const delivery = (change: Pick<NotificationDelivery, 'kind'> & { configuration: object }): NotificationDelivery => ({
  message: { subject: 'A job failed', paragraphs: ['It failed.'], link: null },
  event: null,
  id: 'ntf_1',
  now: new Date(),
  allowed: ['127.0.0.1'],
  // The time limit of a delivery, made shorter.
  clock: { sleep: (_, signal) => systemClock.sleep(500, signal) },
  signal: new AbortController().signal,
  ...change,
  configuration: new Secret(change.configuration),
});

test('a webhook', async () => {
  const receiver = await webReceiver();
  const cable = await through(receiver.url);
  cable.swallow('answers');
  const lost = send(delivery({ kind: 'slack', configuration: { url: cable.url } }));
  await expect(lost).rejects.toMatchObject({ message: 'It took too long to answer.' });
  expect(receiver.received).toHaveLength(1);
});

test.each(['the greeting', 'MAIL FROM', 'the message'])('an e-mail at %s', async (at) => {
  const receiver = await mailReceiver();
  const cable = await through(`http://127.0.0.1:${receiver.port}`);
  if (at === 'the greeting') cable.swallow();
  else void cable.swallowFrom(at === 'the message' ? 'It failed.' : at, 'answers');
  const configuration = {
    host: '127.0.0.1',
    port: Number(new URL(cable.url).port),
    security: 'none',
    user: null,
    password: null,
    from: 'lineup@example.com',
    to: ['ops@example.com'],
  };
  await expect(send(delivery({ kind: 'email', configuration }))).rejects.toMatchObject({
    name: 'DeliveryError',
  });
});
