/** Parses the XML of a workbook's parts as a stream, within limits. */
import { SaxesParser } from 'saxes';
import { markedEncoding } from '../encoding.ts';

/** Much deeper than any part of a workbook. */
const MAX_DEPTH = 100;
/**
 * The most characters without a tag: more than the longest cell, and a limit for the memory of the parser.
 */
const MAX_BETWEEN = 1 << 23;
/** How many bytes are parsed at once, so that the event loop can run in between. */
const SLICE = 1 << 16;

export interface XmlVisitor {
  /** Names have no prefix, because each writer chooses its own. Attributes keep theirs. */
  open(name: string, attributes: Readonly<Record<string, string>>): void;
  close?(name: string): void;
  text?(text: string): void;
}

/** The part is not XML of a workbook. The caller knows the file. */
export class XmlError extends Error {
  override readonly name = 'XmlError';
}

/**
 * Visits a part, and yields after each slice of it.
 * @throws {XmlError} when it is not well-formed, exceeds the limits, or declares a document type: that allows
 *   entities, which can grow without limit
 */
export async function* visitXml(blocks: AsyncIterable<Uint8Array>, visitor: XmlVisitor): AsyncGenerator<void, void> {
  const parser = new SaxesParser({ xmlns: false, position: false });
  let depth = 0;
  let between = 0;
  parser.on('opentag', ({ name, attributes }) => {
    between = 0;
    depth += 1;
    if (depth > MAX_DEPTH) throw new XmlError('depth');
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
    throw new XmlError('doctype');
  });
  parser.on('error', (error) => {
    throw new XmlError(error.message);
  });

  let decoder: InstanceType<typeof TextDecoder> | undefined;
  for await (const block of blocks) {
    decoder ??= new TextDecoder(markedEncoding(block) ?? 'utf-8', { fatal: true });
    for (let at = 0; at < block.length; at += SLICE) {
      const part = decoded(() => decoder!.decode(block.subarray(at, at + SLICE), { stream: true }));
      between += part.length;
      if (between > MAX_BETWEEN) throw new XmlError('token');
      parser.write(part);
      yield;
    }
  }
  // The part is missing.
  if (!decoder) return;
  parser.write(decoded(() => decoder.decode()));
  parser.close();
  yield;
}

/** Visits a small part. */
export async function visitWhole(blocks: AsyncIterable<Uint8Array>, visitor: XmlVisitor): Promise<void> {
  for await (const _ of visitXml(blocks, visitor));
}

function decoded(decode: () => string): string {
  try {
    return decode();
  } catch {
    throw new XmlError('encoding');
  }
}

function localName(name: string): string {
  const colon = name.indexOf(':');
  return colon === -1 ? name : name.slice(colon + 1);
}
