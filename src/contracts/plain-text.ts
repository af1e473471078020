/**
 * Names and other texts of one line that people give. What a terminal, a mail or a list would obey rather than show is no part of
 * one: line breaks, control characters (ESC begins commands to a terminal), and marks that turn the direction of what follows, with
 * which a name can look like another.
 */
/** Control characters, line breaks of Unicode, and marks of direction. */
const OBEYED = /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;
const ALL_OBEYED = /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;
const LINE_BREAKS = /[\t\n\v\f\r\u0085\u2028\u2029]+/g;
const OBEYED_IN_LINES = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]|(?![\n\r\t])\p{Cc}/u;

export const isPlainLine = (text: string): boolean => !OBEYED.test(text);

/** The same for a text of several lines. */
export const isPlainText = (text: string): boolean => !OBEYED_IN_LINES.test(text);

/** Any text as one line that is only shown: for what others wrote, or what is there from before. */
export const asPlainLine = (text: string): string =>
  text.replaceAll(LINE_BREAKS, ' ').replaceAll(ALL_OBEYED, '').trim();
