/** The sample bucket: daily exports of the same invented people, as a shop would write them. */
import { gzipSync } from 'node:zlib';
import { person } from '../shared/people.ts';
import type { Buckets } from './objects.ts';

export const sampleBucket = 'lineup-sample';

const DAY_MS = 86_400_000;
const DAYS = 3;

/** The newest file has the most members. @param now the time of the newest file, in milliseconds */
export function fillSample(buckets: Buckets, members: number, now: number): void {
  const lines = linesOf(members);
  for (let age = DAYS - 1; age >= 0; age -= 1) {
    const modified = now - age * DAY_MS;
    const day = new Date(modified).toISOString().slice(0, 10);
    const rows = Math.floor(members * (1 - age / 50));
    buckets.put(sampleBucket, `daily/members-${day}.csv.gz`, gzipSync(csvOf(lines, rows), { level: 1 }), modified);
  }
  buckets.put(sampleBucket, 'vip.csv', csvOf(lines, Math.min(members, 13)), now);
  buckets.put(sampleBucket, 'notes/readme.txt', 'Daily exports of all members.\n', now - DAY_MS);
}

function linesOf(members: number): string[] {
  return Array.from({ length: members }, (_, n) => {
    const { email = '', phone = '', gaid = '' } = person(n + 1);
    return `${email},${phone},${gaid}\n`;
  });
}

/** The first `members` lines. */
const csvOf = (lines: readonly string[], members: number): string =>
  `email,phone,advertising_id\n${lines.slice(0, members).join('')}`;
