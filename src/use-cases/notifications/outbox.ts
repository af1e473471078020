/** Sends the notifications that wait in the outbox. */
import type { DomainEvent } from '../../contracts/domain-events.ts';
import type { LogFields } from '../../contracts/event-log.ts';
import { noTracer, type Span } from '../../contracts/tracing.ts';
import { LineupError } from '../../domain/errors/errors.ts';
import { factsOf } from '../../domain/errors/unexpected.ts';
import { localized, sentence } from '../../domain/text/sentence.ts';
import { translatorFor } from '../../i18n/server-catalogues.ts';
import { nextTry } from '../../jobs/schedule.ts';
import { markFailed, markSent, type Outgoing, takeDue } from '../../store/repositories/outbox.ts';
import type { UseCaseDeps } from '../deps.ts';
import { readSettings } from '../settings.ts';
import { channelToUse } from './channel-to-use.ts';
import { messageOf } from './message.ts';
import { DeliveryError, send } from './send.ts';

export type NotificationDeps = Pick<
  UseCaseDeps,
  'db' | 'box' | 'readSecret' | 'log' | 'tracer' | 'now' | 'sleep' | 'publicUrl' | 'internalHosts'
>;

/** How long a notification is reserved for this process: longer than sending can take. */
const HELD_MS = 60_000;
/** After a day, a message is out of date. */
const GIVE_UP_MS = 24 * 3_600_000;

/**
 * Sends the due messages one after the other, so a channel that works gets them in order. A failed message is tried
 * again after one, two, four, … minutes, for a day. The others of its channel wait for the next round: many of them
 * would fail, too, and one that hangs keeps the other channels waiting.
 */
export async function emptyOutbox(deps: NotificationDeps, signal: AbortSignal): Promise<void> {
  const failed: string[] = [];
  while (!signal.aborted) {
    const now = deps.now();
    const after = (ms: number) => new Date(now.getTime() + ms);
    const due = await takeDue(deps.db, { now, until: after(HELD_MS), latest: after(GIVE_UP_MS), exceptOf: failed });
    if (!due) return;
    if (!(await deliver(deps, due, signal))) failed.push(due.channelId);
  }
}

/** @returns whether it has arrived */
async function deliver(deps: NotificationDeps, outgoing: Outgoing, signal: AbortSignal): Promise<boolean> {
  const { db, log, tracer = noTracer, now } = deps;
  const { id, attempts, createdAt } = outgoing;
  const about = logFieldsOf(outgoing);
  try {
    const attributes = {
      'lineup.channel.id': outgoing.channelId,
      'lineup.notification.type': outgoing.event.type,
      'lineup.attempt': attempts,
    };
    const parent = outgoing.trace ?? null;
    await tracer.span('notification', (span) => tellFailure(span, sendTo(deps, outgoing, signal)), {
      ...{ kind: 'client', parent, attributes },
    });
    await markSent(db, id, now());
    log.record('notification.sent', about);
    return true;
  } catch (error) {
    const reason =
      error instanceof DeliveryError || error instanceof LineupError
        ? error
        : localized(sentence`Lineup could not send it (${factsOf(error)}).`);
    const next = signal.aborted ? now() : nextTry({ count: attempts, since: createdAt }, now(), GIVE_UP_MS);
    await markFailed(db, id, reason, next, now());
    const failure = error instanceof DeliveryError ? { code: error.code } : { err: error };
    if (next) log.record('notification.failed', { ...about, ...failure, next_attempt_at: next.toISOString() });
    else log.record('notification.given_up', { ...about, ...failure });
    return false;
  }
}

async function tellFailure(span: Span, sending: Promise<void>): Promise<void> {
  try {
    await sending;
  } catch (error) {
    if (error instanceof DeliveryError) span.fail(error.code);
    throw error;
  }
}

async function sendTo(
  deps: NotificationDeps,
  { id, channelId, event, createdAt }: Outgoing,
  signal: AbortSignal,
): Promise<void> {
  const { now, sleep, publicUrl, internalHosts } = deps;
  const { language, ...channel } = await channelToUse(deps, channelId);
  const { time_zone } = (await readSettings(deps.db)).appearance;
  await send({
    ...channel,
    message: messageOf(event, publicUrl, await translatorFor(language, time_zone ?? 'UTC')),
    event,
    id: `msg_${id}_${createdAt.getTime()}`,
    now: now(),
    clock: { sleep },
    allowed: await internalHosts(),
    signal,
  });
}

const logFieldsOf = ({ id, channelId, event, attempts }: Outgoing): LogFields => ({
  notification_id: id,
  channel_id: channelId,
  type: event.type,
  attempt: attempts,
  ...subjectOf(event),
});

function subjectOf(event: DomainEvent): LogFields {
  if (event.type === 'weekly_digest') return {};
  if (event.type === 'authorization_unhealthy') return { authorization_id: event.authorizationId };
  return { job_id: event.jobId, ...(event.runId !== null && { run_id: event.runId }) };
}
