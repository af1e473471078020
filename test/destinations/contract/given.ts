/** What the parts of the contract need: uploads of a destination, and what is known about them. */
import { inspect } from 'node:util';
import { expect } from 'vitest';
import type {
  Accepted,
  Destination,
  Sent,
  Target,
  Upload,
  UploadJob,
  Written,
} from '../../../src/destinations/destination.ts';
import { typesOf } from '../../../src/domain/destinations/index.ts';
import type { DestinationTraits } from '../../../src/domain/destinations/traits.ts';
import type { Kit } from '../kit.ts';

/** Values of each type, sorted by their number. */
const hash = (n: number): string => n.toString(16).padStart(8, '0').padStart(64, 'a');
export const hashesOf = (count: number): string[] => Array.from({ length: count }, (_, n) => hash(n));
const userId = (n: number): string => `U${n.toString(16).padStart(8, '0').padStart(32, 'a')}`;
export const noSignal = () => new AbortController().signal;

export type Given = ReturnType<typeof givenOf>;

/** @param kitOf makes a new kit, whose simulator ends with the test */
export function givenOf(traits: DestinationTraits, kitOf: () => Promise<Kit>) {
  const [identifierType = 'email'] = typesOf(traits);
  const value = identifierType === 'line_user_id' ? userId : hash;
  const linesOf = (count: number, from = 0): string[] => Array.from({ length: count }, (_, n) => value(from + n));
  const fewest = Math.max(3, traits.file.minRecords);
  const heading = traits.identifiers[identifierType]?.heading;
  const contentOf = (lines: readonly string[]) =>
    Buffer.from([...(heading === undefined ? [] : [heading]), ...lines].map((line) => `${line}\n`).join(''));

  const uploadOf = (kit: Kit, audience: Target, lines: readonly string[], more: Partial<Upload> = {}): Upload => {
    const content = contentOf(lines);
    return {
      account: kit.account,
      audience,
      action: 'ADD',
      identifierType,
      fileName: 'lineup-r1-1.txt',
      bytes: content.length,
      read: async function* () {
        yield content;
      },
      onProgress: () => {},
      signal: noSignal(),
      ...more,
    };
  };

  const newAudience = (name: string) => ({
    name,
    identifierType,
    ...(traits.leaving.by === 'age' && { memberDays: traits.leaving.days[1] }),
  });

  /** Where the first upload to a new audience goes. */
  const newTarget = async (kit: Kit, destination: Destination, name = 'VIP'): Promise<Target> => {
    if (traits.creates === 'by_upload') return { name };
    return { id: taken(await destination.create!(kit.account, newAudience(name), noSignal())).id };
  };

  const sentOf = (kit: Kit, audience: Target, since: Date, more: Partial<Sent> = {}): Sent => ({
    account: kit.account,
    audience,
    fileName: 'lineup-r1-1.txt',
    identifierType,
    since: since.toISOString(),
    jobId: null,
    otherJobIds: [],
    ...more,
  });

  /** An audience with one finished upload. */
  const filled = async (kit: Kit, destination: Destination, lines = linesOf(fewest)) => {
    const since = kit.clock.now();
    const accepted = taken(await destination.send(uploadOf(kit, await newTarget(kit, destination), lines)));
    const target = { id: accepted.audienceId };
    const sent = sentOf(kit, target, since, { jobId: accepted.jobId });
    return { target, sent, since };
  };

  const jobOf = async (destination: Destination, sent: Sent): Promise<UploadJob> =>
    (await destination.job(sent, {})) ?? expect.fail('The other side does not list the job.');

  const creates = traits.creates === 'first';

  /** The file is refused at once, or its job ends in a failure that would come again. It changes nothing. */
  const expectRefused = async (kit: Kit, destination: Destination, target: Target, written: Written<Accepted>) => {
    if (written.outcome === 'taken') {
      const since = kit.clock.now();
      kit.clock.advance(kit.job.endedAfter);
      const job = await jobOf(destination, sentOf(kit, target, since, { jobId: written.value.jobId }));
      expect(job).toMatchObject({
        state: 'FAILED',
        again: false,
        remark: expect.any(String),
        meaning: expect.anything(),
      });
    } else {
      expect(written.outcome).toBe('not_taken');
    }
    expect(kit.held(idOf(target))).toEqual(linesOf(fewest));
  };

  return {
    traits,
    kitOf,
    linesOf,
    fewest,
    heading,
    creates,
    contentOf,
    uploadOf,
    newAudience,
    newTarget,
    sentOf,
    filled,
    jobOf,
    expectRefused,
  };
}

export const idOf = (target: Target): string => ('id' in target ? target.id : expect.fail('It has no id.'));

export function taken<T>(written: Written<T>): T {
  if (written.outcome === 'taken') return written.value;
  throw written.why;
}

export function notTaken(written: Written<unknown>): Exclude<Written<unknown>, { outcome: 'taken' }> {
  if (written.outcome !== 'taken') return written;
  throw new Error('It was taken.');
}

/** Everything that an error may show, with its causes. */
export function textsOf(error: unknown): string[] {
  const texts = [inspect(error, { depth: 20, showHidden: true })];
  if (!(error instanceof Error)) return texts;
  return [...texts, error.message, error.stack ?? '', JSON.stringify(error), ...textsOf(error.cause)];
}
