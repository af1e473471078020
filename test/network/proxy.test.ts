/** HTTPS_PROXY and NO_PROXY: every HTTP request of every source uses them, and the guard judges the target. */
import { setGlobalProxyFromEnv } from 'node:http';
import type { LookupFunction } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { startLyticsSimulator } from '../../simulators/lytics/index.ts';
import { startS3Simulator } from '../../simulators/s3/index.ts';
import { startSnowflakeSimulator } from '../../simulators/snowflake/index.ts';
import { exceptionsIn, proxyVariables } from '../../src/config/proxy.ts';
import { readerEnvironment } from '../../src/config/reader-environment.ts';
import { networkGuard } from '../../src/network/guard.ts';
import { judgeBeforeProxy } from '../../src/network/proxy.ts';
import { serveFiles } from '../sources/support/file-server.ts';
import { bench, toVip } from '../support/cli.ts';
import { startProxy } from '../support/http-proxy.ts';
import { useReaders } from '../support/readers.ts';

const csv = 'id,email\n1,a@example.com\n2,b@example.com\n';

async function sources() {
  const lytics = await startLyticsSimulator();
  const snowflake = await startSnowflakeSimulator({ members: 20 });
  const s3 = await startS3Simulator({ members: 0 });
  for (const simulator of [lytics, snowflake, s3]) onTestFinished(() => simulator.close());
  s3.put('crm', 'members.csv', csv);
  const files = await serveFiles((_, response) => response.end(csv));
  return { lytics, snowflake, s3, files };
}

test('the command line reaches LINE and every source behind HTTP through the proxy', async () => {
  const proxy = await startProxy();
  const { lytics, snowflake, s3, files } = await sources();
  const lineup = await bench();
  const environment = {
    ...proxy.environment,
    LINE_ADS_BASE_URL: `${proxy.lead('line', lineup.simulator.url)}/api`,
    LYTICS_API_TOKEN: lytics.token,
    LYTICS_ORIGIN: proxy.lead('lytics', lytics.origin),
    SNOWFLAKE_ACCOUNT: snowflake.account,
    SNOWFLAKE_TOKEN: snowflake.token,
    SNOWFLAKE_WAREHOUSE: snowflake.warehouse,
    SNOWFLAKE_ORIGIN: proxy.lead('snowflake', snowflake.origin),
    AWS_ACCESS_KEY_ID: s3.keys.accessKeyId,
    AWS_SECRET_ACCESS_KEY: s3.keys.secretAccessKey,
    AWS_REGION: s3.region,
    AWS_ENDPOINT_URL_S3: proxy.lead('s3', s3.endpoint),
  };
  const file = `${proxy.lead('files', files.origin)}/members.csv`;
  const commands = [
    ['fields', '--source', 'lytics:all_members', '--field', 'email'],
    ['fields', '--source', 'snowflake:SHOP.CRM.MEMBERS', '--field', 'EMAIL'],
    ['fields', '--source', 's3://crm/members.csv', '--field', 'email'],
    ['export', ...toVip, '--source', file, '--poll-interval', '50'],
  ];
  for (const command of commands) {
    const { code, stderr } = await lineup.start(command, { environment }).finished;
    expect([code, stderr], command.join(' ')).toEqual([0, expect.any(String)]);
  }
  const hosts = ['lytics', 'snowflake', 's3', 'files', 'line'].map((name) => `${name}.cloud.invalid:443`);
  expect([...new Set(proxy.targets)].sort()).toEqual(hosts.sort());
  expect(lineup.simulator.inspect().audiences.some(({ name }) => name === 'VIP')).toBe(true);
});

test('a host in NO_PROXY, and this machine, are reached directly', async () => {
  const proxy = await startProxy();
  const { files } = await sources();
  const lineup = await bench();
  const read = (source: string, NO_PROXY: string) =>
    lineup.start(['fields', '--source', source, '--field', 'email'], {
      environment: { ...proxy.environment, HTTP_PROXY: proxy.environment.HTTPS_PROXY, NO_PROXY },
    }).finished;
  const away = await read(`${proxy.lead('files', files.origin)}/members.csv`, 'corp.example cloud.invalid');
  expect(away).toMatchObject({ code: 1, stderr: expect.stringContaining('files.cloud.invalid') });
  const { port } = new URL(files.origin);
  for (const host of ['127.0.0.1', 'localhost'])
    expect((await read(`http://${host}:${port}/members.csv`, '')).code, host).toBe(0);
  expect(proxy.targets).toEqual([]);
});

test.each(['socks5://127.0.0.1:1080', 'http://', 'not a proxy'])(
  'a proxy that cannot be used, %s, ends a command with a sentence',
  async (HTTPS_PROXY) => {
    const lineup = await bench();
    const { code, stderr } = await lineup.start(['accounts'], { environment: { HTTPS_PROXY } }).finished;
    expect(code).toBe(2);
    expect(stderr).toContain('HTTPS_PROXY is not the URL of an HTTP proxy.');
  },
);

test('the variables, as all libraries understand them', () => {
  expect(proxyVariables({ NO_PROXY: 'example.com' })).toBeUndefined();
  const given = {
    https_proxy: 'proxy.corp.example:3128',
    HTTPS_PROXY: 'http://other:1',
    NO_PROXY: 'a.example, .b.example',
  };
  const { https_proxy, http_proxy, grpc_proxy, no_proxy = '', no_grpc_proxy } = proxyVariables(given) ?? {};
  expect([https_proxy, http_proxy, grpc_proxy]).toEqual([
    'http://proxy.corp.example:3128/',
    undefined,
    'http://proxy.corp.example:3128/',
  ]);
  expect(no_proxy).toMatch(/^a\.example,\.a\.example,\.b\.example,localhost,localhost\.,127\.0\.0\.1,/);
  expect(no_grpc_proxy).toBe(no_proxy);
  // Applied twice, as in a process that gets the variables of another one.
  expect(proxyVariables({ ...given, NO_PROXY: no_proxy })?.no_proxy).toBe(no_proxy);
  expect(proxyVariables({ ...given, NO_PROXY: '10.1.2.3/8,10.1.2.3/32' })?.no_proxy).toContain(
    '10.1.2.3/8,10.0.0.0-10.255.255.255,10.1.2.3/32,10.1.2.3-10.1.2.3,localhost,',
  );
  expect(exceptionsIn({ NO_PROXY: no_proxy })).toEqual(['a.example', '.b.example']);
  // As Node.js compares them, and as other libraries do.
  const never = ['169.254.169.254', 'fd00:ec2::254', '[fd00:ec2::254]', 'fd00:ec2::23', 'metadata.google.internal'];
  expect(no_proxy.split(',')).toEqual(expect.arrayContaining(never));
});

describe('in the service', () => {
  test('a reader process uses the proxy, and the guard refuses inner targets before it', async () => {
    const proxy = await startProxy();
    const { lytics } = await sources();
    const origin = proxy.lead('lytics', lytics.origin);
    const environment = readerEnvironment({ ...process.env, ...proxy.environment });
    const { open, pool } = useReaders({ environment });
    onTestFinished(() => pool.close());
    const audience = 'all_members';
    const read = async (at: string) => {
      const credentials = { token: lytics.token, origin: at };
      const access = {
        provider: 'lytics',
        credentials,
        internalHosts: [],
        machineCredentials: false,
      } as const;
      const source = await open(access, audience);
      const fields = await source.fields();
      await source.close();
      return fields.length;
    };
    expect(await read(origin)).toBeGreaterThan(0);
    expect(new Set(proxy.targets)).toEqual(new Set(['lytics.cloud.invalid:443']));
    const inner = ['10.1.2.3', '169.254.1.1', '[fd00::1]'];
    for (const host of inner) await expect(read(`https://${host}`), host).rejects.toThrow('is inside this network');
    expect(new Set(proxy.targets)).toEqual(new Set(['lytics.cloud.invalid:443']));
  });

  test('the judgement before the proxy', async () => {
    const url = new URL('https://crm.example.com/');
    const restore = setGlobalProxyFromEnv({ https_proxy: 'http://127.0.0.1:9' });
    onTestFinished(restore);
    let asked = 0;
    const guardWith = (answer: string | undefined): LookupFunction =>
      networkGuard({
        allowed: [],
        port: 443,
        purpose: 'source',
        resolve: (_, __, callback) => {
          asked += 1;
          if (answer) callback(null, [{ address: answer, family: 4 }]);
          else callback(Object.assign(new Error('unknown'), { code: 'ENOTFOUND' }), []);
        },
      }).lookup;
    await expect(judgeBeforeProxy(url, guardWith('10.0.0.1'))).rejects.toThrow('is inside this network');
    const open = guardWith('93.184.215.14');
    asked = 0;
    await judgeBeforeProxy(url, open);
    await judgeBeforeProxy(url, open);
    expect(asked).toBe(1);
    // Only the proxy knows the names of the internet.
    await judgeBeforeProxy(url, guardWith(undefined));
    for (const host of ['metadata', 'jira.', 'db.internal', 'db.internal.', 'printer.local', 'nas.home.arpa']) {
      await expect(judgeBeforeProxy(new URL(`https://${host}/`), guardWith(undefined))).rejects.toThrow('unknown');
    }
    // Without a proxy the connection itself asks the guard.
    restore();
    await judgeBeforeProxy(url, guardWith('10.0.0.1'));
  });
});
