/** `lineup jobs parts`: the audiences of a job with one for each value of a column; and what such jobs cannot do. */
import { calledAs } from '../../config/environment.ts';
import type { JobPart } from '../../contracts/job-rows.ts';
import type { JobView } from '../../contracts/jobs.ts';
import { LineupError } from '../../domain/errors/errors.ts';
import type { ApiClient } from '../api/client.ts';
import { moment, number, print, printJson, table } from '../output.ts';
import { labels } from './show.ts';

/** @throws {LineupError} `invalid_argument` for a job with one audience */
export async function showParts(client: ApiClient, job: JobView, json: boolean | undefined): Promise<void> {
  if (!job.parts) {
    throw new LineupError(
      'invalid_argument',
      `"${job.name}" does not fill an audience for each value of a column, so it has no parts.`,
    );
  }
  const parts: JobPart[] = [];
  for await (const part of client.list('GET /jobs/:id/parts', { params: { id: job.id } })) parts.push(part);
  if (json) return printJson(parts);
  print(parts.length > 0 ? partsTable(parts) : 'No audiences yet. The first run creates them.');
}

const partsTable = (parts: readonly JobPart[]): string =>
  table(
    [
      { title: 'Id' },
      { title: 'Value' },
      { title: 'Status' },
      { title: 'Members', right: true },
      { title: 'Audience' },
      { title: 'Last run' },
      { title: 'Last scan' },
    ],
    parts.map((part) => [
      part.id,
      part.value,
      [labels[part.condition][0], part.open_alerts > 0 && `${number(part.open_alerts)} alerts`]
        .filter(Boolean)
        .join(', '),
      part.recent_sizes.length > 0 ? number(part.recent_sizes.at(-1)!) : '–',
      part.audience_name ?? part.audience_id ?? '',
      part.last_run ? `${part.last_run.status} ${moment(part.last_run.at)}` : '–',
      part.is_in_last_scan ? 'seen' : `not since ${moment(part.seen_at)}`,
    ]),
  );

/** @throws {LineupError} `invalid_argument` for a job of many audiences, or one of them */
export function assertWhole({ id, name, configuration, part_of: part }: JobView, cannot: string): void {
  if (part) {
    throw new LineupError('invalid_argument', `"${name}" is a part of the job "${part.name}", so it cannot ${cannot}.`);
  }
  if (configuration.split) {
    throw new LineupError(
      'invalid_argument',
      `"${name}" fills an audience for each value of a column, so it cannot ${cannot}. "${calledAs()} jobs parts ${id}" lists its audiences.`,
    );
  }
}
