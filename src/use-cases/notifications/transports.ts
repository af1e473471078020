/** How notifications leave the installation: HTTP POST and SMTP, both through the network guard. */
import { once } from 'node:events';
import { request as overHttp } from 'node:http';
import { request as overHttps } from 'node:https';
import { connect, type Socket } from 'node:net';
import type { z } from 'zod';
import { portOf } from '../../contracts/network.ts';
import type { channelConfigurations } from '../../contracts/notifications.ts';
import { networkGuard } from '../../network/guard.ts';
import { asText, type Message } from './message.ts';

const SILENCE_MS = 10_000;

type EmailConfiguration = z.infer<typeof channelConfigurations.email>;

/** Sends an e-mail by SMTP. @param id the same id when the message is sent again, so that mailboxes recognise it */
export async function sendEmail(
  configuration: EmailConfiguration,
  message: Message,
  id: string,
  allowed: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const { host, port, security, user, password, from, to } = configuration;
  // Loaded only when needed: it is slow to load, and many installations have no e-mail channel.
  const { createTransport } = await import('nodemailer');
  const socket = await open(host, port, allowed, signal);
  try {
    const transport = createTransport({
      host,
      port,
      // Already connected, to an address that the network guard has checked.
      connection: socket,
      secure: security === 'tls',
      requireTLS: security === 'starttls',
      ignoreTLS: security === 'none',
      greetingTimeout: SILENCE_MS,
      socketTimeout: SILENCE_MS,
      // Forbids the library to read files or URLs that the message names.
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

export interface Post {
  readonly url: string;
  readonly body: string;
  readonly headers?: Record<string, string>;
  readonly allowed: readonly string[];
  readonly signal: AbortSignal;
}

/** POSTs JSON without following redirects. @returns the status @throws {LineupError} `not_permitted`; errors of the connection */
export function postJson({ url, body, headers, allowed, signal }: Post): Promise<number> {
  const target = new URL(url);
  const guard = networkGuard({ allowed, port: portOf(target), purpose: 'notification' });
  guard.assertAllowed(target.hostname);
  return new Promise((resolve, reject) => {
    const call = (target.protocol === 'https:' ? overHttps : overHttp)(
      target,
      {
        method: 'POST',
        // A new connection: a kept one could come from a time when more hosts were allowed.
        agent: false,
        lookup: guard.lookup,
        signal,
        headers: {
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(body),
          'user-agent': 'Lineup',
          ...headers,
        },
      },
      (answer) => {
        // Only the status matters. The body may be of any length, so it is not read.
        answer.destroy();
        resolve(answer.statusCode ?? 0);
      },
    );
    call.on('error', reject);
    call.end(body);
  });
}
