/**
 * What every destination must do, against its simulator over HTTP. A provider gives a kit: its simulator, whose faults
 * have the same names for all, and what only it knows.
 */
import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { audiencesNamed, findAudience } from '../../src/destinations/audience.ts';
import type { RequestRecord } from '../../src/destinations/connect.ts';
import {
  type Accepted,
  type Destination,
  hasEnded,
  type Sent,
  type Target,
  type Upload,
  type UploadJob,
  type Written,
} from '../../src/destinations/destination.ts';
import { readEstimate } from '../../src/domain/audiences/size.ts';
import type { DestinationTraits } from '../../src/domain/destinations/traits.ts';
import { LineupError } from '../../src/domain/errors/errors.ts';
import { FileLimits } from '../../src/store/data-directory/file-limits.ts';
import { directoryOfTest } from '../support/directory.ts';
import type { Kit, KitFault } from './kit.ts';

/** Sorted by their number. */
const hash = (n: number): string => n.toString(16).padStart(8, '0').padStart(64, 'a');
export const linesOf = (count: number, from = 0): string[] => Array.from({ length: count }, (_, n) => hash(from + n));
const noSignal = () => new AbortController().signal;

/**
 * @param kitOf makes a new kit, whose simulator ends with the test
 * @param hasTokens whether the destination asks for tokens that expire
 */
export function describeDestination(
  name: string,
  traits: DestinationTraits,
  kitOf: () => Promise<Kit>,
  { hasTokens = false } = {},
): void {
  const fewest = Math.max(3, traits.file.minRecords);
  const heading = traits.identifiers.email?.heading;
  const contentOf = (lines: readonly string[]) =>
    Buffer.from([...(heading === undefined ? [] : [heading]), ...lines].map((line) => `${line}\n`).join(''));

  const uploadOf = (kit: Kit, audience: Target, lines: readonly string[], more: Partial<Upload> = {}): Upload => {
    const content = contentOf(lines);
    return {
      account: kit.account,
      audience,
      action: 'ADD',
      identifierType: 'email',
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
    identifierType: 'email' as const,
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
    identifierType: 'email',
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

  describe(name, () => {
    test('verifies what works', async () => {
      const kit = await kitOf();
      const checks = await (await kit.connect()).verify({ account: kit.account }, noSignal());
      expect(checks.map(({ ok }) => ok)).not.toContain(false);
      expect(checks.length).toBeGreaterThan(0);
    });

    test('an upload is taken, its job ends, and the audience holds its members', async () => {
      const kit = await kitOf();
      const destination = await kit.connect();
      const lines = linesOf(fewest);
      let progress = 0;
      const since = kit.clock.now();
      const upload = uploadOf(kit, await newTarget(kit, destination), lines, {
        onProgress: (bytes) => {
          progress = bytes;
        },
      });
      const { audienceId, jobId } = taken(await destination.send(upload));
      expect(progress).toBe(upload.bytes);
      const sent = sentOf(kit, { id: audienceId }, since, { jobId });
      kit.clock.advance(kit.job.endedAfter);
      const job = await jobOf(destination, sent);
      expect(job).toMatchObject({ state: 'FINISHED', word: kit.words.finished, action: 'ADD' });
      expect(job.count).toBe(traits.job.counts ? lines.length : null);
      expect(['', upload.fileName]).toContain(job.fileName);
      if (jobId !== null) expect(job.id).toBe(jobId);
      expect(kit.held(audienceId)).toEqual(lines);
      expect(await destination.uploads(kit.account, audienceId, {})).toEqual([job]);
      expect(await findAudience(destination, kit.account, audienceId)).toMatchObject({ id: audienceId, name: 'VIP' });
      expect(kit.violations()).toEqual([]);
    });

    test('an upload that is refused is not taken, and says why', async () => {
      const kit = await kitOf();
      const destination = await kit.connect();
      const { target } = await filled(kit, destination);
      kit.fault({ on: 'upload', kind: 'refuse' });
      const refused = notTaken(await destination.send(uploadOf(kit, target, linesOf(fewest, 10))));
      expect(refused.outcome).toBe('not_taken');
      expect(refused.reason).toEqual(expect.any(String));
      expect(refused.why.retryable).toBe(false);
      expect(await destination.uploads(kit.account, idOf(target), {})).toHaveLength(1);
    });

    test.each(['lose_before', 'lose_after'] as const)(
      'an upload whose answer is lost (%s) is unknown',
      async (kind) => {
        const kit = await kitOf();
        const destination = await kit.connect();
        const target = await newTarget(kit, destination);
        const since = kit.clock.now();
        kit.fault({ on: 'upload', kind });
        const lost = notTaken(await destination.send(uploadOf(kit, target, linesOf(fewest))));
        expect(lost.outcome).toBe('unknown');
        expect(lost.why).toMatchObject({ code: 'line_unreachable', retryable: true });
        const became = await destination.whatBecame(sentOf(kit, target, since), noSignal());
        if (kind === 'lose_before') return expect(became).toBeUndefined();
        kit.clock.advance(kit.job.endedAfter);
        const { audienceId, jobId } = became ?? expect.fail('It was taken.');
        // The job is found from what the journal knows then.
        expect(await destination.job(sentOf(kit, { id: audienceId }, since, { jobId }), {})).toMatchObject({
          state: 'FINISHED',
        });
        expect(kit.held(audienceId)).toEqual(linesOf(fewest));
      },
    );

    test('an upload whose connection breaks in the middle is not taken', async () => {
      const kit = await kitOf();
      const destination = await kit.connect({ patience: 'person' });
      const { target } = await filled(kit, destination);
      // More than the buffers on the way hold: somebody must read it.
      const block = Buffer.alloc(65_536, 'a');
      const blocks = 400;
      kit.fault({ on: 'upload', kind: 'kill' });
      const broken = notTaken(
        await destination.send(
          uploadOf(kit, target, [], {
            bytes: blocks * block.length,
            read: async function* () {
              for (let n = 0; n < blocks; n += 1) yield block;
            },
          }),
        ),
      );
      expect(broken).toMatchObject({ outcome: 'not_taken', why: { code: 'line_unreachable' } });
      expect(await destination.uploads(kit.account, idOf(target), {})).toHaveLength(1);
    });

    test.each(['in the middle', 'at its end'])('content that cannot be read %s is not taken', async (where) => {
      const kit = await kitOf();
      const destination = await kit.connect();
      const { target } = await filled(kit, destination);
      const why = new LineupError('staged_file_changed', 'The staged chunk has changed.');
      const lines = linesOf(fewest, 10);
      const content = contentOf(lines);
      const sent = notTaken(
        await destination.send(
          uploadOf(kit, target, lines, {
            read: async function* () {
              yield where === 'at its end' ? content : content.subarray(0, 100);
              throw why;
            },
          }),
        ),
      );
      expect(sent).toMatchObject({ outcome: 'not_taken', why: { code: 'staged_file_changed', message: why.message } });
      expect(await destination.uploads(kit.account, idOf(target), {})).toHaveLength(1);
    });

    test('an upload that the other side shows late is found later', async () => {
      const kit = await kitOf();
      const destination = await kit.connect();
      const { target } = await filled(kit, destination);
      const others = (await destination.uploads(kit.account, idOf(target), {})).map(({ id }) => id);
      kit.fault({ on: 'upload', kind: 'job_late' });
      const since = kit.clock.now();
      const fileName = 'lineup-r2-1.txt';
      const { jobId } = taken(await destination.send(uploadOf(kit, target, linesOf(fewest, 10), { fileName })));
      const sent = sentOf(kit, target, since, { fileName, otherJobIds: others });
      expect(await destination.whatBecame(sent, noSignal())).toBeUndefined();
      expect(await destination.job({ ...sent, jobId }, {})).toBeUndefined();
      kit.clock.advance(kit.job.lateBy);
      const became = await destination.whatBecame(sent, noSignal());
      expect(became).toMatchObject({ audienceId: idOf(target) });
      if (jobId !== null) expect(became?.jobId).toBe(jobId);
      expect(await destination.job({ ...sent, jobId }, {})).toBeDefined();
    });

    test('of two equal uploads, each has a job of its own', async () => {
      const kit = await kitOf();
      const destination = await kit.connect();
      const { target, sent, since } = await filled(kit, destination);
      kit.clock.advance(kit.job.endedAfter);
      const first = await jobOf(destination, sent);
      const { jobId } = taken(await destination.send(uploadOf(kit, target, linesOf(fewest))));
      kit.clock.advance(kit.job.endedAfter);
      const again = sentOf(kit, target, since, { jobId, otherJobIds: [first.id] });
      expect(await destination.whatBecame({ ...again, jobId: null }, noSignal())).toBeDefined();
      expect((await jobOf(destination, again)).id).not.toBe(first.id);
      expect(kit.held(idOf(target))).toEqual(linesOf(fewest));
    });

    test('the states of a job are read, and an unknown one has not ended', async () => {
      const kit = await kitOf();
      const destination = await kit.connect();
      const { sent } = await filled(kit, destination);
      const { queued } = kit.words;
      if (queued !== null) expect(await jobOf(destination, sent)).toMatchObject({ state: 'QUEUED', word: queued });
      kit.clock.advance(kit.job.workingAfter);
      expect(await jobOf(destination, sent)).toMatchObject({ state: 'WORKING', word: kit.words.working });
      kit.clock.advance(kit.job.endedAfter);
      expect(await jobOf(destination, sent)).toMatchObject({ state: 'FINISHED', word: kit.words.finished });

      const others = [(await jobOf(destination, sent)).id];
      kit.fault({ on: 'upload', kind: 'job_word' });
      const { jobId } = taken(await destination.send(uploadOf(kit, { id: idOf(sent.audience) }, linesOf(fewest, 10))));
      kit.clock.advance(kit.job.workingAfter);
      const job = await jobOf(destination, { ...sent, jobId, otherJobIds: others });
      expect(job).toMatchObject({ state: 'WORKING', word: kit.words.unknown });
      expect(hasEnded(job)).toBe(false);
    });

    test('what has failed says why, and can be sent again', async () => {
      const kit = await kitOf();
      const destination = await kit.connect();
      kit.fault({ on: 'upload', kind: 'job_failed' });
      const { target, sent, since } = await filled(kit, destination);
      kit.clock.advance(kit.job.endedAfter);
      const failed = await jobOf(destination, sent);
      expect(failed).toMatchObject({ state: 'FAILED', remark: expect.any(String), again: expect.any(Boolean) });
      expect(kit.held(idOf(target))).toEqual([]);
      const { jobId } = taken(await destination.send(uploadOf(kit, target, linesOf(fewest))));
      kit.clock.advance(kit.job.endedAfter);
      expect(await jobOf(destination, sentOf(kit, target, since, { jobId, otherJobIds: [failed.id] }))).toMatchObject({
        state: 'FINISHED',
      });
      expect(kit.held(idOf(target))).toEqual(linesOf(fewest));
    });

    test('a name that is taken is refused as such', async () => {
      const kit = await kitOf();
      const destination = await kit.connect();
      const id = kit.addAudience('VIP');
      const refused = notTaken(
        creates
          ? await destination.create!(kit.account, newAudience('VIP'), noSignal())
          : await destination.send(uploadOf(kit, { name: 'VIP' }, linesOf(fewest))),
      );
      expect(refused).toMatchObject({
        outcome: 'not_taken',
        means: 'name_taken',
        reason: traits.reasons.nameTaken,
        why: { reason: traits.reasons.nameTaken },
      });
      expect((await audiencesNamed(destination, kit.account, 'VIP')).map((audience) => audience.id)).toEqual([id]);
    });

    test.each(['lose_before', 'lose_after'] as const)(
      'a creation whose answer is lost (%s) is settled',
      async (kind) => {
        const kit = await kitOf();
        const destination = await kit.connect();
        const since = kit.clock.now();
        kit.fault({ on: creates ? 'create' : 'upload', kind });
        const lost = notTaken(
          creates
            ? await destination.create!(kit.account, newAudience('VIP'), noSignal())
            : await destination.send(uploadOf(kit, { name: 'VIP' }, linesOf(fewest))),
        );
        expect(lost.outcome).toBe('unknown');
        const named = await audiencesNamed(destination, kit.account, 'VIP');
        expect(named).toHaveLength(kind === 'lose_after' ? 1 : 0);
        if (creates) return;
        const became = await destination.whatBecame(sentOf(kit, { name: 'VIP' }, since), noSignal());
        expect(became?.audienceId).toBe(named[0]?.id);
      },
    );

    test('an audience is renamed and removed', async () => {
      const kit = await kitOf();
      const destination = await kit.connect();
      const id = kit.addAudience('VIP');
      expect(taken(await destination.rename(kit.account, id, 'Members'))).toMatchObject({ id, name: 'Members' });
      expect(await audiencesNamed(destination, kit.account, 'VIP')).toEqual([]);
      taken(await destination.remove(kit.account, id));
      expect(await findAudience(destination, kit.account, id)).toBeUndefined();
    });

    test('two processes together keep the limit of requests', async () => {
      const kit = await kitOf();
      const directory = directoryOfTest('contract-limits');
      const processes = await Promise.all(
        [1, 2].map(async () => {
          const limits = new FileLimits(directory, kit.clock, Math.random);
          return { limits, destination: await kit.connect({ limits }) };
        }),
      );
      const { places } = traits.limits.requests;
      await Promise.all(
        processes.flatMap(({ destination }) =>
          Array.from({ length: places }, () => destination.page(kit.account, { page: 1, size: 1 })),
        ),
      );
      expect(kit.violations()).toEqual([]);
      for (const { limits } of processes) limits.close();
    });

    test('a request that was one too many is made again, after a pause', async () => {
      const kit = await kitOf();
      const limits = new FileLimits(directoryOfTest('contract-pause'), kit.clock, Math.random);
      const destination = await kit.connect({ limits });
      kit.fault({ on: 'list', kind: 'too_many' });
      const began = kit.clock.monotonic();
      await destination.page(kit.account, { page: 1, size: 1 });
      expect(kit.clock.monotonic() - began).toBeGreaterThanOrEqual(traits.limits.pauseMs ?? 0);
      expect(kit.violations()).toEqual([]);
      limits.close();
    });

    describe.skipIf(!hasTokens)('with a token', () => {
      const first = { page: 1, size: 1 };
      const tokensOf = ({ tokens }: Kit) => tokens ?? expect.fail('The kit has no tokens.');

      test('that expires, gets the next one', async () => {
        const kit = await kitOf();
        const destination = await kit.connect();
        await destination.page(kit.account, first);
        await destination.page(kit.account, first);
        expect(tokensOf(kit).minted()).toBe(1);
        kit.clock.advance(tokensOf(kit).lifeMs);
        await destination.page(kit.account, first);
        expect(tokensOf(kit).minted()).toBe(2);
      });

      test('that is refused before its end, sends again with the next one', async () => {
        const kit = await kitOf();
        const destination = await kit.connect();
        const { target } = await filled(kit, destination);
        tokensOf(kit).revoke();
        await destination.page(kit.account, first);
        tokensOf(kit).revoke();
        taken(await destination.send(uploadOf(kit, target, linesOf(fewest, 10))));
        expect(tokensOf(kit).minted()).toBe(3);
      });

      test('that nobody mints any more, says that a person must connect again', async () => {
        const kit = await kitOf();
        const destination = await kit.connect();
        const { target } = await filled(kit, destination);
        tokensOf(kit).refuseClient();
        const unauthorized = { code: 'line_unauthorized' };
        await expect(destination.page(kit.account, first)).rejects.toMatchObject(unauthorized);
        const sent = notTaken(await destination.send(uploadOf(kit, target, linesOf(fewest, 10))));
        expect(sent).toMatchObject({ outcome: 'not_taken', why: unauthorized });
        const checks = await destination.verify({ account: kit.account }, noSignal());
        expect(checks.find(({ ok }) => ok === false)?.field).toMatch(/^configuration\./);
      });

      test('shares it with another process', async () => {
        const kit = await kitOf();
        const directory = directoryOfTest('contract-tokens');
        const processes = await Promise.all(
          [1, 2].map(() => kit.connect({ tokens: tokensOf(kit).sharedIn(directory) })),
        );
        const ask = () => Promise.all(processes.map((destination) => destination.page(kit.account, first)));
        await ask();
        expect(tokensOf(kit).minted()).toBe(1);
        tokensOf(kit).revoke();
        await ask();
        expect(tokensOf(kit).minted()).toBe(2);
      });
    });

    test('no secret is in a log, in an error or in what a debugger shows', async () => {
      const kit = await kitOf();
      const log: RequestRecord[] = [];
      const destination = await kit.connect({ log: (entry) => log.push(entry), patience: 'person' });
      const { target } = await filled(kit, destination);
      const whys: unknown[] = [];
      for (const kind of ['refuse', 'lose_before'] as const) {
        kit.fault({ on: 'upload', kind });
        whys.push(notTaken(await destination.send(uploadOf(kit, target, linesOf(fewest, 10)))).why);
      }
      for (let n = 0; n < 10; n += 1) kit.fault({ on: 'jobs', kind: 'refuse' });
      whys.push(await destination.uploads(kit.account, idOf(target), {}).catch((error: unknown) => error));
      expect(whys.every((why) => why instanceof LineupError)).toBe(true);
      const shown = [
        JSON.stringify(log),
        ...whys.flatMap(textsOf),
        inspect(destination, { depth: 20, showHidden: true }),
      ].join('\n');
      for (const secret of kit.secrets()) expect(shown).not.toContain(secret);
      expect(log.length).toBeGreaterThan(3);
      for (const { endpoint } of log) expect(endpoint).not.toContain('?');
      for (const line of linesOf(fewest)) expect(shown).not.toContain(line);
    });

    describe('that is stopped', () => {
      const stopped = { code: 'interrupted' };

      test('before it begins, sends nothing', async () => {
        const kit = await kitOf();
        const destination = await kit.connect();
        const { target, sent } = await filled(kit, destination);
        const signal = AbortSignal.abort();
        const { account } = kit;
        const write = notTaken(await destination.send(uploadOf(kit, target, linesOf(fewest, 10), { signal })));
        expect(write).toMatchObject({ outcome: 'not_taken', why: stopped });
        if (creates) {
          const creation = await destination.create!(account, newAudience('Other'), signal);
          expect(creation).toMatchObject({ outcome: 'not_taken', why: stopped });
        }
        await expect(destination.page(account, { page: 1, size: 1 }, signal)).rejects.toMatchObject(stopped);
        await expect(destination.job(sent, { signal })).rejects.toMatchObject(stopped);
        await expect(destination.uploads(account, idOf(target), { signal })).rejects.toMatchObject(stopped);
        await expect(destination.whatBecame(sent, signal)).rejects.toMatchObject(stopped);
        await expect(findAudience(destination, account, idOf(target), signal)).rejects.toMatchObject(stopped);
        await expect(audiencesNamed(destination, account, 'VIP', signal)).rejects.toMatchObject(stopped);
        expect(await destination.uploads(account, idOf(target), {})).toHaveLength(1);
      });

      test('while it waits for an answer, ends at once', async () => {
        const kit = await kitOf();
        const destination = await kit.connect();
        const { target, sent } = await filled(kit, destination);
        const stop = async <T>(on: KitFault['on'], call: (signal: AbortSignal) => Promise<T>): Promise<T> => {
          kit.fault({ on, kind: 'silence' });
          const controller = new AbortController();
          const called = call(controller.signal);
          called.catch(() => {});
          setTimeout(() => controller.abort(), 100);
          return called;
        };
        const write = await stop('upload', (signal) =>
          destination.send(uploadOf(kit, target, linesOf(fewest, 10), { signal })),
        );
        expect(write).toMatchObject({ outcome: 'unknown', why: stopped });
        await expect(stop('jobs', (signal) => destination.job(sent, { signal }))).rejects.toMatchObject(stopped);
        await expect(
          stop('list', (signal) => destination.page(kit.account, { page: 1, size: 1 }, signal)),
        ).rejects.toMatchObject(stopped);
      });

      test.each([0, 1, 2])('after %i blocks, is not taken', async (blocks) => {
        const kit = await kitOf();
        const destination = await kit.connect();
        const { target } = await filled(kit, destination);
        const lines = linesOf(fewest, 10);
        const content = contentOf(lines);
        const controller = new AbortController();
        const write = await destination.send(
          uploadOf(kit, target, lines, {
            signal: controller.signal,
            read: async function* () {
              for (let n = 0; n < 3; n += 1) {
                if (n === blocks) controller.abort();
                yield content.subarray(n * 50, n === 2 ? content.length : (n + 1) * 50);
              }
            },
          }),
        );
        expect(write).toMatchObject({ outcome: 'not_taken', why: stopped });
        expect(await destination.uploads(kit.account, idOf(target), {})).toHaveLength(1);
      });
    });

    test('gives no audience twice while the list changes', async () => {
      const kit = await kitOf();
      const destination = await kit.connect();
      const ids = Array.from({ length: 120 }, (_, n) => kit.addAudience(`Audience ${n}`));
      const found: string[] = [];
      for await (const { id } of destination.find(kit.account, { ids })) {
        // A new one moves all others by one place.
        if (found.length % 40 === 0) kit.addAudience(`New ${found.length}`);
        found.push(id);
      }
      expect(new Set(found).size).toBe(found.length);
      expect(found.toSorted()).toEqual(ids.toSorted());
    });

    test('sizes are numbers, or the words that this version knows', async () => {
      const kit = await kitOf();
      const destination = await kit.connect();
      const ids = [0, 5, 150_000].map((members) => kit.addAudience(`With ${members}`, members));
      const sizes = await Promise.all(
        ids.map(async (id) => (await findAudience(destination, kit.account, id))?.size ?? ''),
      );
      const { smallest } = traits.watch;
      const [, few, many] = sizes.map(readEstimate);
      expect(sizes[0] === '-' || readEstimate(sizes[0])!.size === 0).toBe(true);
      expect(few).toEqual(smallest === null ? { size: 5, isExact: true } : { size: smallest, isExact: false });
      expect(many?.isExact).toBe(true);
      expect(many?.size).toBeGreaterThan(1_000);
    });

    test.skipIf(heading === undefined)('a file needs its heading, which is no member', async () => {
      const kit = await kitOf();
      const destination = await kit.connect();
      const { target } = await filled(kit, destination);
      kit.clock.advance(kit.job.endedAfter);
      expect(kit.held(idOf(target))).toEqual(linesOf(fewest));
      const bare = Buffer.from(linesOf(fewest, 10).join('\n'));
      const sent = await destination.send(
        uploadOf(kit, target, [], {
          bytes: bare.length,
          read: async function* () {
            yield bare;
          },
        }),
      );
      await expectRefused(kit, destination, target, sent);
    });

    test.skipIf(traits.file.minRecords <= 1)('a file with fewer records is refused', async () => {
      const kit = await kitOf();
      const destination = await kit.connect();
      const { target } = await filled(kit, destination);
      kit.clock.advance(kit.job.endedAfter);
      const few = await destination.send(uploadOf(kit, target, linesOf(traits.file.minRecords - 1, 10_000)));
      await expectRefused(kit, destination, target, few);
    });
  });
}

const idOf = (target: Target): string => ('id' in target ? target.id : expect.fail('It has no id.'));

function taken<T>(written: Written<T>): T {
  if (written.outcome === 'taken') return written.value;
  throw written.why;
}

function notTaken(written: Written<unknown>): Exclude<Written<unknown>, { outcome: 'taken' }> {
  if (written.outcome !== 'taken') return written;
  throw new Error('It was taken.');
}

/** Everything that an error may show, with its causes. */
function textsOf(error: unknown): string[] {
  const texts = [inspect(error, { depth: 20, showHidden: true })];
  if (!(error instanceof Error)) return texts;
  return [...texts, error.message, error.stack ?? '', JSON.stringify(error), ...textsOf(error.cause)];
}
