/** When a process shows that it lives. */
import { expect, test } from 'vitest';
import type { LogEventName, LogFields } from '../../src/contracts/event-log.ts';
import { Heartbeat, loopGoesRound, type VitalSign } from '../../src/jobs/heartbeat.ts';

const MINUTE = 60_000;

function heartOf(signs: readonly VitalSign[]) {
  const events: [LogEventName, LogFields | undefined][] = [];
  let beats = 0;
  const never = new Promise<void>(() => {});
  const heart = new Heartbeat({
    beat: () => {
      beats += 1;
    },
    signs,
    clock: { every: () => () => {}, sleep: () => never },
    log: { record: (event, fields) => void events.push([event, fields]) },
  });
  const beatsAtLook = async () => {
    const before = beats;
    await heart.look();
    return beats > before;
  };
  return { heart, events, beatsAtLook };
}

test('a loop that stands still, or has ended, is not well; one that goes round or waits for a place is', () => {
  let now = 0;
  let turn: unknown = 1;
  const { isWell } = loopGoesRound('queue', () => turn, MINUTE, { monotonic: () => now });
  expect(isWell()).toBe(true);
  now += MINUTE;
  expect(isWell()).toBe(true);
  now += 1;
  expect(isWell()).toBe(false);
  turn = 2;
  expect(isWell()).toBe(true);
  turn = undefined;
  expect(isWell()).toBe(false);
});

test('the heart beats while all is well, and says once what is not', async () => {
  let queue = true;
  let answer: boolean | Error = true;
  const { events, beatsAtLook } = heartOf([
    { name: 'queue', isWell: () => queue },
    {
      name: 'database',
      isWell: async () => {
        if (answer instanceof Error) throw answer;
        return answer;
      },
    },
  ]);
  expect(await beatsAtLook()).toBe(true);
  queue = false;
  expect([await beatsAtLook(), await beatsAtLook()]).toEqual([false, false]);
  answer = new Error('broken');
  expect(await beatsAtLook()).toBe(false);
  queue = true;
  answer = true;
  expect(await beatsAtLook()).toBe(true);
  expect(events).toEqual([
    ['service.stuck', { check: 'queue' }],
    ['service.stuck', { check: 'database' }],
  ]);
});

test('a process that stops has ended its loops, and beats until it has handed its runs over', async () => {
  const { heart, events, beatsAtLook } = heartOf([{ name: 'queue', isWell: () => false }]);
  heart.stopping();
  expect(await beatsAtLook()).toBe(true);
  expect(events).toEqual([]);
});

test('looks do not pile up behind a check that takes long', async () => {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  let checks = 0;
  const isWell = () => {
    checks += 1;
    return promise;
  };
  const { heart } = heartOf([{ name: 'database', isWell }]);
  const looks = [heart.look(), heart.look()];
  resolve(true);
  await Promise.all(looks);
  expect(checks).toBe(1);
});
