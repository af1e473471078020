/** The HTTP server: tells the API from the admin endpoint, sends answers, tears connections down on order. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { adminPath, answerAdmin } from './admin.ts';
import { answerApi, basePath } from './api.ts';
import type { RequestRecord } from './state.ts';
import { type Reply, serverTime, type World } from './world.ts';

/** @param onRequest is told of every API request when it is over, answered or not */
export function createSimulatorServer(world: World, onRequest: (record: RequestRecord) => void): Server {
  const server = createServer((request, response) => {
    response.sendDate = false; // LINE's clock, not this machine's.
    handle(world, request, response, onRequest).catch((error: unknown) => {
      // Once the head is sent, tearing down is all that is left; before, it is a defect that must be seen.
      if (response.headersSent) response.destroy();
      else send(world, response, defect(error)).catch(() => response.destroy());
    });
  });
  server.keepAliveTimeout = 60_000;
  return server;
}

async function handle(
  world: World,
  request: IncomingMessage,
  response: ServerResponse,
  onRequest: (record: RequestRecord) => void,
): Promise<void> {
  const path = (request.url ?? '').split('?', 1)[0]!;
  if (path === adminPath || path.startsWith(`${adminPath}/`))
    return send(world, response, await answerAdmin(world, request, path));
  if (!path.startsWith(`${basePath}/`)) {
    request.resume();
    return send(world, response, {
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
  await send(world, response, {
    ...outcome,
    headers: { ...(detail && { 'X-Simulator-Detail': detail }), ...outcome.headers },
  });
}

async function send(
  world: World,
  response: ServerResponse,
  { status, json, text, headers }: Reply,
): Promise<void> {
  const body = json === undefined ? null : JSON.stringify(json);
  response.writeHead(status, {
    Date: new Date(serverTime(world)).toUTCString(),
    ...(text
      ? { 'Content-Type': 'text/plain; charset=utf-8' }
      : { 'Content-Length': Buffer.byteLength(body ?? '') }),
    ...(body === null ? {} : { 'Content-Type': 'application/json' }),
    ...headers,
  });
  if (text) await pipeline(Readable.from(text), response);
  else response.end(body ?? undefined);
}

function reasonOf({ json }: Reply): string | undefined {
  if (typeof json !== 'object' || json === null || !('errors' in json) || !Array.isArray(json.errors))
    return undefined;
  const [first]: { reason?: string }[] = json.errors;
  return first?.reason;
}

function defect(error: unknown): Reply {
  return {
    status: 500,
    json: { error: error instanceof Error ? (error.stack ?? error.message) : String(error) },
  };
}
