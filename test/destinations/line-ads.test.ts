import { createServer, request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { type Fault, startLineAdsSimulator } from '../../simulators/line-ads/index.ts';
import type { ConnectOptions } from '../../src/destinations/connect.ts';
import { connect } from '../../src/destinations/line-ads/connect.ts';
import { lineAdsTraits } from '../../src/domain/destinations/line-ads.ts';
import { describeDestination } from './contract/index.ts';
import type { Kit, KitFault } from './kit.ts';
import { KitClock } from './kit-clock.ts';

const endpoints = { upload: 'upload', create: 'upload', list: 'list', jobs: 'upload-jobs' } as const;

/** LINE's word for the faults of the kit. */
function faultOf({ on, kind }: KitFault): Fault | undefined {
  const endpoint = endpoints[on];
  const once = { endpoint, count: 1 } as const;
  switch (kind) {
    case 'refuse':
      return { ...once, kind: 'status', status: 400, reason: 'REQUEST_INPUT_INVALID' };
    case 'too_many':
      return { ...once, kind: 'status', status: 429, reason: 'TOO_MANY_REQUESTS' };
    case 'lose_before':
      return { ...once, kind: 'reset', when: 'read' };
    case 'lose_after':
      return { ...once, kind: 'reset', when: 'after' };
    case 'kill':
      return { endpoint, kind: 'reset', when: 'before', count: 1_000 };
    case 'silence':
      return { ...once, kind: 'slow', ms: 3_600_000, when: 'after' };
    case 'job_failed':
      return { ...once, kind: 'job_failed', failedType: 'UPLOAD_FILE_INVALID' };
    case 'job_late':
      return { ...once, kind: 'job_late', ms: 60_000 };
    case 'job_word':
      return undefined;
  }
}

const UNKNOWN = 'POLISHING';

async function kitOf(): Promise<Kit> {
  const clock = new KitClock();
  const simulator = await startLineAdsSimulator({ jobMs: 1_000, matchMs: 0 });
  onTestFinished(() => simulator.close());
  clock.onAdvance = simulator.advance;
  const { accessKey, secretKey } = simulator.keys[0]!;
  let hasNewWord = false;
  /** LINE has a state that this version does not know. */
  const translated = await through(simulator.url, (body) =>
    hasNewWord ? body.replaceAll('"WORKING"', `"${UNKNOWN}"`) : body,
  );
  return {
    traits: lineAdsTraits,
    account: 'A1',
    clock,
    connect: async (options: Partial<ConnectOptions> = {}) =>
      connect({
        credentials: { access_key: accessKey, secret_key: secretKey },
        limits: { rate: () => ({ acquire: async () => () => {} }) } as unknown as ConnectOptions['limits'],
        clock,
        baseUrl: translated,
        patience: 'run',
        ...options,
      }),
    fault: (fault) => {
      const atLine = faultOf(fault);
      if (atLine) simulator.addFault(atLine);
      else hasNewWord = true;
    },
    held: (id) => [...(simulator.state.members(id) ?? [])],
    addAudience: (name, members = 0) => simulator.addAudience({ name, members, ...(members === 0 && { jobs: [] }) }),
    words: { queued: 'QUEUED', working: 'WORKING', finished: 'FINISHED', unknown: UNKNOWN },
    job: { workingAfter: 500, endedAfter: 1_000, lateBy: 60_000 },
    secrets: () => [secretKey],
    violations: () => simulator.inspect().violations,
  };
}

/** A proxy on 127.0.0.1 that changes the answers. @returns its URL, with the path of the remote one */
async function through(remote: string, change: (body: string) => string): Promise<string> {
  const { origin, pathname } = new URL(remote);
  const server = createServer((incoming, response) => {
    const outgoing = httpRequest(new URL(incoming.url ?? '', origin), {
      method: incoming.method,
      headers: incoming.headers,
    });
    outgoing.on('response', async (answer) => {
      let body = '';
      for await (const block of answer) body += String(block);
      const { 'content-length': _, ...headers } = answer.headers;
      response.writeHead(answer.statusCode ?? 500, headers);
      response.end(change(body));
    });
    outgoing.on('error', () => incoming.socket.destroy());
    incoming.on('close', () => {
      if (!incoming.complete) outgoing.destroy();
    });
    response.on('close', () => outgoing.destroy());
    incoming.pipe(outgoing);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}${pathname}`;
}

describeDestination('LINE Ads', lineAdsTraits, kitOf);
