/** E-mail by SMTP. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { z } from 'zod';
import type { channelConfigurations } from '../../contracts/notifications.ts';
import { networkGuard } from '../../network/guard.ts';
import { asText, type Message } from './message.ts';

const SILENCE_MS = 10_000;

type EmailConfiguration = z.infer<typeof channelConfigurations.email>;

/** @param id the same whenever the message is sent again, so that a mailbox can tell */
export async function sendEmail(
  configuration: EmailConfiguration,
  message: Message,
  id: string,
  allowed: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const { host, port, security, user, password, from, to } = configuration;
  // Slow to load, and not everybody has such a channel.
  const { createTransport } = await import('nodemailer');
  const socket = await open(host, port, allowed, signal);
  try {
    const transport = createTransport({
      host,
      port,
      // Connected already, to an address that was looked at.
      connection: socket,
      secure: security === 'tls',
      requireTLS: security === 'starttls',
      ignoreTLS: security === 'none',
      greetingTimeout: SILENCE_MS,
      socketTimeout: SILENCE_MS,
      // No file and no address is read for what the message holds.
      disableFileAccess: true,
      disableUrlAccess: true,
      ...(user !== null && { auth: { user, pass: password ?? '' } }),
    });
    await transport.sendMail({
      from,
      to: [...to],
      subject: message.subject,
      text: asText(message),
      messageId: `<${id}@${from.split('@')[1]}>`,
      headers: { 'auto-submitted': 'auto-generated' },
    });
  } finally {
    socket.destroy();
  }
}

async function open(
  host: string,
  port: number,
  allowed: readonly string[],
  signal: AbortSignal,
): Promise<Socket> {
  const guard = networkGuard({ allowed, port, purpose: 'notification' });
  guard.assertAllowed(host);
  const socket = connect({ host, port, lookup: guard.lookup, signal });
  await once(socket, 'connect');
  return socket;
}
