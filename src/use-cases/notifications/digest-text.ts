/** The text of the weekly digest. Pure. */
import type { WeeklyDigest } from '../../contracts/domain-events.ts';
import type { HealthConcern } from '../../contracts/health-report.ts';
import { joinSentences, type Sentence, sentence, share } from '../../domain/text/sentence.ts';

type Audience = WeeklyDigest['audiences'][number];

/** @param nameOf the name of a job as one line */
export function digestContent(
  { total, counts, audiences }: WeeklyDigest,
  nameOf: (text: string) => string,
): { readonly headline: Sentence; readonly paragraphs: readonly Sentence[] } {
  const concernsAt = (level: Audience['level']) =>
    audiences
      .filter((audience) => audience.level === level)
      .map(({ job_name, concerns, parts }) =>
        parts?.of_concern
          ? aboutParts[level](nameOf(job_name), parts)
          : joinSentences(...concerns.map((concern) => about[concern](nameOf(job_name)))),
      );
  const section = (heading: Sentence, lines: readonly Sentence[]) => (lines.length > 0 ? [heading, ...lines] : []);
  const left = total - audiences.reduce((sum, { parts }) => sum + (parts?.of_concern || 1), 0);
  return {
    headline: sentence`Weekly digest. Audiences that need a person: ${counts.needs_person}`,
    paragraphs: [
      sentence`Audiences that need a person: ${counts.needs_person}. Worth a look: ${counts.worth_a_look}. Healthy: ${counts.healthy}.`,
      ...section(sentence`What needs a person:`, concernsAt('needs_person')),
      ...section(sentence`Worth a look:`, concernsAt('worth_a_look')),
      ...section(
        sentence`Sizes and match rates:`,
        // What is told of several audiences together has no size.
        audiences
          .filter(({ parts }) => !parts?.of_concern)
          .map((audience) => sizeOf(audience, nameOf(audience.job_name))),
      ),
      ...(left > 0 ? [sentence`Further audiences that this message does not list: ${left}.`] : []),
    ],
  };
}

const about: Record<HealthConcern, (name: string) => Sentence> = {
  failed: (name) => sentence`“${name}” failed, and does not run again automatically.`,
  needs_approval: (name) => sentence`“${name}” needs your approval.`,
  incomplete: (name) => sentence`The audience of “${name}” is incomplete.`,
  waiting: (name) => sentence`“${name}” waits for a key or a correct clock.`,
  nobody_matched: (name) => sentence`Nobody of “${name}” was matched.`,
  runs_empty: (name) => sentence`The list of “${name}” becomes empty: no run sends its members again.`,
  audience_unusable: (name) => sentence`The destination of “${name}” takes nothing more into its audience.`,
  audience_ends: (name) => sentence`The audience of “${name}” ends, and is renewed soon.`,
  open_alert: (name) => sentence`“${name}” has an open alert.`,
  late: (name) => sentence`“${name}” is late.`,
  retrying: (name) => sentence`“${name}” tries again automatically.`,
  reach_fallen: (name) => sentence`“${name}” reaches fewer users than usual.`,
  size_changed: (name) => sentence`The size of “${name}” has changed a lot.`,
  paused: (name) => sentence`“${name}” is paused.`,
};

const aboutParts: Record<Audience['level'], (name: string, parts: NonNullable<Audience['parts']>) => Sentence> = {
  needs_person: (name, { of_concern, all }) =>
    sentence`Audiences of “${name}” that need a person: ${of_concern} of ${all}.`,
  worth_a_look: (name, { of_concern, all }) =>
    sentence`Audiences of “${name}” that are worth a look: ${of_concern} of ${all}.`,
  healthy: (name, { all }) => sentence`“${name}” fills several audiences: ${all}.`,
};

function sizeOf({ members, members_week_ago, match_rate, week, parts }: Audience, name: string): Sentence {
  if (parts) return aboutParts.healthy(name, parts);
  if (members === null) return sentence`“${name}”: no successful run yet.`;
  return joinSentences(
    sentence`“${name}”: ${members} members.`,
    members_week_ago ? changeOf(members / members_week_ago - 1) : undefined,
    week ? sentence`In the week, ${few(week.joining)} joined and ${few(week.leaving)} left.` : undefined,
    match_rate === null ? undefined : sentence`Match rate: ${share(match_rate)}.`,
  );
}

const few = (members: number | null): Sentence => (members ? sentence`at least ${members}` : sentence`fewer than 10`);

function changeOf(change: number): Sentence {
  if (change === 0) return sentence`The same as a week ago.`;
  return change > 0
    ? sentence`${share(change)} more than a week ago.`
    : sentence`${share(-change)} fewer than a week ago.`;
}
