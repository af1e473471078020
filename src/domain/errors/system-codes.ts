/**
 * Codes of Node.js, of the system and of its libraries in sentences. Programs, the log and the command line get them;
 * a person who exports audiences reads the words around them, and finds the code in the details.
 */
import { type Sentence, sentence } from '../text/sentence.ts';

const NAMES = new Set(
  'EACCES EAUTH ECONNABORTED ECONNECTION ECONNREFUSED ECONNRESET EDNS EDQUOT EENVELOPE EHOSTDOWN EHOSTUNREACH EIO EMESSAGE EMFILE ENETDOWN ENETUNREACH ENFILE ENOENT ENOSPC ENOTFOUND EPERM EPIPE EPROTO EPROTOCOL EROFS ESOCKET ESTREAM ETIMEDOUT ETLS'.split(
    ' ',
  ),
);
const GROUPS = ['EAI_', 'ERR_', 'UND_ERR_', 'HPE_', 'CERT_', 'DEPTH_ZERO_', 'SELF_SIGNED_', 'UNABLE_TO_'];

const isCode = (word: string): boolean =>
  NAMES.has(word) || (/^[A-Z0-9_]+$/.test(word) && GROUPS.some((group) => word.startsWith(group)));

/** Whether a value of a sentence is such a code, or has one, as `Error, EPIPE`. */
export const isSystemCode = (value: string): boolean => value.split(', ').some(isCode);

/** A text without the codes among these values, where they stand in brackets of their own. */
export const withoutCodes = (text: string, values: readonly unknown[]): string =>
  values
    .filter((value) => typeof value === 'string')
    .filter(isSystemCode)
    .flatMap((code) => [` (${code})`, `（${code}）`, `(${code})`])
    .reduce((rest, bracket) => rest.replace(bracket, ''), text);

/** Whether an English text has such a code. */
export const hasSystemCode = (message: string): boolean => message.split(/[\s()]/).some(isSystemCode);

const words: Readonly<Record<string, Sentence>> = {
  ECONNREFUSED: sentence`nothing listens there`,
  ENOTFOUND: sentence`its host name is not known`,
  EDNS: sentence`its host name is not known`,
  EAI_AGAIN: sentence`its host name cannot be looked up at the moment`,
  ETIMEDOUT: sentence`it did not answer in time`,
  EHOSTUNREACH: sentence`there is no route to the host`,
  ENETUNREACH: sentence`there is no network`,
};

/** What a code of a connection means. */
export const meaningOf = (code: string): Sentence => words[code] ?? sentence`the connection was lost`;
