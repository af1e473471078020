/**
 * REST and gRPC on one port, as one address in a form. The first bytes of a connection say which of them it is: HTTP/2
 * begins with `PRI * HTTP/2.0`.
 */
import type { Server as HttpServer } from 'node:http';
import type { Socket } from 'node:net';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import { addReadService } from './read-service.ts';
import type { RequestRecord, World } from './world.ts';

export function shareConnections(http: HttpServer, world: World, onRequest: (record: RequestRecord) => void): void {
  const grpc = new Server({ 'grpc.max_send_message_length': -1 });
  addReadService(grpc, world, onRequest);
  const injector = grpc.createConnectionInjector(ServerCredentials.createInsecure());
  const toHttp = http.listeners('connection');
  http.removeAllListeners('connection');
  const sockets = new Set<Socket>();
  http.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    socket.once('readable', () => {
      const first: Buffer | null = socket.read();
      if (first === null) return;
      socket.unshift(first);
      if (first.subarray(0, 3).toString() === 'PRI') injector.injectConnection(socket);
      else for (const listener of toHttp) listener.call(http, socket);
    });
  });
  world.closing.addEventListener('abort', () => {
    grpc.forceShutdown();
    injector.destroy();
    for (const socket of sockets) socket.destroy();
  });
}
