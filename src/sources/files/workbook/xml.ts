/** The XML of a workbook's parts, read as it comes and within bounds. */
import { SaxesParser } from 'saxes';
import { markedEncoding } from '../encoding.ts';

/** No part of a workbook is deeper by far. */
const MOST_DEPTH = 100;
/** Characters without a tag between them: more than the longest cell, and a bound to what a parser holds. */
const MOST_BETWEEN = 1 << 23;
/** Bytes that are parsed at once, so that the event loop gets its turn. */
const SLICE = 1 << 16;

export interface XmlVisitor {
  /** Names are without their prefix, which each writer chooses; attributes stand as they are written. */
  open(name: string, attributes: Readonly<Record<string, string>>): void;
  close?(name: string): void;
  text?(text: string): void;
}

/** What is not XML as workbooks have it; whoever reads the part knows its file. */
export class XmlFault extends Error {
  override readonly name = 'XmlFault';
}

/**
 * Visits a part; gives control back after each slice of it.
 * @throws {XmlFault} for what is not well-formed, declares a document type (where entities are, which may swell without
 * bounds), or is out of all proportion
 */
export async function* visitXml(
  blocks: AsyncIterable<Uint8Array>,
  visitor: XmlVisitor,
): AsyncGenerator<void, void> {
  const parser = new SaxesParser({ xmlns: false, position: false });
  let depth = 0;
  let between = 0;
  parser.on('opentag', ({ name, attributes }) => {
    between = 0;
    depth += 1;
    if (depth > MOST_DEPTH) throw new XmlFault('depth');
    visitor.open(localName(name), attributes);
  });
  parser.on('closetag', ({ name }) => {
    between = 0;
    depth -= 1;
    visitor.close?.(localName(name));
  });
  const text = (part: string) => visitor.text?.(part);
  parser.on('text', text);
  parser.on('cdata', text);
  parser.on('doctype', () => {
    throw new XmlFault('doctype');
  });
  parser.on('error', (error) => {
    throw new XmlFault(error.message);
  });

  let decoder: InstanceType<typeof TextDecoder> | undefined;
  for await (const block of blocks) {
    decoder ??= new TextDecoder(markedEncoding(block) ?? 'utf-8', { fatal: true });
    for (let at = 0; at < block.length; at += SLICE) {
      const part = decoded(() => decoder!.decode(block.subarray(at, at + SLICE), { stream: true }));
      between += part.length;
      if (between > MOST_BETWEEN) throw new XmlFault('token');
      parser.write(part);
      yield;
    }
  }
  // A part that is not there.
  if (!decoder) return;
  parser.write(decoded(() => decoder.decode()));
  parser.close();
  yield;
}

/** Visits a part that is small. */
export async function visitWhole(blocks: AsyncIterable<Uint8Array>, visitor: XmlVisitor): Promise<void> {
  for await (const _ of visitXml(blocks, visitor));
}

function decoded(decode: () => string): string {
  try {
    return decode();
  } catch {
    throw new XmlFault('encoding');
  }
}

function localName(name: string): string {
  const colon = name.indexOf(':');
  return colon === -1 ? name : name.slice(colon + 1);
}
