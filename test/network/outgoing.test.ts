/**
 * The guard checks every connection that an authorization names. Internal hosts are refused unless an administrator has
 * listed them.
 */
import { createServer } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { startLyticsSimulator } from '../../simulators/lytics/index.ts';
import { aiko } from '../support/service.ts';
import { type ServiceBench, serviceBench } from '../support/service-bench.ts';

const signal = () => AbortSignal.timeout(30_000);

async function authorize(bench: ServiceBench, provider: string, configuration: Record<string, string>) {
  const method = { lytics: 'lytics_api_token', postgresql: 'postgresql_connection_url' }[provider] ?? '';
  const input = { provider, method, label: provider, description: '', configuration };
  return (await bench.service.authorizations.create(input, aiko)).value.id;
}

const list = (bench: ServiceBench, ...internal_hosts: string[]) =>
  bench.service.settings.write('network', { internal_hosts }, aiko);

/** The check of the authorization, and every other request that leads there, give this error. */
async function refusals(bench: ServiceBench, id: string): Promise<string[]> {
  const { health, checks } = await bench.service.authorizations.verify(id, {}, aiko, signal());
  const others = [
    bench.service.sources.audiences(id, { limit: 10 }, signal()),
    bench.service.sources.fields('editor', id, 'crm.members', signal()),
  ];
  const reported = await Promise.all(others.map((other) => other.then(String, (error: Error) => error.message)));
  return [`${health}: ${checks[0]?.message}`, ...reported];
}

const inside = expect.stringContaining('is inside this network');

describe('an internal host is refused as', () => {
  test('a Lytics origin', async () => {
    const lytics = await startLyticsSimulator();
    onTestFinished(() => lytics.close());
    const bench = await serviceBench();
    await list(bench);
    const { port } = new URL(lytics.origin);
    const { token } = lytics;
    for (const host of ['127.0.0.1', 'localhost', '2130706433', '[::ffff:127.0.0.1]', '0.0.0.0']) {
      const id = await authorize(bench, 'lytics', { token, origin: `http://${host}:${port}` });
      expect(await refusals(bench, id), host).toEqual([
        expect.stringMatching(/^unhealthy: .* is inside this network/),
        inside,
        inside,
      ]);
    }
    expect(lytics.inspect().requests).toEqual([]);

    const id = await authorize(bench, 'lytics', { token, origin: lytics.origin });
    await list(bench, `127.0.0.1:${Number(port) === 9 ? 10 : 9}`);
    expect((await refusals(bench, id))[0]).toMatch(/is inside this network/);
    await list(bench, `127.0.0.1:${port}`);
    expect((await bench.service.authorizations.verify(id, {}, aiko, signal())).health).toBe('healthy');
  });

  test('a PostgreSQL host, and a Unix socket', async () => {
    let connections = 0;
    const server = createServer((socket) => {
      connections += 1;
      socket.destroy();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(async () => void (await new Promise((resolve) => server.close(resolve))));
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : 0;
    const bench = await serviceBench();
    await list(bench);
    for (const place of [
      `127.0.0.1:${port}/shop`,
      `localhost:${port}/shop`,
      `2130706433:${port}/shop`,
      `[::ffff:127.0.0.1]:${port}/shop`,
      `public.example:${port}/shop?host=127.0.0.1`,
      `public.example/shop?host=localhost&port=${port}`,
    ]) {
      const id = await authorize(bench, 'postgresql', { connection_url: `postgres://u:p@${place}` });
      expect(await refusals(bench, id), place).toEqual([
        expect.stringMatching(/^unhealthy: .* is inside this network/),
        inside,
        inside,
      ]);
    }
    const socket = await authorize(bench, 'postgresql', {
      connection_url: 'postgres://u@localhost/shop?host=%2Frun%2Fpostgresql',
    });
    await list(bench, 'localhost', '0.0.0.0/0', '::/0');
    expect((await refusals(bench, socket))[0]).toMatch(/\/run\/postgresql is a Unix socket of this machine/);
    expect(connections).toBe(0);

    await list(bench, `localhost:${port}`);
    const id = await authorize(bench, 'postgresql', {
      connection_url: `postgres://u:p@localhost:${port}/shop?sslmode=disable`,
    });
    expect((await refusals(bench, id))[0]).not.toMatch(/is inside this network/);
    expect(connections).toBeGreaterThan(0);
  });

  test('a URL with http://, until its host is listed', async () => {
    const bench = await serviceBench();
    await list(bench);
    const url_roots = [{ url: 'https://files.example.com/' }, { url: 'http://nas.example:8080/' }];
    await expect(bench.service.settings.write('files', { url_roots }, aiko)).rejects.toMatchObject({
      code: 'invalid_argument',
      fields: [{ path: 'url_roots.1.url', message: expect.stringContaining('list nas.example:8080') }],
    });
    await list(bench, 'nas.example:8080');
    expect((await bench.service.settings.write('files', { url_roots }, aiko)).files.url_roots).toEqual(url_roots);
  });
});
