/** Answers that are read again for a while. */
import { describe, expect, test } from 'vitest';
import { Reuse } from '../../src/use-cases/reuse.ts';
import { at } from '../support/service.ts';

describe('an answer', () => {
  function asked(isLarge: boolean) {
    let minutes = 0;
    let read = 0;
    const reuse = new Reuse<number>({ now: () => at(minutes), isLarge: () => isLarge });
    return {
      ask: async (question = 'runs') => (await reuse.ask(question, async () => ++read)).value,
      age: async () =>
        minutes - ((await reuse.ask('runs', async () => ++read)).at.getTime() - at(0).getTime()) / 60_000,
      wait: (more: number) => {
        minutes += more;
      },
      read: () => read,
    };
  }

  test('of a small installation is read anew each time', async () => {
    const { ask } = asked(false);
    expect([await ask(), await ask(), await ask()]).toEqual([1, 2, 3]);
  });

  test('that was large is given again for a minute, and to nobody with another question', async () => {
    const { ask, wait, age } = asked(true);
    expect([await ask(), await ask(), await ask('runs of a viewer')]).toEqual([1, 1, 2]);
    wait(0.5);
    expect([await ask(), await age()]).toEqual([1, 0.5]);
  });

  test('that several ask for at the same time is read once, if it turns out to be large', async () => {
    for (const [isLarge, values] of [
      [true, [1, 1, 1, 1]],
      // Those who came later may have changed something that the first one did not see.
      [false, [1, 2, 2, 2]],
    ] as const) {
      const { ask } = asked(isLarge);
      expect(await Promise.all([ask(), ask(), ask(), ask()])).toEqual(values);
    }
  });

  test('that the first of several could not read is read by the others', async () => {
    const reuse = new Reuse<number>({ now: () => at(0), isLarge: () => true });
    const first = reuse.ask('runs', () => Promise.reject(new Error('lost')));
    const second = reuse.ask('runs', async () => 7);
    await expect(first).rejects.toThrow('lost');
    expect((await second).value).toBe(7);
  });

  test('that is older is given once more while the next one is read', async () => {
    const { ask, wait, read } = asked(true);
    await ask();
    wait(2);
    expect(await Promise.all([ask(), ask(), ask()])).toEqual([1, 1, 1]);
    expect(read()).toBe(2);
    expect(await ask()).toBe(2);
  });

  test('that took long is read again later, but always before it is too old', async () => {
    for (const [tookMinutes, young, old] of [
      [0.05, 2.4, 2.6],
      [1, 4.9, 5.1],
    ] as const) {
      let minutes = 0;
      let read = 0;
      const reuse = new Reuse<number>({ now: () => at(minutes), isLarge: () => true });
      const ask = () =>
        reuse.ask('runs', async () => {
          minutes += tookMinutes;
          read += 1;
          return read;
        });
      await ask();
      minutes = young;
      await ask();
      expect(read).toBe(1);
      minutes = old;
      await ask();
      expect(read).toBe(2);
    }
  });

  test('is not given when it is older than ten minutes, or of a clock that was set back', async () => {
    const { ask, wait } = asked(true);
    await ask();
    wait(11);
    // Several who ask at the same time share one reading.
    expect(await Promise.all([ask(), ask()])).toEqual([2, 2]);
    wait(-1);
    expect(await ask()).toBe(3);
  });

  test('that could not be read is read by the next one who asks', async () => {
    const reuse = new Reuse<number>({ now: () => at(0), isLarge: () => true });
    await expect(reuse.ask('runs', () => Promise.reject(new Error('lost')))).rejects.toThrow('lost');
    expect((await reuse.ask('runs', async () => 7)).value).toBe(7);
  });
});
