/** The connection without sockets, used directly. */
import { describe, expect, test } from 'vitest';
import { connectionTo } from '../../simulators/line-ads/connection.ts';
import type { World } from '../../simulators/line-ads/world.ts';
import { freshWorld, small } from './history.ts';

describe('a connection', () => {
  const url = new URL('https://line.example.com/api/v3/groups/G1/adaccounts');
  const unread = () => {
    const seen = { read: 0, cancelled: false };
    const body = new ReadableStream<Uint8Array>(
      {
        pull(controller) {
          seen.read += 1;
          controller.enqueue(small);
        },
        cancel() {
          seen.cancelled = true;
        },
      },
      { highWaterMark: 0 },
    );
    return { seen, body };
  };
  const post = (world: World, body: unknown, signal?: AbortSignal) =>
    connectionTo(world)(url, { method: 'POST', body, signal } as RequestInit);

  test('that is reset fails as a socket does, and leaves the body alone', async () => {
    const world = freshWorld({ faults: [{ kind: 'reset' }] });
    const { seen, body } = unread();
    const error: unknown = await post(world, body).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(TypeError);
    expect(error).toMatchObject({ message: 'fetch failed', cause: { code: 'ECONNRESET' } });
    expect(seen).toEqual({ read: 0, cancelled: true });
  });

  test('is ended by its signal at any time, and then stops reading', async () => {
    const world = freshWorld();
    await expect(post(world, null, AbortSignal.abort(new Error('before')))).rejects.toThrow('before');
    expect(world.state.requests.kept).toEqual([]);
    const controller = new AbortController();
    const { seen, body } = unread();
    const call = post(world, body.pipeThrough(new TransformStream()), controller.signal);
    controller.abort(new Error('enough'));
    await expect(call).rejects.toThrow('enough');
    await expect.poll(() => seen.cancelled).toBe(true);
    expect(world.state.requests.kept).toMatchObject([{ detail: 'the client went away' }]);
  });

  test('fails with the error of its body', async () => {
    const body = new ReadableStream({ pull: (controller) => controller.error(new Error('no more')) });
    await expect(post(freshWorld(), body)).rejects.toMatchObject({ cause: { message: 'no more' } });
  });

  test('takes texts and bytes, and nothing else', async () => {
    for (const body of ['{}', Buffer.from('{}'), '', Buffer.alloc(0), null]) {
      const response = await post(freshWorld(), body);
      expect([response.ok, response.status]).toEqual([false, 401]);
      expect(response.headers.get('x-simulator-detail')).toContain('Bearer');
      expect(JSON.parse(await response.text())).toMatchObject({ errors: [{ property: 'Authorization' }] });
    }
    await expect(post(freshWorld(), new FormData())).rejects.toThrow(TypeError);
  });

  test('tells its listener the end of every request', async () => {
    const world = freshWorld({ faults: [{ kind: 'reset', nth: 2 }] });
    const seen: unknown[] = [];
    const connection = connectionTo(world, ({ number, status }) => seen.push([number, status]));
    await connection(url);
    await connection(url).catch(() => {});
    expect(seen).toEqual([
      [1, 401],
      [2, undefined],
    ]);
  });
});
