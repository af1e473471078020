import { sha256 as digest } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';

/** The same as sha256.ts, but without Node.js. */
export const sha256 = (text: string): string => bytesToHex(digest(utf8ToBytes(text)));
