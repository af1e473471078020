/** How failures of LINE are told: of LINE Ads and of LINE Official Account. */
import { sentence } from '../domain/text/sentence.ts';
import type { FailureSentences } from './failures.ts';

export const lineSentences: FailureSentences = {
  notReached: (words, code) => sentence`LINE could not be reached: ${words} (${code}).`,
  lost: (words, code) => sentence`The connection to LINE was lost: ${words} (${code}).`,
  late: sentence`LINE did not answer in time.`,
  unreadable: (status) => sentence`LINE answered ${status}, but Lineup cannot read the answer.`,
  stopped: sentence`The request to LINE was stopped.`,
  noToken: sentence`There is no access token for LINE.`,
  answered: (status) => sentence`LINE answered ${status}.`,
  answeredWith: (status, reasons) => sentence`LINE answered ${status} ${reasons}.`,
  hasError: sentence`LINE has an error. Try again in a few minutes.`,
};
