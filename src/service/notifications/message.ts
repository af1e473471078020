/** What people are told, in words. Pure; job names and error messages are all that is in it: never a member's data. */
import type { DomainEvent } from '../../contracts/domain-events.ts';
import { remedyOf } from '../../contracts/job-condition.ts';
import { asPlainLine } from '../../contracts/plain-text.ts';

export interface Message {
  /** One line. */
  readonly subject: string;
  /** What happened and what to do, a paragraph each. */
  readonly paragraphs: readonly string[];
  /** The job's page; null where nobody said where the web app is. */
  readonly link: string | null;
}

/** @param publicUrl where browsers find the web app */
export function messageOf(event: DomainEvent, publicUrl: string | null): Message {
  const { headline, paragraphs } = wordsFor(event);
  const link = publicUrl === null ? null : `${publicUrl}/jobs/${encodeURIComponent(event.jobId)}`;
  return { subject: `Lineup: ${headline}`, paragraphs: paragraphs.map(oneLine), link };
}

/** What a channel is sent to try it. */
export const testMessage = (publicUrl: string | null): Message => ({
  subject: 'Lineup: a test',
  paragraphs: ['This is a test. Lineup will tell of its jobs here.'],
  link: publicUrl,
});

export const asText = ({ paragraphs, link }: Message): string =>
  [...paragraphs, ...(link === null ? [] : [link])].join('\n\n');

function wordsFor(event: DomainEvent): { headline: string; paragraphs: string[] } {
  const name = `“${oneLine(event.jobName)}”`;
  switch (event.type) {
    case 'job_failed':
      return {
        headline: `${name} has failed`,
        paragraphs: [
          `The job ${name} has failed and will not run again by itself.`,
          event.error.message,
          ...(event.error.reason ? [`The other side's word for it: ${event.error.reason}`] : []),
        ],
      };
    case 'job_waiting':
      return {
        headline: `${name} waits`,
        paragraphs: [
          `The job ${name} cannot work at the moment. Nothing was sent by this try, and the job goes on by itself when the cause is gone.`,
          event.error.message,
          remedyOf(event.error) === 'clock'
            ? 'Set the clock of the machine that Lineup runs on right (NTP).'
            : 'Verify the authorization, or give it new credentials.',
        ],
      };
    case 'guard_stopped':
      return remedyOf(event.error) === 'approval'
        ? {
            headline: `${name} waits for your decision`,
            paragraphs: [
              `The job ${name} held its result back: sent, it would have made the audience much smaller. The audience at LINE is as it was.`,
              event.error.message,
              'Look at the source. If its result is right, let the job run anyway, once; else correct it and run the job again. A job with a schedule also tries again at its next time, under the same guard.',
            ],
          }
        : {
            headline: `${name} has nothing to send`,
            paragraphs: [
              `The job ${name} held its result back, because it is empty. The audience at LINE is as it was.`,
              event.error.message,
              'Look at the source, and run the job again. A job with a schedule also tries again at its next time.',
            ],
          };
    case 'audience_incomplete':
      return {
        headline: `the audience of ${name} is incomplete at LINE`,
        paragraphs: [
          event.message,
          'Let the job continue, or run it again: any run that succeeds makes the audience whole.',
        ],
      };
    case 'job_recovered':
      return { headline: `${name} works again`, paragraphs: [`The job ${name} has succeeded again.`] };
    case 'run_late':
      return {
        headline: `${name} is late`,
        paragraphs: [
          `The run of ${name} that was due at ${inWords(event.since)} has not come to its end. It is still being worked on, tried again, or waiting for a worker.`,
        ],
      };
    case 'nobody_matched':
      return {
        headline: `LINE matched nobody for ${name}`,
        paragraphs: [`LINE took the members of ${name} and matched none of them.`, event.message],
      };
  }
}

const inWords = (time: string): string => `${time.slice(0, 16).replace('T', ' ')} UTC`;

/** A name must not look like a line of its own, in a header or in the text. */
const oneLine = (text: string): string => asPlainLine(text).replaceAll(/\s+/g, ' ');
