/**
 * The texts of notifications, in the language of the channel. Pure. They contain names and errors, never data of
 * members. People who read a channel may have no account in Lineup, so folders, hosts and URLs of files are redacted:
 * messages contain only the names of files.
 */

import type { DomainEvent } from '../../contracts/domain-events.ts';
import type { AlertRuleName } from '../../domain/alerts/alerts.ts';
import { remedyOf } from '../../domain/jobs/conditions.ts';
import { asPlainLine } from '../../domain/text/plain-text.ts';
import {
  asSentence,
  inEnglish,
  type LocalizedText,
  moment,
  redactInternals,
  type Sentence,
  sentence,
  type Value,
} from '../../domain/text/sentence.ts';
import type { Translate } from '../../i18n/translator.ts';
import { digestContent } from './digest-text.ts';

export interface Message {
  /** One line. */
  readonly subject: string;
  /** What happened and what to do, in paragraphs. */
  readonly paragraphs: readonly string[];
  /** The page of the job, the authorization or the report; null when the URL of the web app is not configured. */
  readonly link: string | null;
}

/** @param publicUrl the URL of the web app */
export function messageOf(event: DomainEvent, publicUrl: string | null, translate: Translate): Message {
  const { headline, paragraphs } = contentFor(event);
  const inLanguage = (text: Sentence) => oneLine(translate(text));
  return {
    subject: `Lineup: ${inLanguage(headline)}`,
    paragraphs: paragraphs.map(inLanguage),
    link: publicUrl === null ? null : `${publicUrl}${pageOf(event)}`,
  };
}

/** The test message of a channel. */
export function testMessage(publicUrl: string | null, translate: Translate): Message {
  return {
    subject: `Lineup: ${translate(sentence`Test message`)}`,
    paragraphs: [translate(sentence`This is a test message. Lineup will send its notifications here.`)],
    link: publicUrl,
  };
}

export const asText = ({ paragraphs, link }: Message): string =>
  [...paragraphs, ...(link === null ? [] : [link])].join('\n\n');

function pageOf(event: DomainEvent): string {
  if (event.type === 'weekly_digest') return '/';
  if (event.type === 'authorization_unhealthy') {
    return `/authorizations/${encodeURIComponent(event.authorizationId)}`;
  }
  const { runId } = event;
  if (event.type === 'job_succeeded' && runId !== null) return `/runs/${encodeURIComponent(runId)}`;
  // The page tells a person when the job has other numbers by then.
  const isDecision = event.type === 'guard_stopped' && remedyOf(event.error) === 'approval' && runId !== null;
  return `/jobs/${encodeURIComponent(event.jobId)}${isDecision ? `?stopped=${encodeURIComponent(runId)}` : ''}`;
}

interface MessageContent {
  readonly headline: Sentence;
  readonly paragraphs: readonly Sentence[];
}

const othersReason = (reason: string): Sentence => sentence`The other system’s reason: ${reason}`;

function contentFor(event: DomainEvent): MessageContent {
  if (event.type === 'weekly_digest') return digestContent(event, oneLine);
  const name = oneLine(event.type === 'authorization_unhealthy' ? event.authorizationLabel : event.jobName);
  switch (event.type) {
    case 'job_failed':
      return {
        headline: sentence`The job “${name}” failed`,
        paragraphs: [
          sentence`The job “${name}” failed. It does not run again automatically.`,
          redactLocations(event.error),
          ...(event.error.reason ? [othersReason(event.error.reason)] : []),
        ],
      };
    case 'job_waiting': {
      const remedy = remedyOf(event.error);
      return {
        headline: sentence`The job “${name}” waits`,
        paragraphs:
          remedy === undefined
            ? [
                sentence`The job “${name}” could not finish. It tries again at its next scheduled time.`,
                redactLocations(event.error),
                ...(event.error.reason ? [othersReason(event.error.reason)] : []),
                sentence`If the problem does not pass by itself, correct it. Then you can start the job at once.`,
              ]
            : [
                sentence`The job “${name}” cannot run at the moment. Nothing was sent. It starts automatically when the problem is solved.`,
                redactLocations(event.error),
                remedy === 'clock'
                  ? sentence`Correct the clock of Lineup’s machine (NTP).`
                  : sentence`Verify the authorization, or enter new credentials.`,
              ],
      };
    }
    case 'guard_stopped': {
      const isEmpty = event.error.code === 'nothing_to_send';
      return remedyOf(event.error) === 'approval'
        ? {
            headline: sentence`The job “${name}” needs your approval`,
            paragraphs: [
              isStoppedByAlert(event.error)
                ? sentence`The job “${name}” stopped before it sent anything, because its new list breaks an alert rule. The audience was not changed.`
                : sentence`The job “${name}” stopped before it sent anything. Its new list is much smaller than the audience, or the size of the audience is unknown. The audience was not changed.`,
              redactLocations(event.error),
              sentence`Open the job: it shows what changed. Check the source, wait for the next run, or send this list anyway.`,
            ],
          }
        : {
            headline: isEmpty
              ? sentence`The job “${name}” has nothing to send`
              : sentence`The job “${name}” stopped before it sent anything`,
            paragraphs: [
              isEmpty
                ? sentence`The new list of the job “${name}” is empty, so the job stopped before it sent anything. The audience was not changed.`
                : sentence`The job “${name}” stopped before it sent anything. The audience was not changed.`,
              redactLocations(event.error),
              sentence`Check the source, and run the job again.`,
            ],
          };
    }
    case 'audience_incomplete':
      return {
        headline: sentence`The audience of “${name}” is incomplete`,
        paragraphs: [
          redactLocations(event),
          sentence`Continue the job, or run it again. Any successful run makes the audience complete.`,
        ],
      };
    case 'audience_renewed':
      return {
        headline: sentence`The audience of “${name}” was renewed: change your campaigns`,
        paragraphs: [redactLocations(event), sentence`The page of the job has both audiences.`],
      };
    case 'values_changed':
      return {
        headline:
          event.vanished.length > 0
            ? sentence`Values of “${name}” are no longer there`
            : sentence`The job “${name}” has new audiences`,
        paragraphs: [redactLocations(event), sentence`The page of the job lists its audiences.`],
      };
    case 'job_recovered':
      return {
        headline: sentence`The job “${name}” works again`,
        paragraphs: [sentence`The job “${name}” succeeded again.`],
      };
    case 'run_late':
      return {
        headline: sentence`The job “${name}” is late`,
        paragraphs: [
          sentence`The run of “${name}” that was due at ${moment(event.since)} has not ended. It is still running, is queued, or will be tried again.`,
        ],
      };
    case 'nobody_matched':
      return {
        headline: sentence`Nobody of “${name}” was matched`,
        paragraphs: [
          sentence`The destination accepted the members of “${name}”, but matched none of them with its users.`,
          redactLocations(event),
        ],
      };
    case 'alert_raised':
      return {
        headline: sentence`Alert for “${name}”: ${ruleTitles[event.rule]}`,
        paragraphs: [
          redactLocations(event),
          sentence`Open the job to see the alert. You get one more message when it is over.`,
        ],
      };
    case 'alert_cleared':
      return {
        headline: sentence`Alert for “${name}” is over: ${ruleTitles[event.rule]}`,
        paragraphs: [redactLocations(event), sentence`The alert began at ${moment(event.since)}.`],
      };
    case 'authorization_unhealthy':
      return {
        headline: sentence`The authorization “${name}” no longer works`,
        paragraphs: [
          sentence`Lineup cannot use “${name}”. Jobs that need it cannot run.`,
          redactLocations(event),
          sentence`Solve the problem, then open the authorization and verify it.`,
        ],
      };
    case 'job_succeeded':
      return {
        headline: sentence`The job “${name}” succeeded`,
        paragraphs: [
          event.uniqueMembers === null
            ? sentence`The job “${name}” succeeded.`
            : sentence`The job “${name}” succeeded. Its list has ${event.uniqueMembers} members.`,
        ],
      };
  }
}

const ruleTitles: Readonly<Record<AlertRuleName, Sentence>> = {
  skipped_share: sentence`many skipped values`,
  size_change: sentence`an unusual size`,
  leaving_share: sentence`many members leave`,
  late: sentence`a late run`,
  slow: sentence`a slow run`,
  estimate_drop: sentence`the estimate fell`,
  match_rate_drop: sentence`the match rate fell`,
  no_match: sentence`nobody matched`,
  runs_empty: sentence`the list becomes empty`,
  audience_ends: sentence`the audience ends`,
  audience_unusable: sentence`the audience cannot be used`,
};

const isStoppedByAlert = ({ code }: { readonly code: string }): boolean =>
  ['skipped_share_exceeded', 'size_change_exceeded', 'leaving_share_exceeded'].includes(code);

/** A name must not add lines to a header or a text. */
const oneLine = (text: string): string => asPlainLine(text).replaceAll(/\s+/g, ' ');

/** The text as a sentence without internal facts, paths and URLs. */
export const redactLocations = (text: LocalizedText): Sentence =>
  text.sentence ? redactPathsInSentence(redactInternals(text.sentence)) : asSentence(redactPathsInText(text.message));

/** Redacts all texts in the payload of a webhook. */
export function redactDetails<T extends object>(details: T): T {
  const redacted: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(details)) {
    redacted[key] = key === 'sentence' ? value : redactInside(value);
  }
  if (typeof redacted.message !== 'string') return redacted as T;
  const sentence = redactLocations({
    message: redacted.message,
    sentence: redacted.sentence as Sentence | null,
  });
  return {
    ...(redacted as T),
    message: inEnglish(sentence),
    ...(isObject(redacted.sentence) && { sentence }),
  };
}

function redactInside(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(redactInside);
  return isObject(value) ? redactDetails(value) : value;
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

const redactPathsInSentence = (sentence: Sentence): Sentence =>
  'sentences' in sentence
    ? { sentences: sentence.sentences.map(redactPathsInSentence) }
    : { ...sentence, values: sentence.values.map(redactPathsInValue) };

function redactPathsInValue(value: Value): Value {
  if (typeof value === 'string') return redactPath(value);
  return typeof value === 'object' && ('template' in value || 'sentences' in value)
    ? redactPathsInSentence(value)
    : value;
}

/** A value that is only a path or a URL. */
const WHOLE = /^(?:[a-z][a-z0-9+.-]*:\/)?\/(?:[^?#]*\/)?([^/?#]*)(?:[?#].*)?$/is;
/** Paths and URLs within a text, up to the next space. */
const WITHIN = /(^|[\s(,"'“「])(?:[a-z][a-z0-9+.-]*:\/)?\/(?:[^\s?#,"'”」]*\/)?([^\s/?#,"'”」]+)(?:[?#][^\s,]*)?/gi;

const redactPathsInText = (text: string): string => text.replace(WITHIN, '$1$2');

function redactPath(text: string): string {
  const whole = text.includes(', ') ? null : WHOLE.exec(text);
  return whole ? whole[1] || '…' : redactPathsInText(text);
}
