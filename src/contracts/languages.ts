import { z } from 'zod';

/** The languages in which Lineup speaks to people. */
export const languageCode = z.enum(['en', 'ja', 'zh-TW', 'th', 'id']);
export type LanguageCode = z.infer<typeof languageCode>;
