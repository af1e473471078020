/**
 * A receiver of OTLP over HTTP, on a real port. It decodes protobuf by the field numbers of opentelemetry-proto, so
 * that no code of the SDK judges what the SDK has sent.
 */
import type { IncomingHttpHeaders } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import { vi } from 'vitest';
import { serveInTest } from './receivers.ts';

export interface ReceivedSpan {
  readonly traceId: string;
  readonly spanId: string;
  /** Empty for the first span of a trace. */
  readonly parent: string;
  readonly name: string;
  readonly kind: number;
  readonly startNs: bigint;
  readonly attributes: Attributes;
  readonly events: readonly { readonly name: string; readonly attributes: Attributes }[];
  readonly links: readonly { readonly traceId: string; readonly spanId: string }[];
  /** 2: an error. */
  readonly status: { readonly code: number; readonly message: string };
  readonly resource: Attributes;
}

export interface ReceivedMetric {
  readonly name: string;
  readonly unit: string;
  readonly points: readonly {
    readonly attributes: Attributes;
    readonly value: number;
    readonly buckets: readonly number[];
    readonly startNs: bigint;
  }[];
  readonly resource: Attributes;
}

export type Attributes = Readonly<Record<string, string | number | boolean>>;

export interface OtlpReceiver {
  readonly url: string;
  readonly spans: () => readonly ReceivedSpan[];
  readonly metrics: () => readonly ReceivedMetric[];
  /** All bodies, as they came. */
  readonly bodies: readonly Buffer[];
  readonly requests: readonly { readonly path: string; readonly headers: IncomingHttpHeaders }[];
  /** The status of the next answers. @default 200 */
  answer(status: number): void;
  /** Resolves with the spans when they fit. */
  waitFor(fits: (spans: readonly ReceivedSpan[]) => boolean): Promise<readonly ReceivedSpan[]>;
}

export async function otlpReceiver(): Promise<OtlpReceiver> {
  const bodies: Buffer[] = [];
  const requests: { path: string; headers: IncomingHttpHeaders }[] = [];
  const spans: ReceivedSpan[] = [];
  const metrics: ReceivedMetric[] = [];
  let status = 200;
  const url = await serveInTest(async (request, response) => {
    const sent = await buffer(request);
    const body = request.headers['content-encoding'] === 'gzip' ? gunzipSync(sent) : sent;
    const path = request.url ?? '';
    requests.push({ path, headers: request.headers });
    bodies.push(body);
    if (status === 200 && request.headers['content-type'] === 'application/x-protobuf') {
      if (path.endsWith('/v1/traces')) spans.push(...spansIn(body));
      else metrics.push(...metricsIn(body));
    }
    response.writeHead(status, { 'content-type': request.headers['content-type'] }).end();
  });
  return {
    url,
    spans: () => spans,
    metrics: () => metrics,
    bodies,
    requests,
    answer: (next) => {
      status = next;
    },
    waitFor: (fits) =>
      vi.waitFor(
        () => {
          if (fits(spans)) return spans;
          throw new Error(`the expected spans did not come; these did: ${spans.map(({ name }) => name).join(', ')}`);
        },
        { timeout: 60_000, interval: 50 },
      ),
  };
}

/** The fields of a protobuf message by number: numbers and fixed values as bigint, everything else as bytes. */
function fieldsOf(message: Buffer): Map<number, (bigint | Buffer)[]> {
  const fields = new Map<number, (bigint | Buffer)[]>();
  let at = 0;
  const varint = () => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = message[at++]!;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  const bytes = (length: number) => {
    at += length;
    return message.subarray(at - length, at);
  };
  while (at < message.length) {
    const tag = Number(varint());
    const read = {
      0: varint,
      1: () => bytes(8).readBigUInt64LE(),
      2: () => bytes(Number(varint())),
      5: () => BigInt(bytes(4).readUInt32LE()),
    }[tag & 7];
    if (!read) throw new Error(`wire type ${tag & 7} is not in opentelemetry-proto`);
    fields.set(tag >> 3, [...(fields.get(tag >> 3) ?? []), read()]);
  }
  return fields;
}

const reading = (message: Buffer) => {
  const fields = fieldsOf(message);
  const all = (number: number) => (fields.get(number) ?? []) as Buffer[];
  return {
    messages: (number: number) => all(number).map(reading),
    text: (number: number) => all(number)[0]?.toString() ?? '',
    hex: (number: number) => all(number)[0]?.toString('hex') ?? '',
    bytes: (number: number) => all(number)[0],
    number: (number: number) => fields.get(number)?.[0] as bigint | undefined,
  };
};
type Message = ReturnType<typeof reading>;

const double = (bits: bigint | undefined): number => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(bits ?? 0n);
  return bytes.readDoubleLE();
};

function scalarOf(value: Message): string | number | boolean {
  const [flag, whole, real] = [2, 3, 4].map(value.number);
  if (flag !== undefined) return flag === 1n;
  if (whole !== undefined) return Number(BigInt.asIntN(64, whole));
  return real === undefined ? value.text(1) : double(real);
}

const attributesOf = (message: Message, number: number): Attributes =>
  Object.fromEntries(message.messages(number).map((pair) => [pair.text(1), scalarOf(pair.messages(2)[0]!)]));

/** A span with the names of those below it, in the order of their begin: `run [scan [stage], guard]`. */
export function treeOf(spans: readonly ReceivedSpan[], root: ReceivedSpan): string {
  const below = spans.filter(({ parent, traceId }) => parent === root.spanId && traceId === root.traceId);
  const names = below.toSorted((a, b) => Number(a.startNs - b.startNs)).map((span) => treeOf(spans, span));
  return names.length > 0 ? `${root.name} [${names.join(', ')}]` : root.name;
}

/** The items of all scopes of all resources. */
const itemsIn = (body: Buffer) =>
  reading(body)
    .messages(1)
    .flatMap((resource) => {
      const own = resource.messages(1)[0];
      const attributes = own ? attributesOf(own, 1) : {};
      return resource.messages(2).flatMap((scope) => scope.messages(2).map((item) => ({ item, resource: attributes })));
    });

const spansIn = (body: Buffer): ReceivedSpan[] =>
  itemsIn(body).map(({ item, resource }) => {
    const status = item.messages(15)[0];
    return {
      traceId: item.hex(1),
      spanId: item.hex(2),
      parent: item.hex(4),
      name: item.text(5),
      kind: Number(item.number(6)),
      startNs: item.number(7) ?? 0n,
      attributes: attributesOf(item, 9),
      events: item.messages(11).map((event) => ({ name: event.text(2), attributes: attributesOf(event, 3) })),
      links: item.messages(13).map((link) => ({ traceId: link.hex(1), spanId: link.hex(2) })),
      status: { code: Number(status?.number(3) ?? 0n), message: status?.text(2) ?? '' },
      resource,
    };
  });

const metricsIn = (body: Buffer): ReceivedMetric[] =>
  itemsIn(body).map(({ item, resource }) => {
    const [data] = [5, 7, 9].flatMap(item.messages);
    const points = (data?.messages(1) ?? []).map((point) => {
      const isHistogram = item.messages(9).length > 0;
      const counts = isHistogram ? (point.bytes(6) ?? Buffer.alloc(0)) : Buffer.alloc(0);
      return {
        attributes: attributesOf(point, isHistogram ? 9 : 7),
        value: isHistogram ? Number(point.number(4)) : double(point.number(4)),
        buckets: Array.from({ length: counts.length / 8 }, (_, n) => Number(counts.readBigUInt64LE(n * 8))),
        startNs: point.number(2) ?? 0n,
      };
    });
    return { name: item.text(1), unit: item.text(3), points, resource };
  });
