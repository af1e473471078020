/** Lists that were not made by the API, to test how a client handles them. */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { decodeDigest } from '../shared/hex-codec.ts';
import { choice, fields, number, read, SimulatorInputError, text, toggle } from '../shared/input.ts';
import { Batch } from './file/batch.ts';
import { uploadTypes } from './file/columns.ts';
import { jobStatuses } from './jobs.ts';
import { type AudienceList, durationMs, listTypes, newList } from './lists.ts';
import type { World } from './world.ts';

const mostMembers = 1_000_000;
const mostJobs = 1000;
const listed = `a list of at most ${mostJobs}`;

const elsewhere = fields({
  name: text,
  /** @default the first ad account */
  accountId: text.optional(),
  /** @default CUSTOMER_DATA */
  type: choice(...listTypes).optional(),
  description: text.optional(),
  /** In days. @default 180 for CUSTOMER_DATA and MIGRATED_LINE_AUDIENCE */
  dataDuration: number(1, 540).optional(),
  /** The number of invented e-mail addresses in the list. They came now. @default 0 */
  members: number(0, mostMembers).optional(),
  /** Absent: not counted yet, or by the share of members that LY knows. */
  reach: number(0, 1e9).optional(),
  isShared: toggle.optional(),
  lineAudienceGroupId: text.regex(/^\d{1,19}$/, 'digits').optional(),
  lineAudienceGroupOwnerType: choice('LINE_ADS', 'LINE_OA').optional(),
  lineAudienceGroupType: text.optional(),
  /** Uploads that others have made, oldest first. They ended when they came. */
  jobs: z
    .array(
      fields({
        uploadType: choice(...uploadTypes).optional(),
        uploadSource: text.optional(),
        status: choice(...jobStatuses.slice(1)).optional(),
      }),
      listed,
    )
    .max(mostJobs, listed)
    .readonly()
    .optional(),
});

export type Elsewhere = z.infer<typeof elsewhere>;

/** Reads one from JSON. @throws {SimulatorInputError} */
export const readElsewhere = (value: unknown): Elsewhere => read(elsewhere, value, 'the body');

/** @throws {SimulatorInputError} for an unknown account */
export function addElsewhere({ state, settings, clock }: World, given: Elsewhere): AudienceList {
  const now = clock.time();
  const { type = 'CUSTOMER_DATA', members = 0, jobs = [], reach, dataDuration, accountId, ...rest } = given;
  const account = accountId ?? [...state.accounts.values()].find(({ isMcc }) => !isMcc)?.id ?? '';
  if (!state.accounts.has(account)) throw new SimulatorInputError(`There is no account ${JSON.stringify(accountId)}.`);
  const hasDuration = type === 'CUSTOMER_DATA' || type === 'MIGRATED_LINE_AUDIENCE';
  const list = newList({
    ...rest,
    id: state.newListId(),
    accountId: account,
    type,
    dataDuration: hasDuration ? (dataDuration ?? 180) : null,
    usedAt: now,
  });
  const stay = { durationMs: durationMs(list), renews: true };
  if (members > 0) list.members.add(invented(given.name, members), 'MAIL_ADDRESS_AND_PHONE_NUMBER', now, stay);
  list.counted = reach ?? (members > 0 ? Math.round(members * settings.matchRate) : null);
  state.addList(list);
  for (const [index, { uploadType, uploadSource, status }] of jobs.entries()) {
    state.addJob({
      id: state.newJobId(),
      listId: list.id,
      accountId: account,
      uploadType: uploadType ?? 'MAIL_ADDRESS_AND_PHONE_NUMBER',
      uploadSource: uploadSource ?? 'CAMPAIGN_MANAGEMENT_TOOL',
      fileName: `upload-${index + 1}.csv`,
      rows: 0,
      bytes: 0,
      upperCase: 0,
      request: 0,
      acceptedAt: now,
      submittedAt: now,
      listedAt: now,
      durationMs: 0,
      stuck: null,
      outcome: (status as 'RECEIVED' | undefined) ?? 'RECEIVED',
      why: null,
      taken: 0,
      counts: false,
      batch: null,
      file: null,
    });
  }
  return list;
}

/** Hashes that belong to nobody. */
function invented(name: string, count: number): Batch {
  const batch = new Batch();
  for (let n = 0; n < count; n += 1) {
    const hash = Buffer.from(createHash('sha256').update(`${name} ${n}`).digest('hex'));
    decodeDigest(hash, 0, batch.emails.openPage(), batch.emails.openOffset());
    batch.emails.commit();
  }
  return batch;
}
