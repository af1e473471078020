import { LineAdsClient, type LineAdsClientOptions, LineAdsError, type RequestLogEntry } from '../src/index.ts';

export { listen, type Received, type Reply, refusedUrl, startServer } from '../../client-core/test/server.ts';

/** The start of every test clock: Wed, 22 Dec 2021 00:00:00 GMT, the day of the signing vectors. */
export const START = Date.UTC(2021, 11, 22);

export interface TestClient {
  client: LineAdsClient;
  /** The waits between attempts, in ms. */
  sleeps: number[];
  log: RequestLogEntry[];
  clock: { time: number };
}

/** A client on a test clock: a sleep moves the clock and takes no time. Its limiter accepts everything. */
export function testClient(baseUrl: string, options: Partial<LineAdsClientOptions> = {}): TestClient {
  const sleeps: number[] = [];
  const log: RequestLogEntry[] = [];
  const clock = { time: START };
  const client = new LineAdsClient({
    accessKey: 'LINEADSAMPLE',
    secretKey: 'LINEADSECRETKEYSAMPLE',
    baseUrl,
    limiter: { acquire: async () => () => {} },
    now: () => clock.time,
    sleep: async (ms) => {
      sleeps.push(ms);
      clock.time += ms;
    },
    random: () => 1,
    log: (entry) => log.push(entry),
    ...options,
  });
  return { client, sleeps, log, clock };
}

/** The LineAdsError of a call. Any other end fails the test. */
export async function failureOf(call: Promise<unknown>): Promise<LineAdsError> {
  const end = await call.then(
    () => 'success',
    (error: unknown) => error,
  );
  if (end instanceof LineAdsError) return end;
  throw new Error('Expected a LineAdsError', { cause: end });
}

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

export const audience = {
  id: '5343822743475',
  name: 'VIP',
  functionType: 'HASHED_EMAIL_UPLOAD',
  status: 'IN_PROGRESS',
  estimatedAudienceSize: '-',
  created: '2026-01-05T10:00:00+09:00',
};
