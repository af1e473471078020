/** A server on loopback that counts the bytes of each body and answers as LINE does. It prints its address. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

const server = createServer(async (request, response) => {
  let bytes = 0;
  for await (const block of request as AsyncIterable<Buffer>) bytes += block.length;
  response.setHeader('content-type', 'application/json');
  response.end(
    JSON.stringify({
      id: '1',
      name: 'bench',
      functionType: 'FILE_UPLOAD',
      status: 'PREPARING',
      estimatedAudienceSize: String(bytes),
      created: '2026-01-01T00:00:00Z',
    }),
  );
});
server.listen(0, '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});
