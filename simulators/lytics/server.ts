/** The HTTP server: tells the API from the admin endpoint, sends answers whole or broken as ordered. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { adminPath, answerAdmin } from '../shared/admin.ts';
import { defect, type Reply, send } from '../shared/reply.ts';
import { handlers } from './admin.ts';
import { answerApi, type Outcome } from './api.ts';
import { faultKinds } from './faults.ts';
import type { RequestRecord, World } from './world.ts';

/** @param onRequest is told of every API request when it is over, answered or not */
export function createSimulatorServer(world: World, onRequest: (record: RequestRecord) => void): Server {
  const server = createServer((request, response) => {
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
  send(response, answer, new Date(world.clock.server(0)));

async function handle(
  world: World,
  request: IncomingMessage,
  response: ServerResponse,
  onRequest: (record: RequestRecord) => void,
): Promise<void> {
  const path = (request.url ?? '').split('?', 1)[0]!;
  if (path === adminPath || path.startsWith(`${adminPath}/`))
    return reply(world, response, await answerAdmin(handlers, faultKinds, world, request, path));
  const { outcome, record } = await answerApi(world, request);
  // Of a body that nobody wanted.
  request.resume();
  if (outcome.delivery !== 'reset') record.status = outcome.reply.status;
  onRequest(record);
  await deliver(world, response, outcome);
}

async function deliver(world: World, response: ServerResponse, outcome: Outcome): Promise<void> {
  if (outcome.delivery === 'reset') {
    response.socket?.resetAndDestroy();
    return;
  }
  if (outcome.delivery === 'whole') return reply(world, response, outcome.reply);
  const { status, json } = outcome.reply;
  const body = Buffer.from(JSON.stringify(json));
  const half = body.subarray(0, body.length / 2);
  const length = outcome.delivery === 'cut' ? body.length : half.length;
  response.writeHead(status, { 'Content-Type': 'application/json', 'Content-Length': length });
  if (outcome.delivery === 'garbled') response.end(half);
  else response.write(half, () => response.socket?.resetAndDestroy());
}
