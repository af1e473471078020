/**
 * Plain text: names and other texts that people enter. Without Zod, for a quick start of the command line.
 *
 * Some characters change how a terminal, a mail or a list shows the text after them: line breaks, control characters
 * (ESC starts terminal commands) and direction marks, with which one name can look like another. Plain text has none of
 * them.
 */

/** Control characters, Unicode line breaks and direction marks. */
const UNSAFE = /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;
const ALL_UNSAFE = /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;
const LINE_BREAKS = /[\t\n\v\f\r\u0085\u2028\u2029]+/g;
const UNSAFE_IN_LINES = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]|(?![\n\r\t])\p{Cc}/u;

export const isPlainLine = (text: string): boolean => !UNSAFE.test(text);

/** The same for a text of several lines: line breaks and tabs are allowed. */
export const isPlainText = (text: string): boolean => !UNSAFE_IN_LINES.test(text);

/** Makes any text safe to show on one line: for texts of other systems, and for names saved before this rule. */
export const asPlainLine = (text: string): string =>
  text.replaceAll(LINE_BREAKS, ' ').replaceAll(ALL_UNSAFE, '').trim();
