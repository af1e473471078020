/** What becomes of an upload: taken, refused, lost, broken, late, and the states of its job. */
import { expect, test } from 'vitest';
import { findAudience } from '../../../src/destinations/audience.ts';
import { hasEnded } from '../../../src/destinations/destination.ts';
import { LineupError } from '../../../src/domain/errors/errors.ts';
import { type Given, idOf, noSignal, notTaken, taken } from './given.ts';

export function describeUploads(given: Given): void {
  const {
    linesOf,
    traits,
    kitOf,
    fewest,
    heading,
    contentOf,
    uploadOf,
    newTarget,
    sentOf,
    filled,
    jobOf,
    expectRefused,
  } = given;

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

  test.each(['lose_before', 'lose_after'] as const)('an upload whose answer is lost (%s) is unknown', async (kind) => {
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
  });

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

  if (heading !== undefined)
    test('a file needs its heading, which is no member', async () => {
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

  if (traits.file.minRecords > 1)
    test('a file with fewer records is refused', async () => {
      const kit = await kitOf();
      const destination = await kit.connect();
      const { target } = await filled(kit, destination);
      kit.clock.advance(kit.job.endedAfter);
      const few = await destination.send(uploadOf(kit, target, linesOf(traits.file.minRecords - 1, 10_000)));
      await expectRefused(kit, destination, target, few);
    });
}
