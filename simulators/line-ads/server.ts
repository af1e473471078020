/** The HTTP server: tells the API from the admin endpoint, sends answers, tears connections down on order. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { adminPath, answerAdmin } from '../shared/admin.ts';
import { defect, type Reply, send } from '../shared/reply.ts';
import { handlers } from './admin.ts';
import { answerApi, basePath } from './api.ts';
import { faultKinds } from './faults.ts';
import type { RequestRecord } from './state.ts';
import { serverTime, type World } from './world.ts';

/** @param onRequest is told of every API request when it is over, answered or not */
export function createSimulatorServer(world: World, onRequest: (record: RequestRecord) => void): Server {
  const server = createServer((request, response) => {
    response.sendDate = false; // LINE's clock, not this machine's.
    handle(world, request, response, onRequest).catch((error: unknown) => {
      // Once the head is sent, tearing down is all that is left; before, it is a defect that must be seen.
      if (response.headersSent) response.destroy();
      else reply(world, response, defect(error)).catch(() => response.destroy());
    });
  });
  server.keepAliveTimeout = 60_000;
  return server;
}

const reply = (world: World, response: ServerResponse, answer: Reply): Promise<void> =>
  send(response, answer, new Date(serverTime(world)));

async function handle(
  world: World,
  request: IncomingMessage,
  response: ServerResponse,
  onRequest: (record: RequestRecord) => void,
): Promise<void> {
  const path = (request.url ?? '').split('?', 1)[0]!;
  if (path === adminPath || path.startsWith(`${adminPath}/`))
    return reply(world, response, await answerAdmin(handlers, faultKinds, world, request, path));
  if (!path.startsWith(`${basePath}/`)) {
    request.resume();
    return reply(world, response, {
      status: 404,
      json: { error: `The API is below ${basePath}/v3, the admin endpoint at ${adminPath}.` },
    });
  }
  const { outcome, record } = await answerApi(world, request);
  if (outcome === 'reset') {
    onRequest(record);
    request.socket.resetAndDestroy();
    return;
  }
  record.status = outcome.status;
  record.reason = reasonOf(outcome);
  // A header holds ASCII only.
  const detail = record.detail?.replace(/[^\x20-\x7e]/g, '?');
  onRequest(record);
  await reply(world, response, {
    ...outcome,
    headers: { ...(detail && { 'X-Simulator-Detail': detail }), ...outcome.headers },
  });
}

function reasonOf({ json }: Reply): string | undefined {
  if (typeof json !== 'object' || json === null || !('errors' in json) || !Array.isArray(json.errors))
    return undefined;
  const [first]: { reason?: string }[] = json.errors;
  return first?.reason;
}
