import { type Received, type Reply, startServer } from '../../client-core/test/server.ts';
import { LyAdsClient, type LyAdsClientOptions, LyAdsError, type RequestLogEntry } from '../src/index.ts';

export { listen, type Received, type Reply, refusedUrl, startServer } from '../../client-core/test/server.ts';

/** The start of every test clock. */
export const START = Date.UTC(2026, 6, 1);

export const token = 'an-invented-access-token';

interface TestClient {
  client: LyAdsClient;
  /** The waits between attempts, in ms. */
  sleeps: number[];
  /** What the token function was shown. */
  refused: (string | undefined)[];
  log: RequestLogEntry[];
}

/** A client on a test clock: a sleep moves the clock and takes no time. Its limiter accepts everything. */
export function testClient(baseUrl: string, options: Partial<LyAdsClientOptions> = {}): TestClient {
  const sleeps: number[] = [];
  const refused: (string | undefined)[] = [];
  const log: RequestLogEntry[] = [];
  const clock = { time: START };
  const client = new LyAdsClient({
    clientId: 'an-invented-client-id',
    baseAccountId: '1001',
    token: async (last) => {
      refused.push(last);
      return last === undefined ? token : `${token}-${refused.length}`;
    },
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
  return { client, sleeps, refused, log };
}

/** A client of a server that answers as `behaviour` says. */
export async function served(behaviour: Parameters<typeof startServer>[0], options: Partial<LyAdsClientOptions> = {}) {
  const server = await startServer(behaviour);
  return { server, ...testClient(server.url, options) };
}

/** An answer with these entities. */
export const values = (entity: string, ...entities: unknown[]): Reply => ({
  body: {
    rid: 'rid-1',
    errors: null,
    rval: {
      totalNumEntries: entities.length,
      values: entities.map((value) => ({ operationSucceeded: true, errors: null, [entity]: value })),
    },
  },
});

export const errorOf = (code: string, requestKey = 'accountId', requestValue = '1002') => ({
  code,
  message: 'A message.',
  details: [{ requestKey, requestValue }],
});

/** A refusal of the whole request. */
export const whole = (status: number, code: string): Reply => ({
  status,
  body: { rid: 'rid-2', errors: [errorOf(code)], rval: null },
});

/** A refusal of one value, with 200. */
export const part = (code: string): Reply => ({
  body: {
    rid: 'rid-3',
    errors: null,
    rval: { values: [{ operationSucceeded: false, errors: [errorOf(code)], audienceList: null }] },
  },
});

export const list = {
  accountId: 1002,
  audienceListId: 5001,
  audienceListName: 'VIP members',
  description: null,
  reach: null,
  deliveryStatus: 'ACTIVE',
  sourceType: 'CUSTOMER_DATA_FILE',
  isShared: false,
  dataConnectionStopped: 'FALSE',
  audienceListContent: { audienceListType: 'CUSTOMER_DATA', customerDataAudienceList: { dataDuration: 90 } },
};

export const job = {
  uploadJobId: '9001',
  audienceListId: 5001,
  uploadType: 'MAIL_ADDRESS_AND_PHONE_NUMBER',
  uploadSubmitDate: '20260701090000',
  receivedDate: null,
  jobStatus: 'RECEIVING',
  uploadSource: 'API',
};

/** A file of these lines, in memory. */
export const fileOf = (text: string) => {
  const content = Buffer.from(text);
  return {
    name: 'members.csv',
    bytes: content.length,
    read: async function* () {
      yield content;
    },
  };
};

export const bodyOf = ({ body }: Received): unknown => JSON.parse(body.toString());

/** The LyAdsError of a call. Any other end fails the test. */
export async function failureOf(call: Promise<unknown>): Promise<LyAdsError> {
  const end = await call.then(
    () => 'success',
    (error: unknown) => error,
  );
  if (end instanceof LyAdsError) return end;
  throw new Error('Expected a LyAdsError', { cause: end });
}
