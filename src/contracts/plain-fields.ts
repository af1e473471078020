/** Schemas of texts that people give as names and descriptions (plain-text.ts). */
import { z } from 'zod';
import { isPlainLine, isPlainText } from './plain-text.ts';
import { issueText } from './sentence.ts';

const notPlain = issueText`Use plain text: no line breaks, control characters or direction marks.`;

/** A text of one line, trimmed; how long it may be is its user's to say. @param empty what is said when nothing is given */
export const plainLine = (empty: string) => z.string().trim().min(1, empty).refine(isPlainLine, notPlain);

/** A text of several lines, trimmed; it may be empty. */
export const plainLines = () => z.string().trim().refine(isPlainText, notPlain);
