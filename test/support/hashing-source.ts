/** Members in memory as a source that can hash its values itself, by the readable rules. */
import { type NormalizeOptions, normalize } from '../../packages/identifiers/src/normalize.ts';
import { e164DigitsIn } from '../../packages/identifiers/src/phone.ts';
import { LineupError } from '../../src/domain/errors/errors.ts';
import { BlockScan, memberRecords } from '../../src/sources/scans.ts';
import type { HashedField, JudgedValues, Scan, Source } from '../../src/sources/source.ts';

/** The values of one member, by field. */
export type Member = Readonly<Record<string, readonly string[]>>;

export interface HashingOptions {
  readonly label?: string;
  /** A value with this text cannot be hashed in the database. */
  readonly beyond?: string;
  /** Called when a scan begins. */
  readonly onScan?: (kind: 'values' | 'hashes', fields: readonly string[]) => void;
  /** Changes what it has counted of a field. */
  readonly counted?: (judged: JudgedValues) => JudgedValues;
}

export function hashingSource(members: readonly Member[], options: HashingOptions = {}): Source {
  const { label = 'members', onScan = () => {}, counted = (judged) => judged } = options;
  const known = [...new Set(members.flatMap((member) => Object.keys(member)))];
  const check = (fields: readonly string[]) => {
    const unknown = fields.find((field) => !known.includes(field));
    if (unknown !== undefined) throw new LineupError('field_not_found', `${label} has no field ${unknown}.`);
  };
  return {
    label,
    fields: async () => known.map((name) => ({ name, type: 'text', list: true })),
    preview: async () => [],
    scan: async (fields, signal) => {
      check(fields);
      onScan('values', fields);
      return scanOf(
        fields.map((field) => members.map((member) => memberRecords(member[field] ?? [])).join('')),
        true,
        signal,
      );
    },
    scanHashes: async (fields, signal) => {
      check(fields.map(({ field }) => field));
      onScan(
        'hashes',
        fields.map(({ field }) => field),
      );
      const columns = fields.map((field) => hashesOf(members, field, options.beyond));
      const judged = columns.map((column) => counted(column.judged));
      const scan = scanOf(
        columns.map(({ stream }) => stream),
        false,
        signal,
      );
      return Object.assign(scan, { judged: () => judged });
    },
    close: async () => {},
  };
}

function scanOf(streams: readonly string[], marked: boolean, signal: AbortSignal | undefined): Scan {
  let column = 0;
  async function* blocks() {
    for (const [n, stream] of streams.entries()) {
      column = n;
      if (stream !== '') yield Buffer.from(stream);
    }
  }
  return new BlockScan({
    marked: streams.map(() => marked),
    blocks,
    progress: () => undefined,
    column: () => column,
    ...(signal && { signal }),
  });
}

function hashesOf(members: readonly Member[], { field, identifierType, defaultCountry }: HashedField, beyond?: string) {
  const rules: NormalizeOptions = {
    type: identifierType,
    ...(defaultCountry && { toE164Digits: e164DigitsIn(defaultCountry) }),
  };
  const counts = {
    missing: 0,
    hashed: 0,
    further: 0,
    leadingZero: 0,
    repaired: 0,
    digitsLost: 0,
    looksNational: 0,
  };
  const invalid: Record<string, number> = {};
  const skip = (reason: string) => {
    invalid[reason] = (invalid[reason] ?? 0) + 1;
  };
  let stream = '';
  for (const member of members) {
    // A member without a value has a missing one.
    const values = member[field]?.length ? member[field] : [''];
    counts.further += values.length - 1;
    for (const value of values) {
      const outcome = normalize(value, rules);
      if (outcome.state === 'missing') counts.missing += 1;
      else if (beyond !== undefined && value.includes(beyond)) skip('not_hashed_in_database');
      else if (outcome.state === 'invalid') {
        skip(outcome.reason);
        if (outcome.digitsLost) counts.digitsLost += 1;
      } else {
        stream += `${outcome.output}\n`;
        if (outcome.state !== 'hashed') continue;
        counts.hashed += 1;
        if (outcome.repaired) counts.repaired += 1;
        if (identifierType === 'phone' && outcome.normalForm.startsWith('0')) counts.leadingZero += 1;
      }
    }
  }
  return { stream, judged: { ...counts, invalid } };
}

/** Members whose values have every outcome: missing, invalid, repeated, hashed before, several of one member. */
export const someMembers: readonly Member[] = [
  { email: ['Taro@Example.com '], phone: ['090-1234-5678'] },
  { email: [], phone: ['+81 90 1234 5678'] },
  { email: ['hanako@example.com', 'nobody', 'Ｈanako@example.com'], phone: ['8.19012E+11'] },
  { email: ['  '], phone: ['', '08011112222.0'] },
  { email: [`${'a'.repeat(130)}@example.com`, 'jiro@example.com'], phone: ['1111111111'] },
  { email: ['taro@example.com'], phone: ['a'.repeat(20)] },
  { email: ['AB'.repeat(32), 'ab'.repeat(32)], phone: ['cd'.repeat(32)] },
  // The hash of an empty text.
  { email: ['e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'], phone: ['0312345678'] },
  { email: ['saburo@example.com'], phone: ['07011112222', '09099998888'] },
];
