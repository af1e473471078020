/** Errors that a server reports: of each, only the code and the place in the statement are kept. */

/** SQLSTATE of an error without a code of the right form. */
const UNKNOWN = 'XX000';

/**
 * A whole message of the protocol with the code and the position of the given one, and nothing else of it. The driver would read
 * beyond the end of one that is cut short, for ever.
 * @param content of a message, or its beginning
 */
export function withoutWords(content: Buffer): Buffer {
  let code = UNKNOWN;
  let position = '';
  // Fields of one letter and a text that ends in a zero; a zero where a letter should be ends them.
  for (let at = 0; at < content.length && content[at] !== 0; ) {
    const end = content.indexOf(0, at);
    if (end === -1) break;
    const text = content.toString('latin1', at + 1, Math.min(end, at + 20));
    if (content[at] === 0x43 && /^[0-9A-Z]{5}$/.test(text)) code = text;
    if (content[at] === 0x50 && /^\d{1,9}$/.test(text)) position = text;
    at = end + 1;
  }
  const fields = `SERROR\0C${code}\0M\0${position === '' ? '' : `P${position}\0`}\0`;
  const message = Buffer.from(`E0000${fields}`, 'latin1');
  message.writeUInt32BE(message.length - 1, 1);
  return message;
}
