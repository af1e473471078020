/** Sends one message to one channel: by HTTP POST or SMTP, both through the network guard. */
import { once } from 'node:events';
import { request as overHttp } from 'node:http';
import { request as overHttps } from 'node:https';
import { connect, type Socket } from 'node:net';
import { Webhook } from 'standardwebhooks';
import type { z } from 'zod';
import type { DomainEvent } from '../../contracts/domain-events.ts';
import { type ChannelKind, channelConfigurations } from '../../contracts/notifications.ts';
import { LineupError } from '../../domain/errors/errors.ts';
import { meaningOf } from '../../domain/errors/system-codes.ts';
import { inEnglish, type LocalizedText, type Sentence, sentence, sentenceOf } from '../../domain/text/sentence.ts';
import { portOf } from '../../domain/values/hosts.ts';
import type { Secret } from '../../domain/values/secret.ts';
import { traceHeaders } from '../../machine/active-trace.ts';
import { networkGuard } from '../../network/guard.ts';
import { judgeBeforeProxy, newAgent } from '../../network/proxy.ts';
import { type LimitingClock, timeLimit } from '../time-limit.ts';
import { asText, type Message, redactDetails } from './message.ts';

const TIMEOUT_MS = 15_000;

export interface NotificationDelivery {
  readonly kind: ChannelKind;
  readonly configuration: Secret<unknown>;
  readonly message: Message;
  /** Null for a test. */
  readonly event: DomainEvent | null;
  /** The same id when the message is sent again. */
  readonly id: string;
  readonly now: Date;
  /** For the time that sending may take. */
  readonly clock: LimitingClock;
  /** The allowed hosts inside the network. */
  readonly allowed: readonly string[];
  readonly signal: AbortSignal;
}

/** Resolves when the receiver has accepted the message. @throws {DeliveryError} with a message that may be shown */
export async function send(delivery: NotificationDelivery): Promise<void> {
  const limit = timeLimit(delivery.clock, TIMEOUT_MS);
  try {
    await sendAs[delivery.kind]({ ...delivery, signal: AbortSignal.any([delivery.signal, limit.signal]) });
  } catch (error) {
    throw error instanceof DeliveryError ? error : new DeliveryError(reasonOf(error), codeOf(error));
  } finally {
    limit.end();
  }
}

/** The message did not arrive. The error contains nothing from the configuration or from the response. */
export class DeliveryError extends Error implements LocalizedText {
  override readonly name = 'DeliveryError';
  readonly sentence: Sentence;
  /** For the log: the code of a connection error, a status, or the name of an error. */
  readonly code: string;

  constructor(sentence: Sentence, code: string) {
    super(inEnglish(sentence));
    this.sentence = sentence;
    this.code = code;
  }
}

const sendAs: Record<ChannelKind, (delivery: NotificationDelivery) => Promise<void>> = {
  webhook: async (delivery) => {
    const { url, signing_key } = signedWebhook.parse(delivery.configuration.reveal());
    const body = JSON.stringify(webhookBody(delivery));
    const headers = signatureOf(body, signing_key, delivery);
    assertAccepted(await postJson({ ...delivery, url, body, headers }));
  },
  slack: async (delivery) => {
    const { url } = channelConfigurations.slack.parse(delivery.configuration.reveal());
    assertAccepted(await postJson({ ...delivery, url, body: JSON.stringify(slackBody(delivery.message)) }));
  },
  email: ({ configuration, message, id, allowed, signal }) =>
    sendEmail(wholeEmail.parse(configuration.reveal()), message, id, allowed, signal),
};

/** Every stored e-mail channel has a server: its own, or a copy of that of the settings. */
const wholeEmail = channelConfigurations.email.required({ host: true, from: true });

/** Every stored webhook has a key: Lineup makes one if the request has none. */
const signedWebhook = channelConfigurations.webhook.required({ signing_key: true });

/**
 * The signature headers of Standard Webhooks. A message keeps its id when it is sent again; its time is the time of the
 * attempt.
 */
export function signatureOf(
  body: string,
  signingKey: string,
  { id, now }: Pick<NotificationDelivery, 'id' | 'now'>,
): Record<string, string> {
  return {
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(now.getTime() / 1_000)),
    'webhook-signature': new Webhook(signingKey).sign(id, now, body),
  };
}

/** `type`, `timestamp` and `data`, as Standard Webhooks recommends. Internal facts are redacted in `data`. */
function webhookBody({ event, message, now }: NotificationDelivery): Record<string, unknown> {
  const text = { subject: message.subject, text: message.paragraphs.join('\n\n'), link: message.link };
  if (event === null) return { type: 'test', timestamp: now.toISOString(), data: text };
  const { type, timestamp, ...data } = payloadOf(event);
  return { type, timestamp, data: { ...redactDetails(data), ...text } };
}

function payloadOf(event: DomainEvent): { type: string; timestamp: string; [fact: string]: unknown } {
  if (event.type === 'weekly_digest') {
    const { type, at, ...details } = event;
    return { type, timestamp: at, ...details };
  }
  if (event.type === 'authorization_unhealthy') {
    const { type, at, authorizationId, authorizationLabel, ...details } = event;
    const authorization = { id: authorizationId, label: authorizationLabel };
    return { type, timestamp: at, authorization, ...details };
  }
  const { type, at, jobId, jobName, runId, ...details } = event;
  return { type, timestamp: at, job: { id: jobId, name: jobName }, run_id: runId, ...details };
}

/** Slack's format. Mattermost, Rocket.Chat and others accept it too. */
function slackBody(message: Message): { text: string } {
  const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  return { text: `*${escaped(message.subject)}*\n${escaped(asText(message))}` };
}

function assertAccepted(status: number): void {
  if (status < 200 || status > 299)
    throw new DeliveryError(sentence`It answered with HTTP ${String(status)}.`, `http_${status}`);
}

function codeOf(error: unknown): string {
  const { code, name } = error as { code?: unknown; name?: unknown };
  return String(code ?? name ?? 'unknown');
}

/** Describes an error only by its code, because messages of libraries contain addresses, users and responses. */
function reasonOf(error: unknown): Sentence {
  if (error instanceof LineupError) return sentenceOf(error);
  const { code, responseCode, name } = error as { code?: string; responseCode?: number; name?: string };
  if (responseCode !== undefined)
    return sentence`The mail server answered with ${String(responseCode)} (${code ?? '–'}).`;
  return code === 'ABORT_ERR' || name === 'TimeoutError'
    ? sentence`It took too long to answer.`
    : sentence`The connection failed: ${meaningOf(code ?? '')} (${code ?? name ?? '–'}).`;
}

const SILENCE_MS = 10_000;

type EmailConfiguration = z.infer<typeof wholeEmail>;

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

async function open(host: string, port: number, allowed: readonly string[], signal: AbortSignal): Promise<Socket> {
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

/**
 * POSTs JSON without following redirects.
 * @returns the status
 * @throws {LineupError} `not_permitted`; errors of the connection
 */
export async function postJson({ url, body, headers, allowed, signal }: Post): Promise<number> {
  const target = new URL(url);
  const guard = networkGuard({ allowed, port: portOf(target), purpose: 'notification' });
  guard.assertAllowed(target.hostname);
  await judgeBeforeProxy(target, guard.lookup);
  return await new Promise((resolve, reject) => {
    const call = (target.protocol === 'https:' ? overHttps : overHttp)(
      target,
      {
        method: 'POST',
        // A new connection: a kept one could come from a time when more hosts were allowed.
        agent: newAgent(target.protocol),
        lookup: guard.lookup,
        signal,
        headers: {
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(body),
          'user-agent': 'Lineup',
          ...traceHeaders(),
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
