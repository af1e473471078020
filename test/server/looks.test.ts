/** How many looks at sources run at the same time, for each person and in all. */
import { expect, test } from 'vitest';
import { Looks } from '../../src/server/looks.ts';

/** Takes looks that last until the test ends them. */
function bench(most: number) {
  const looks = new Looks(most);
  const running: string[] = [];
  const ends = new Map<string, () => void>();
  const failed: { name: string; code: string }[] = [];
  const take = (name: string, signal = new AbortController().signal) => {
    const person = name.replace(/\d+$/, '');
    const look = () =>
      new Promise<void>((resolve) => {
        running.push(name);
        ends.set(name, resolve);
      });
    return looks.take(person, signal, look).then(
      () => running.splice(running.indexOf(name), 1),
      ({ code }: { code: string }) => failed.push({ name, code }),
    );
  };
  const settled = () => new Promise(setImmediate);
  const end = async (name: string) => {
    ends.get(name)!();
    await settled();
  };
  return { take, end, running, failed, settled };
}

test('a person takes two looks at a time, and another person does not wait for them', async () => {
  const { take, end, running, settled } = bench(8);
  for (const name of ['aiko1', 'aiko2', 'aiko3', 'aiko4', 'ben1']) void take(name);
  await settled();
  expect(running).toEqual(['aiko1', 'aiko2', 'ben1']);
  await end('aiko1');
  expect(running).toEqual(['aiko2', 'ben1', 'aiko3']);
  await end('ben1');
  await end('aiko3');
  expect(running).toEqual(['aiko2', 'aiko4']);
});

test('all people together take no more than the most, first come, first served', async () => {
  const { take, end, running, settled } = bench(3);
  for (const name of ['aiko1', 'aiko2', 'aiko3', 'ben1', 'ben2', 'chen1']) void take(name);
  await settled();
  expect(running).toEqual(['aiko1', 'aiko2', 'ben1']);
  // Aiko has one left, so her next look comes before those that were asked for later.
  await end('aiko1');
  expect(running).toEqual(['aiko2', 'ben1', 'aiko3']);
  await end('aiko2');
  await end('aiko3');
  expect(running).toEqual(['ben1', 'ben2', 'chen1']);
});

test('a look whose client goes away leaves the queue, and a failed one gives its place back', async () => {
  const { take, end, running, failed, settled } = bench(8);
  const gone = new AbortController();
  void take('aiko1');
  void take('aiko2');
  void take('aiko3', gone.signal);
  void take('aiko4');
  gone.abort();
  await settled();
  expect(failed).toEqual([{ name: 'aiko3', code: 'interrupted' }]);
  void take('aiko5', gone.signal);
  await end('aiko2');
  expect(running).toEqual(['aiko1', 'aiko4']);
  expect(failed.map(({ name }) => name)).toEqual(['aiko3', 'aiko5']);
  const looks = new Looks(1);
  const { signal } = new AbortController();
  await expect(looks.take('ben', signal, () => Promise.reject(new Error('own')))).rejects.toThrow('own');
  expect(await looks.take('ben', signal, async () => 'free')).toBe('free');
});

test('nobody fills the queue', async () => {
  const { take, running, failed, settled } = bench(8);
  for (let n = 0; n < 30; n++) void take(`aiko${n}`);
  await settled();
  expect(running).toHaveLength(2);
  expect(failed).toHaveLength(8);
  expect(new Set(failed.map(({ code }) => code))).toEqual(new Set(['too_many_requests']));
});
